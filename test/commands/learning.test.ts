// What people are told of what was learnt: names of strangers that write nothing to a terminal and into no list.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listText } from '../../src/commands/learning-list.ts';
import { reportText } from '../../src/commands/learning-text.ts';
import { KnownNames } from '../../src/lists/known-names.ts';
import { MOST_CLIENTS } from '../../src/observe/client-sketch.ts';
import type { LearningReport, ReportedDomain, ReportedGroup } from '../../src/observe/learning-report.ts';
import { shippedBlocklists } from '../../src/settings/shipped.ts';
import { textFromWire } from '../../src/wire/name-text.ts';
import { readList } from '../lists/read-list.ts';

const known = new KnownNames(shippedBlocklists);

type Asked = ReportedDomain['names'][number];

function asked(name: string, more: Partial<Asked> = {}): Asked {
  const when = { first: '2026-11-02T08:00:00.000Z', last: '2026-11-22T09:31:00.000Z' };
  return { name, count: 3, blocked: 0, clients: 2, ...when, policy: null, ...more };
}

function domain(name: string, names: Asked[], more: Partial<Asked> = {}): ReportedDomain {
  return { ...asked(name, more), names };
}

function group(domains: ReportedDomain[], more: Partial<ReportedGroup> = {}): ReportedGroup {
  return {
    ...{ group: 'managed', mode: 'observe', policy: 'managed-only', since: '2026-11-02T08:00:00.000Z' },
    ...{ count: 9, blocked: 0, forgotten: { names: 0, count: 0 }, approved: 0, rare: 0, domains, ...more },
  };
}

function report(groups: ReportedGroup[], more: Partial<LearningReport> = {}): LearningReport {
  const at = '2026-11-22T10:00:00.000Z';
  return { at, generation: 1, complete: true, unseen: 0, file: '/l', problem: '', groups, ...more };
}

const list = (told: ReportedGroup, more: Partial<LearningReport> = {}) => listText(report([told], more), told, known);

/** What a resolver makes of it. */
function namesIn(lines: string[]): { names: string[]; rejects: number } {
  const { rules, rejects } = readList('domains', `${lines.join('\n')}\n`);
  return { names: rules.map((rule) => rule.split(' ')[2]), rejects: rejects.length };
}

describe('the list', () => {
  test('has each name with its figures, and nothing that is no name or comment', () => {
    const lines = list(
      group([domain('b.example', [asked('www.b.example'), asked('b.example', { clients: 1, count: 1 })])]),
    );
    expect(lines.slice(-3)).toEqual([
      '# b.example: 2 names',
      'www.b.example # 3 queries, about 2 clients, 2026-11-02 to 2026-11-22',
      'b.example # 1 query, about 1 client, 2026-11-02 to 2026-11-22',
    ]);
    expect(namesIn(lines)).toEqual({ names: ['www.b.example', 'b.example'], rejects: 0 });
  });

  test('has a domain of many names as one line', () => {
    const names = Array.from({ length: 9 }, (_, host) => asked(`${host}.cdn.example`));
    expect(namesIn(list(group([domain('cdn.example', names)]))).names).toEqual(['cdn.example']);
    expect(namesIn(list(group([domain('cdn.example', names.slice(1))]))).names).toHaveLength(8);
  });

  test.each<[string, ReportedDomain, number]>([
    ['a policy', domain('cdn.example', nine(), { policy: 'be-716' }), 9],
    ['a policy on one of its names', domain('cdn.example', [...nine(), asked('x.cdn.example', { policy: 'p' })]), 9],
    ['strangers beneath it', domain('akamaized.net', nine('akamaized.net')), 9],
  ])('but not where the domain has %s', (_, told, lines) => {
    const { names, rejects } = namesIn(list(group([told])));
    expect([names.length, rejects, names.includes(told.name)]).toEqual([lines, 0, false]);
  });

  test('says what is missing', () => {
    const told = group([domain('b.example', [asked('b.example')])], { forgotten: { names: 2, count: 7 } });
    const text = list(told, { unseen: 12, complete: false }).join('\n');
    expect(text).toMatch(/# NOT COMPLETE: 12 policy hits/);
    expect(text).toMatch(/# NOT COMPLETE: 2 names with 7 queries had no room/);
  });

  test.each([
    ['a public suffix', 'co.uk'],
    ['a top-level domain', 'printer'],
    ['the root', '.'],
    ['an address', '1.2.3.4'],
    ['a line end', 'a\\010evil.example'],
    ['a comment', 'a\\032#\\032b.example'],
    ['a dot that is none', 'www\\.tiktok.com'],
    ['quotes and brackets', 'a\\"<script>.example.org'],
  ])('has %s in a comment alone', (_, name) => {
    const lines = list(group([domain(name, [asked(name)])]));
    expect(namesIn(lines)).toEqual({ names: [], rejects: 0 });
    expect(lines.at(-1)).toContain(`# not ${name}: a list cannot have it`);
  });

  test('never lifts a ban', () => {
    const lines = list(group([domain('tiktok.com', [asked('www.tiktok.com', { policy: 'be-716' })])]));
    expect(namesIn(lines).names).toEqual([]);
    expect(lines.at(-1)).toContain('to allow it would lift be-716');
  });

  test('names the pack or app that has a name', () => {
    const name = 'ctldl.windowsupdate.com';
    expect(list(group([domain('windowsupdate.com', [asked(name)])])).at(-1)).toContain('in baseline:os-updates');
  });

  test('whatever the names, allows these and no other', () => {
    const label = fc.oneof(
      fc.constantFrom('com', 'example', 'co', 'uk', 'a#b', '*', 'x\n', ' '),
      fc.uint8Array({ minLength: 1, maxLength: 9 }).map((octets) => Buffer.from(octets).toString('latin1')),
    );
    const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => {
      const octets = labels.flatMap((one) => [one.length, ...Buffer.from(one, 'latin1')]);
      return textFromWire(Uint8Array.from([...octets, 0]));
    });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 8 }), (names) => {
        const lines = list(
          group([
            domain(
              names[0],
              names.map((one) => asked(one)),
            ),
          ]),
        );
        const found = namesIn(lines);
        expect(found.rejects).toBe(0);
        for (const one of found.names) expect(names.map((text) => text.toLowerCase())).toContain(one);
        // Everything in it is printable, so that no terminal and no editor is written to.
        expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});

function nine(parent = 'cdn.example'): Asked[] {
  return Array.from({ length: 9 }, (_, host) => asked(`${host}.${parent}`));
}

describe('the table', () => {
  const lines = (told: LearningReport, isTerminal = false) => reportText(told, known, isTerminal);

  test('has a row for each domain, with who else has its names', () => {
    const names = [asked('ctldl.windowsupdate.com'), asked('a.windowsupdate.com', { policy: 'p' })];
    const told = report([group([domain('windowsupdate.com', names, { count: 1204, clients: MOST_CLIENTS })])]);
    const row = lines(told).find((line) => line.startsWith('  windowsupdate.com'));
    expect(row?.split(/ {2,}/)).toEqual([
      '',
      'windowsupdate.com',
      '2',
      '1204',
      `${MOST_CLIENTS}+`,
      '2026-11-02',
      '2026-11-22',
      expect.stringMatching(/baseline:os-updates.*under p \(1 of 2\)/),
    ]);
  });

  test('is short on a terminal, and whole elsewhere', () => {
    const told = report([
      group(Array.from({ length: 60 }, (_, at) => domain(`${at}.example`, [asked(`${at}.example`)]))),
    ]);
    const rows = (text: string[]) => text.filter((line) => /^ {2}\d+\.example/.test(line)).length;
    expect([rows(lines(told)), rows(lines(told, true))]).toEqual([60, 50]);
    expect(lines(told, true).join('\n')).toContain('10 more domains');
  });

  test('says how to begin where no group has a default', () => {
    expect(lines(report([])).join('\n')).toContain('default: { mode: observe');
  });

  test.each<[string, Partial<LearningReport>, Partial<ReportedGroup>, RegExp]>([
    ['nothing was asked for', {}, { since: null, count: 0, domains: [] }, /nothing was asked for yet/],
    ['hits were missed', { unseen: 1 }, {}, /NOT COMPLETE: 1 policy hit/],
    ['names had to go', {}, { forgotten: { names: 1, count: 1 } }, /NOT COMPLETE: 1 name with 1 query had no room/],
    ['names are allowed by now', {}, { approved: 2 }, /2 names are answered by now/],
    ['names are rare', {}, { rare: 1 }, /1 name was asked for less often/],
    ['it outlives no restart', { file: null }, {}, /kept in memory alone/],
    ['its file is full', { problem: '/l cannot be written: ENOSPC' }, {}, /ENOSPC/],
    ['the default is not in force', {}, { mode: 'off' }, /does not yet act on/],
  ])('says so where %s', (_, more, told, text) => {
    const domains = [domain('b.example', [asked('b.example')])];
    expect(lines(report([group(domains, told)], more)).join('\n')).toMatch(text);
  });
});
