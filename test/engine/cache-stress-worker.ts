// One thread of the packet cache's stress test: stores and finds a few keys, and counts what it saw.

import { parentPort, workerData } from 'node:worker_threads';
import { CACHE, PacketCache, STORE } from '../../src/engine/cache.ts';
import { keyName, makeReply, marksAt, START, versionOf } from './cache-replies.ts';

export interface Task {
  buffer: SharedArrayBuffer;
  worker: number;
  keys: number;
  rounds: number;
}

export interface Tally {
  found: number;
  torn: number;
  missed: number;
  stored: number;
  busy: number;
  overtaken: number;
}

/** Replies of each key, made beforehand: small and large by turns, so that entries move against each other. */
function makeAll(keys: number): Uint8Array[][] {
  const sizes = [60, 200, 1232, 4000, 9000];
  return Array.from({ length: keys }, (_, key) =>
    sizes.map((size, index) => makeReply(key, index, size + 4 * ((key * 7) % 11))),
  );
}

function run({ buffer, worker, keys, rounds }: Task): Tally {
  const cache = new PacketCache(buffer, worker);
  const names = Array.from({ length: keys }, (_, key) => keyName(key));
  const replies = makeAll(keys);
  const marks = marksAt([40, 50], [44]);
  const out = new Uint8Array(65536);
  const tally = { found: 0, torn: 0, missed: 0, stored: 0, busy: 0, overtaken: 0 };
  let dice = 0x9e3779b1 ^ Math.imul(worker + 1, 0x85ebca6b);
  for (let round = 0; round < rounds; round++) {
    dice = Math.imul(dice ^ (dice >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    const key = (dice >>> 8) % keys;
    if ((dice >>> 28) % 2 === 0) {
      const version = (dice >>> 20) % replies[key].length;
      const reply = replies[key][version];
      const result = cache.store(names[key], 1, 0, reply, reply.length, marks, 300, version, START);
      if (result === STORE.OK) tally.stored++;
      else tally.busy++;
    } else if (cache.find(names[key], 1, 0, START, out) === CACHE.MISS) {
      tally.missed++;
    } else {
      const { length, generation } = cache.found;
      const expected = replies[key][generation];
      const whole = expected?.length === length && Buffer.compare(expected, out.subarray(0, length)) === 0;
      // The slow way says the same of the first few, from the octets alone.
      const agreed = tally.found > 100 || versionOf(key, out, length) === generation;
      tally.found++;
      if (!whole || !agreed) tally.torn++;
    }
  }
  tally.overtaken = cache.overtaken;
  return tally;
}

parentPort?.postMessage(run(workerData as Task));
