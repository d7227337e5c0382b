// When lists are asked for again.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstDue, isDue, nextDue } from '../../src/control/fetch-schedule.ts';

const NOW = 1_000_000_000;
const DAY = 86_400;
const middle = () => 0.5;

test.each([
  ['never asked for', 0, NOW + 15_000],
  ['asked for long ago', NOW - 10 * DAY * 1000, NOW + 15_000],
  ['asked for an hour ago', NOW - 3_600_000, NOW + DAY * 1000 - 3_600_000],
])('at a start: %s', (_, checked, due) => {
  expect(firstDue(checked, DAY, NOW, middle)).toBe(due);
});

test.each([
  [0, DAY * 1000],
  [1, 60_000],
  [2, 120_000],
  [5, 960_000],
  [12, DAY * 1000],
  [1000, DAY * 1000],
])('after %i failures in a row', (failures, wait) => {
  expect(nextDue(failures, DAY, NOW, middle) - NOW).toBe(wait);
});

test('is never off by more than a tenth, and never longer than a list may be old', () => {
  fc.assert(
    fc.property(
      fc.nat(40),
      fc.integer({ min: 60, max: 30 * DAY }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (failures, refresh, dice) => {
        const exact = nextDue(failures, refresh, NOW, middle) - NOW;
        const wait = nextDue(failures, refresh, NOW, () => dice) - NOW;
        expect(wait).toBeGreaterThanOrEqual(exact * 0.899);
        expect(wait).toBeLessThanOrEqual(exact * 1.101);
        expect(exact).toBeLessThanOrEqual(refresh * 1000);
        expect(isDue(NOW + wait, refresh, NOW)).toBe(false);
        expect(isDue(NOW + wait, refresh, NOW + wait)).toBe(true);
        expect(isDue(NOW + wait, refresh, NOW + wait - 4 * refresh * 1000)).toBe(true);
      },
    ),
  );
});
