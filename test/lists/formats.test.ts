// What all formats have in common: the same list comes out the same, no input breaks them, and every line is accounted for.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prefixRefusal, refusal } from '../../src/lists/guard.ts';
import { LEFT } from '../../src/lists/left.ts';
import { LONGEST_LINE } from '../../src/lists/line-blocks.ts';
import { MATCHES } from '../../src/policy/rule.ts';
import { type Prefix, readPrefix } from '../../src/settings/address.ts';
import { LINE_FORMATS } from '../../src/settings/list-formats.ts';
import { wireFromText } from '../../src/wire/name-text.ts';
import { readList } from './read-list.ts';
import { LISTS, MATCH_WRITTEN, NAME_FORMATS, nameOf } from './same-list.ts';

describe.each(NAME_FORMATS)('%s', (format) => {
  test('a list of many names comes out whole, wherever its pieces end', () => {
    const names = Array.from({ length: 5000 }, (_, at) => nameOf(at));
    const text = LISTS[format](names);
    const first = text.split('\n').findIndex((line) => line.includes(names[0])) + 1;
    const expected = names.map((name, at) => `${first + at} ${MATCH_WRITTEN[format]} ${name}`);
    for (const written of [text, text.replaceAll('\n', '\r\n'), text.slice(0, -1)]) {
      for (const pieces of [[Infinity], [65536], [1, 7, 4096]]) {
        const { rules, count } = readList(format, written, { pieces });
        expect(rules).toEqual(expected);
        expect(count).toEqual({ lines: first + 4999, rules: 5000, rejects: 0, left: 0, passed: first - 1 });
      }
    }
  });

  test('a line that is too long is one bad line, wherever its pieces end', () => {
    const long = (length: number) =>
      `${LISTS[format]([nameOf(0)])}#${'x'.repeat(length - 1)}\n${LISTS[format]([nameOf(1)])}`;
    const lines = LISTS[format]([nameOf(0)]).split('\n').length;
    for (const pieces of [[Infinity], [1000], [LONGEST_LINE], [LONGEST_LINE - 1, 3]]) {
      const good = readList(format, long(LONGEST_LINE), { pieces });
      const bad = readList(format, long(LONGEST_LINE + 1), { pieces });
      expect(good.rules).toHaveLength(2);
      expect(bad.rules).toEqual(good.rules);
      expect(bad.rejects).toEqual([
        ...good.rejects.filter((text) => !text.startsWith(`${lines}:`)),
        `${lines}:1 a line of more than ${LONGEST_LINE} octets | `,
      ]);
    }
  });
});

const SYNTAX = [
  ...[
    'a.example',
    'b.a.example',
    'com',
    'co.uk',
    'akamai.net',
    'x..y',
    'Ü.example',
    '192.0.2.1',
    '192.0.2.0/24',
    '2001:db8::/32',
    '0.0.0.0/0',
    '::1',
    '0.0.0.0',
    '',
  ],
  ...['||', '|', '^', '@@', '$', ',', 'important', 'badfilter', 'denyallow=', 'dnstype=A', '*.', '*', '/', '##', '!'],
  ...[
    'address=/',
    'server=/',
    'local=/',
    '=',
    '#',
    'local-zone: "',
    'local-data: "',
    '"',
    " '",
    ' static',
    ' transparent',
  ],
  ...[
    '$ORIGIN ',
    '$TTL ',
    '@',
    ' IN ',
    ' CNAME ',
    ' A ',
    ' TXT ',
    ' SOA ',
    '.',
    'rpz-passthru.',
    'rpz-ip',
    '(',
    ')',
    ';',
    '\\',
  ],
  ...[
    'domain:',
    'full:',
    'regexp:',
    'include:',
    ' @cn',
    ' &x',
    ' ',
    '\t',
    '\r',
    '\n',
    '\n',
    '\n',
    '\n',
    '\uFEFF',
    '\u0000',
  ],
  ...['x'.repeat(70), 'y.'.repeat(130), '日本'],
];
const soup = fc
  .array(fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...SYNTAX) }, fc.string({ maxLength: 3 })), {
    maxLength: 60,
  })
  .map((pieces) => Buffer.from(pieces.join('').toWellFormed()));
const octets = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

/** Why a rule may not be, or undefined. */
function whyNot(match: string, name: string): string | undefined {
  if (match === 'prefix') return prefixRefusal(readPrefix(name) as Prefix);
  if (wireFromText(name) === undefined) return 'no name';
  return refusal(name, MATCHES.indexOf(match as (typeof MATCHES)[number]));
}

/** A rule as the recording sink has it. */
const RULE = /^(\d+) (?:allow )?(suffix|exact|below|prefix) (\S+)$/;

test.each(LINE_FORMATS)('long lines of one thing over and over do not hold up %s', (format) => {
  for (const head of ['', '||a.example^$', 'local-zone: "', 'a.example ', 'address=/']) {
    for (const piece of SYNTAX.filter((text) => text !== '' && !text.includes('\n'))) {
      const line = head + piece.repeat(Math.floor((LONGEST_LINE / 2 - head.length) / Buffer.byteLength(piece)));
      const { count } = readList(format, `${line}\n${line}x`);
      expect(count.lines).toBe(2);
    }
  }
});

describe.each(LINE_FORMATS)('any input as %s', (format) => {
  test('gives only rules that may be, accounts for every line, and is read alike in any pieces', () => {
    fc.assert(
      fc.property(
        fc.oneof({ weight: 4, arbitrary: soup }, octets),
        fc.array(fc.nat(40), { minLength: 1 }),
        (text, pieces) => {
          const { count, rules, rejects, left } = readList(format, text);
          const spoken = new Set<number>();
          for (const rule of rules) {
            const [, line, match, name] = RULE.exec(rule)!;
            expect(name).toBe(name.toLowerCase());
            expect(whyNot(match, name)).toBeUndefined();
            spoken.add(Number(line));
          }
          for (const told of rejects) spoken.add(Number.parseInt(told, 10));
          for (const told of left) {
            const [line, kind] = told.split(' ');
            expect(Object.keys(LEFT)).toContain(kind);
            spoken.add(Number(line));
          }
          const unmarked = text.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
          const lines = unmarked === '' ? [] : unmarked.replace(/\n$/, '').split('\n');
          expect(count.lines).toBe(lines.length);
          for (const line of spoken) expect(line >= 1 && line <= count.lines).toBe(true);
          // A line that says several things ends in as many counts, and any other in one.
          const ends = count.rules + count.rejects + count.left + count.passed;
          if (format === 'hosts' || format === 'dnsmasq') expect(ends).toBeGreaterThanOrEqual(count.lines);
          else expect(ends).toBe(count.lines);
          expect(count.left).toBe(left.filter((told) => !told.endsWith(' answer')).length);
          expect(spoken.size + count.passed).toBeGreaterThanOrEqual(count.lines);
          expect(readList(format, text, { pieces })).toEqual({ count, rules, rejects, left });
        },
      ),
      { numRuns: 600 },
    );
  });
});
