/** Medians and extremes are what they are called. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spread } from '../../bench/statistics.ts';

describe('spread', () => {
  it.each([
    [[3], { median: 3, min: 3, max: 3 }],
    [[9, 1, 5], { median: 5, min: 1, max: 9 }],
    [[4, 1, 2, 10], { median: 3, min: 1, max: 10 }],
    [[100, 20, 3], { median: 20, min: 3, max: 100 }],
  ])('of %j is %j', (values, expected) => {
    expect(spread(values)).toEqual(expected);
  });

  it('of nothing is nothing', () => {
    expect(spread([])).toBeNull();
  });

  it('keeps its order and does not touch what it was given', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 }), (values) => {
        const copy = [...values];
        const { median, min, max } = spread(values)!;
        expect(values).toEqual(copy);
        expect(min <= median && median <= max).toBe(true);
        expect(values.filter((value) => value < median).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > median).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});
