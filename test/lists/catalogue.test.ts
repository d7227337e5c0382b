// App files: what is read of a good one, what is said of a bad one, and which names are left out with their place.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { feedApp, readApp } from '../../src/lists/catalogue.ts';
import { loadApp } from '../../src/lists/library.ts';
import { formatProblem } from '../../src/settings/problems.ts';
import { memoryFiles } from '../settings/memory-files.ts';
import { recordingSink } from './recording-sink.ts';
import { shippedApps } from './shipped-apps.ts';

const HEADER = `id: demo
title: Demo
operator: Somebody
jurisdiction: { code: BE, source: "Decision 1", date: 2023-03 }
sources:
  - { key: one, name: a list, licence: MIT, date: 2026-08-19 }
names:
`;
const GOOD = '  - { name: demo.example, match: suffix, facet: web, sources: [one] }\n';

test('a good file gives its app, and a rule with its line for each name', () => {
  const names = `${GOOD}  - { name: a.demo.example, match: below, facet: pixel, sources: [one], also: [other], note: why }\n`;
  const { app, problems } = readApp('demo.yaml', HEADER + names);
  expect(problems).toEqual([]);
  expect(app).toMatchObject({
    id: 'demo',
    title: 'Demo',
    jurisdiction: { code: 'BE', source: 'Decision 1', date: '2023-03' },
  });
  expect(app?.names[1]).toEqual({
    name: 'a.demo.example',
    match: 'below',
    facet: 'pixel',
    sources: ['one'],
    also: ['other'],
    note: 'why',
    line: 9,
  });
  const sink = recordingSink();
  feedApp(app!, sink);
  expect(sink.rules).toEqual(['8 suffix demo.example web', '9 below a.demo.example pixel']);
});

describe('a file is a problem', () => {
  const said = (text: string) =>
    readApp('demo.yaml', text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  test.each([
    [
      '',
      [
        '1:1 "id" is missing',
        '1:1 "title" is missing',
        '1:1 "operator" is missing',
        '1:1 "sources" is missing',
        '1:1 "names" is missing',
      ],
    ],
    ['tiktok.com\n', ['1:1 expected options of its own (key: value), but this is the text "tiktok.com"']],
    [HEADER.replace('names:\n', 'names: []\n'), ['7:8 the list is empty']],
    [`${HEADER}${GOOD}unreachable: why\n`, ['8:3 an app that no rule on names reaches has names']],
    [
      `contested: true\n${HEADER}${GOOD}`,
      ['1:12 expected options of its own (key: value), but this is the boolean true'],
    ],
    [`contested: { by: him }\n${HEADER}${GOOD}`, ['1:12 "reason" is missing']],
    [`successors: [TikTok]\n${HEADER}${GOOD}`, ['1:14 Invalid string: must match pattern /^[a-z0-9][a-z0-9._-]*$/']],
    [HEADER.replace('title: Demo', 'titel: Demo') + GOOD, ['1:1 "title" is missing', '2:1 unknown option "titel"']],
    [HEADER.replace('Somebody', '&x Somebody') + GOOD, ['3:14 anchors (&x) are not allowed']],
    [`${HEADER}${GOOD}names: []\n`, ['9:1 Map keys must be unique']],
  ])('%#', (text, problems) => {
    expect(readApp('demo.yaml', text).app).toBeUndefined();
    expect(said(text)).toEqual(problems);
  });
});

test('a file may say that no rule on names reaches its app, who disputes where it is managed, and what continues it', () => {
  const more =
    'contested: { by: its operator, reason: it moved }\nsuccessors: [other]\nunreachable: it has no server\n';
  const { app, problems } = readApp('demo.yaml', more + HEADER.replace('names:\n', 'names: []\n'));
  expect(problems).toEqual([]);
  expect(app).toMatchObject({
    contested: { by: 'its operator', reason: 'it moved' },
    successors: ['other'],
    unreachable: 'it has no server',
    names: [],
  });
});

describe('a name that cannot be a rule is an error, with place and fix, and leaves no app', () => {
  test.each([
    [
      '{ name: Demo.example, match: suffix, facet: web, sources: [one] }',
      '9:13 the name "Demo.example" has capitals; write the name in lower case',
    ],
    [
      '{ name: x.example., match: suffix, facet: web, sources: [one] }',
      '9:13 the name "x.example." ends in a dot; write the name without the dot at its end',
    ],
    [
      '{ name: bücher.example, match: exact, facet: web, sources: [one] }',
      '9:13 "bücher.example" is no domain name; write labels with dots between them, an internationalised name in its xn-- form',
    ],
    [
      '{ name: demo.example, match: suffix, facet: app, sources: [one] }',
      '9:13 "demo.example" is there already, on line 8; remove one of the two',
    ],
    [
      '{ name: com, match: suffix, facet: app, sources: [one] }',
      '9:13 "com" with match: suffix is refused: a top-level domain: it speaks of every name beneath it; write names beneath it, or match: exact, which takes this name alone',
    ],
    [
      '{ name: co.uk, match: suffix, facet: app, sources: [one] }',
      '9:13 "co.uk" with match: suffix is refused: a public suffix: strangers register names beneath it; name those that are meant; write names beneath it, or match: exact, which takes this name alone',
    ],
    [
      '{ name: akamai.net, match: below, facet: cdn, sources: [one] }',
      '9:13 "akamai.net" with match: below is refused: shared by the customers of a content network or a cloud: name hosts beneath it one by one; write names beneath it, or match: exact, which takes this name alone',
    ],
    [
      '{ name: b.example, match: sufix, facet: app, sources: [one] }',
      '9:31 "sufix" is not one of suffix, exact, below; did you mean suffix?',
    ],
    [
      '{ name: b.example, match: exact, facet: none, sources: [one] }',
      '9:45 "none" is not one of app, web, cdn, telemetry, pixel, embed, shared; known here: app, cdn, embed, pixel, shared, telemetry, web',
    ],
    [
      '{ name: b.example, match: exact, facet: app, sources: [two] }',
      '9:60 no source of this file has the key "two"; known here: one',
    ],
    ['{ name: b.example, match: exact, facet: app }', '9:5 "sources" is missing; write for example sources: [v2fly]'],
    [
      'b.example',
      '9:5 expected options of its own (key: value), but this is the text "b.example"; write for example { name: tiktok.com }',
    ],
  ])('%s', (entry, expected) => {
    const { app, problems } = readApp('demo.yaml', `${HEADER}${GOOD}  - ${entry}\n`);
    expect(app).toBeUndefined();
    expect(
      problems.map(({ severity, line, column, message, fix }) => `${severity} ${line}:${column} ${message}; ${fix}`),
    ).toEqual([`error ${expected}`]);
  });

  test('all of them are told at once, up to a hundred', () => {
    const bad = (count: number) => '  - { name: com, match: suffix, facet: app, sources: [one] }\n'.repeat(count);
    const messages = (text: string) => readApp('demo.yaml', HEADER + text).problems.map(({ message }) => message);
    expect(messages(bad(100))).toHaveLength(100);
    expect(messages(bad(103)).slice(100)).toEqual(['3 more names are wrong']);
  });
});

describe('apps by their files', () => {
  test('of the catalogue that comes with Sluis every name is a rule', () => {
    const apps = shippedApps();
    expect(apps.map((app) => app.id)).toContain('tiktok');
    const sink = recordingSink();
    for (const app of apps) feedApp(app, sink);
    expect(sink.rules.length).toBe(apps.reduce((sum, app) => sum + app.names.length, 0));
  });

  test.each([
    ['demo', []],
    ['bad', ['expected options of its own (key: value), but this is the text "x"']],
    ['other', ['the file holds the app "demo" under another name']],
    ['nowhere', ['the app file cannot be read: there is no such file']],
  ])('%s is read, or says why not', (id, messages) => {
    const files = memoryFiles({
      '/l/demo.yaml': HEADER + GOOD,
      '/l/other.yaml': HEADER + GOOD,
      '/l/bad.yaml': 'x',
    });
    const { app, problems } = loadApp(`/l/${id}.yaml`, files);
    expect(app?.id).toBe(messages.length === 0 ? id : undefined);
    expect(problems.map(({ message }) => message)).toEqual(messages);
    if (id === 'other') expect(formatProblem(problems[0])).toContain('= fix: call the file demo.yaml, or mend its id');
  });
});

test('an edited app file never throws, and is an app or a problem', () => {
  const text = HEADER + GOOD.repeat(3);
  const put = fc.oneof(
    fc.constantFrom('[', '}', '"', ': ', '\n', '&a ', '*a', '- ', 'null', '__proto__', '\t'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(20), put, (at, cut, insert) => {
      const { app, problems } = readApp('demo.yaml', text.slice(0, at) + insert + text.slice(at + cut));
      expect(app === undefined).toBe(problems.length > 0);
      if (app) expect(app.names.length).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});
