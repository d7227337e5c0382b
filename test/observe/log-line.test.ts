// The form of the log for people: one line whatever it holds, and nothing in it that moves a terminal.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readableLine } from '../../src/observe/log-line.ts';

const TIME = '2026-11-22T06:15:28.123Z';
const line = (rest: object) => `${JSON.stringify({ level: 'info', time: TIME, pid: 7, ...rest })}\n`;

const STACK = 'TypeError: no\n    at load (file:///x/lists.ts:4:2)\n    at main (file:///x/main.ts:1:1)';
const CASES: [string, object, string][] = [
  ['a message', { msg: 'ready' }, '06:15:28 info  ready\n'],
  ['an area', { area: 'reload', msg: 'done' }, '06:15:28 info  reload: done\n'],
  ['what else there is', { msg: 'a', generation: 4, list: 'tiktok' }, '06:15:28 info  a  generation=4  list=tiktok\n'],
  ['text with blanks', { msg: 'a', reason: 'no "such" file' }, '06:15:28 info  a  reason="no \\"such\\" file"\n'],
  ['objects', { msg: 'a', counts: { b: 1 } }, '06:15:28 info  a  counts={"b":1}\n'],
  ['no message', { n: 1 }, '06:15:28 info    n=1\n'],
  [
    'an error, with where it came from',
    { msg: 'failed', err: { type: 'TypeError', message: 'no', stack: STACK } },
    '06:15:28 info  failed  TypeError: no (at load (file:///x/lists.ts:4:2))\n',
  ],
  ['an error that is none', { msg: 'failed', err: 'text' }, '06:15:28 info  failed  text\n'],
  ['control characters', { msg: 'a\x1b[2Jb\nc\u202e\x9b' }, '06:15:28 info  a·[2Jb c··\n'],
];

describe('readableLine', () => {
  it.each(CASES)('shows %s', (_, record, shown) => expect(readableLine(line(record), false)).toBe(shown));

  it('colours what is not well, and closes the colour', () => {
    expect(readableLine(line({ level: 'error', msg: 'x' }), true)).toBe('\x1b[31m06:15:28 error x\x1b[0m\n');
    expect(readableLine(line({ msg: 'x' }), true)).toBe('06:15:28 info  x\n');
  });

  it.each(['no JSON\n', '\x1b]0;title\x07\n', '{"level":\n'])('passes on %j', (text) => {
    const shown = readableLine(text, true);
    expect(shown).not.toContain('\x1b');
    expect(shown.length).toBe(text.length);
  });

  it('is one line without control characters for any record', () => {
    fc.assert(
      fc.property(fc.object(), fc.string({ unit: 'binary' }), (rest, msg) => {
        expect(readableLine(line({ ...rest, msg }), false)).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]*\n$/u);
      }),
    );
  });
});
