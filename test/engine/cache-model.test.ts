// The packet cache against a map that never forgets: whatever it still knows must be right, wherever its log stands.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CACHE, PacketCache, STORE } from '../../src/engine/cache.ts';
import { CacheMemory, CONTROL, MIN_CACHE } from '../../src/engine/cache-layout.ts';
import { faultsOf, keyName, makeReply, marksAt, START, versionOf } from './cache-replies.ts';

const KEYS = 60;
const STALE_LIMIT = 50;
const NAMES = Array.from({ length: KEYS }, (_, key) => keyName(key));
const out = new Uint8Array(65536);

interface Stored {
  version: number;
  seconds: number;
  ttl: number;
  /** The head before it was stored: what the tail must pass before the entry may be gone. */
  head: number;
}

/** A cache whose log starts `laps` whole laps before position 2^32 and `granules` into its lap. */
function openAt(
  laps: number,
  granules: number,
): { cache: PacketCache; memory: CacheMemory; buffer: SharedArrayBuffer } {
  const buffer = PacketCache.allocate(MIN_CACHE);
  const memory = new CacheMemory(buffer);
  const position = (1 + granules - laps * memory.lap) | 0;
  memory.words[CONTROL.TAIL] = position;
  memory.words[CONTROL.HEAD] = position;
  return { cache: new PacketCache(buffer, 0, STALE_LIMIT), memory, buffer };
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('store'),
      key: fc.nat(KEYS - 1),
      size: fc.integer({ min: 40, max: 14_000 }),
      ttl: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('find'),
      key: fc.nat(KEYS - 1),
      size: fc.constant(0),
      ttl: fc.constant(0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('wait'),
      key: fc.constant(0),
      size: fc.constant(0),
      ttl: fc.integer({ min: -3, max: 30 }),
    }),
  },
);

/** What `find` may and must say about one key. */
function checkFind(cache: PacketCache, memory: CacheMemory, key: number, known: Stored | undefined, now: number): void {
  const state = cache.find(NAMES[key], 1, 0, now, out);
  if (known === undefined) {
    expect(state).toBe(CACHE.MISS);
    return;
  }
  const age = Math.max(0, now - known.seconds);
  if (state === CACHE.MISS) {
    const passed = (memory.words[CONTROL.TAIL] - known.head) | 0;
    expect(passed > 0 || age > known.ttl + STALE_LIMIT).toBe(true);
    return;
  }
  expect(age).toBeLessThanOrEqual(known.ttl + STALE_LIMIT);
  expect(state).toBe(age < known.ttl ? CACHE.FRESH : CACHE.STALE);
  expect(cache.found).toMatchObject({ age, ttl: known.ttl, generation: known.version });
  expect(versionOf(key, out, cache.found.length)).toBe(known.version);
}

describe('equals the model', () => {
  test('over stores, finds and time', () => {
    const start = fc.record({ laps: fc.nat(2), granules: fc.nat(3700) });
    const steps = fc.array(step, { minLength: 1, maxLength: 250, size: 'max' });
    fc.assert(
      fc.property(start, steps, ({ laps, granules }, list) => {
        const { cache, memory, buffer } = openAt(laps, granules);
        const model = new Map<number, Stored>();
        let now = START;
        list.forEach(({ act, key, size, ttl }, version) => {
          if (act === 'wait') now += ttl;
          if (act === 'find') checkFind(cache, memory, key, model.get(key), now);
          if (act !== 'store') return;
          const { TAIL, HEAD } = CONTROL;
          const [tail, head] = [memory.words[TAIL], memory.words[HEAD]];
          const used = memory.used();
          const state = cache.store(
            NAMES[key],
            1,
            0,
            makeReply(key, version, size),
            size,
            marksAt([]),
            ttl,
            version,
            now,
          );
          expect(state).toBe(STORE.OK);
          model.set(key, { version, seconds: now, ttl, head });
          checkFind(cache, memory, key, model.get(key), now);
          // Room is made only where there is none.
          if (memory.words[TAIL] !== tail) expect(used).toBeGreaterThan(memory.granules - 2 * memory.largest - 2);
        });
        for (let key = 0; key < KEYS; key++) checkFind(cache, memory, key, model.get(key), now);
        expect(faultsOf(buffer)).toEqual([]);
      }),
      // The limit is for shrinking: a failure is to be read today.
      { numRuns: 150, interruptAfterTimeLimit: 20_000 },
    );
  });

  test('over the wrap of positions at 2^32, entry by entry', () => {
    const { cache, memory, buffer } = openAt(1, 0);
    expect(memory.words[CONTROL.HEAD]).toBeLessThan(0);
    const model = new Map<number, Stored>();
    for (let version = 0; memory.words[CONTROL.HEAD] < memory.lap; version++) {
      if (version > 0 && memory.words[CONTROL.HEAD] > 0 && memory.words[CONTROL.HEAD] > memory.granules / 2) break;
      const key = version % KEYS;
      const head = memory.words[CONTROL.HEAD];
      const size = 40 + ((version * 997) % 4000);
      cache.store(NAMES[key], 1, 0, makeReply(key, version, size), size, marksAt([]), 30, version, START);
      model.set(key, { version, seconds: START, ttl: 30, head });
      for (const [known, stored] of model) checkFind(cache, memory, known, stored, START);
    }
    expect(memory.words[CONTROL.HEAD]).toBeGreaterThan(0);
    expect(faultsOf(buffer)).toEqual([]);
  });
});
