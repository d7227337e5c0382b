// The settings that good files give: defaults, presets, times, answers, groups.

import { describe, expect, test } from 'vitest';
import { endpointText } from '../../src/settings/address.ts';
import { bypassKind } from '../../src/settings/bypass.ts';
import { disk } from '../../src/settings/files.ts';
import { loadSettings } from '../../src/settings/load.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { shippedBlocklists, shippedBypass, shippedConfig, shippedPresets } from '../../src/settings/shipped.ts';
import { FILE, loadText, memoryFiles, told } from './memory-files.ts';

function settingsOf(text: string, env: Record<string, string> = {}, texts: Record<string, string> = {}) {
  const { settings, problems } = loadText(text, env, texts);
  expect(problems.filter((problem) => problem.severity === 'error').map(told)).toEqual([]);
  return settings!;
}

/** The policies that somebody decided on, without those by which ways round the resolver act. */
function decided({ policies }: Settings) {
  return policies.filter(({ id }) => !bypassKind(id));
}

const shipped = disk.read(shippedConfig);

describe('the default configuration', () => {
  test('loads without a warning, and says what an empty file says', () => {
    const { settings, problems } = loadText(shipped);
    expect(problems.map(told)).toEqual([]);
    expect(settings).toEqual(loadText('').settings);
  });

  test('holds examples that load once their "#" is taken away', () => {
    const text = shipped.replace(/^( *)#(?=\S| {2})/gm, '$1');
    expect(text).toContain('\nforward:\n');
    const { settings, problems } = loadText(
      text,
      {},
      {
        '/etc/sluis/lists/own-blocks.txt': '',
        '/etc/sluis/lists/own-nets.txt': '',
        '/etc/sluis/lists/never-block.txt': '',
      },
    );
    expect(problems.map((problem) => problem.message)).toEqual([
      'group "local" does not name policy house-rules, so it is off there',
      'group "service" does not name policy house-rules, so it is off there',
      'group "personal" does not name policy house-rules, so it is off there',
      'group "reading-room" does not name policy house-rules, so it is off there',
    ]);
    expect(settings?.groups.map((group) => group.id)).toEqual(['local', 'service', 'personal', 'reading-room']);
  });

  test('serves this machine alone, with the ban at block', () => {
    const settings = settingsOf('');
    expect(settings.listen.dns.map(endpointText)).toEqual(['127.0.0.1:1053']);
    expect(endpointText(settings.admin.listen)).toBe('127.0.0.1:8053');
    expect(settings.upstreams.map(endpointText)).toEqual(['192.0.2.1:53']);
    expect(settings.systemUpstreams).toBe(true);
    expect(decided(settings).map((policy) => policy.id)).toEqual(['be-716']);
    expect(settings.apps).toEqual([{ id: 'tiktok', file: `${shippedBlocklists}/tiktok.yaml` }]);
    const [group] = settings.groups;
    expect(group.prefixes.map((prefix) => prefix.text)).toEqual(['127.0.0.0/8', '::1/128']);
    expect(group.modes).toMatchObject({ 'be-716': 'block', 'bypass-canary': 'block', 'bypass-doh': 'observe' });
    expect(settings.cache).toEqual({ size: 67108864, stale: 86400, maxTtl: 86400, maxNegativeTtl: 10800 });
    expect(settings.workers).toEqual({ datagram: 'auto', driver: 'auto' });
  });

  test('names every file that it was read from', () => {
    const { files } = loadText('');
    expect(files).toEqual([
      FILE,
      `${shippedPresets}/be-716.yaml`,
      '/etc/resolv.conf',
      `${shippedBlocklists}/tiktok.yaml`,
      ...['canary', 'relay', 'ddr', 'doh'].map((kind) => `${shippedBypass}/${kind}.yaml`),
    ]);
  });
});

describe('a preset', () => {
  test('keeps what our own policy of that id does not name', () => {
    const policies = decided(settingsOf('policies: [{ id: be-716, contact: help@example.be, review: 2027-03-10 }]'));
    expect(policies).toHaveLength(1);
    expect(policies[0]).toMatchObject({
      contact: 'help@example.be',
      review: Date.UTC(2027, 2, 10) / 1000,
      effective: Date.UTC(2023, 2, 10) / 1000,
      apps: ['tiktok'],
    });
    expect(policies[0].answer.text).toBe('be-716: ask help@example.be');
  });

  test('can be a file of our own', () => {
    const house = 'policies: [{ id: house, title: House, authority: Board, apps: [capcut] }]';
    const settings = settingsOf('presets: [/srv/house.yaml]', {}, { '/srv/house.yaml': house });
    expect(decided(settings).map((policy) => [policy.id, policy.title])).toEqual([['house', { und: 'House' }]]);
    expect(settings.apps.map((app) => app.id)).toEqual(['capcut']);
  });

  test('can be left out', () => {
    expect(settingsOf('presets: []').policies).toEqual([]);
  });
});

const POLICY = 'presets: []\npolicies:\n  - { id: p, title: P, authority: A, apps: [tiktok], ';

describe('a policy', () => {
  test.each([
    ['2023-03-10', Date.UTC(2023, 2, 10) / 1000],
    ['2023-03-10T08:30:00Z', Date.UTC(2023, 2, 10, 8, 30) / 1000],
    ['2023-03-10T08:30:00+01:00', Date.UTC(2023, 2, 10, 7, 30) / 1000],
    ['2024-02-29T00:00-05:00', Date.UTC(2024, 1, 29, 5) / 1000],
    ['null', null],
  ])('effective %s', (text, seconds) => {
    expect(settingsOf(`${POLICY}effective: ${text} }`).policies[0].effective).toBe(seconds);
  });

  test.each([
    ['answer: nodata', { kind: 'nodata', ttl: 60, ede: 15, cause: 15, text: 'p', ipv4: null, ipv6: null }],
    [
      'answer: "null", ttl: 5m, ede: 16',
      { kind: 'null', ttl: 300, ede: 4, cause: 16, text: 'p', ipv4: null, ipv6: null },
    ],
    [
      'answer: { sinkhole: { ipv4: 192.0.2.53 } }, text: Ask us, ttl: 0',
      { kind: 'sinkhole', ttl: 0, ede: 4, cause: 15, text: 'Ask us', ipv4: Uint8Array.of(192, 0, 2, 53), ipv6: null },
    ],
  ])('%s', (text, answer) => {
    expect(settingsOf(`${POLICY}${text} }`).policies[0].answer).toEqual(answer);
  });
});

describe('a group', () => {
  const groups = `${POLICY}}
groups:
  - { id: rest, match: any }
  - id: service
    match: { subnets: [10.0.0.0/8, 10.0.0.0/8, "2001:db8::/32", 192.0.2.7] }
    modes: { p: observe }
    answers: { p: { sinkhole: { ipv6: "2001:db8::53" } } }
    allow: [ours]
lists: [{ id: ours, file: ours.txt, format: hosts }]
`;

  test('has a mode for each policy, prefixes once each, answers and lists of its own', () => {
    const settings = settingsOf(groups, {}, { '/etc/sluis/ours.txt': '' });
    const [rest, service] = settings.groups;
    expect(rest).toMatchObject({
      id: 'rest',
      any: true,
      prefixes: [],
      listeners: [],
      modes: { p: 'off' },
      answers: {},
      allow: [],
      fallback: null,
      mustBlock: [],
      mustAllow: [],
      onMissing: 'serve-last-good',
    });
    expect(service.prefixes.map(({ text }) => text)).toEqual(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7/32']);
    expect(service.modes).toMatchObject({ p: 'observe' });
    expect(service.answers.p).toMatchObject({ kind: 'sinkhole', ttl: 60, ipv4: null });
    expect(settings.lists[0]).toEqual({
      id: 'ours',
      title: 'ours',
      file: '/etc/sluis/ours.txt',
      fetched: null,
      sha256: null,
      signed: null,
      onMissing: 'serve-last-good',
      shipped: false,
      format: 'hosts',
      match: null,
      maxSize: 2 ** 28,
    });
  });
});

describe('forward zones', () => {
  test('are canonical names', () => {
    const text = 'forward: [{ zones: [Intern.Example., bücher.example], upstreams: ["[2001:db8::1]:5353"] }]';
    const [{ zones, upstreams }] = settingsOf(text).forward;
    expect(zones).toEqual(['intern.example', 'xn--bcher-kva.example']);
    expect(upstreams.map(endpointText)).toEqual(['[2001:db8::1]:5353']);
  });
});

test('a file that is not there is a problem like any other', () => {
  const { settings, problems, files } = loadSettings('/nowhere.yaml', {}, memoryFiles({}));
  expect(settings).toBeUndefined();
  expect(problems.map(told)).toEqual([
    'nowhere.yaml:1:1 error: the configuration cannot be read: there is no such file; name a file with --config',
  ]);
  expect(files).toEqual(['/nowhere.yaml']);
});

test.each([
  ['off', 'off'],
  ['stdout', 'stdout'],
  ['/var/log/hits.json', '/var/log/hits.json'],
  ['./hits.json', '/etc/sluis/hits.json'],
])('log.hits.to %s leads to %s', (to, where) => {
  const { settings } = loadText(`log: { hits: { to: ${to}, key_file: client.key } }\n`);
  expect(settings?.log.hits).toMatchObject({ to: where, keyFile: '/etc/sluis/client.key', clients: 'pseudonym' });
});

test.each([
  ['{}', 10_000],
  ['{ max_rate: 0 }', 0],
  ['{ max_rate: 1 }', 1],
  ['{ max_rate: 1000000 }', 1_000_000],
])('log.hits %s lets so many lines a second into a file: %d', (hits, maxRate) => {
  expect(settingsOf(`log: { hits: ${hits} }\n`).log.hits.maxRate).toBe(maxRate);
});
