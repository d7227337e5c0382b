// The file of policy hits: appended to in large pieces, moved aside by size, and never in the way of anything.

import { closeSync, constants, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { HitSink } from './hit-log.ts';

const MODE = 0o640;
/** Without waiting: a pipe that nobody reads refuses to be opened, and one that is full to be written. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;
const NEWLINE = Uint8Array.of(0x0a);

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

export class HitFile implements HitSink {
  readonly #path: string;
  readonly #maxSize: number;
  readonly #keep: number;
  #descriptor: number | undefined;
  #size = 0;
  /** Where it is moved aside next: later than its size says where that has just failed. */
  #rotateAt: number;
  /** The last line was cut off in the middle. */
  #isTorn = false;
  #trouble = '';
  #rotationTrouble = '';

  /** Appends to `path`; at `maxSize` octets it becomes `path`.1, and `keep` such are kept. Never throws. */
  constructor(path: string, maxSize: number, keep: number) {
    this.#path = path;
    this.#maxSize = maxSize;
    this.#keep = keep;
    this.#rotateAt = maxSize;
    this.#open();
  }

  get problem(): string {
    return this.#trouble || this.#rotationTrouble;
  }

  write(octets: Uint8Array, length: number, lines: number): number {
    if (this.#size > 0 && this.#size + length > this.#rotateAt) this.#rotate();
    if (this.#descriptor === undefined && !this.#open()) return 0;
    if (this.#isTorn && this.#put(NEWLINE, 1) === 0) return 0;
    const written = this.#put(octets, length);
    if (written === length) {
      this.#trouble = '';
      return lines;
    }
    let whole = 0;
    for (let at = 0; at < written; at++) if (octets[at] === NEWLINE[0]) whole++;
    return whole;
  }

  /** After a rotation tool has moved it away. */
  reopen(): void {
    this.#shut();
    this.#open();
  }

  close(): void {
    this.#shut();
  }

  #open(): boolean {
    try {
      this.#descriptor = openSync(this.#path, FLAGS, MODE);
      this.#size = fstatSync(this.#descriptor).size;
      this.#rotateAt = this.#maxSize;
      this.#trouble = '';
      return true;
    } catch (error) {
      this.#trouble = `${this.#path} cannot be opened: ${reasonOf(error)}`;
      return false;
    }
  }

  #shut(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** How many octets went out; after an error it is opened anew before the next. */
  #put(octets: Uint8Array, length: number): number {
    let written = 0;
    try {
      while (written < length) written += writeSync(this.#descriptor!, octets, written, length - written);
    } catch (error) {
      this.#trouble = `${this.#path} cannot be written: ${reasonOf(error)}`;
      this.#shut();
    }
    this.#size += written;
    if (written > 0) this.#isTorn = octets[written - 1] !== NEWLINE[0];
    return written;
  }

  /** Moves the files one number up and begins anew; where that fails, goes on in the same file and tries again later. */
  #rotate(): void {
    this.#shut();
    try {
      for (let number = this.#keep - 1; number > 0; number--) this.#move(`.${number}`, `.${number + 1}`);
      if (this.#keep > 0) this.#move('', '.1');
      else rmSync(this.#path, { force: true });
      this.#rotationTrouble = '';
    } catch (error) {
      this.#rotationTrouble = `${this.#path} cannot be moved aside: ${reasonOf(error)}`;
    }
    if (this.#open() && this.#rotationTrouble) this.#rotateAt = this.#size + this.#maxSize;
  }

  #move(from: string, to: string): void {
    try {
      renameSync(this.#path + from, this.#path + to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
