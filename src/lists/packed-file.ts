// A list's file as its text comes out of it: piece by piece, unpacked where it is packed, and never more than it may hold.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ListError } from './list-error.ts';

const PIECE = 1 << 16;
const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** A frame of zstd without text, which some packers write first; the low half of its first octet is theirs. */
const ZSTD_OTHER = [0x2a, 0x4d, 0x18];

export class PackedFile {
  readonly #fd: number;
  /** Where in the file it begins. */
  readonly #from: number;
  readonly #size: number;
  readonly #most: number;
  readonly #unpack: (() => Transform & { bytesWritten: number }) | undefined;
  /** Octets of the file that the text so far came from, and of that text. */
  #taken = 0;
  #given = 0;

  /** Throws what opening it does. `most` is how many octets of text it may hold; it may be a part of a file. */
  constructor(path: string, most: number, from = 0, size?: number) {
    this.#fd = openSync(path, 'r');
    this.#from = from;
    this.#size = size ?? fstatSync(this.#fd).size;
    this.#most = most;
    const head = Buffer.alloc(4);
    try {
      readSync(this.#fd, head, 0, Math.min(head.length, this.#size), from);
    } catch (error) {
      this.close();
      throw error;
    }
    const begins = (mark: number[], from = 0) => mark.every((octet, at) => head[from + at] === octet);
    if (begins(GZIP)) this.#unpack = () => createGunzip({ chunkSize: PIECE });
    else if (begins(ZSTD) || begins(ZSTD_OTHER, 1)) this.#unpack = () => createZstdDecompress({ chunkSize: PIECE });
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** About how many octets of text are still to come, as far as can be told from those that came. */
  get expected(): number {
    return this.#taken === 0 ? 0 : (this.#given / this.#taken) * (this.#size - this.#taken);
  }

  /** Octets of text that came of it. */
  get given(): number {
    return this.#given;
  }

  /** The text from its beginning; a piece is good until the next is asked for. Throws ListError where it is none. */
  async *pieces(): AsyncGenerator<Buffer> {
    this.#given = 0;
    this.#taken = 0;
    for await (const piece of this.#unpack ? this.#unpacked(this.#unpack) : this.#plain()) {
      this.#given += piece.length;
      if (this.#given > this.#most) {
        const message = `it holds more than max_size allows: ${this.#most} octets${this.#unpack ? ' unpacked' : ''}`;
        throw new ListError(message, 'set max_size of the list higher, if it is to be so long');
      }
      yield piece;
    }
  }

  *#plain(): Generator<Buffer> {
    const buffer = Buffer.allocUnsafe(PIECE);
    for (let length = -1; length !== 0; ) {
      const most = Math.min(PIECE, this.#size - this.#taken);
      length = readSync(this.#fd, buffer, 0, most, this.#from + this.#taken);
      this.#taken += length;
      if (length > 0) yield buffer.subarray(0, length);
    }
  }

  /** A file may be several packed ones, one behind the other; nothing but zeros may follow the last. */
  async *#unpacked(unpack: () => Transform & { bytesWritten: number }): AsyncGenerator<Buffer> {
    let start = 0;
    while (start < this.#size && !this.#isPadding(start)) {
      const stream = unpack();
      // What goes wrong comes out of the stream itself.
      pipeline(Readable.from(this.#packed(start)), stream, () => {});
      try {
        for await (const piece of stream) {
          this.#taken = start + stream.bytesWritten;
          yield piece as Buffer;
        }
      } catch (error) {
        if (error instanceof ListError) throw error;
        throw new ListError(`it cannot be unpacked: ${reasonOf(error)}`, 'fetch or pack it anew');
      }
      if (stream.bytesWritten === 0) throw new ListError('it cannot be unpacked', 'fetch or pack it anew');
      start += stream.bytesWritten;
    }
  }

  *#packed(start: number): Generator<Buffer> {
    for (let at = start; at < this.#size; ) {
      const buffer = Buffer.allocUnsafe(PIECE);
      const length = readSync(this.#fd, buffer, 0, Math.min(PIECE, this.#size - at), this.#from + at);
      if (length === 0) return;
      at += length;
      yield buffer.subarray(0, length);
    }
  }

  #isPadding(start: number): boolean {
    for (const piece of this.#packed(start)) if (piece.some((octet) => octet !== 0)) return false;
    return true;
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return 'it is cut off';
  return message;
}
