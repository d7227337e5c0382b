// The packet cache from outside: what is found, how it has aged, and what is not stored.

import { describe, expect, test } from 'vitest';
import { CACHE, PacketCache, STORE } from '../../src/engine/cache.ts';
import { MIN_CACHE } from '../../src/engine/cache-layout.ts';
import type { Name } from '../../src/wire/name.ts';
import { faultsOf, keyName, makeReply, marksAt, nameOf, START, versionOf } from './cache-replies.ts';

const NO_MARKS = marksAt([]);
const out = new Uint8Array(65536);

function open(bytes = MIN_CACHE, staleLimit?: number): PacketCache {
  return new PacketCache(PacketCache.allocate(bytes), 0, staleLimit);
}

/** A reply for `name` and `type` with the given TTLs, eight octets apart; `at` says where each stands. */
function replyWith(name: Name, type: number, ttls: number[]): { reply: Uint8Array; at: number[] } {
  const start = 12 + name.length + 4;
  const reply = new Uint8Array(start + ttls.length * 8);
  reply.set(name.bytes.subarray(0, name.length), 12);
  reply.set([type >> 8, type & 0xff, 0, 1], 12 + name.length);
  const at = ttls.map((_, index) => start + index * 8 + 3);
  ttls.forEach((ttl, index) => {
    new DataView(reply.buffer).setUint32(at[index], ttl);
  });
  return { reply, at };
}

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

describe('the key', () => {
  const name = nameOf('www.example');
  const { reply } = replyWith(name, 28, [300]);

  test.each([
    { asked: 'www.example', type: 28, flags: 3, state: CACHE.FRESH },
    { asked: 'WWW.Example', type: 28, flags: 3, state: CACHE.FRESH },
    { asked: 'www.example', type: 1, flags: 3, state: CACHE.MISS },
    { asked: 'www.example', type: 28, flags: 2, state: CACHE.MISS },
    { asked: 'www.example', type: 28, flags: 0, state: CACHE.MISS },
    { asked: 'example', type: 28, flags: 3, state: CACHE.MISS },
    { asked: 'www.example.example', type: 28, flags: 3, state: CACHE.MISS },
  ])('$asked type $type flags $flags', ({ asked, type, flags, state }) => {
    const cache = open();
    expect(cache.store(name, 28, 3, reply, reply.length, NO_MARKS, 300, 0, START)).toBe(STORE.OK);
    expect(cache.find(nameOf(asked), type, flags, START, out)).toBe(state);
  });

  test('a hash that two names share never brings the wrong one', () => {
    const cache = open();
    const other = nameOf('net.example');
    other.hash = name.hash;
    cache.store(name, 28, 0, reply, reply.length, NO_MARKS, 300, 0, START);
    expect(cache.find(other, 28, 0, START, out)).toBe(CACHE.MISS);
    const second = replyWith(other, 28, [60]).reply;
    expect(cache.store(other, 28, 0, second, second.length, NO_MARKS, 300, 0, START)).toBe(STORE.OK);
    expect(cache.find(other, 28, 0, START, out)).toBe(CACHE.FRESH);
    expect(out.subarray(0, cache.found.length)).toEqual(second);
    expect(cache.find(name, 28, 0, START, out)).toBe(CACHE.MISS);
  });

  test('the root, and a name of 255 octets', () => {
    const cache = open();
    const longest = nameOf(['a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61)].join('.'));
    expect(longest.length).toBe(255);
    const root = nameOf('a');
    root.bytes[0] = 0;
    root.length = 1;
    for (const asked of [longest, root]) {
      const answer = replyWith(asked, 2, [5]).reply;
      expect(cache.store(asked, 2, 0, answer, answer.length, NO_MARKS, 5, 0, START)).toBe(STORE.OK);
      expect(cache.find(asked, 2, 0, START, out)).toBe(CACHE.FRESH);
      expect(out.subarray(0, cache.found.length)).toEqual(answer);
    }
  });
});

describe('age', () => {
  const name = nameOf('aged.example');
  const top = 2 ** 32 - 10;

  test.each([
    { stored: START, later: 0, state: CACHE.FRESH, age: 0, remaining: 60, ttls: [60, 3600, 0x7fffffff] },
    { stored: START, later: 1, state: CACHE.FRESH, age: 1, remaining: 59, ttls: [59, 3599, 0x7ffffffe] },
    { stored: START, later: 59, state: CACHE.FRESH, age: 59, remaining: 1, ttls: [1, 3541, 0x7fffffff - 59] },
    { stored: START, later: 60, state: CACHE.STALE, age: 60, remaining: 0, ttls: [30, 30, 30] },
    { stored: START, later: 160, state: CACHE.STALE, age: 160, remaining: 0, ttls: [30, 30, 30] },
    { stored: START, later: 161, state: CACHE.MISS, age: 0, remaining: 0, ttls: [] },
    { stored: START, later: -5, state: CACHE.FRESH, age: 0, remaining: 60, ttls: [60, 3600, 0x7fffffff] },
    { stored: top, later: 20, state: CACHE.FRESH, age: 20, remaining: 40, ttls: [40, 3580, 0x7fffffff - 20] },
  ])('stored at $stored, asked $later s later', ({ stored, later, state, age, remaining, ttls }) => {
    const cache = open(MIN_CACHE, 100);
    const { reply, at } = replyWith(name, 1, [60, 3600, 0x7fffffff]);
    const before = reply.slice();
    expect(cache.store(name, 1, 0, reply, reply.length, marksAt(at), 60, 7, stored)).toBe(STORE.OK);
    expect(cache.find(name, 1, 0, (stored + later) >>> 0, out)).toBe(state);
    expect(reply).toEqual(before);
    if (state === CACHE.MISS) return;
    const { found } = cache;
    expect(found).toMatchObject({ length: reply.length, age, remaining, ttl: 60, generation: 7 });
    const view = new DataView(out.buffer);
    expect(at.map((offset) => view.getUint32(offset))).toEqual(ttls);
    // Nothing but the TTL fields was touched.
    for (const offset of at) out.set(before.subarray(offset, offset + 4), offset);
    expect(out.subarray(0, found.length)).toEqual(before);
  });

  test('a TTL below the age is 0, never a large number', () => {
    const cache = open();
    const { reply, at } = replyWith(name, 1, [3, 90]);
    cache.store(name, 1, 0, reply, reply.length, marksAt(at), 90, 0, START);
    expect(cache.find(name, 1, 0, START + 10, out)).toBe(CACHE.FRESH);
    const view = new DataView(out.buffer);
    expect(at.map((offset) => view.getUint32(offset))).toEqual([0, 80]);
  });

  test('an expired answer keeps its TTL and its generation', () => {
    const cache = open();
    cache.store(keyName(1), 1, 0, makeReply(1, 1, 60), 60, NO_MARKS, 5, 0xffffffff, START);
    expect(cache.find(keyName(1), 1, 0, START + 12, out)).toBe(CACHE.STALE);
    expect(cache.found).toMatchObject({ ttl: 5, generation: 0xffffffff, age: 12, remaining: 0 });
  });

  test('a new answer takes the place of a stale one', () => {
    const cache = open();
    storeReply(cache, 1, 1, 60, 5);
    storeReply(cache, 1, 2, 80, 5, START + 50);
    expect(cache.find(keyName(1), 1, 0, START + 51, out)).toBe(CACHE.FRESH);
    expect(versionOf(1, out, cache.found.length)).toBe(2);
    expect(cache.usage().entries).toBe(1);
  });
});

describe('the copy', () => {
  test.each([0, 1, 2, 3].flatMap((offset) => [40, 41, 42, 43, 1232].map((size) => ({ offset, size }))))(
    'of $size octets to offset $offset of a buffer, nothing written outside',
    ({ offset, size }) => {
      const cache = open();
      storeReply(cache, 9, 4, size);
      const room = new Uint8Array(size + 8).fill(0xee);
      const exact = room.subarray(offset, offset + size);
      expect(cache.find(keyName(9), 1, 0, START, exact)).toBe(CACHE.FRESH);
      expect(versionOf(9, exact, size)).toBe(4);
      expect([...room.subarray(0, offset), ...room.subarray(offset + size)].every((octet) => octet === 0xee)).toBe(
        true,
      );
      const short = room.subarray(offset, offset + size - 1);
      expect(cache.find(keyName(9), 1, 0, START, short)).toBe(CACHE.LARGE);
    },
  );

  test('into several buffers by turns', () => {
    const cache = open();
    storeReply(cache, 1, 1, 100);
    const block = new Uint8Array(4096);
    const turns = [block.subarray(0, 1000), new Uint8Array(200), block.subarray(1024), new Uint8Array(101), block];
    for (let round = 0; round < 3; round++) {
      for (const buffer of turns) {
        buffer.fill(0);
        expect(cache.find(keyName(1), 1, 0, START, buffer)).toBe(CACHE.FRESH);
        expect(versionOf(1, buffer, cache.found.length)).toBe(1);
      }
    }
  });

  test.each([
    { ttls: [], targets: [] },
    { ttls: [40], targets: [] },
    { ttls: [], targets: [40] },
    { ttls: [40, 50, 60], targets: [0, 99] },
    { ttls: [96], targets: [34, 35, 36] },
  ])('brings the targets $targets beside $ttls', ({ ttls, targets }) => {
    const cache = open();
    cache.store(keyName(2), 1, 0, makeReply(2, 1, 100), 100, marksAt(ttls, targets), 60, 0, START);
    expect(cache.find(keyName(2), 1, 0, START, out)).toBe(CACHE.FRESH);
    expect([...cache.found.targetOffset.subarray(0, cache.found.targetCount)]).toEqual(targets);
    expect(versionOf(2, out, cache.found.length)).toBe(1);
  });
});

describe('what is not stored', () => {
  const reply = makeReply(3, 1, 100);
  const tooMany = marksAt(new Array(12_289).fill(40));

  test.each([
    { what: 'TTL 0', size: 100, type: 1, marks: NO_MARKS, ttl: 0, result: STORE.TTL_ZERO },
    { what: 'a TTL with the top bit', size: 100, type: 1, marks: NO_MARKS, ttl: -1, result: STORE.TTL_ZERO },
    { what: 'another type than asked', size: 100, type: 2, marks: NO_MARKS, ttl: 9, result: STORE.MALFORMED },
    {
      what: 'a message that ends in its question',
      size: 33,
      type: 1,
      marks: NO_MARKS,
      ttl: 9,
      result: STORE.MALFORMED,
    },
    { what: 'a TTL outside', size: 100, type: 1, marks: marksAt([97]), ttl: 9, result: STORE.MALFORMED },
    { what: 'a target outside', size: 100, type: 1, marks: marksAt([], [100]), ttl: 9, result: STORE.MALFORMED },
    { what: 'marks without end', size: 100, type: 1, marks: tooMany, ttl: 9, result: STORE.TOO_LARGE },
  ])('$what', ({ size, type, marks, ttl, result }) => {
    const buffer = PacketCache.allocate(MIN_CACHE);
    const cache = new PacketCache(buffer, 0);
    expect(cache.store(keyName(3), type, 0, reply, size, marks, ttl, 0, START)).toBe(result);
    expect(cache.find(keyName(3), type, 0, START, out)).toBe(CACHE.MISS);
    expect(cache.usage()).toMatchObject({ entries: 0, bytes: 0 });
    // And the lock is free.
    expect(storeReply(cache, 3, 1, 100)).toBe(STORE.OK);
    expect(faultsOf(buffer)).toEqual([]);
  });

  test('another name, or another class, than asked', () => {
    const cache = open();
    expect(cache.store(keyName(4), 1, 0, reply, 100, NO_MARKS, 60, 0, START)).toBe(STORE.MALFORMED);
    const chaos = reply.slice();
    chaos[12 + keyName(3).length + 3] = 3;
    expect(cache.store(keyName(3), 1, 0, chaos, 100, NO_MARKS, 60, 0, START)).toBe(STORE.MALFORMED);
  });

  test('a message over a sixteenth of the log', () => {
    const cache = open();
    const largest = Math.floor(cache.usage().capacity / 64 / 16) * 64 - 36;
    expect(storeReply(cache, 5, 1, largest + 1)).toBe(STORE.TOO_LARGE);
    expect(storeReply(cache, 5, 1, largest)).toBe(STORE.OK);
    expect(cache.find(keyName(5), 1, 0, START, out)).toBe(CACHE.FRESH);
    expect(versionOf(5, out, cache.found.length)).toBe(1);
  });

  test('the largest message there is fits two megabytes', () => {
    const cache = open(2 * 2 ** 20);
    for (let key = 0; key < 40; key++) expect(storeReply(cache, key, 1, 65535)).toBe(STORE.OK);
    expect(cache.find(keyName(39), 1, 0, START, out)).toBe(CACHE.FRESH);
    expect(versionOf(39, out, cache.found.length)).toBe(1);
  });
});
