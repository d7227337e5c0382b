// Shares the event loop among connections that have more queries than one turn takes.

/** Queries that one connection may hand in before others have their turn. */
export const TURN = 128;
/** Queries taken from all connections, at most, before the loop sees to its timers and other sockets: a few ms. */
export const ROUND = 1024;

/**
 * Without it one iteration of the loop takes all that every socket holds, megabytes each: with many clients at it the
 * thread shows no life for a second, and is replaced with all its connections.
 */
export class StreamTurns<Connection> {
  readonly #serve: (connection: Connection) => void;
  /** First come, first served: who had a turn and has more goes to the end. */
  readonly #waiting = new Set<Connection>();
  #left = ROUND;
  #isScheduled = false;
  readonly #begin = () => this.#round();

  /** `serve` is called in a later iteration of the loop for each connection that was put off. */
  constructor(serve: (connection: Connection) => void) {
    this.#serve = serve;
  }

  /** Whether this round has room for one more query, and takes it; where it has none, put the connection off. */
  take(): boolean {
    if (this.#left === 0) return false;
    // Not at its first query, for an immediate in each iteration costs more than a query does; not at its last, for
    // who is put off has the replies to one segment sent in two, and from then on asks in two as well.
    if (--this.#left === ROUND / 2) this.#schedule();
    return true;
  }

  /** The connection goes on in a later iteration; once more is harmless. */
  putOff(connection: Connection): void {
    this.#waiting.add(connection);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#begin);
  }

  #round(): void {
    this.#isScheduled = false;
    this.#left = ROUND;
    for (const connection of this.#waiting) {
      if (this.#left === 0) break;
      this.#waiting.delete(connection);
      this.#serve(connection);
    }
    if (this.#waiting.size > 0) this.#schedule();
  }
}
