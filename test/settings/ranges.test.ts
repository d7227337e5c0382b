// Prefixes as ranges: held against an obvious implementation that looks at every address.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Prefix, readPrefix } from '../../src/settings/address.ts';
import { gaps, isWithin, merged, PrefixTable, rangeOf, rangeText } from '../../src/settings/ranges.ts';

/** Prefixes of few addresses, which meet often: in the last octet of 10.0.0.0/24, or of 2001:db8::/120. */
const prefix = fc.tuple(fc.constantFrom<4 | 6>(4, 6), fc.nat(255), fc.nat(8)).map(([family, octet, bits]) => {
  const last = (octet >> (8 - bits)) << (8 - bits);
  const text = family === 4 ? `10.0.0.${last}/${24 + bits}` : `2001:db8::${last.toString(16)}/${120 + bits}`;
  return readPrefix(text) as Prefix;
});

const addresses = (one: Prefix) => {
  const { start, end } = rangeOf(one);
  return Array.from({ length: Number(end - start) + 1 }, (_, at) => `${one.family} ${start + BigInt(at)}`);
};

test('a prefix lies within another when all its addresses do', () => {
  fc.assert(
    fc.property(prefix, prefix, (inner, outer) => {
      const all = new Set(addresses(outer));
      expect(isWithin(inner, outer)).toBe(addresses(inner).every((address) => all.has(address)));
    }),
  );
});

test('a table knows what holds a prefix, longest first, and what lies in it', () => {
  fc.assert(
    fc.property(fc.array(prefix), prefix, (all, asked) => {
      const table = new PrefixTable<number>();
      for (const [index, one] of all.entries()) table.add(one, index);
      const holding = table.holding(asked);
      const lengths = holding.map((entry) => entry.prefix.length);
      expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
      const expected = all.flatMap((one, index) => (isWithin(asked, one) ? [index] : []));
      expect(holding.map(({ value }) => value).sort()).toEqual(expected.sort());
      const inside = all.flatMap((one, index) => (isWithin(one, asked) && one.length > asked.length ? [index] : []));
      expect(
        table
          .inside(asked)
          .map(({ value }) => value)
          .sort(),
      ).toEqual(inside.sort());
    }),
  );
});

test('merged ranges and the gaps between them are every address once', () => {
  const whole = readPrefix('10.0.0.0/24') as Prefix;
  fc.assert(
    fc.property(fc.array(prefix), (all) => {
      const own = all.filter(({ family }) => family === 4);
      const taken = merged(own.map(rangeOf));
      const open = gaps(rangeOf(whole), taken);
      const has = (ranges: typeof open, value: bigint) =>
        ranges.filter(({ start, end }) => start <= value && value <= end);
      const { start, end } = rangeOf(whole);
      for (let value = start; value <= end; value++) {
        const isTaken = own.some((one) => has([rangeOf(one)], value).length === 1);
        expect([has(taken, value).length, has(open, value).length]).toEqual(isTaken ? [1, 0] : [0, 1]);
      }
    }),
  );
});

describe('a range in words', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0 to 10.255.255.255'],
    ['192.0.2.7', '192.0.2.7'],
    ['fd00:1::/32', 'fd00:1:: to fd00:1:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s', (text, words) => {
    const one = readPrefix(text) as Prefix;
    expect(rangeText(one.family, rangeOf(one))).toBe(words);
  });
});
