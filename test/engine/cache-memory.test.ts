// The packet cache's bound: how much it takes, what goes first when it is full, and what is kept.

import { describe, expect, test } from 'vitest';
import { CACHE, PacketCache, STORE } from '../../src/engine/cache.ts';
import { CacheMemory, hashKey, MAX_CACHE, MIN_CACHE } from '../../src/engine/cache-layout.ts';
import { faultsOf, keyName, makeReply, marksAt, START, versionOf } from './cache-replies.ts';

const NO_MARKS = marksAt([]);
const SMALLEST = new CacheMemory(PacketCache.allocate(MIN_CACHE));
const out = new Uint8Array(65536);

function storeReply(
  cache: PacketCache,
  key: number,
  version: number,
  size: number,
  ttl = 300,
  seconds = START,
): number {
  return cache.store(keyName(key), 1, 0, makeReply(key, version, size), size, NO_MARKS, ttl, 0, seconds);
}

/** The bucket of a type A question whose name has this hash, in the smallest cache. */
function bucketNumber(hash: number): number {
  return SMALLEST.bucketOf(hashKey(hash, 1, 0));
}

describe('memory', () => {
  test.each([MIN_CACHE, MIN_CACHE + 63, 1_000_001, 2 ** 24])('of %i octets, and not one more', (bytes) => {
    const buffer = PacketCache.allocate(bytes);
    expect(buffer.byteLength).toBeLessThanOrEqual(bytes);
    const { capacity } = new PacketCache(buffer, 0).usage();
    expect(capacity).toBeGreaterThan(0.9 * bytes);
    expect(capacity).toBeLessThan(bytes);
  });

  test.each([0, MIN_CACHE - 1, MAX_CACHE + 1, Number.NaN, -1])('of %d octets is refused', (bytes) => {
    expect(() => PacketCache.allocate(bytes)).toThrow(RangeError);
  });

  test('is never outgrown; what is asked for stays, what is not goes first', () => {
    const buffer = PacketCache.allocate(MIN_CACHE);
    const cache = new PacketCache(buffer, 0);
    storeReply(cache, 1_000_000, 1, 200);
    storeReply(cache, 2_000_000, 1, 200);
    for (let key = 0; key < 5000; key++) {
      expect(storeReply(cache, key, 1, 100 + (key % 300))).toBe(STORE.OK);
      expect(cache.find(keyName(1_000_000), 1, 0, START, out)).toBe(CACHE.FRESH);
      const { bytes, capacity } = cache.usage();
      expect(bytes).toBeLessThanOrEqual(capacity);
    }
    expect(versionOf(1_000_000, out, cache.found.length)).toBe(1);
    expect(cache.find(keyName(2_000_000), 1, 0, START, out)).toBe(CACHE.MISS);
    expect(cache.reinsertions).toBeGreaterThan(2);
    expect(cache.evictions).toBeGreaterThan(3000);
    expect(cache.stores).toBe(5002);
    expect(faultsOf(buffer)).toEqual([]);
  });

  test('where all was hit: a store still ends, and the log still moves on', () => {
    const buffer = PacketCache.allocate(MIN_CACHE);
    const cache = new PacketCache(buffer, 0);
    for (let key = 0; key < 4000; key++) {
      expect(storeReply(cache, key, 1, 100)).toBe(STORE.OK);
      expect(cache.find(keyName(key), 1, 0, START, out)).toBe(CACHE.FRESH);
    }
    expect(cache.reinsertions).toBeGreaterThan(1000);
    expect(faultsOf(buffer)).toEqual([]);
  });

  test('what has expired is not kept, hit or not', () => {
    const cache = new PacketCache(PacketCache.allocate(MIN_CACHE), 0);
    for (let key = 0; key < 4000; key++) {
      storeReply(cache, key, 1, 100, 1, START + key);
      cache.find(keyName(key), 1, 0, START + key, out);
    }
    expect(cache.reinsertions).toBe(0);
    // What left a full bucket, and none of the thousands that the log dropped: those had expired.
    expect(cache.evictions).toBeLessThan(400);
  });

  test('more keys than a bucket has ways: the oldest goes first', () => {
    const cache = new PacketCache(PacketCache.allocate(MIN_CACHE), 0);
    const names = Array.from({ length: 9 }, (_, key) => keyName(key));
    // One bucket for all: hashes are made equal but for what the tag needs, by trying.
    const base = names[0].hash;
    const wanted = bucketNumber(base);
    let hash = base;
    for (const name of names.slice(1)) {
      do hash = (hash + 1) | 0;
      while (bucketNumber(hash) !== wanted);
      name.hash = hash;
    }
    const put = (key: number, ttl: number) =>
      cache.store(names[key], 1, 0, makeReply(key, 1, 60), 60, NO_MARKS, ttl, 0, START + key);
    for (let key = 0; key < 7; key++) expect(put(key, key === 3 ? 1 : 300)).toBe(STORE.OK);
    put(7, 300);
    const states = () => names.map((name) => cache.find(name, 1, 0, START + 9, out));
    const { MISS, FRESH, STALE } = CACHE;
    expect(states().slice(0, 8)).toEqual([MISS, FRESH, FRESH, STALE, FRESH, FRESH, FRESH, FRESH]);
    put(8, 300);
    expect(states()).toEqual([MISS, MISS, FRESH, STALE, FRESH, FRESH, FRESH, FRESH, FRESH]);
    expect(cache.usage().entries).toBe(7);
    expect(cache.evictions).toBe(2);
  });
});
