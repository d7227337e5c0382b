// Writes the lines of a log at once and in order, and never lets a full disk or a stuck reader stop the program.

import { closeSync, openSync, writeSync } from 'node:fs';

/** How long a reader that is not reading may hold up the main thread, in milliseconds, and how often it is tried. */
const PATIENCE_MS = 200;
const PAUSE_MS = 10;

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Each line has left the process when `write` returns: the last one before a crash is seen. (pino's own destination
 * keeps what a full disk refused, and its flush after a fatal line then waits for the disk without end.) A line that
 * cannot be written is lost and counted; the next that can be is preceded by a line that says how many were.
 */
export class LineWriter {
  readonly #file: string | undefined;
  #descriptor: number;
  #lost = 0;
  #isStuck = false;
  /** The last line was cut off in the middle. */
  #isTorn = false;

  /** Takes a path, to which it appends, or an open descriptor. Throws what opening throws. */
  constructor(target: string | number) {
    this.#file = typeof target === 'string' ? target : undefined;
    this.#descriptor = typeof target === 'string' ? openSync(target, 'a', 0o640) : target;
  }

  /** Lines lost since the last that says so. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes whole lines, each with its newline. Never throws. */
  write(line: string): void {
    if (this.#lost > 0 && this.#put(this.#lossLine())) this.#lost = 0;
    if (this.#lost > 0 || !this.#put(line)) this.#lost++;
  }

  /** Opens the file anew, after log rotation moved it. Throws what opening throws, and then writes on as before. */
  reopen(): void {
    if (this.#file === undefined) return;
    const before = this.#descriptor;
    this.#descriptor = openSync(this.#file, 'a', 0o640);
    closeSync(before);
    this.#isTorn = false;
  }

  /** A descriptor that was given stays open: it is not ours. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#descriptor);
  }

  /** pino asks for this after a fatal line; nothing is ever held back. */
  flushSync(): void {}

  #lossLine(): string {
    return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), area: 'log', lost: this.#lost, msg: 'lines of this log were lost' })}\n`;
  }

  /** Whether all of it went out. */
  #put(line: string): boolean {
    const octets = Buffer.from(this.#isTorn ? `\n${line}` : line);
    let patience = this.#isStuck ? 0 : PATIENCE_MS;
    let written = 0;
    while (written < octets.length) {
      try {
        written += writeSync(this.#descriptor, octets, written);
      } catch (error) {
        const isBusy = (error as NodeJS.ErrnoException).code === 'EAGAIN';
        // Once a reader has used up the patience, later lines do not wait for it again until one gets through.
        this.#isStuck = isBusy && patience <= 0;
        if (!isBusy || patience <= 0) break;
        patience -= PAUSE_MS;
        Atomics.wait(pause, 0, 0, PAUSE_MS);
      }
    }
    const isWhole = written === octets.length;
    if (isWhole) this.#isStuck = false;
    if (written > 0) this.#isTorn = !isWhole;
    return isWhole;
  }
}
