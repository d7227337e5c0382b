// Which place among the counters each policy has for each group, over reloads and when there are too many.

import { expect, test } from 'vitest';
import { Numbers } from '../../src/control/numbers.ts';
import { HIT_SLOTS } from '../../src/engine/counters.ts';
import type { ModeWord, Settings } from '../../src/settings/settings.ts';

type Configured = Parameters<Numbers['hitSlots']>[0];

const ids = (letter: string, count: number) => Array.from({ length: count }, (_, n) => `${letter}${n}`);

/** Policies and groups of these ids; every policy is at `mode` for every group but those in `off`, as `policy group`. */
function configured(policies: string[], groups: string[], off: string[] = [], mode: ModeWord = 'block'): Configured {
  const modesOf = (group: string) =>
    Object.fromEntries(policies.map((policy) => [policy, off.includes(`${policy} ${group}`) ? 'off' : mode]));
  return {
    policies: policies.map((id) => ({ id })) as Settings['policies'],
    groups: groups.map((id) => ({ id, modes: modesOf(id) })) as Settings['groups'],
  };
}

const nameOf = (numbers: Numbers, slot: number) => {
  const found = numbers.pairs().filter((pair) => pair.slot === slot);
  return found.map(({ policy, group }) => `${policy} ${group}`).join();
};

test('a pair keeps its place when others come and go', () => {
  const numbers = new Numbers();
  const [ag, ah] = [...numbers.hitSlots(configured(['a'], ['g', 'h']))];
  const second = [...numbers.hitSlots(configured(['b', 'a'], ['h', 'g']))];
  expect(second[1]).toBe(ah);
  expect(second[3]).toBe(ag);
  expect(new Set(second).size).toBe(4);
  expect(second.map((slot) => nameOf(numbers, slot))).toEqual(['b h', 'a h', 'b g', 'a g']);
});

test('a policy that is off for a group takes no place', () => {
  const numbers = new Numbers();
  numbers.hitSlots(configured(['a', 'b'], ['g'], ['a g']));
  expect(numbers.pairs()).toEqual([{ policy: 'b', group: 'g', slot: 0 }]);
});

test('a policy that takes what no list of a group allows has its place there, off as it is', () => {
  const numbers = new Numbers();
  const { policies, groups } = configured(['a', 'b'], ['g'], ['a g', 'b g']);
  const fallback = { mode: 'block', policy: 'b' } as const;
  numbers.hitSlots({ policies, groups: groups.map((group) => ({ ...group, fallback })) });
  expect(numbers.pairs()).toEqual([{ policy: 'b', group: 'g', slot: 0 }]);
});

test('with 24 groups and 20 policies, those beyond 256 are counted by policy', () => {
  const numbers = new Numbers();
  const policies = ids('p', 20);
  const slots = numbers.hitSlots(configured(policies, ids('g', 24)));
  const names = [...slots].map((slot) => nameOf(numbers, slot));
  expect(names.slice(0, 256)).toEqual([...Array(256).keys()].map((n) => `p${n % 20} g${Math.floor(n / 20)}`));
  expect(new Set(names.slice(256))).toEqual(new Set(policies.map((policy) => `${policy} (other)`)));
});

test.each([
  [255, 4095],
  [255, 1],
  [1, 4095],
])('%d policies and %d groups find a place below the bound, and the same one again', (policies, groups) => {
  const numbers = new Numbers();
  const settings = configured(ids('p', policies), ids('g', groups));
  const slots = numbers.hitSlots(settings);
  expect(slots.every((slot) => slot >= 0 && slot < HIT_SLOTS)).toBe(true);
  const known = new Set(numbers.pairs().map(({ slot }) => slot));
  expect(known.size).toBe(numbers.pairs().length);
  expect(slots.every((slot) => known.has(slot))).toBe(true);
  expect(numbers.hitSlots(settings)).toEqual(slots);
});
