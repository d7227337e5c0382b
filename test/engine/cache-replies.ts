// Replies that say what they are: every octet follows from key and version, so that a torn or foreign one shows.

import type { Marks } from '../../src/engine/cache.ts';
import { CacheMemory } from '../../src/engine/cache-layout.ts';
import { Name, readName } from '../../src/wire/name.ts';

export const SEED = 0x5eed;
/** Seconds at which the tests' clocks start. */
export const START = 1_700_000_000;
/** Octets before the version: header and question of `keyName`. */
const BODY = 12 + 18 + 4;

/** A word that depends on all three numbers. */
function mix(key: number, version: number, at: number): number {
  let word = Math.imul(key + 1, 0x9e3779b1) ^ Math.imul(version + 1, 0x85ebca6b) ^ Math.imul(at + 1, 0xc2b2ae35);
  word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d);
  word = Math.imul(word ^ (word >>> 12), 0x297a2d39);
  return (word ^ (word >>> 15)) >>> 0;
}

/** A canonical name from text with dots between labels. */
export function nameOf(text: string): Name {
  const name = new Name(SEED);
  const wire = text.split('.').map((label) => String.fromCharCode(label.length) + label);
  const octets = Buffer.from(`${'\0'.repeat(12)}${wire.join('')}\0`, 'latin1');
  if (readName(octets, 12, octets.length, name) < 0) throw new Error(`no name: ${text}`);
  return name;
}

export function keyName(key: number): Name {
  return nameOf(`k${String(key).padStart(7, '0')}.example`);
}

/** The reply number `version` for `key`: type A, `size` octets, at least 40. */
export function makeReply(key: number, version: number, size: number): Uint8Array {
  const name = keyName(key);
  const reply = new Uint8Array(size);
  for (let at = 0; at < size; at++) reply[at] = mix(key, version, at >> 2) >>> (8 * (at & 3));
  reply.set(name.bytes.subarray(0, name.length), 12);
  reply.set([0, 1, 0, 1], 12 + name.length);
  new DataView(reply.buffer).setUint32(BODY, version);
  new DataView(reply.buffer).setUint16(BODY + 4, size);
  return reply;
}

/** Which version of `key`'s replies `out[0, length)` is; -1 when it is none of them, or not whole. */
export function versionOf(key: number, out: Uint8Array, length: number): number {
  if (length < BODY + 6) return -1;
  const view = new DataView(out.buffer, out.byteOffset, length);
  const version = view.getUint32(BODY);
  if (view.getUint16(BODY + 4) !== length) return -1;
  return Buffer.compare(makeReply(key, version, length), out.subarray(0, length)) === 0 ? version : -1;
}

/** Marks of `ttls` and `targets`. */
export function marksAt(ttls: number[], targets: number[] = []): Marks {
  return {
    ttlOffset: Uint16Array.from(ttls),
    ttlCount: ttls.length,
    targetOffset: Uint16Array.from(targets),
    targetCount: targets.length,
  };
}

/**
 * Walks the log from tail to head and the whole index, and returns what is wrong: nothing, when [tail, head) is a row
 * of whole entries and the index points to beginnings of entries under their own tags.
 */
export function faultsOf(buffer: SharedArrayBuffer): string[] {
  const memory = new CacheMemory(buffer);
  const { words } = memory;
  const faults: string[] = [];
  const head = words[17];
  const tags = new Map<number, number>();
  let position = words[16];
  while (position !== head && tags.size <= memory.granules) {
    const entry = memory.wordAt(position);
    const size = memory.granulesOf(entry);
    if (size === 0) {
      position = memory.nextLap(position);
      continue;
    }
    const length = words[entry + 4] & 0xffff;
    const marks = (words[entry + 5] >>> 16) + (words[entry + 5] & 0xffff);
    const sum = memory.checksum(entry, ((marks + 1) >> 1) + ((length + 3) >> 2));
    if (words[entry] !== position) faults.push(`entry at ${position} says ${words[entry]}`);
    if (words[entry + 1] !== sum) faults.push(`entry at ${position} has another checksum`);
    tags.set(position, words[entry + 2]);
    position = memory.after(position, size);
  }
  if (position !== head) faults.push('the log does not end at its head');
  let entries = 0;
  for (let index = 0; index < memory.buckets; index++) {
    for (let way = 0; way < 7; way++) {
      const at = memory.bucketAt(index) + way;
      if (words[at + 7] === 0) continue;
      entries++;
      if (tags.get(words[at + 7]) !== words[at]) faults.push(`way ${way} of bucket ${index} points astray`);
    }
  }
  if (entries !== words[32]) faults.push(`${words[32]} entries are counted, ${entries} are there`);
  return faults;
}

/** The same memory, copied: what is done to it does not show in the original. */
export function copyOf(buffer: SharedArrayBuffer): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(buffer.byteLength);
  new Int32Array(copy).set(new Int32Array(buffer, 0, buffer.byteLength >> 2));
  return copy;
}
