// Standard output as the place for policy hits: a line at a time, and none that waits for a reader.

import { closeSync, writeSync } from 'node:fs';
import { withoutWaiting } from './descriptor.ts';
import type { HitSink } from './hit-log.ts';

const NEWLINE = Uint8Array.of(0x0a);

export class HitStdout implements HitSink {
  readonly #target: number;
  readonly #descriptor: number;
  #isTorn = false;
  problem = '';

  /** `target` is an open descriptor, which stays open. */
  constructor(target: number) {
    this.#target = target;
    this.#descriptor = withoutWaiting(target);
  }

  write(octets: Uint8Array, length: number, lines: number): number {
    let written = 0;
    try {
      if (this.#isTorn) writeSync(this.#descriptor, NEWLINE);
      this.#isTorn = false;
      while (written < length) written += writeSync(this.#descriptor, octets, written, length - written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.#isTorn = written > 0;
      this.problem = code === 'EAGAIN' ? 'nobody reads standard output' : `standard output cannot be written: ${code}`;
      return 0;
    }
    this.problem = '';
    return lines;
  }

  reopen(): void {}

  close(): void {
    if (this.#descriptor !== this.#target) closeSync(this.#descriptor);
  }
}
