/** One line that takes its own place on a terminal, and plain lines in a file. */
import { describe, expect, it } from 'vitest';
import { progressOn, timeLeft } from '../../bench/progress.ts';

function shownOn(isTTY: boolean): string {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  const progress = progressOn({ isTTY, columns: 10, write });
  progress.show('first of all');
  progress.show('second');
  progress.end();
  progress.end();
  return text;
}

it('rewrites itself on a terminal, never wider than that', () => {
  expect(shownOn(true)).toBe('\r\u001b[Kfirst of \r\u001b[Ksecond\r\u001b[K');
});

it('prints plain lines elsewhere', () => {
  expect(shownOn(false)).toBe('first of all\nsecond\n');
});

describe('timeLeft', () => {
  it.each([
    [0, 10, 0, ''],
    [1, 2, 30, 'less than a minute left'],
    [10, 110, 60, '10 min left'],
  ])('after %d of %d in %d s: %j', (done, all, seconds, text) => {
    expect(timeLeft(done, all, seconds)).toBe(text);
  });
});
