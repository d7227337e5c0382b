/** What suites found reads as they found it: figures against goals, doubts and failures by name. */
import { describe, expect, it } from 'vitest';
import { amount, meetsGoal, outcomeText, tableText } from '../../bench/report.ts';
import type { Figure, Outcome } from '../../bench/suite.ts';

const figure = (changes: Partial<Figure> = {}): Figure => ({
  id: 'hits/sluis-per-floor',
  says: 'Sluis per floor',
  unit: '×',
  value: 1.13,
  min: 1.1,
  max: 1.2,
  goal: { at: 'most', limit: 1.25 },
  ...changes,
});

const outcome: Outcome = {
  suite: 'wire',
  tables: [{ caption: 'hits', header: ['server', 'µs'], rows: [['sluis', '6.10']] }],
  figures: [figure(), figure({ id: 'x', value: 2 }), figure({ id: 'free', goal: null })],
  measurements: [],
  doubts: ['hits, dnsdist, round 1: 7 lost'],
  failures: ['hits · bind: 3 wrong answers over udp, not measured'],
};

it.each([
  [0.934, '0.93'],
  [12.34, '12.3'],
  [104.6, '105'],
  [20_000, '20,000'],
  [0, '0'],
])('%d reads %s', (value, text) => {
  expect(amount(value)).toBe(text);
});

describe('meetsGoal', () => {
  it.each([
    [{}, true],
    [{ value: 1.25 }, true],
    [{ value: 1.26 }, false],
    [{ value: 1.9, goal: { at: 'least', limit: 1.8 } }, true],
    [{ value: 1.7, goal: { at: 'least', limit: 1.8 } }, false],
    [{ goal: null }, null],
  ] as [Partial<Figure>, boolean | null][])('of %j: %s', (changes, expected) => {
    expect(meetsGoal(figure(changes))).toBe(expected);
  });
});

describe('outcomeText', () => {
  const text = outcomeText(outcome);

  it('lines up a table under its caption', () => {
    expect(tableText(outcome.tables[0]!)).toBe('hits\nserver    µs\nsluis   6.10');
    expect(text).toContain('hits\nserver');
  });

  it('says of every figure whether its goal is met', () => {
    expect(text).toMatch(/^hits\/sluis-per-floor: Sluis per floor +1\.13 × +1\.10–1\.20 +≤ 1\.25 +met$/m);
    expect(text).toMatch(/^x: .*MISSED$/m);
    expect(text).toMatch(/^free: .*1\.20$/m);
  });

  it('keeps neither doubts nor failures to itself', () => {
    expect(text).toContain('doubt: hits, dnsdist, round 1: 7 lost');
    expect(text).toContain('failed: hits · bind: 3 wrong answers over udp, not measured');
  });

  it('says so when nothing was measured', () => {
    expect(tableText({ caption: 'hits', header: ['server'], rows: [] })).toBe('hits\nnothing was measured');
  });
});
