/** A run is compared with an earlier one figure by figure, each by what its unit means. */
import { describe, expect, it } from 'vitest';
import { check } from '../../bench/afterwards.ts';
import { compare, comparisonText, passes } from '../../bench/check.ts';
import type { Figure } from '../../bench/suite.ts';
import { benchRecord, figure } from '../support/bench-record.ts';

const LEAST = { goal: { at: 'least', limit: 1.8 } } as const;
const judgementOf = (then: number, now: number, more: Partial<Figure> = {}) =>
  compare([figure('a', then, more)], [figure('a', now, more)])[0]!.judgement;

describe('compare', () => {
  it.each<[string, number, number, Partial<Figure>, string]>([
    ['a ratio as it was', 1.13, 1.13, {}, 'as before'],
    ['a ratio within the noise', 1, 1.09, {}, 'as before'],
    ['a ratio better within the noise', 1, 0.91, {}, 'as before'],
    ['a ratio beyond a tenth', 1, 1.11, {}, 'worse'],
    ['a ratio better by more than a tenth', 1, 0.89, {}, 'better'],
    ['one without a goal: less is better', 10, 12, { goal: null }, 'worse'],
    ['one of which more is better, less', 1.9, 1.7, LEAST, 'worse'],
    ['one of which more is better, more', 1.5, 1.9, LEAST, 'better'],
    ['one of which more is better, about the same', 1.9, 1.8, LEAST, 'as before'],
    ['memory', 29.6, 34, { unit: 'MiB' }, 'worse'],
    ['a time, of which another hour may make another', 100, 200, { unit: 'ns' }, 'not judged'],
    ['a longer time', 100, 200, { unit: 'ms' }, 'not judged'],
    ['a single one lost where none was', 0, 1, { unit: 'lost' }, 'worse'],
    ['one more lost than many', 1000, 1001, { unit: 'lost' }, 'worse'],
    ['fewer lost', 3, 0, { unit: 'lost' }, 'better'],
    ['none lost again', 0, 0, { unit: 'lost' }, 'as before'],
    ['any octets where there were none', 0, 0.5, { unit: 'octets' }, 'worse'],
    ['no octets again', 0, 0, { unit: 'octets' }, 'as before'],
    ['no CPU where there was some', 0.3, 0, { unit: '%' }, 'better'],
  ])('judges %s', (_, then, now, more, expected) => {
    expect(judgementOf(then, now, more)).toBe(expected);
    expect(passes(compare([figure('a', then, more)], [figure('a', now, more)]))).toBe(expected !== 'worse');
  });

  it('names what is missing and what is new, and fails for neither', () => {
    const comparisons = compare([figure('a', 1), figure('b', 1)], [figure('c', 2), figure('b', 1)]);
    expect(comparisons).toEqual([
      { id: 'a', unit: '×', committed: 1, now: null, judgement: 'missing' },
      { id: 'b', unit: '×', committed: 1, now: 1, judgement: 'as before' },
      { id: 'c', unit: '×', committed: null, now: 2, judgement: 'new' },
    ]);
    expect(passes(comparisons)).toBe(true);
  });
});

it('the text has each figure, then and now, with its change', () => {
  const then = [figure('a', 1), figure('b', 2), figure('c', 0, { unit: 'lost' })];
  const now = [figure('a', 1.25), figure('b', 1), figure('c', 7, { unit: 'lost' })];
  const lines = comparisonText(compare(then, now), 'old.json').split('\n');
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['compared with old.json'],
    ['figure', 'committed', 'now', 'change'],
    ['a', '1 ×', '1.25 ×', '+25 %', 'WORSE'],
    ['b', '2 ×', '1 ×', '−50 %', 'better'],
    ['c', '0 lost', '7 lost', 'WORSE'],
    [''],
    ['FAILED: 2 worse by more than 10 %, 0 missing, 1 better by more than 10 %'],
  ]);
});

describe('check', () => {
  const then = benchRecord([], [figure('hits/sluis-per-floor', 1.1), figure('hits/time', 100, { unit: 'ns' })]);
  const against = (figures: Figure[], suite = 'wire') => {
    const now = benchRecord([], figures);
    return check({ ...now, outcomes: [{ ...now.outcomes[0]!, suite }] }, { record: then, path: 'then.json' });
  };

  it('fails a run that is worse', () => {
    const { text, passed } = against([figure('hits/sluis-per-floor', 1.3), figure('hits/time', 100, { unit: 'ns' })]);
    expect(passed).toBe(false);
    expect(text).toContain('compared with then.json');
  });

  it('leaves out times, and suites that did not run', () => {
    const slower = [figure('hits/sluis-per-floor', 1.1), figure('hits/time', 900, { unit: 'ns' })];
    expect(against(slower).passed).toBe(true);
    expect(against([figure('matcher/miss', 1)], 'matcher').text).not.toContain('hits/');
  });
});
