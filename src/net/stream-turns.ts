// Shares the event loop among connections that have more queries than one turn takes.

/** Queries that one connection may hand in before others have their turn. */
export const TURN = 128;
/** Queries taken from all connections before the loop sees to its timers and other sockets: a few milliseconds. */
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
    // The next round is called only by who is put off: an immediate for each iteration costs more than a query does.
    // So a round may span iterations, and never the other way round.
    if (this.#left === 0) return false;
    this.#left--;
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
