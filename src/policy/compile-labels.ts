// Labels while compiling: each distinct one is stored once, so that a million names share their `com` and `www`.

import { hashLabel } from '../wire/name.ts';
import { CompileError } from './compile-error.ts';
import { LABEL_BITS } from './image.ts';
import { sameLabel } from './match.ts';

const SPREAD = 0x85ebca6b | 0;
const LONGEST_LABEL = 64;

/** A growing pool of canonical labels, each with its length octet before it. Offset 0 is never a label. */
export class LabelPool {
  bytes = new Uint8Array(1 << 16);
  length = 1;
  count = 0;
  readonly #seed: number;
  /** Open addressing by the top bits of the spread hash; holds offsets, 0 where empty. */
  #slots = new Int32Array(1 << 12);
  #shift = 32 - 12;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The offset of the label whose length octet stands at `at` of `from`; `hash` is its `hashLabel`. */
  intern(from: Uint8Array, at: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = Math.imul(hash, SPREAD) >>> this.#shift;
    for (let offset = this.#slots[slot]; offset !== 0; offset = this.#slots[slot]) {
      if (sameLabel(this.bytes, offset, from, at)) return offset;
      slot = (slot + 1) & mask;
    }
    const offset = this.#append(from, at);
    this.#slots[slot] = offset;
    if (++this.count > mask * 0.7) this.#rehash();
    return offset;
  }

  /** Gives back what only interning needs; no label can be added after. */
  freeze(): void {
    this.#slots.buffer.transfer(0);
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
    if (end + LONGEST_LABEL > this.bytes.length) {
      this.bytes = new Uint8Array(this.bytes.buffer.transfer((this.bytes.length * 1.5) | 0));
    }
    for (let to = offset; to < end; to++) this.bytes[to] = from[at++];
    this.length = end;
    return offset;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    this.#shift--;
    for (let offset = 1; offset < this.length; offset += this.bytes[offset] + 1) {
      let slot = Math.imul(hashLabel(this.bytes, offset, this.#seed), SPREAD) >>> this.#shift;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = offset;
    }
    this.#slots.buffer.transfer(0);
    this.#slots = slots;
  }
}
