// About how many clients there were, of whom none is kept: linear counting, over a bitmap of their keyed hashes.

import type { EventReader } from '../engine/event-reader.ts';

/** With 512 bits an estimate is off by some 4 % at 500 clients, and by 8 % at 2,000. */
const BITS = 512;
const WORDS = BITS / 32;
/** Where every bit but one is set: that it is so many or more is all that can be said. */
export const MOST_CLIENTS = Math.round(BITS * Math.log(BITS));

/** One bit for each hash that came. Two of them together are the sketch of the clients of both. */
export type Sketch = Uint32Array;

export function emptySketch(): Sketch {
  return new Uint32Array(WORDS);
}

/**
 * Where the client's bit is: the end of MurmurHash3 over its address, or over the id of the `device` that a forwarder
 * named, which without `key` says nothing of it.
 */
export function clientBit(event: EventReader, key: number, device?: string): number {
  let hash = key;
  if (device === undefined) for (let word = 0; word < 4; word++) hash = mixed(hash, event.address(word));
  else for (let at = 0; at < device.length; at++) hash = mixed(hash, device.charCodeAt(at));
  return hash & (BITS - 1);
}

function mixed(hash: number, word: number): number {
  const first = Math.imul(hash ^ word, 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return second ^ (second >>> 16);
}

export function addClient(sketch: Sketch, bit: number): void {
  sketch[bit >>> 5] |= 1 << (bit & 31);
}

export function addSketch(sketch: Sketch, other: Sketch): void {
  for (let word = 0; word < WORDS; word++) sketch[word] |= other[word];
}

/** About how many clients; up to MOST_CLIENTS. */
export function clientsIn(sketch: Sketch): number {
  let empty = 0;
  for (let word = 0; word < WORDS; word++) {
    for (let rest = ~sketch[word] >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) empty++;
  }
  return Math.round(BITS * Math.log(BITS / Math.max(1, empty)));
}
