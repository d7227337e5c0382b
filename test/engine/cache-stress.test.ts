// Threads that write and read one small packet cache as fast as they can: no torn answer, no wrong one.

import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { PacketCache } from '../../src/engine/cache.ts';
import { MIN_CACHE } from '../../src/engine/cache-layout.ts';
import { faultsOf } from './cache-replies.ts';
import type { Tally, Task } from './cache-stress-worker.ts';

const THREADS = 4;
const KEYS = 40;
const ROUNDS = 150_000;

function start(task: Task): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./cache-stress-worker.ts', import.meta.url), { workerData: task });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

test('four threads, forty keys, a log that goes round and round', { timeout: 120_000 }, async () => {
  const buffer = PacketCache.allocate(MIN_CACHE);
  const tallies = await Promise.all(
    Array.from({ length: THREADS }, (_, worker) => start({ buffer, worker, keys: KEYS, rounds: ROUNDS })),
  );
  const total = (count: (tally: Tally) => number) => tallies.reduce((sum, tally) => sum + count(tally), 0);
  expect(total((tally) => tally.torn)).toBe(0);
  expect(total((tally) => tally.found + tally.missed + tally.stored + tally.busy)).toBe(THREADS * ROUNDS);
  // It did what it says: found much, and went round the log many times (3 KB a store, 240 KB a round).
  expect(total((tally) => tally.found)).toBeGreaterThan(ROUNDS / 10);
  expect(total((tally) => tally.stored)).toBeGreaterThan(1000);
  expect(faultsOf(buffer)).toEqual([]);
});
