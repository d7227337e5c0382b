// Where clients of a prefix are placed: against asking for every address of a small world one by one.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Prefix } from '../../src/settings/address.ts';
import { readPrefix } from '../../src/settings/address.ts';
import { Placement, type Seat } from '../../src/settings/placement.ts';
import { isWithin } from '../../src/settings/ranges.ts';

const SOCKETS = 2;
const prefix = (text: string) => readPrefix(text) as Prefix;

/** Prefixes of 10.0.0.0/28, so that all its addresses can be asked about. */
const inner = fc
  .tuple(fc.nat(15), fc.integer({ min: 28, max: 32 }))
  .map(([at, length]) => prefix(`10.0.0.${(at >> (32 - length)) << (32 - length)}/${length}`));
const seats = fc
  .array(
    fc.record({
      any: fc.constant(false),
      prefixes: fc.array(inner, { maxLength: 3 }),
      listeners: fc.subarray([0, 1]),
    }),
    { maxLength: 5 },
  )
  .map((list) => list.map((seat, group): Seat<number> => ({ ...seat, group })))
  .map(unrivalled);

/** A client has one group by each key: of two that claim one, the first keeps it. */
function unrivalled(list: Seat<number>[]): Seat<number>[] {
  const taken = new Set<string>();
  const keys = ({ listeners }: Seat<number>, { text }: Prefix) =>
    (listeners.length > 0 ? listeners : ['any']).map((socket) => `${text} ${socket}`);
  return list.map((seat) => ({
    ...seat,
    prefixes: seat.prefixes.filter((one) => {
      const own = keys(seat, one);
      if (own.some((key) => taken.has(key))) return false;
      for (const key of own) taken.add(key);
      return true;
    }),
  }));
}

function placeOne(list: Seat<number>[], address: Prefix, socket: number): number | undefined {
  const own = list.flatMap(({ group, prefixes, listeners }) =>
    prefixes.filter((one) => isWithin(address, one)).map(({ length }) => ({ group, length, listeners })),
  );
  const longest = (ones: typeof own) => ones.sort((a, b) => b.length - a.length)[0]?.group;
  const named = longest(own.filter(({ listeners }) => listeners.includes(socket)));
  return named ?? longest(own.filter(({ listeners }) => listeners.length === 0)) ?? list.find(({ any }) => any)?.group;
}

test('no group of a client is missing', () => {
  fc.assert(
    fc.property(seats, fc.boolean(), inner, (some, hasAny, asked) => {
      const rest: Seat<number> = { group: some.length, any: true, prefixes: [], listeners: [] };
      const list = hasAny ? [...some, rest] : some;
      const placed = new Set(new Placement(list, SOCKETS).of(asked));
      const found = new Set<number>();
      for (let at = 0; at < 16; at++) {
        const address = prefix(`10.0.0.${at}`);
        if (!isWithin(address, asked)) continue;
        for (let socket = 0; socket < SOCKETS; socket++) {
          const group = placeOne(list, address, socket);
          if (group !== undefined) found.add(group);
        }
      }
      expect([...found].filter((group) => !placed.has(group))).toEqual([]);
      // Of one address, exactly those.
      if (asked.length === 32) expect([...placed].sort()).toEqual([...found].sort());
    }),
  );
});
