// Each line of the log of hits is one JSON object that gives the event back, whatever the name in it.

import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { TRANSPORT } from '../../src/engine/client.ts';
import { ClientNames } from '../../src/observe/client-names.ts';
import { EcsEncoder, type HitEncoder } from '../../src/observe/hit-encoder.ts';
import { HitLabels } from '../../src/observe/hit-labels.ts';
import { ReadableEncoder } from '../../src/observe/hit-line.ts';
import { DECISION } from '../../src/policy/rule.ts';
import { TYPE } from '../../src/wire/codes.ts';
import { Name, readName } from '../../src/wire/name.ts';
import { textFromName } from '../../src/wire/name-text.ts';
import { type HitPlan, HitWorld } from './hit-world.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const pseudonym = (...octets: number[]) =>
  createHmac('sha256', KEY).update(Uint8Array.from(octets)).digest('hex').slice(0, 16);

const world = new HitWorld();
const labels = new HitLabels(world.image());
const ecs = new EcsEncoder(new ClientNames('pseudonym', KEY));

function lineOf(plan: HitPlan, encoder: HitEncoder = ecs, of = labels): string {
  return world.line(plan, encoder, of);
}

const BLOCKED = {
  '@timestamp': '2026-11-22T08:51:14.007Z',
  ecs: { version: '8.17.0' },
  event: { category: ['network'], type: ['denied'], action: 'blocked', outcome: 'success' },
  network: { transport: 'udp' },
  dns: { response_code: 'NXDOMAIN', question: { type: 'A', name: 'www.tiktok.com' } },
  client: { address: pseudonym(10, 0, 0, 1) },
  sluis: { group: 'blocking', mode: 'block', generation: 1, list: 'blocked', match: 'suffix' },
  rule: { id: 'be-716', author: ['National Security Council'], reference: 'blocked.txt:1', name: 'tiktok.com' },
};

const OBSERVED: HitPlan = { decision: DECISION.OBSERVE, group: 1 };

test.each<[string, HitPlan, object]>([
  ['a block', {}, {}],
  [
    'what is observed has no response code yet',
    OBSERVED,
    {
      event: { category: ['network'], type: ['allowed'], action: 'observed', outcome: 'success' },
      dns: { question: { type: 'A', name: 'www.tiktok.com' } },
      sluis: { ...BLOCKED.sluis, group: 'observing', mode: 'observe' },
    },
  ],
  [
    'a name that the answer led to',
    { name: 'shop.example', alias: 'cdn.tiktok.com', rcode: 0 },
    {
      dns: {
        response_code: 'NOERROR',
        question: { type: 'A', name: 'shop.example' },
        answers: [{ data: 'cdn.tiktok.com' }],
      },
    },
  ],
  [
    'what an exception lets through',
    { decision: DECISION.ALLOW, exception: 0 },
    {
      event: { category: ['network'], type: ['allowed'], action: 'excepted', outcome: 'success' },
      dns: { question: { type: 'A', name: 'www.tiktok.com' } },
      sluis: { group: 'blocking', generation: 1, list: 'blocked', match: 'suffix', exception: 'x-2026-014' },
    },
  ],
  [
    'what a sealed exception lets through, and another policy observes',
    { ...OBSERVED, exception: 1 },
    {
      event: { category: ['network'], type: ['allowed'], action: 'observed', outcome: 'success' },
      dns: { question: { type: 'A', name: 'www.tiktok.com' } },
      sluis: { ...BLOCKED.sluis, group: 'observing', mode: 'observe', sealed: true },
    },
  ],
  [
    'what the group does not approve',
    { source: -1 },
    {
      sluis: { group: 'blocking', mode: 'block', generation: 1, default: true },
      rule: { id: 'be-716', author: ['National Security Council'] },
    },
  ],
  [
    'an address in the answer, and the prefix that it lies in',
    { name: 'shop.example', address: [192, 0, 2, 77], depth: 25, rcode: 0 },
    {
      dns: {
        response_code: 'NOERROR',
        question: { type: 'A', name: 'shop.example' },
        answers: [{ data: '192.0.2.77' }],
        resolved_ip: ['192.0.2.77'],
      },
      sluis: { ...BLOCKED.sluis, match: 'prefix' },
      rule: { ...BLOCKED.rule, name: '192.0.2.0/25' },
    },
  ],
  [
    'an IPv6 address',
    { ...OBSERVED, address: [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 1], depth: 32 },
    {
      event: { category: ['network'], type: ['allowed'], action: 'observed', outcome: 'success' },
      dns: {
        question: { type: 'A', name: 'www.tiktok.com' },
        answers: [{ data: '2001:db8::1' }],
        resolved_ip: ['2001:db8::1'],
      },
      sluis: { ...BLOCKED.sluis, group: 'observing', mode: 'observe', match: 'prefix' },
      rule: { ...BLOCKED.rule, name: '2001:db8::/32' },
    },
  ],
  ['TCP', { transport: TRANSPORT.TCP }, { network: { transport: 'tcp' } }],
  [
    'a client over IPv6',
    { client: [0x20010db8, 0, 0, 1] },
    {
      client: { address: pseudonym(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1) },
    },
  ],
  [
    'a type without a name',
    { type: 4711 },
    { dns: { ...BLOCKED.dns, question: { type: 'TYPE4711', name: 'www.tiktok.com' } } },
  ],
  [
    'a rule far down its list',
    { line: 4294967295 },
    { rule: { ...BLOCKED.rule, reference: 'blocked.txt:4294967295' } },
  ],
  ['a rule on the name itself', { depth: 3 }, { rule: { ...BLOCKED.rule, name: 'www.tiktok.com' } }],
  ['the last millisecond of a second', { ms: Date.UTC(2026, 0, 1) - 1 }, { '@timestamp': '2025-12-31T23:59:59.999Z' }],
])('%s', (_, plan, difference) => {
  const line = lineOf(plan);
  expect(line.endsWith('}\n')).toBe(true);
  expect(JSON.parse(line)).toEqual({ ...BLOCKED, ...difference });
});

const label = fc.uint8Array({ minLength: 1, maxLength: 63 });
const wireName = fc
  .array(label, { maxLength: 6 })
  .map((labels) => Uint8Array.from([...labels.flatMap((octets) => [octets.length, ...octets]), 0]))
  .filter((wire) => wire.length <= 255);

/** As the ring has it: in lower case, and its last labels. */
function textOf(wire: Uint8Array, depth?: number): string {
  const name = new Name(1);
  readName(wire, 0, wire.length, name);
  return textFromName(name, depth);
}

it('gives back names of any octets', () => {
  const hits = fc.tuple(
    wireName,
    fc.option(wireName, { nil: undefined }),
    fc.nat(6),
    fc.nat(0xffff),
    fc.nat(253402300799999),
  );
  fc.assert(
    fc.property(hits, ([name, alias, depth, type, ms]) => {
      const ruled = alias ?? name;
      const labelCount = textOf(ruled) === '.' ? 0 : [...textOf(ruled).matchAll(/(?<!\\)(?:\\\\)*\./g)].length + 1;
      const line = lineOf({ name, alias, depth: Math.min(depth, labelCount), type, ms });
      expect(line).toMatch(/^[\x20-\x7e]+\n$/);
      const read = JSON.parse(line);
      expect(read.dns.question.name).toBe(textOf(name));
      expect(read.dns.answers).toEqual(alias && [{ data: textOf(alias) }]);
      expect(read.rule.name).toBe(textOf(ruled, Math.min(depth, labelCount)));
      expect(read['@timestamp']).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 2000 },
  );
});

it('has room for the longest names, each octet escaped', () => {
  const wire = Uint8Array.from([...[63, 63, 63, 61].flatMap((size) => [size, ...new Uint8Array(size).fill(0xff)]), 0]);
  expect(wire).toHaveLength(255);
  expect(JSON.parse(lineOf({ name: wire, alias: wire, depth: 4 })).rule.name).toBe(textOf(wire));
});

it('writes many types without keeping them all', () => {
  for (let type = 0; type < 3000; type++) expect(JSON.parse(lineOf({ type })).dns.question.type).toMatch(/^[A-Z0-9]+$/);
  expect(JSON.parse(lineOf({}))).toEqual(BLOCKED);
});

it('names each event by its own generation', () => {
  const next = new HitLabels(world.image(2));
  expect(JSON.parse(lineOf({}, ecs, next)).sluis.generation).toBe(2);
  expect(JSON.parse(lineOf({})).sluis.generation).toBe(1);
});

describe('a line for a terminal', () => {
  const readable = new ReadableEncoder(new ClientNames('plain', KEY));

  test.each<[HitPlan, string]>([
    [
      {},
      '08:51:14 hit   blocked www.tiktok.com A  policy=be-716  group=blocking  list=blocked  rule=tiktok.com  client=10.0.0.1',
    ],
    [
      { decision: DECISION.ALLOW, exception: 0 },
      '08:51:14 hit   excepted www.tiktok.com A  policy=be-716  group=blocking  list=blocked  rule=tiktok.com  exception=x-2026-014  client=10.0.0.1',
    ],
    [
      { device: 0 },
      '08:51:14 hit   blocked www.tiktok.com A  policy=be-716  group=blocking  list=blocked  rule=tiktok.com  device=laptop-0417',
    ],
    [
      { decision: DECISION.ALLOW, exception: 1, source: -1 },
      '08:51:14 hit   excepted www.tiktok.com A  policy=be-716  group=blocking  by=default  exception=sealed  client=10.0.0.1',
    ],
    [
      { ...OBSERVED, type: TYPE.HTTPS },
      '08:51:14 hit   observed www.tiktok.com HTTPS  policy=be-716  group=observing  list=blocked  rule=tiktok.com  client=10.0.0.1',
    ],
    [
      { name: 'shop.example', alias: 'cdn.tiktok.com' },
      '08:51:14 hit   blocked shop.example A  alias=cdn.tiktok.com  policy=be-716  group=blocking  list=blocked  rule=tiktok.com  client=10.0.0.1',
    ],
    [
      { name: 'shop.example', address: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1], depth: 24 },
      '08:51:14 hit   blocked shop.example A  address=64:ff9b::c000:201  policy=be-716  group=blocking  list=blocked  rule=192.0.2.0/24  client=10.0.0.1',
    ],
  ])('%j', (plan, line) => expect(lineOf(plan, readable)).toBe(`${line}\n`));

  it('carries no control character, whatever the name', () => {
    fc.assert(
      fc.property(wireName, (name) => {
        expect(lineOf({ name, depth: 0 }, readable)).toMatch(/^[\x20-\x7e]+\n$/);
      }),
    );
  });
});
