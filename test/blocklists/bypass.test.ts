// Holds the names that lead round the resolver to what they are: servers and canaries, and nothing that people visit.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { buildPolicy } from '../../src/control/policy-build.ts';
import { feedBypass } from '../../src/lists/bypass.ts';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { Image } from '../../src/policy/image.ts';
import { Path } from '../../src/policy/match.ts';
import { DECISIONS } from '../../src/policy/rule.ts';
import { BYPASS_KINDS, bypassPolicy } from '../../src/settings/bypass.ts';
import { bypassFile } from '../../src/settings/shipped.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';
import { recordingSink } from '../lists/recording-sink.ts';
import { loadText } from '../settings/memory-files.ts';
import { baseline, catalogue, isShared, longestMatch, parsePlain } from './catalogue.ts';

const Ways = z.strictObject({
  id: z.string(),
  title: z.string(),
  sources: z.array(z.strictObject({ key: z.string(), name: z.string(), licence: z.string(), date: z.string() })).min(1),
  names: z.array(
    z.strictObject({
      protocols: z.array(z.string()).optional(),
      match: z.enum(['suffix', 'exact']),
      names: z.string().endsWith('\n'),
    }),
  ),
});

const files = BYPASS_KINDS.map((kind) => {
  const text = readFileSync(bypassFile(kind), 'utf8');
  const { value, complaints } = parsePlain(text);
  const { id, names } = Ways.parse(value);
  const rules = names.flatMap((block) => {
    return block.names
      .trimEnd()
      .split('\n')
      .map((name) => ({ name, match: block.match }));
  });
  return { kind, id, text, complaints, rules };
});
const every = files.flatMap(({ kind, rules }) => rules.map((rule) => ({ kind, ...rule })));

/** Whether the rule speaks of the name. */
function holds({ name, match }: { name: string; match: string }, other: string): boolean {
  return other === name || (match === 'suffix' && other.endsWith(`.${name}`));
}

describe.each(files)('$kind', ({ kind, id, text, complaints, rules }) => {
  test('is read whole, each name with its line', () => {
    expect(complaints).toEqual([]);
    expect(id).toBe(kind);
    expect(text).toMatch(/^# [A-Z].*\.\n/);
    const sink = recordingSink();
    expect(feedBypass('f', text, sink)).toMatchObject({ rules: rules.length, rejects: 0, problems: [] });
    const lines = text.split('\n').map((line) => line.trim());
    expect(sink.rules).toEqual(rules.map(({ name, match }) => `${lines.indexOf(name) + 1} ${match} ${name}`));
  });

  test('has no name twice or beneath another, and no suffix over strangers', () => {
    for (const rule of rules) expect(rules.filter((other) => holds(rule, other.name))).toEqual([rule]);
    expect(rules.filter(({ name, match }) => match === 'suffix' && isShared(name))).toEqual([]);
  });
});

test('no name is that of an app or a baseline pack, or lies above one; networks that are barred are both', () => {
  for (const { id, names } of [...catalogue, ...baseline]) {
    const above = every.filter((rule) => names.some(({ name }) => holds(rule, name)));
    expect(
      above.filter(({ kind }) => kind !== 'vpn'),
      id,
    ).toEqual([]);
  }
  const barred = every.filter(({ kind }) => kind === 'vpn').map(({ name }) => name);
  for (const name of barred) expect(catalogue.some((app) => longestMatch(app, name))).toBe(true);
});

test('docs/bypass.md and README.md say how many there are', () => {
  const page = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  for (const { kind, rules } of files) expect(page('docs/bypass.md')).toContain(`| \`${kind}\` | ${rules.length} |`);
  const servers = files.find(({ kind }) => kind === 'doh')!.rules.length;
  expect(page('README.md')).toContain(`The names of ${servers} known servers`);
});

describe('with everything at block', async () => {
  const text = `groups:
  - id: g
    match: any
    modes: { be-716: off }
    bypass: { canary: block, relay: block, ddr: block, doh: block, vpn: block }
`;
  const { settings } = loadText(text);
  const { image: buffer, problems } = await buildPolicy({ settings: settings!, seed: 7, generation: 1 });
  const image = new Image(buffer!);

  function verdictOn(text: string): string {
    const name = new Name(image.seed);
    expect(nameFromText(text, name)).toBe(true);
    const verdict = new Verdict();
    const decision = DECISIONS[decide(image, 0, name, 0, new Path(), verdict)];
    return decision === 'block' ? settings!.policies[verdict.policy].id : decision;
  }

  test('the image holds every name', () => {
    expect(problems).toEqual([]);
    expect(every.filter(({ kind, name }) => verdictOn(name) !== bypassPolicy(kind))).toEqual([]);
  });

  test.each([
    ['dns.google', 'bypass-doh'],
    ['dns.google.com', 'bypass-doh'],
    ['one.one.one.one', 'bypass-doh'],
    ['mozilla.cloudflare-dns.com', 'bypass-doh'],
    ['chrome.cloudflare-dns.com', 'bypass-doh'],
    ['doh.opendns.com', 'bypass-doh'],
    ['dns.quad9.net', 'bypass-doh'],
    ['a1b2c3.dns.nextdns.io', 'bypass-doh'],
    ['customer.cloudflare-gateway.com', 'bypass-doh'],
    ['doh.dns.apple.com', 'bypass-doh'],
    ['_dns.dns.google', 'bypass-doh'],
    ['mask.icloud.com', 'bypass-relay'],
    ['mask-h2.icloud.com', 'bypass-relay'],
    ['mask.apple-dns.net', 'bypass-relay'],
    ['use-application-dns.net', 'bypass-canary'],
    ['_dns.resolver.arpa', 'bypass-ddr'],
  ])('%s is blocked by %s', (name, policy) => {
    expect(verdictOn(name)).toBe(policy);
  });

  const PEOPLE = [
    ...['google', 'www.google.com', 'google.com', 'accounts.google.com', 'cloudflare.com', 'www.cloudflare.com'],
    ...['apple.com', 'www.apple.com', 'icloud.com', 'www.icloud.com', 'apple-dns.net', 'gateway.icloud.com'],
    ...[
      'mozilla.org',
      'www.mozilla.org',
      'firefox.com',
      'opendns.com',
      'www.opendns.com',
      'quad9.net',
      'www.quad9.net',
    ],
    ...['nextdns.io', 'my.nextdns.io', 'controld.com', 'adguard.com', 'mullvad.net', 'cira.ca', 'switch.ch', 'nic.cz'],
    ...['wikimedia.org', 'en.wikipedia.org', 'one.one', 'he.net', 'aa.net.uk', 'synology.me', 'microsoft.com'],
    ...['office.com', 'github.com', 'belgium.be', 'ccb.belgium.be', 'rijksoverheid.nl', 'europa.eu', 'resolver.arpa'],
    ...['xfinity.com', 'telekom.de', 'alidns.com', '360.cn', 'arpa', 'net', 'com', 'io', 'be', 'workers.dev'],
  ];
  test.each(PEOPLE)('%s is untouched', (name) => {
    expect(verdictOn(name)).toBe('pass');
  });
});
