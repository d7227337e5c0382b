// Every way of getting settings wrong, with the exact place, message and fix; and how a problem is printed.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/settings/problems.ts';
import { FILE, loadText, told } from './memory-files.ts';

interface Case {
  name: string;
  text: string;
  expected: string[];
}

function casesIn(file: string): Case[] {
  const [, ...parts] = readFileSync(join(import.meta.dirname, file), 'utf8').split(/^== /m);
  return parts.map((part) => {
    const [name, ...lines] = part.trimEnd().split('\n');
    const expected = lines.filter((line) => line.startsWith('-> ')).map((line) => line.slice(3));
    const text = `${lines.filter((line) => !line.startsWith('-> ')).join('\n')}\n`;
    return { name, text, expected };
  });
}

/** What lies beside the settings file. */
const BESIDE = {
  '/etc/sluis/l.yaml': '{ lists: [] }',
  '/etc/sluis/devices.csv': `id,address,purchase,subscription,use,work_apps
laptop-1,10.10.4.17 2001:db8:10::17,state,none,none,yes
phone-1,10.20.4.18,none,none,none,yes
phone-2,,none,none,none,no
tablet-1,10.20.4.19,none,partly,none,yes
`,
  '/etc/sluis/exceptions.yaml': `exceptions:
  - id: x
    ground: inspection
    policy: be-717
    clients: [10.0.0.0/8]
    owner: a
    approver: A
    reason: R
    ticket: T
    starts: 2026-10-01
    expires: 2027-10-03
    seal: true
`,
};

describe.each(['file', 'network', 'policy', 'clients'])('problems with the %s', (kind) => {
  test.each(casesIn(`problems-${kind}.txt`))('$name', ({ text, expected }) => {
    const { settings, problems } = loadText(text, {}, BESIDE);
    expect(problems.map(told)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
    expect(settings === undefined).toBe(expected.some((line) => line.includes(' error: ')));
  });
});

test('a preset is held to its shape, and is where its problems stand', () => {
  const preset =
    'groups: []\npolicies:\n  - { id: p, title: P, authority: A, apps: [tiktok], effective: 2023-02-29 }\n';
  const { problems } = loadText('presets: [/srv/p.yaml]', {}, { '/srv/p.yaml': preset });
  expect(problems.map(told)).toEqual([
    'p.yaml:1:1 error: a preset holds policies only, not "groups"; move it to your own configuration',
    'p.yaml:3:65 error: "2023-02-29" does not exist: that month has 28 days; write a day of that month, such as 2023-02-28',
  ]);
});

test('a value over that of a preset is told of where it stands, by its own number', () => {
  const { problems } = loadText('policies:\n  - id: be-716\n    ede: 3\n');
  expect(problems).toMatchObject([{ file: FILE, line: 3, column: 10, path: 'policies[0].ede' }]);
});

test('upstreams of a system without any is a problem of its resolv.conf', () => {
  const { settings, problems } = loadText('', {}, { '/etc/resolv.conf': 'search example\n' });
  expect(settings).toBeUndefined();
  expect(problems.map(told)).toEqual([
    'resolv.conf:1:1 error: upstreams is "system", but no name server here can be used; ' +
      'write addresses in the configuration, such as upstreams: ["9.9.9.9"]',
  ]);
});

describe('a printed problem', () => {
  const printed = (text: string) => loadText(text).problems.map(formatProblem).join('\n');

  test('shows the line, with a caret under what is wrong', () => {
    expect(printed('log:\n  level: loud # and clear\n')).toBe(
      [
        `${FILE}:2:10: error: "loud" is not one of trace, debug, info, warn, error, fatal, silent`,
        '    2 |   level: loud # and clear',
        '      |          ^^^^',
        '      = fix: known here: debug, error, fatal, info, silent, trace, warn',
      ].join('\n'),
    );
  });

  test('cannot write to the terminal of who reads it', () => {
    const text = printed('log: { level: "\u001b]0;owned\u0007" }');
    expect(text).toContain('owned');
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  test('shows the part of a long line around it', () => {
    const frame = printed(`log: { level: info, ${'x: 1, '.repeat(100)} }`).split('\n');
    expect(frame.every((line) => line.length < 200)).toBe(true);
    const [line, carets] = frame.filter((text) => text.includes(' | '));
    expect(line[carets.indexOf('^')]).toBe('x');
  });
});

test('a file may have any name, and writes to no terminal by it', () => {
  const [problem] = loadText('nonsense: 1').problems;
  const [head] = formatProblem({ ...problem, file: '/srv/\x1b]0;a\x07\nb.yaml' }).split('\n');
  expect(head).toBe('/srv/·]0;a··b.yaml:1:1: error: unknown option "nonsense"');
});
