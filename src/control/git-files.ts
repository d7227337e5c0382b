// Reads what git keeps on the disk: whole small files, and parts of large ones.

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** The octets of a file; undefined where there is none, or a folder. Throws where it cannot be read. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}

/** A file of which only parts are read. */
export class PartialFile {
  readonly #descriptor: number;
  readonly size: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    this.size = fstatSync(this.#descriptor).size;
  }

  /** `length` octets from `at` on; fewer where the file ends before. */
  read(at: number, length: number): Buffer {
    const octets = Buffer.alloc(Math.max(0, Math.min(length, this.size - at)));
    const count = readSync(this.#descriptor, octets, 0, octets.length, at);
    return octets.subarray(0, count);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
