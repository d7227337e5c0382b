// The `expect` column is a small language: what it accepts, how it binds, and that a typing error is no pass.
import { describe, expect, test } from 'vitest';
import { meets, wordsOf } from './expectation.ts';

const cases: [expectation: string, holding: string[], met: boolean][] = [
  ['drop', ['drop'], true],
  ['drop', [], false],
  ['FORMERR|drop', ['drop'], true],
  ['FORMERR|drop', ['REFUSED'], false],
  ['noevil&fail|tc', ['tc'], true],
  ['noevil&fail|tc', ['noevil'], false],
  ['noevil&fail|tc', ['noevil', 'fail'], true],
  ['noevil&(fail|good)', ['fail'], false],
  ['noevil&(fail|good)', ['noevil', 'good'], true],
  ['good&noevil|fail&noevil', ['fail', 'noevil'], true],
  ['good&noevil|fail&noevil', ['good', 'fail'], false],
];

describe('meets', () => {
  test.each(cases)('%s with %j is %s', (expectation, holding, met) => {
    expect(meets(expectation, (word) => holding.includes(word))).toBe(met);
  });

  test.each(['', '|drop', 'drop|', 'drop drop', '(drop', 'drop)', 'drop|&x', 'a-b', '!drop'])('refuses "%s"', (bad) => {
    expect(() => meets(bad, () => true)).toThrow(SyntaxError);
  });

  test('asks about every word, so that an unknown one cannot hide behind a true one', () => {
    const asked: string[] = [];
    meets('a|b&(c|d)', (word) => asked.push(word) > 0);
    expect(asked).toEqual(['a', 'b', 'c', 'd']);
    expect(wordsOf('a|b&(c|d)')).toEqual(['a', 'b', 'c', 'd']);
  });
});
