// The scan over octets says what an obvious reader of strings says, whatever the list; and it accounts for each line.

import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refusal } from '../../src/lists/guard.ts';
import { MATCH } from '../../src/policy/rule.ts';
import { wireFromText } from '../../src/wire/name-text.ts';
import { readList } from './read-list.ts';

/** `line match name` for a good line of domains, `line` alone for a bad one, nothing for a comment or blank. */
function naive(text: string): string[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.replace(index === 0 ? /^\uFEFF/ : /^(?!)/, '').replace(/^[ \t\r]+/, '');
    if (line === '' || /^[#!]/.test(line)) return [];
    const words = line
      .replace(/#.*$/s, '')
      .split(/[ \t\r]+/)
      .filter(Boolean);
    const [, mark, name] = /^(\*\.|\.)?(.*)$/s.exec(words[0])!;
    const match = mark === '*.' ? MATCH.BELOW : MATCH.SUFFIX;
    const ascii = /^[\w.\-\u0080-\uffff]*[\u0080-\uffff][\w.\-\u0080-\uffff]*$/.test(name) ? domainToASCII(name) : name;
    const plain = ascii.toLowerCase().replace(/\.$/, '');
    const good =
      words.length === 1 &&
      /^[a-z0-9_.-]+$/.test(plain) &&
      !/(^|\.)\d+$/.test(plain) &&
      !plain.endsWith('.') &&
      wireFromText(plain) !== undefined &&
      !refusal(plain, match);
    return [good ? `${index + 1} ${match === MATCH.BELOW ? 'below' : 'suffix'} ${plain}` : `${index + 1}`];
  });
}

const piece = fc.constantFrom(
  ...[
    'a',
    'B',
    'example',
    'com',
    'co.uk',
    'akamai.net',
    '1',
    '192.0.2.1',
    '-',
    '_',
    '.',
    '..',
    '*.',
    '*',
    '#',
    '!',
    '^',
    '||',
  ],
  ...[
    ' ',
    '\t',
    '\r',
    '\n',
    '\n',
    '\n',
    '\r\n',
    '\u0000',
    'ü',
    '日本',
    '。',
    '\uFEFF',
    'x'.repeat(40),
    'y.'.repeat(70),
    '0.0.0.0 ',
  ],
);
const list = fc.array(fc.oneof({ weight: 9, arbitrary: piece }, fc.string({ maxLength: 3 })), { maxLength: 60 });

test('a list of domains', () => {
  fc.assert(
    fc.property(
      list.map((pieces) => pieces.join('').toWellFormed()),
      (text) => {
        const { count, ...sink } = readList('domains', text);
        const expected = naive(text);
        const bad = sink.rejects.map((reject) => reject.slice(0, reject.indexOf(':')));
        const got = [...sink.rules, ...bad].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
        expect(got).toEqual(expected);
        expect(count.rules + count.rejects).toBe(expected.length);
      },
    ),
    { numRuns: 3000 },
  );
});

test('a hosts file: every name, and every line without one, is accounted for', () => {
  const address = fc.constantFrom('0.0.0.0', '127.0.0.1', '::1', '192.0.2.1', 'nonsense', '');
  const names = fc.array(fc.constantFrom('localhost', 'a.example', 'B.example.', 'x..y', '^', 'ü.example'), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(address, names), { maxLength: 20 }), (lines) => {
      const text = lines.map(([first, rest]) => [first, ...rest].join(' ')).join('\n');
      const { count } = readList('hosts', text);
      const content = text
        .split('\n')
        .map((line) => line.trim().split(/ +/))
        .filter(([first]) => first !== '');
      const entries = content.map(([first, ...rest]) =>
        /[.:]\d/.test(first) && !/[a-z]/.test(first) ? Math.max(1, rest.length) : 1,
      );
      const blank = text.split('\n').length - content.length - Number(text.endsWith('\n') || text === '');
      const expected = entries.reduce((sum, entry) => sum + entry, blank);
      expect(count.rules + count.rejects + count.passed).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});
