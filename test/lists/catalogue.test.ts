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

describe('a name is left out, and the others stay', () => {
  test.each([
    [
      '{ name: Demo.example, match: suffix, facet: web, sources: [one] }',
      '9:13 write the name in lower case | Demo.example',
    ],
    [
      '{ name: x.example., match: suffix, facet: web, sources: [one] }',
      '9:13 write the name without the dot at its end | x.example.',
    ],
    [
      '{ name: bücher.example, match: exact, facet: web, sources: [one] }',
      '9:13 no domain name; an internationalised one is written as its xn-- form | bücher.example',
    ],
    [
      '{ name: demo.example, match: suffix, facet: app, sources: [one] }',
      '9:13 there already, on line 8 | demo.example',
    ],
    [
      '{ name: com, match: suffix, facet: app, sources: [one] }',
      '9:13 a top-level domain: it speaks of every name beneath it | com',
    ],
    [
      '{ name: akamai.net, match: below, facet: cdn, sources: [one] }',
      '9:13 shared by the customers of a content network or a cloud: name hosts beneath it one by one | akamai.net',
    ],
    [
      '{ name: b.example, match: sufix, facet: app, sources: [one] }',
      '9:31 "sufix" is not one of suffix, exact, below; did you mean suffix? | b.example',
    ],
    [
      '{ name: b.example, match: exact, facet: none, sources: [one] }',
      '9:45 "none" is not one of app, web, cdn, telemetry, pixel, embed, shared; known here: app, cdn, embed, pixel, shared, telemetry, web | b.example',
    ],
    [
      '{ name: b.example, match: exact, facet: app, sources: [two] }',
      '9:60 no source of this file has that key | b.example',
    ],
    [
      '{ name: b.example, match: exact, facet: app }',
      '9:5 "sources" is missing; write for example sources: [v2fly] | b.example',
    ],
    [
      'b.example',
      '9:5 expected options of its own (key: value), but this is the text "b.example"; write for example { name: tiktok.com } | ',
    ],
  ])('%s', (entry, reject) => {
    const { app, problems } = readApp('demo.yaml', `${HEADER}${GOOD}  - ${entry}\n`);
    expect(problems).toEqual([]);
    const sink = recordingSink();
    feedApp(app!, sink);
    expect(sink).toMatchObject({ rules: ['8 suffix demo.example web'], rejects: [reject] });
  });
});

describe('apps by their files', () => {
  test('the catalogue that comes with Sluis holds nothing that is rejected', () => {
    const apps = shippedApps();
    expect(apps.map((app) => app.id)).toContain('tiktok');
    const sink = recordingSink();
    for (const app of apps) feedApp(app, sink);
    expect(sink.rejects).toEqual([]);
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

test('an edited app file never throws, and each of its names is a rule or left out', () => {
  const text = HEADER + GOOD.repeat(3);
  const put = fc.oneof(
    fc.constantFrom('[', '}', '"', ': ', '\n', '&a ', '*a', '- ', 'null', '__proto__', '\t'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(20), put, (at, cut, insert) => {
      const { app, problems } = readApp('demo.yaml', text.slice(0, at) + insert + text.slice(at + cut));
      expect(app === undefined).toBe(problems.length > 0);
      if (app) expect(app.names.length + app.rejected.length).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});
