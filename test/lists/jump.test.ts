// Which steps of a list are too large to be taken by itself.

import { expect, test } from 'vitest';
import { jumpOf } from '../../src/lists/jump.ts';

const GUARD = { growth: 1, shrink: 0.5 };

test.each([
  ['nothing', 1000, 0, 0, undefined],
  ['half of it goes, which is as much as may', 1000, 0, 500, undefined],
  ['a little more goes', 1000, 0, 501, '501 of its 1000 rules would go: 50 %, more than guard.shrink (50 %)'],
  ['all of it is replaced', 1000, 1000, 1000, '1000 of its 1000 rules would go: 100 %, more than guard.shrink (50 %)'],
  ['as many come as there are', 1000, 1000, 0, undefined],
  ['more come', 1000, 5000, 0, '5000 rules would come to its 1000: 500 %, more than guard.growth (100 %)'],
  ['few of few go, as people do by hand', 120, 0, 99, undefined],
  ['many of few go', 120, 0, 100, '100 of its 120 rules would go: 83 %, more than guard.shrink (50 %)'],
  ['few come to few', 3, 99, 0, undefined],
])('%s', (_, before, added, removed, why) => {
  const change = { before, added, removed, addedNames: [], removedNames: [] };
  expect(jumpOf(change, GUARD)).toBe(why);
});

test('off is no bound', () => {
  const change = { before: 1000, added: 1e6, removed: 1000, addedNames: [], removedNames: [] };
  expect(jumpOf(change, { growth: Infinity, shrink: Infinity })).toBeUndefined();
});
