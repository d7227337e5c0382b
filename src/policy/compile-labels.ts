// Labels while compiling: those that come again and again are stored once, so that a million names share their `www`.

import { CompileError } from './compile-error.ts';
import { LABEL_BITS } from './image.ts';
import { sameLabel } from './match.ts';

const SPREAD = 0x85ebca6b | 0;
const LONGEST_LABEL = 64;

/**
 * Sets of two labels that are remembered. The search of a table of them all costs more time than its few per cent of a
 * smaller pool are worth (docs/decisions/0006-a-million-names.md); this much stays in the processor's cache.
 */
const SET_BITS = 14;

/** A growing pool of canonical labels, each with its length octet before it. Offset 0 is never a label. */
export class LabelPool {
  bytes = new Uint8Array(1 << 16);
  length = 1;
  /** Labels stored, some of them twice. */
  count = 0;
  /**
   * Remembered labels, two for each value of the spread hash's top bits: hash and offset of each, 0 where empty. The hash
   * spares a look at octets far away.
   */
  #sets = new Int32Array(4 << SET_BITS);

  /** Makes room for so many octets more. */
  expect(octets: number): void {
    const length = Math.min(this.length + octets, LABEL_BITS) + LONGEST_LABEL;
    if (length > this.bytes.length) this.#grow(length);
  }

  /** The offset of the label whose length octet stands at `at` of `from`; `hash` is its `hashLabel`. */
  intern(from: Uint8Array, at: number, hash: number): number {
    const sets = this.#sets;
    const set = (Math.imul(hash, SPREAD) >>> (32 - SET_BITS)) * 4;
    const first = sets[set + 1];
    if (sets[set] === hash && first !== 0 && sameLabel(this.bytes, first, from, at)) return first;
    const second = sets[set + 3];
    const known = sets[set + 2] === hash && second !== 0 && sameLabel(this.bytes, second, from, at);
    if (known) {
      // What comes again moves to the front, where labels that come once do not push it out.
      sets[set + 2] = sets[set];
      sets[set + 3] = first;
      sets[set] = hash;
      sets[set + 1] = second;
      return second;
    }
    const offset = this.#append(from, at);
    sets[set + 2] = hash;
    sets[set + 3] = offset;
    return offset;
  }

  /** Gives back what only interning needs; no label can be added after. */
  freeze(): void {
    this.#sets.buffer.transfer(0);
  }

  /** Gives back all but the counts. */
  release(): void {
    this.bytes.buffer.transfer(0);
  }

  #append(from: Uint8Array, at: number): number {
    const offset = this.length;
    const end = offset + from[at] + 1;
    if (end > LABEL_BITS)
      throw new CompileError(`too many distinct labels: the image holds ${LABEL_BITS} octets of them`);
    if (end + LONGEST_LABEL > this.bytes.length) this.#grow((this.bytes.length * 1.5) | 0);
    const { bytes } = this;
    for (let to = offset; to < end; to++) bytes[to] = from[at++];
    this.length = end;
    this.count++;
    return offset;
  }

  /** The old memory goes back at once, not at the next collection; what of the new is never written, is never taken. */
  #grow(length: number): void {
    const bytes = new Uint8Array(length);
    bytes.set(this.bytes);
    this.bytes.buffer.transfer(0);
    this.bytes = bytes;
  }
}
