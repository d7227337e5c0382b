// Keys of rules against sets of texts: sorted, each once, compared and found.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceOf, hasKey, KeyCollector } from '../../src/lists/rule-keys.ts';

/** Few values, and some at the ends of what a word holds: where order or sign can go wrong. */
const word = fc.constantFrom(0, 1, 2, 0x7fffffff, -(2 ** 31), -1);
const key = fc.tuple(word, word);
const number = ([one, other]: readonly [number, number]) => (BigInt(other >>> 0) << 32n) | BigInt(one >>> 0);

function collect(keys: readonly (readonly [number, number])[]) {
  const collector = new KeyCollector();
  for (const [one, other] of keys) collector.add(one, other);
  return collector.sorted();
}

const inOrder = (keys: Iterable<bigint>) => [...new Set(keys)].sort((a, b) => (a < b ? -1 : Number(a > b)));

test('are sorted and each there once', () => {
  fc.assert(
    fc.property(fc.array(key), (keys) => {
      expect([...collect(keys)]).toEqual(inOrder(keys.map(number)));
    }),
  );
});

test('differ in what came and what went', () => {
  fc.assert(
    fc.property(fc.array(key), fc.array(key), (before, now) => {
      const [was, is] = [new Set(before.map(number)), new Set(now.map(number))];
      const { added, removed } = differenceOf(collect(before), collect(now));
      expect([...added]).toEqual(inOrder([...is].filter((one) => !was.has(one))));
      expect([...removed]).toEqual(inOrder([...was].filter((one) => !is.has(one))));
    }),
  );
});

test('are found where they are, and nowhere else', () => {
  fc.assert(
    fc.property(fc.array(key), key, (keys, wanted) => {
      const isThere = keys.some((one) => number(one) === number(wanted));
      expect(hasKey(collect(keys), ...wanted)).toBe(isThere);
    }),
  );
});

test('grow, with room made beforehand or not', () => {
  for (const expected of [0, 10, 100_000]) {
    const collector = new KeyCollector();
    collector.expect(expected);
    for (let at = 20_000; at > 0; at--) collector.add(at, 0);
    const keys = collector.sorted();
    expect([keys.length, keys[0], keys[19_999]]).toEqual([20_000, 1n, 20_000n]);
  }
});
