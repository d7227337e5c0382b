// The names that groups asked for: counted exactly, bounded whatever comes, and what had to go is told.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientsOf, LearningTable } from '../../src/observe/learning-table.ts';

const AT = 1_800_000_000;
const learns = (...ids: string[]) => ids.map((id) => ({ id, learns: true }));

test('a name has its queries, its clients, and when it was first and last asked for', () => {
  const table = new LearningTable(10);
  table.follow(learns('managed'));
  table.note('managed', 'a.example', AT + 5, 1, false);
  table.note('managed', 'a.example', AT, 2, true);
  table.note('managed', 'a.example', AT + 9, 1, false);
  table.note('managed', 'b.example', AT + 9, 1, false);
  const group = table.groups.get('managed')!;
  expect(group).toMatchObject({ since: AT + 5, count: 4, blocked: 1, forgotten: { names: 0, count: 0 } });
  const entry = group.names.get('a.example')!;
  expect(entry).toMatchObject({ count: 3, blocked: 1, first: AT, last: AT + 9 });
  expect(clientsOf(entry)).toBe(2);
});

test('clients before a restart are not added to those since', () => {
  const table = new LearningTable(10);
  table.note('managed', 'a.example', AT, 1, false);
  const entry = table.groups.get('managed')!.names.get('a.example')!;
  expect([clientsOf({ ...entry, earlier: 30 }), clientsOf({ ...entry, earlier: 0 })]).toEqual([30, 1]);
});

describe('where there is no room', () => {
  const kept = (table: LearningTable, id = 'managed') => [...(table.groups.get(id)?.names.keys() ?? [])];

  test.each<[string, (note: (name: string, at: number, client: number) => void) => void]>([
    [
      'fewest clients',
      (note) => {
        for (let turn = 0; turn < 9; turn++) note('goes.example', AT + 9, 1);
        note('stays.example', AT, 1);
        note('stays.example', AT, 2);
      },
    ],
    [
      'of these, the fewest queries',
      (note) => {
        note('goes.example', AT + 9, 1);
        note('stays.example', AT, 1);
        note('stays.example', AT, 1);
      },
    ],
    [
      'of these, the longest rest',
      (note) => {
        note('goes.example', AT, 1);
        note('stays.example', AT + 9, 1);
      },
    ],
  ])('the name goes with the %s', (_, fill) => {
    const table = new LearningTable(2);
    table.follow(learns('managed'));
    fill((name, at, client) => table.note('managed', name, at, client, false));
    const { count } = table.groups.get('managed')!.names.get('goes.example')!;
    table.note('managed', 'new.example', AT, 1, false);
    expect(kept(table)).toEqual(['stays.example', 'new.example']);
    expect(table.groups.get('managed')!.forgotten).toEqual({ names: 1, count });
  });

  test('first those of groups that do not learn', () => {
    const table = new LearningTable(2);
    table.follow([...learns('managed'), { id: 'former', learns: false }]);
    for (const client of [1, 2, 3]) table.note('former', 'a.example', AT + 9, client, false);
    table.note('managed', 'a.example', AT, 1, false);
    table.note('managed', 'b.example', AT, 1, false);
    expect([kept(table, 'former'), kept(table)]).toEqual([[], ['a.example', 'b.example']]);
  });

  test('one device with thousands of random names drives out none that two devices need', () => {
    const table = new LearningTable(100);
    table.follow(learns('managed'));
    for (let name = 0; name < 50; name++) {
      for (const client of [1, 2]) table.note('managed', `needed-${name}.example`, AT, client, false);
    }
    for (let name = 0; name < 5000; name++) table.note('managed', `${name}.random.example`, AT + name, 3, false);
    const names = kept(table);
    expect(names.filter((name) => name.startsWith('needed-'))).toHaveLength(50);
    expect(names.length).toBeLessThanOrEqual(100);
  });
});

test('what a group asked for goes with the group, and stays while it merely learns no more', () => {
  const table = new LearningTable(10);
  table.note('managed', 'a.example', AT, 1, false);
  table.note('other', 'a.example', AT, 1, false);
  table.follow([{ id: 'managed', learns: false }]);
  expect([[...table.groups.keys()], table.size]).toEqual([['managed'], 1]);
});

const query = fc.record({
  group: fc.constantFrom('a', 'b', 'c'),
  name: fc.oneof(fc.constantFrom('x', 'y', 'z'), fc.nat(500).map(String)),
  at: fc.nat(1000),
  client: fc.nat(511),
  isBlocked: fc.boolean(),
});

test('whatever comes: no more names than allowed, and each query is in a name or told as forgotten', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(query, { maxLength: 300 }), (most, queries) => {
      const table = new LearningTable(most);
      table.follow(learns('a', 'b'));
      const asked = new Map<string, number>();
      for (const { group, name, at, client, isBlocked } of queries) {
        table.note(group, name, at, client, isBlocked);
        asked.set(group, (asked.get(group) ?? 0) + 1);
        expect(table.size).toBeLessThanOrEqual(most);
      }
      const sizes = [...table.groups.values()].map(({ names }) => names.size);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(table.size);
      for (const [id, { count, forgotten, names }] of table.groups) {
        const inNames = [...names.values()].reduce((sum, entry) => sum + entry.count, 0);
        expect([count, inNames + forgotten.count]).toEqual([asked.get(id), asked.get(id)]);
        expect(forgotten.names === 0).toBe(forgotten.count === 0);
        for (const entry of names.values()) {
          expect(entry.first).toBeLessThanOrEqual(entry.last);
          expect(entry.blocked).toBeLessThanOrEqual(entry.count);
          expect(clientsOf(entry)).toBeGreaterThan(0);
        }
      }
    }),
  );
});
