// Run with --expose-gc: prints how many octets the heap grew over a million finds and 125,000 stores.

import { PacketCache } from '../../src/engine/cache.ts';
import { MIN_CACHE } from '../../src/engine/cache-layout.ts';
import { keyName, makeReply, marksAt, START } from './cache-replies.ts';

const FINDS = 1_000_000;
const KEYS = 4000;

const cache = new PacketCache(PacketCache.allocate(MIN_CACHE), 0);
const names = Array.from({ length: KEYS }, (_, key) => keyName(key));
const replies = names.map((_, key) => makeReply(key, 1, 100 + (key % 200)));
const marks = marksAt([40], [44]);
// Buffers of each kind: aligned, unaligned, and too short for a whole last word.
const outs = [new Uint8Array(65536), new Uint8Array(1000).subarray(1), new Uint8Array(2000), new Uint8Array(301)];

function run(): number {
  let found = 0;
  for (let round = 0; round < FINDS; round++) {
    const key = (round * 7) % KEYS;
    if (round % 8 === 0) cache.store(names[key], 1, 0, replies[key], replies[key].length, marks, 300, 0, START);
    found += cache.find(names[key], 1, 0, START + (round % 400), outs[round % outs.length]);
  }
  return found;
}

run();
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
const found = run();
const grown = process.memoryUsage().heapUsed - before;
console.log(JSON.stringify({ grown, found }));
