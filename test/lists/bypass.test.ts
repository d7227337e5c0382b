// The reader of names that lead round the resolver: what it takes, and what it says of files that are none.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { feedBypass } from '../../src/lists/bypass.ts';
import { recordingSink } from './recording-sink.ts';

const HEAD = `id: doh
title: T
sources: [{ key: a, name: A, licence: MIT, date: 2026-01 }]
names:
`;

function read(text: string) {
  const sink = recordingSink();
  const { problems, ...count } = feedBypass('f.yaml', text, sink);
  return { ...sink, count, problems: problems.map(({ line, message }) => `${line} ${message}`) };
}

test('takes names with the match of their block, each with its line', () => {
  const text = `${HEAD}  - protocols: [doh, dot]
    match: suffix
    names: |
      a.example.org
      b.example.org
  # between
  - match: exact
    names: |
      _dns.c.example.org
`;
  const { rules, rejects, count, problems } = read(text);
  expect(rules).toEqual(['8 suffix a.example.org', '9 suffix b.example.org', '13 exact _dns.c.example.org']);
  expect({ rejects, problems }).toEqual({ rejects: [], problems: [] });
  expect(count).toEqual({ lines: 3, rules: 3, rejects: 0, left: 0, passed: 0 });
});

test('leaves out what is no name or would block strangers, and says where', () => {
  const names = ['Dns.example.org', 'dns.example.org.', 'a..b', 'co.uk', 'net', '', 'dns.example.org'];
  const { rules, rejects } = read(
    `${HEAD}  - match: suffix\n    names: |\n${names.map((name) => `      ${name}\n`).join('')}`,
  );
  expect(rules).toEqual(['13 suffix dns.example.org']);
  expect(rejects.map((reject) => reject.replace(/:1 .* \| /, ' '))).toEqual([
    '7 Dns.example.org',
    '8 dns.example.org.',
    '9 a..b',
    '10 co.uk',
    '11 net',
    '12 ',
  ]);
});

test.each([
  ['', '1 "id" is missing'],
  ['names: [', '1 '],
  [`${HEAD}  - { match: prefix, names: a.example }\n`, '5 '],
  [`${HEAD}  - { match: exact, names: [a.example] }\n`, '5 '],
  [`${HEAD}  []\n`, '5 '],
])('a file that is none gives no rule, and a problem: %j', (text, problem) => {
  const { rules, problems } = read(text);
  expect(rules).toEqual([]);
  expect(problems.join('\n')).toContain(problem);
});

test('never throws, and counts every line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const { rules, rejects, count } = read(`${HEAD}  - match: exact\n    names: ${JSON.stringify(text)}\n`);
      expect(count).toMatchObject({ rules: rules.length, rejects: rejects.length });
      expect(count.lines).toBe(count.rules + count.rejects);
    }),
  );
});
