// What groups say of ways round the resolver, what follows unless they say it, and the policies that come of it.

import { describe, expect, test } from 'vitest';
import { BYPASS_KINDS, bypassKind, bypassPolicy } from '../../src/settings/bypass.ts';
import { shippedBypass } from '../../src/settings/shipped.ts';
import { loadText, told } from './memory-files.ts';

function settingsOf(text: string) {
  const { settings, problems } = loadText(text);
  expect(problems.map(told)).toEqual([]);
  return settings!;
}

const HEAD = `presets: []
policies:
  - { id: p, title: P, authority: A, owner: p@example.be, apps: [tiktok] }
  - { id: q, title: Q, authority: A, apps: [capcut] }
groups:
`;

function group(modes: string, bypass = '', id = 'g', match = 'any'): string {
  return `  - { id: ${id}, match: ${match}, modes: ${modes}${bypass && `, bypass: ${bypass}`} }\n`;
}

describe('modes', () => {
  test.each([
    // modes, bypass, then canary, relay, ddr, doh, vpn
    ['{ p: block, q: off }', '', 'block block block observe off'],
    ['{ p: observe, q: block }', '', 'block block block observe off'],
    ['{ p: observe, q: off }', '', 'observe observe observe observe off'],
    ['{ p: off, q: off }', '', 'off off off off off'],
    ['{ p: block, q: off }', '{}', 'block block block observe off'],
    ['{ p: block, q: off }', '{ doh: block }', 'block block block block off'],
    ['{ p: block, q: off }', '{ canary: off, relay: observe, ddr: off, doh: off }', 'off observe off off off'],
    ['{ p: off, q: off }', '{ canary: block, vpn: observe }', 'block off off off observe'],
  ])('of a group with %s and bypass %s', (modes, bypass, expected) => {
    const [g] = settingsOf(HEAD + group(modes, bypass)).groups;
    expect(BYPASS_KINDS.map((kind) => g.modes[bypassPolicy(kind)]).join(' ')).toBe(expected);
  });
});

test.each([
  ['block', 'block block block observe off'],
  ['observe', 'observe observe observe observe off'],
])('modes of a group whose default is %s follow it too', (mode, expected) => {
  const text = group(`{ p: off, q: off }, default: { mode: ${mode}, policy: p }, allow: ["baseline:time"]`);
  const { groups, policies } = settingsOf(HEAD + text);
  expect(BYPASS_KINDS.map((kind) => groups[0].modes[bypassPolicy(kind)]).join(' ')).toBe(expected);
  expect(policies.at(-1)?.owner).toBe('p@example.be');
});

describe('policies', () => {
  test('are there for the kinds that some group does not have off, after those that were decided', () => {
    const text = HEAD + group('{ p: off, q: off }') + group('{ p: off, q: off }', '{ vpn: observe }', 'h', lan(1));
    const { policies, lists } = settingsOf(text);
    expect(policies.map(({ id }) => id)).toEqual(['p', 'q', 'bypass-vpn']);
    expect(lists).toMatchObject([{ id: 'bypass:vpn', file: `${shippedBypass}/vpn.yaml`, format: 'bypass' }]);
    expect(settingsOf(HEAD + group('{ p: off, q: off }')).policies).toHaveLength(2);
  });

  test('name the groups whose configuration they are, and whoever answers for them', () => {
    const text =
      HEAD +
      group('{ p: block, q: off }') +
      group('{ p: block, q: off }', '{ doh: block, owner: soc@example.be }', 'h', lan(1)) +
      group('{ p: off, q: block }', '{ relay: off }', 'i', lan(2)) +
      group('{ p: off, q: observe }', '{ relay: off }', 'j', lan(3));
    const of = Object.fromEntries(settingsOf(text).policies.map((policy) => [policy.id, policy]));
    expect(of['bypass-doh']).toMatchObject({
      authority: { en: 'Configuration of 4 groups' },
      owner: 'p@example.be, soc@example.be',
      answer: { kind: 'nxdomain', text: 'bypass-doh' },
    });
    expect(of['bypass-relay']).toMatchObject({ authority: { en: 'Configuration of groups g, h' } });
    expect(of['bypass-ddr'].answer.kind).toBe('nodata');
  });

  test('tell whom to ask where one person answers', () => {
    const { policies } = settingsOf(HEAD + group('{ p: block, q: off }'));
    expect(policies.find(({ id }) => id === 'bypass-canary')).toMatchObject({
      authority: { en: 'Configuration of group g' },
      owner: 'p@example.be',
      answer: { kind: 'nxdomain', ttl: 60, ede: 15, cause: 15, text: 'bypass-canary: ask p@example.be' },
    });
  });
});

test('the ids of these policies are told from all others', () => {
  expect(BYPASS_KINDS.map((kind) => bypassKind(bypassPolicy(kind)))).toEqual(BYPASS_KINDS);
  for (const id of ['bypass', 'bypass-', 'bypass-doh-x', 'doh', 'be-716']) expect(bypassKind(id)).toBeUndefined();
});

function lan(number: number): string {
  return `{ subnets: [10.${number}.0.0/16] }`;
}
