// Measures the packet cache: time of a hit, a miss and a store, octets an entry, heap left untouched.
// npx node --expose-gc bench/cache.ts

import { cpus } from 'node:os';
import process from 'node:process';
import { CACHE, type Marks, PacketCache, STORE } from '../src/engine/cache.ts';
import { Name, readName } from '../src/wire/name.ts';

const ROUNDS = 1_000_000;
const REPEATS = 5;
const SECONDS = 1_000_000;

/** `count` replies of `size` octets, one after the other in `messages`, each asking for a name of its own. */
interface Replies {
  count: number;
  size: number;
  messages: Uint8Array;
  hashes: Int32Array;
  nameLength: number;
  marks: Marks;
}

/** Replies for www.cNNNNNNN.example.com, padded with records to `size` octets; one TTL field each. */
function makeReplies(count: number, size: number): Replies {
  const messages = new Uint8Array(count * size);
  const hashes = new Int32Array(count);
  const name = new Name(0x5eed);
  for (let index = 0; index < count; index++) {
    const label = `c${String(index).padStart(7, '0')}`;
    const question = Buffer.from(`\x03www\x08${label}\x07example\x03com\x00\x00\x01\x00\x01`, 'latin1');
    messages.set(question, index * size + 12);
    readName(messages, index * size + 12, (index + 1) * size, name);
    hashes[index] = name.hash;
  }
  const ttlOffset = Uint16Array.of(12 + name.length + 4 + 6);
  const marks = { ttlOffset, ttlCount: 1, targetOffset: new Uint16Array(0), targetCount: 0 };
  return { count, size, messages, hashes, nameLength: name.length, marks };
}

/** Makes `name` the one reply `index` asks for: what a parsed query would bring, without the parsing. */
function select(replies: Replies, index: number, name: Name): void {
  const from = index * replies.size + 12;
  const { bytes } = name;
  for (let at = 0; at < replies.nameLength; at++) bytes[at] = replies.messages[from + at];
  name.length = replies.nameLength;
  name.hash = replies.hashes[index];
}

/** Least nanoseconds of CPU of one call of `step` in REPEATS runs of ROUNDS: other work on the machine counts little. */
function nanoseconds(step: (round: number) => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const before = process.cpuUsage();
    for (let round = 0; round < ROUNDS; round++) step(round);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, ((user + system) * 1000) / ROUNDS);
  }
  return least;
}

/** A number under `count` that looks random and is the same in every run. */
function pick(round: number, count: number): number {
  return (Math.imul(round + 1, 0x9e3779b1) >>> 0) % count;
}

function measure(label: string, megabytes: number, count: number, size: number): void {
  const replies = makeReplies(count, size);
  const cache = new PacketCache(PacketCache.allocate(megabytes * 2 ** 20), 0);
  const name = new Name(0x5eed);
  const out = new Uint8Array(65536);
  const messages = Array.from({ length: count }, (_, index) =>
    replies.messages.subarray(index * size, (index + 1) * size),
  );
  const put = (index: number) => {
    select(replies, index, name);
    return cache.store(name, 1, 0, messages[index], size, replies.marks, 3600, 1, SECONDS);
  };
  for (let index = 0; index < count; index++) if (put(index) !== STORE.OK) throw new Error('not stored');
  const { entries, bytes } = cache.usage();
  let found = 0;
  let asked = 0;
  const idle = nanoseconds((round) => select(replies, pick(round, count), name));
  const hit = nanoseconds((round) => {
    select(replies, pick(round, count), name);
    asked++;
    if (cache.find(name, 1, 0, SECONDS + 5, out) === CACHE.FRESH) found++;
  });
  const miss = nanoseconds((round) => {
    select(replies, pick(round, count), name);
    cache.find(name, 28, 0, SECONDS, out);
  });
  const store = nanoseconds((round) => put(pick(round, count)));
  const ns = (value: number) => (value - idle).toFixed(0).padStart(6);
  console.log(
    `${label.padEnd(34)}${ns(hit)}${ns(miss)}${ns(store)}   ${(bytes / entries).toFixed(0).padStart(5)}` +
      `${((100 * found) / asked).toFixed(1).padStart(8)}   ${cache.evictions} / ${cache.reinsertions}`,
  );
}

/** Heap growth over a million hits and stores, octets. */
function heapGrowth(): number {
  const replies = makeReplies(1000, 100);
  const cache = new PacketCache(PacketCache.allocate(2 ** 20), 0);
  const name = new Name(0x5eed);
  const out = new Uint8Array(65536);
  const message = new Uint8Array(100);
  const run = () => {
    for (let round = 0; round < ROUNDS; round++) {
      select(replies, round % 1000, name);
      cache.find(name, 1, 0, SECONDS, out);
      if (round % 8 === 0) {
        for (let at = 0; at < 100; at++) message[at] = replies.messages[(round % 1000) * 100 + at];
        cache.store(name, 1, 0, message, 100, replies.marks, 3600, 1, SECONDS);
      }
    }
  };
  run();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  run();
  return process.memoryUsage().heapUsed - before;
}

console.log(`${cpus()[0].model}, Node ${process.version}; nanoseconds of CPU, less the loop around them`);
// The first scene warms the code up.
measure('(warm-up)', 16, 1000, 100);
console.log(`${''.padEnd(34)}   hit  miss store  octets/entry  hit %  evicted / kept`);
measure('1,000 names, 52 octets', 16, 1000, 52);
measure('1,000 names, 100 octets', 16, 1000, 100);
measure('1,000 names, 512 octets', 16, 1000, 512);
measure('1,000 names, 1,232 octets', 16, 1000, 1232);
measure('300,000 names, 100 octets, 64 MB', 64, 300_000, 100);
measure('300,000 names, 100 octets, 32 MB', 32, 300_000, 100);
console.log(`heap growth over ${ROUNDS} finds and ${ROUNDS / 8} stores: ${heapGrowth()} octets`);
