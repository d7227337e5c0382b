// Stops readers and writers of the packet cache between any two accesses: no torn answer, and nothing of the dead.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CACHE, PacketCache, STORE } from '../../src/engine/cache.ts';
import { CacheMemory, CONTROL, MIN_CACHE } from '../../src/engine/cache-layout.ts';
import { copyOf, faultsOf, keyName, makeReply, marksAt, START, versionOf } from './cache-replies.ts';
import { Died, openWatched, watchAtomics } from './cache-steps.ts';

const SIZE = 300;
const MARKS = marksAt([40, 60, 80], [90, 100]);
const out = new Uint8Array(65536);

function put(cache: PacketCache, key: number, version: number): number {
  return cache.store(keyName(key), 1, 0, makeReply(key, version, SIZE), SIZE, MARKS, 300, version, START);
}

/** The version found for `key`, -1 for a torn or foreign message, null for a miss. */
function versionIn(cache: PacketCache, key: number): number | null {
  if (cache.find(keyName(key), 1, 0, START, out) === CACHE.MISS) return null;
  const version = versionOf(key, out, cache.found.length);
  return version === cache.found.generation ? version : -1;
}

/** A full log whose oldest entry is version 0 of key 0; `hit` keys were found since. Also how many keys it took. */
function fullLog(hit: number[] = []): { buffer: SharedArrayBuffer; next: number } {
  const buffer = PacketCache.allocate(MIN_CACHE);
  const cache = new PacketCache(buffer, 0);
  const { words } = new CacheMemory(buffer);
  let next = 0;
  let before = buffer;
  while (words[CONTROL.TAIL] === 1) {
    before = copyOf(buffer);
    put(cache, next++, 0);
  }
  const reader = new PacketCache(before, 0);
  for (const key of hit) expect(versionIn(reader, key)).toBe(0);
  return { buffer: before, next: next - 1 };
}

/** A log in which the next entry no longer fits before the end: a pad is due. */
function logAtItsEnd(): { buffer: SharedArrayBuffer; next: number } {
  const buffer = PacketCache.allocate(MIN_CACHE);
  const memory = new CacheMemory(buffer);
  memory.words[CONTROL.TAIL] = memory.granules - 11;
  memory.words[CONTROL.HEAD] = memory.granules - 11;
  const cache = new PacketCache(buffer, 0);
  put(cache, 0, 0);
  return { buffer, next: 1 };
}

describe('a reader that is overtaken', () => {
  const { buffer: full, next } = fullLog();

  /** Finds key 0 while, ahead of the reader's access number `pause`, `stores` are made; -1 when that was too late. */
  function overtake(pause: number, stores: number, without: ('isSummed' | 'isStillLive')[]): number | null | undefined {
    const buffer = copyOf(full);
    const writer = new PacketCache(buffer, 1);
    let access = 0;
    const onAccess = () => {
      if (access++ !== pause) return;
      for (let store = 0; store < stores; store++) expect(put(writer, next + store, 1)).toBe(STORE.OK);
      // The newest version of the same key, so that only its place tells it from the old one.
      expect(put(writer, 0, 2)).toBe(STORE.OK);
    };
    const reader = openWatched(buffer, 0, onAccess, without);
    const version = watchAtomics(onAccess, () => versionIn(reader, 0));
    return access <= pause ? undefined : version;
  }

  /** The outcomes of stopping the reader at each of its accesses. */
  function outcomes(without: ('isSummed' | 'isStillLive')[]): (number | null)[] {
    const seen: (number | null)[] = [];
    for (let pause = 0; ; pause++) {
      const outcome = overtake(pause, 1, without);
      if (outcome === undefined) return seen;
      seen.push(outcome);
    }
  }

  test('at any of its accesses has the old message, the new one, or none', () => {
    const seen = outcomes([]);
    expect(seen.length).toBeGreaterThan(SIZE / 4);
    expect(seen.filter((version) => version === -1)).toEqual([]);
    // Before it began, in the middle, after its last look at the tail: each was reached.
    expect(seen).toContain(2);
    expect(seen).toContain(null);
    expect(seen).toContain(0);
  });

  test('is saved by the tail alone, and by the checksum alone', () => {
    expect(outcomes(['isSummed'])).not.toContain(-1);
    expect(outcomes(['isStillLive'])).not.toContain(-1);
  });

  test('without both would have torn answers, which this test sees', () => {
    expect(outcomes(['isSummed', 'isStillLive'])).toContain(-1);
  });

  test('by a writer that stops halfway as well', () => {
    fc.assert(
      fc.property(fc.nat(120), fc.nat(3), fc.nat(1200), (pause, stores, stop) => {
        const buffer = copyOf(full);
        const writer = new PacketCache(buffer, 1);
        let left = stop;
        const onWrite = () => {
          if (left-- === 0) throw new Died();
        };
        const dying = openWatched(buffer, 2, onWrite);
        let access = 0;
        let inside = false;
        const onRead = () => {
          if (inside || access++ !== pause) return;
          inside = true;
          for (let store = 0; store < stores; store++) put(writer, next + store, 1);
          expect(() => {
            put(dying, 0, 2);
            throw new Died();
          }).toThrow(Died);
        };
        const reader = openWatched(buffer, 0, onRead);
        const version = watchAtomics(
          () => (inside ? undefined : onRead()),
          () => versionIn(reader, 0),
        );
        expect(version).not.toBe(-1);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a writer that dies', () => {
  const scenes = [
    { scene: 'on a new key in an empty log', log: { buffer: PacketCache.allocate(MIN_CACHE), next: 5 }, key: 5 },
    { scene: 'over an older version', log: fullLog(), key: 300 },
    { scene: 'over the oldest entry', log: fullLog(), key: 0 },
    { scene: 'while it keeps what was hit', log: fullLog([0, 1, 2]), key: 5000 },
    { scene: 'while it keeps the one it replaces', log: fullLog([0]), key: 0 },
    { scene: 'where the log starts anew', log: logAtItsEnd(), key: 1 },
  ];

  /** Stores version 1 of `key` and dies at access number `stop`; false when it was done before. */
  function dieAt(stop: number, buffer: SharedArrayBuffer, key: number): boolean {
    let left = stop;
    const onAccess = () => {
      if (left-- === 0) throw new Died();
    };
    const writer = openWatched(buffer, 1, onAccess);
    try {
      watchAtomics(onAccess, () => put(writer, key, 1));
      return false;
    } catch (error) {
      if (error instanceof Died) return true;
      throw error;
    }
  }

  /** What must hold after it: nothing torn, no lock kept, no trace in the log, and room for all that comes. */
  function checkAfter(buffer: SharedArrayBuffer, key: number, next: number): void {
    const other = new PacketCache(buffer, 2);
    const sample = [key, 0, 1, 2, 3, 4, 300, next - 1];
    for (const each of sample) expect([0, each === key ? 1 : 0, null]).toContain(versionIn(other, each));
    const held = new CacheMemory(buffer).words[CONTROL.LOCK] !== 0;
    if (held) expect(put(other, key, 2)).toBe(STORE.BUSY);
    expect(PacketCache.releaseLock(buffer, 0)).toBe(false);
    expect(PacketCache.releaseLock(buffer, 1)).toBe(held);
    expect(faultsOf(buffer)).toEqual([]);
    for (const each of sample) expect([0, each === key ? 1 : 0, null]).toContain(versionIn(other, each));
    for (let store = 0; store < 12; store++) {
      expect(put(other, next + store, 2)).toBe(STORE.OK);
      expect(versionIn(other, next + store)).toBe(2);
    }
    expect(faultsOf(buffer)).toEqual([]);
  }

  test.each(scenes)('$scene, at any access, leaves nothing that is found', ({ log, key }) => {
    let stop = 0;
    for (let died = true; died; stop++) {
      const buffer = copyOf(log.buffer);
      died = dieAt(stop, buffer, key);
      checkAfter(buffer, key, log.next);
    }
    // The message alone is so many words.
    expect(stop).toBeGreaterThan(SIZE / 4);
  });
});
