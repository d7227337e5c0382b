// sluis check: what is said of sound and of unsound configurations, and to whom.

import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { check } from '../../src/commands/check.ts';
import { ANYWHERE } from '../support/serving.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const LISTED = `${ANYWHERE}lists: [{ id: own, file: own.txt, format: domains }]
policies: [{ id: house, title: House, authority: B, lists: [own] }]
groups: [{ id: all, match: { subnets: [127.0.0.0/8] }, modes: { be-716: block, house: block } }]
`;

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

async function checked(list: string | Uint8Array, ...more: string[]) {
  const { at, remove } = folderOf({ 'sluis.yaml': LISTED, 'own.txt': list });
  undo.push(remove);
  const around = surroundings();
  const code = await check.run(['--config', at('sluis.yaml'), ...more], around);
  return { code, printed: around.printed, complained: around.complained, at };
}

describe('a sound configuration', () => {
  it('is summed up, list by list', async () => {
    const { code, printed, complained, at } = await checked('one.example\n\nbad name\n');
    expect(code).toBe(0);
    expect(printed).toContain('list own, domains: 1 rule (1 left out)\n');
    expect(printed).toMatch(/^policy image: \d+ rules, 0\.\d\d MiB, compiled in \d+\.\d\d s$/m);
    expect(printed.endsWith(`${at('sluis.yaml')}: sound\n`)).toBe(true);
    expect(complained).toBe(`${at('own.txt')}:3:5: left out: bad name: more than a name on the line\n`);
  });
});

describe('a list without a format', () => {
  const ADBLOCK = '[Adblock Plus 2.0]\n||a.example^\n||b.example^$third-party\n/x/\n||c.example^$script\n';

  async function looked(list: string, ...more: string[]) {
    const { at, remove } = folderOf({ 'sluis.yaml': LISTED.replace(', format: domains', ''), 'own.txt': list });
    undo.push(remove);
    const around = surroundings();
    const code = await check.run(['--config', at('sluis.yaml'), ...more], around);
    return { code, at, ...around };
  }

  it('is recognised, and what of it is not honoured is told by kind', async () => {
    const { code, printed, complained, at } = await looked(ADBLOCK);
    expect(code).toBe(0);
    expect(printed).toContain('list own, adblock: 1 rule (3 not honoured)\n');
    expect(complained).toBe(
      `${at('own.txt')}:3:1: not honoured: for some requests of a browser only (2 times, on lines 3, 5)\n` +
        `${at('own.txt')}:4:1: not honoured: a regular expression\n`,
    );
  });

  it('is told as JSON too', async () => {
    const { report } = JSON.parse((await looked(ADBLOCK, '--json')).printed);
    const own = report.sources.find(({ id }: { id: string }) => id === 'own');
    expect(own).toMatchObject({ format: 'adblock', rules: 1, rejected: 0 });
    const { file } = own;
    expect(own.left).toEqual([
      { kind: 'modifier', reason: 'for some requests of a browser only', file, count: 2, lines: [3, 5] },
      { kind: 'regex', reason: 'a regular expression', file, count: 1, lines: [4] },
    ]);
  });

  it('is refused where none fits, with what to write', async () => {
    const { code, complained } = await looked('a b c\nd e f\n');
    expect(code).toBe(2);
    expect(complained).toContain('its format cannot be told');
    expect(complained).toContain(
      '= fix: name its format, one of domains, hosts, addresses, adblock, dnsmasq, unbound, rpz, v2fly, sluis\n',
    );
  });

  it('is taken at its word where it says itself how names match', async () => {
    const { at, remove } = folderOf({
      'sluis.yaml': LISTED.replace('format: domains', 'match: exact'),
      'own.txt': ADBLOCK,
    });
    undo.push(remove);
    const around = surroundings();
    expect(await check.run(['--config', at('sluis.yaml')], around)).toBe(0);
    expect(around.printed).toContain('list own, adblock: 1 rule (3 not honoured)\n');
  });
});

describe('a list of which nothing is left', () => {
  it.each([
    ['a hosts file', '0.0.0.0 a.example\n', '1:9: left out: 0.0.0.0 a.example: more than a name on the line'],
    ['one of top-level domains', 'com\n', '1:1: left out: com: a top-level domain: it speaks of every name beneath it'],
  ])('is refused, and the reason stands with it: %s', async (_, list, reason) => {
    const { code, printed, complained, at } = await checked(Buffer.from(list, 'latin1'));
    expect(code).toBe(2);
    expect(printed).toBe('');
    expect(complained).toContain(`${at('own.txt')}:${reason}\n`);
    expect(complained).toContain(`${at('own.txt')}:1:1: error: list "own" holds no rule that can be used\n`);
  });

  it.each([
    ['cut off while packed', gzipSync('a.example\n').subarray(0, 20), 'it cannot be unpacked: it is cut off'],
    ['in UTF-16', Buffer.from('\ufeffa.example\n', 'utf16le'), 'it is UTF-16'],
    ['a page that says why there is none', '<!DOCTYPE html>\n<title>404</title>\n', 'it is a web page (HTML or XML)'],
  ])('is refused once, as what it is: %s', async (_, list, reason) => {
    const { code, printed, complained, at } = await checked(list);
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(complained).toMatch(/^[^\n]*\n {6}= fix: [^\n]*\n/);
    expect(complained).toContain(`${at('own.txt')}:1:1: error: list "own" cannot be read: ${reason}\n`);
  });

  it('is told as JSON too', async () => {
    const { code, printed, complained } = await checked('com\n', '--json');
    expect(code).toBe(2);
    expect(complained).toBe('');
    expect(JSON.parse(printed)).toMatchObject({ sound: false, report: { rejected: 1, rejections: [{ line: 1 }] } });
  });
});

describe('an app file with a name that takes in strangers', () => {
  const APP = `id: own
title: Own
operator: Somebody
sources: [{ key: one, name: a list, licence: MIT, date: 2026-08-19 }]
names:
  - { name: own.example, match: suffix, facet: app, sources: [one] }
  - { name: cloudfront.net, match: suffix, facet: cdn, sources: [one] }
`;

  it.each([
    [
      "in a folder of apps of one's own",
      'blocklists: .\npolicies: [{ id: house, title: H, authority: B, apps: [own] }]',
      'own.yaml',
    ],
    [
      'as a list',
      'lists: [{ id: l, file: l.yaml, format: sluis }]\npolicies: [{ id: house, title: H, authority: B, lists: [l] }]',
      'l.yaml',
    ],
  ])('is refused whole, with its place: %s', async (_, policies, file) => {
    const text = `${ANYWHERE}presets: []\n${policies}\ngroups: [{ id: all, match: { subnets: [127.0.0.0/8] }, modes: { house: block } }]\n`;
    const { at, remove } = folderOf({ 'sluis.yaml': text, [file]: APP });
    undo.push(remove);
    const around = surroundings();
    expect(await check.run(['--config', at('sluis.yaml')], around)).toBe(2);
    expect(around.printed).toBe('');
    expect(around.complained).toContain(
      `${at(file)}:7:13: error: "cloudfront.net" with match: suffix is refused: shared by`,
    );
    expect(around.complained).toContain('= fix: write names beneath it, or match: exact');
  });
});

describe('groups that meet', () => {
  const GROUPS = `listen: { dns: ["127.0.0.1:0", "10.0.0.1:0"] }
admin: { listen: "127.0.0.1:0" }
upstreams: ["127.0.0.1:9"]
groups:
  - { id: wide, match: { subnets: [10.0.0.0/9] }, modes: { be-716: block } }
  - { id: lab, match: { subnets: [10.10.0.0/16] }, modes: { be-716: observe } }
${Array.from({ length: 11 }, (_, at) => `  - { id: g${at}, match: { subnets: [10.20.${at}.0/24] }, modes: { be-716: block } }\n`).join('')}`;

  async function noted(...more: string[]) {
    const { at, remove } = folderOf({ 'sluis.yaml': GROUPS });
    undo.push(remove);
    const around = surroundings();
    expect(await check.run(['--config', at('sluis.yaml'), ...more], around)).toBe(0);
    return around;
  }

  it('are noted, ten of a kind, and are no problem', async () => {
    const { printed, complained } = await noted();
    const notes = complained.split('\n').filter((line) => line !== '');
    expect(notes[0]).toBe(
      'note: 10.10.0.0/16 of group lab lies in 10.0.0.0/9 of group wide: clients there are in group lab',
    );
    expect(notes.slice(10)).toEqual([
      'note: … and 2 more; --json has them all',
      'note: 10.128.0.0 to 10.255.255.255 is in no group: its queries on 10.0.0.1:0 are refused',
    ]);
    expect(printed).toMatch(/: sound\n$/);
  });

  it('are noted one by one as JSON', async () => {
    const { sound, problems, notes } = JSON.parse((await noted('--json')).printed);
    expect({ sound, problems }).toEqual({ sound: true, problems: [] });
    expect(notes).toHaveLength(13);
    expect(notes[0]).toMatchObject({ kind: 'overlap', group: 'lab', prefix: '10.10.0.0/16', other: 'wide' });
    expect(notes[12]).toMatchObject({ kind: 'uncovered', range: '10.128.0.0 to 10.255.255.255' });
  });
});

it('a configuration with devices, sockets, grace, a default and exceptions is sound', async () => {
  const text = `${ANYWHERE}devices: { file: devices.csv }
exceptions_file: exceptions.yaml
policies:
  - { id: be-716, grace: P14D }
  - { id: managed, title: Managed, authority: B }
lists: [{ id: own, file: own.txt, format: domains }]
groups:
  - { id: ours, match: { devices: { kind: service } }, modes: { be-716: block } }
  - id: desk
    match: { listeners: ["127.0.0.1:0"] }
    modes: { be-716: observe }
    default: { mode: block, policy: managed }
    allow: [own]
`;
  const { at, remove } = folderOf({
    'sluis.yaml': text,
    'own.txt': 'one.example\n',
    'devices.csv': 'id,address,purchase,subscription,use,work_apps\nd,10.0.0.1,state,none,none,no\n',
    'exceptions.yaml': `exceptions:
  - { id: x, ground: inspection, policy: be-716, devices: [d], clients: [127.0.0.1], owner: A, approver: B, reason: R,
      ticket: T, starts: 2026-10-01, expires: 2027-03-31 }
`,
  });
  undo.push(remove);
  const around = surroundings();
  expect(await check.run(['--config', at('sluis.yaml')], around)).toBe(0);
  expect(around.complained).toContain('note: clients of group ours that ask 127.0.0.1:0 are in group ');
});

it('does not fetch: a list from a server is passed over, and said so', async () => {
  const text = LISTED.replace('file: own.txt', 'url: "https://lists.example/own.txt"');
  const { at, remove } = folderOf({ 'sluis.yaml': `${text}updates: { folder: copies }\n`, 'unkept.yaml': text });
  undo.push(remove);
  const warning = 'https://lists.example/own.txt:1:1: warning: list "own" is not looked at: ';
  for (const [name, why] of [
    ['sluis.yaml', 'it has not been fetched yet\n      = fix: "sluis serve" fetches it, and says'],
    ['unkept.yaml', 'there is no folder to keep what is fetched\n      = fix: name one with updates.folder'],
  ]) {
    const around = surroundings();
    expect(await check.run(['--config', at(name)], around)).toBe(0);
    expect(around.printed).toContain('list own, domains: 0 rules\n');
    expect(around.complained).toContain(`${warning}${why}`);
  }
});
