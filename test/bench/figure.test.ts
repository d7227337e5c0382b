// Figures and cells are the medians of the rounds they are made of.

import { expect, it } from 'vitest';
import { atMost, cell, figureOf, ratios } from '../../bench/figure.ts';

it('a figure is the median of its rounds, with the least and the most', () => {
  const figure = figureOf('a/b', 'says', 'ns', [3, 1, 2], atMost(2));
  expect(figure).toMatchObject({ value: 2, min: 1, max: 3, goal: { at: 'most', limit: 2 } });
  expect(figureOf('a/b', 'says', 'ns', [1]).goal).toBeNull();
});

it('nothing measured is no figure', () => {
  expect(() => figureOf('a/b', 'says', 'ns', [])).toThrow('a/b');
});

it('ratios go round by round', () => {
  expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
  expect(() => ratios([1], [1, 2])).toThrow('1 rounds against 2');
});

it.each([
  { rounds: [], digits: 0, text: '–' },
  { rounds: [1.26, 1.04, 9], digits: 1, text: '1.3 (1.0–9.0)' },
])('writes $rounds as $text', ({ rounds, digits, text }) => {
  expect(cell(rounds, digits)).toBe(text);
});
