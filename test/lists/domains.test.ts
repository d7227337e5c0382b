// Plain lists of names: every kind of line, good and bad, with its place.

import { describe, expect, test } from 'vitest';
import { MATCH } from '../../src/policy/rule.ts';
import { readList } from './read-list.ts';

const read = (text: string | Uint8Array, match: number = MATCH.SUFFIX) => readList('domains', text, { match });

describe('a line of a list of domains gives a rule', () => {
  test.each([
    ['a.example', '1 suffix a.example'],
    ['a.example\r', '1 suffix a.example'],
    ['  a.example\t ', '1 suffix a.example'],
    ['A.Example', '1 suffix a.example'],
    ['a.example.', '1 suffix a.example'],
    ['a.example. ', '1 suffix a.example'],
    ['a.example # why', '1 suffix a.example'],
    ['a.example#why', '1 suffix a.example'],
    ['*.a.example', '1 below a.example'],
    ['.a.example', '1 suffix a.example'],
    ['_dmarc.a.example', '1 suffix _dmarc.a.example'],
    ['-a-.example', '1 suffix -a-.example'],
    ['0----0.info', '1 suffix 0----0.info'],
    ['1.2.3.4.example', '1 suffix 1.2.3.4.example'],
    ['\uFEFFa.example', '1 suffix a.example'],
    ['Bücher.example', '1 suffix xn--bcher-kva.example'],
    ['日本。jp', '1 suffix xn--wgv71a.jp'],
    ['*.bücher.example', '1 below xn--bcher-kva.example'],
    ['xn--bcher-kva.example', '1 suffix xn--bcher-kva.example'],
    [`${'a'.repeat(63)}.example`, `1 suffix ${'a'.repeat(63)}.example`],
    [`${'abc.'.repeat(61)}example`, `1 suffix ${'abc.'.repeat(61)}example`],
    [`${'abc.'.repeat(61)}examples1`, `1 suffix ${'abc.'.repeat(61)}examples1`],
  ])('%j', (line, rule) => expect(read(line)).toMatchObject({ rules: [rule], rejects: [] }));

  test('as exact where the list says so, unless it is marked', () => {
    const { rules } = read('a.example\n*.b.example\n.c.example\ncom\nakamai.net', MATCH.EXACT);
    expect(rules).toEqual([
      '1 exact a.example',
      '2 below b.example',
      '3 suffix c.example',
      '4 exact com',
      '5 exact akamai.net',
    ]);
  });
});

describe('a line that is no rule', () => {
  test.each(['', ' ', '\t\r', '# a.example', '! a.example', '  # a', '\uFEFF', '\uFEFF# a'])(
    '%j is passed over',
    (line) => {
      expect(read(`${line}\n${line.replace('\uFEFF', '')}\n`)).toMatchObject({
        count: { lines: 2, rules: 0, rejects: 0, passed: 2 },
      });
    },
  );

  const CHARACTER = 'a character that no name in a list has';
  const EMPTY = 'an empty label: two dots together, or one where the name begins';
  const ROOT = 'the root: it speaks of every name there is';
  test.each([
    ['||a.example^', `1:1 ${CHARACTER}`],
    ['http://a.example/', `1:5 ${CHARACTER}`],
    ['a.example:53', `1:10 ${CHARACTER}`],
    ['a.*.example', `1:3 ${CHARACTER}`],
    ['*', `1:1 ${CHARACTER}`],
    ['a\\.b.example', `1:2 ${CHARACTER}`],
    ['\u0000', `1:1 ${CHARACTER}`],
    ['a..example', `1:3 ${EMPTY}`],
    ['..a.example', `1:2 ${EMPTY}`],
    ['a.example..', `1:11 ${EMPTY}`],
    ['.', `1:1 ${ROOT}`],
    ['*.', `1:1 ${ROOT}`],
    ['a.example b.example', '1:11 more than a name on the line'],
    ['a.example @!cn', '1:11 more than a name on the line'],
    ['0.0.0.0 a.example', '1:9 more than a name on the line'],
    ['a.example\rb.example', '1:11 more than a name on the line'],
    ['192.0.2.1', '1:1 an address, not a name'],
    ['192.0.2.1.', '1:1 an address, not a name'],
    ['１９２.0.2.1', '1:1 no internationalised name that can be read'],
    ['bücher.example/a', '1:2 no internationalised name that can be read'],
    ['\u00ad.example', '1:1 no internationalised name that can be read'],
    ['com', '1:1 a top-level domain: it speaks of every name beneath it'],
    ['*.com', '1:3 a top-level domain: it speaks of every name beneath it'],
    ['co.uk', '1:1 a public suffix: strangers register names beneath it; name those that are meant'],
    ['.GitHub.io.', '1:2 a public suffix: strangers register names beneath it; name those that are meant'],
    ['  akamai.net', '1:3 shared by the customers of a content network or a cloud: name hosts beneath it one by one'],
    [`${'a'.repeat(64)}.example`, '1:64 a label of more than 63 octets'],
    [`${'abc.'.repeat(61)}examples12`, '1:254 a name of more than 255 octets'],
  ])('%j is rejected with its place', (line, reject) => {
    const { rules, rejects, count } = read(line);
    expect(rules).toEqual([]);
    expect(rejects.map((text) => text.replace(/ \|[^|]*$|( \| .*)$/s, ''))).toEqual([reject]);
    expect(count.rejects).toBe(1);
  });

  test('shows a little of itself, and nothing that could write to a terminal', () => {
    const { rejects } = read(`a.example ${'x'.repeat(100)}\n\u001b[31m.example\n\u009b1m.example`);
    expect(rejects[0]).toMatch(/\| a\.example x{70}…$/);
    expect(rejects.join('')).not.toMatch(/\p{Cc}/u);
  });
});

test('lines keep their numbers, and one bad line leaves the others', () => {
  const { rules, rejects, count } = read('# list\n\na.example\r\nb b\nc.example');
  expect(rules).toEqual(['3 suffix a.example', '5 suffix c.example']);
  expect(rejects).toEqual(['4:3 more than a name on the line | b b']);
  expect(count).toEqual({ lines: 5, rules: 2, rejects: 1, left: 0, passed: 2 });
});

describe('a long list', () => {
  const names = Array.from({ length: 9000 }, (_, at) => `name-${at}.example`);

  test.each([
    ['domains', '\n', names.join('\n')],
    ['domains', '\r\n', `${names.join('\r\n')}\r\n`],
    ['hosts', '\n', names.map((name) => `0.0.0.0 ${name}`).join('\n')],
  ] as const)('of %s, lines ending in %j, comes out whole', (format, _, text) => {
    const { count, rules } = readList(format, text, { match: MATCH.SUFFIX, pieces: [65536] });
    expect(count).toEqual({ lines: 9000, rules: 9000, rejects: 0, left: 0, passed: 0 });
    expect(rules).toEqual(names.map((name, at) => `${at + 1} suffix ${name}`));
  });
});
