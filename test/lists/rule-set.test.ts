// The set of rules against sets of texts: whatever is remembered and met, in whatever order.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MET, RuleSet } from '../../src/lists/rule-set.ts';

/** Few values, and some that fall on one slot: what collides is what can go wrong. */
const hash = fc.constantFrom(0, 1, 2, -1, 4096, 8192, 1 << 30, -(2 ** 31));
const rule = fc.tuple(
  hash,
  hash.map((bits) => bits & ~3),
);
const key = ([one, other]: readonly [number, number]) => `${one} ${other}`;

test('counts what was there, what stayed, what came', () => {
  fc.assert(
    fc.property(fc.array(rule), fc.array(rule), (before, now) => {
      const set = new RuleSet();
      for (const [one, other] of before) set.remember(one, other);
      const old = new Set(before.map(key));
      const met = new Set<string>();
      for (const [one, other] of now) {
        const text = key([one, other]);
        const expected = met.has(text) ? MET.AGAIN : old.has(text) ? MET.KEPT : MET.ADDED;
        expect(set.meet(one, other)).toBe(expected);
        met.add(text);
      }
      const kept = [...old].filter((text) => met.has(text));
      const { before: remembered, kept: stayed, added, removed } = set;
      expect({ remembered, stayed, added, removed }).toEqual({
        remembered: old.size,
        stayed: kept.length,
        added: met.size - kept.length,
        removed: old.size - kept.length,
      });
      for (const each of [...before, ...now]) {
        expect(set.isRemoved(...each)).toBe(old.has(key(each)) && !met.has(key(each)));
      }
    }),
  );
});

test('makes room for what is to come, and keeps what is there', () => {
  const set = new RuleSet();
  set.remember(5, 8);
  set.expect(100_000);
  expect(set.meet(5, 8)).toBe(MET.KEPT);
  expect(set.meet(5, 12)).toBe(MET.ADDED);
});

test('grows', () => {
  const set = new RuleSet();
  for (let at = 0; at < 20_000; at++) set.remember(at, -4 * at);
  for (let at = 10_000; at < 40_000; at++) set.meet(at, -4 * at);
  expect(set).toMatchObject({ before: 20_000, kept: 10_000, added: 20_000, removed: 10_000 });
  expect(set.isRemoved(9999, -4 * 9999)).toBe(true);
  expect(set.isRemoved(10_000, -4 * 10_000)).toBe(false);
});
