// What an answer leads to, names and addresses: judged as the naive oracle does, after the asked name, and told as judged.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Compiler } from '../../src/policy/compile.ts';
import { decide, decideAddress, decideTarget } from '../../src/policy/decide.ts';
import { type ExplainedLead, explain, type Lead } from '../../src/policy/explain.ts';
import { findGroup4 } from '../../src/policy/groups.ts';
import type { Image } from '../../src/policy/image.ts';
import { Path } from '../../src/policy/match.ts';
import { matchAddress } from '../../src/policy/match-address.ts';
import { ACTION, DECISION, DECISIONS, FACET_NONE, MATCH, MODE } from '../../src/policy/rule.ts';
import { Verdict } from '../../src/policy/verdict.ts';
import { addressText } from '../../src/wire/address-text.ts';
import { clientNaively } from '../support/naive-clients.ts';
import { decideLeadNaively } from '../support/naive-leads.ts';
import type { Labels, Outcome, World, WorldAddress } from '../support/naive-policy.ts';
import { compileWorld, octetsOf, readLabels, SEED, worldOf } from '../support/policy-subject.ts';
import { address, client, labels, seconds, world } from '../support/policy-worlds.ts';

type WorldLead = Labels | WorldAddress;

const path = new Path();
const verdict = new Verdict();

const leadOf = (lead: WorldLead): Lead => ('family' in lead ? octetsOf(lead) : readLabels(lead));

/** Judges the leads one after the other; undefined where they are not looked at. */
function judged(image: Image, group: number, asked: Labels, leads: WorldLead[], now: number): Outcome[] | undefined {
  if (decide(image, group, readLabels(asked), now, path, verdict) === DECISION.BLOCK || verdict.approved)
    return undefined;
  const { stamp } = path;
  return leads.map(leadOf).map((lead) => {
    const decision =
      lead instanceof Uint8Array
        ? decideAddress(image, group, lead, lead.length, now, path, verdict, stamp)
        : decideTarget(image, group, lead, now, path, verdict, stamp);
    const { policy, source, line, ruled, exception } = verdict;
    return { decision, policy, source, line, ruled, exception };
  });
}

test('equal the naive oracle on random worlds, for each client', () => {
  const lead = fc.oneof(labels, address);
  const asked = fc.tuple(client, labels, fc.array(lead, { minLength: 1, maxLength: 6 }), seconds);
  const met = new Map<string, number>();
  fc.assert(
    fc.property(world, fc.array(asked, { minLength: 1, maxLength: 10 }), (random, questions) => {
      const image = compileWorld(random);
      for (const [from, name, some, now] of questions) {
        const { group, exceptions } = clientNaively(random, 0, from);
        // Rules' own names and addresses too, else few would meet one.
        const leads = [
          ...some,
          ...random.sources.flat().map((rule) => rule.labels),
          ...(random.addresses ?? []).flat(),
        ];
        const expected = leads.map((one) => decideLeadNaively(random, group, name, one, now, exceptions));
        const found = judged(image, findGroup4(image, 0, from), name, leads, now);
        if (found === undefined) expect(expected.every((one) => one === undefined)).toBe(true);
        else expect({ name, from, now, found }).toEqual({ name, from, now, found: expected });
        for (const [index, one] of (found ?? []).entries()) {
          const key = `${'family' in leads[index] ? 'address' : 'name'} ${DECISIONS[one.decision]}`;
          met.set(key, (met.get(key) ?? 0) + 1);
        }
      }
    }),
    { numRuns: 600 },
  );
  // The worlds are such that each of them happens.
  const kinds = ['name', 'address'].flatMap((kind) => DECISIONS.map((decision) => `${kind} ${decision}`));
  expect([...met.keys()].sort()).toEqual(kinds.sort());
});

/** The decision that follows from what is said of policies and rules. */
function concluded({ policies, rules }: ExplainedLead): string {
  const outcomes = policies.map(({ outcome }) => outcome);
  if (outcomes.includes('blocks')) return 'block';
  if (outcomes.includes('observes')) return 'observe';
  const isAllowed = outcomes.includes('excepted') || outcomes.includes('allows');
  return isAllowed || rules.some(({ heard, byGroup }) => heard && byGroup) ? 'allow' : 'pass';
}

test('are told as they are judged, on random worlds', () => {
  fc.assert(
    fc.property(
      world,
      client,
      labels,
      fc.array(address, { minLength: 1, maxLength: 5 }),
      seconds,
      (random, from, name, some, now) => {
        const image = compileWorld(random);
        const group = findGroup4(image, 0, from);
        const leads: WorldLead[] = [...random.sources.flat().map((rule) => rule.labels), ...some];
        const found = judged(image, group, name, leads, now);
        decide(image, group, readLabels(name), now, path, verdict);
        const { special } = path;
        const told = explain(image, readLabels(name), group, now, leads.map(leadOf));
        if (found === undefined || special > 0 || told.search !== null) {
          expect(told.leads).toMatchObject({ settledBy: expect.any(String), leads: [], decides: null });
          return;
        }
        expect(told.leads?.leads.map(({ decision }) => decision)).toEqual(
          found.map(({ decision }) => DECISIONS[decision]),
        );
        expect(told.leads?.leads.map(concluded)).toEqual(found.map(({ decision }) => DECISIONS[decision]));
        const of = (one: Outcome) => (one.decision >= DECISION.OBSERVE || one.exception >= 0 ? one.decision : 0);
        const strictest = Math.max(...found.map(of));
        expect(told.leads?.decides).toBe(strictest === 0 ? null : found.findIndex((one) => of(one) === strictest));
        for (const [index, { policy, rule, rules }] of told.leads!.leads.entries()) {
          const { policy: expected, source, line } = found[index];
          expect(policy).toBe(expected < 0 ? null : `policy-${expected}`);
          const { source: id, line: at } = rule === null ? { source: 'source--1', line: 0 } : rules[rule];
          expect([id, at]).toEqual([`source-${source}`, line]);
        }
      },
    ),
    { numRuns: 400 },
  );
});

/** A world whose only list holds these prefixes. */
function netsOf(...prefixes: [text: string, action?: number][]): World {
  const addresses = prefixes.map(([text, action = ACTION.BLOCK]) => {
    const [host, length] = text.split('/');
    return { ...addressOf(host), length: Number(length), action, facet: FACET_NONE };
  });
  return worldOf([[]], { addresses: [addresses] });
}

function addressOf(text: string): WorldAddress {
  if (!text.includes(':'))
    return { family: 4, value: text.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n) };
  const [head, tail = ''] = text.split('::').map((part) => part.split(':').filter((word) => word !== ''));
  const words = [...head, ...new Array(8 - head.length - tail.length).fill('0'), ...tail];
  return { family: 6, value: words.reduce((sum, word) => sum * 65536n + BigInt(`0x${word}`), 0n) };
}

describe('an address', () => {
  test.each<[string, string[], string, string[]]>([
    [
      'lies in all prefixes that hold it, the longest heard first',
      ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32'],
      '10.1.2.3',
      ['8', '16', '32'],
    ],
    ['lies in none that begins where another ends', ['10.0.0.0/9', '10.192.0.0/10'], '10.128.0.1', []],
    ['lies in what is around where the inner one has ended', ['10.0.0.0/8', '10.1.0.0/16'], '10.2.0.0', ['8']],
    ['at the end of all', ['240.0.0.0/4', '255.255.255.255/32'], '255.255.255.255', ['4', '32']],
    ['of IPv6', ['2001:db8::/32', '2001:db8:0:1::/64'], '2001:db8:0:1:ffff::', ['32', '64']],
    ['of IPv6, beyond', ['2001:db8::/32', '2001:db8:0:1::/64'], '2001:db8:0:2::', ['32']],
    ['of IPv4 is not looked for among prefixes of IPv6', ['::/16'], '0.0.0.1', []],
    ['that is mapped is the IPv4 address that it stands for', ['::/16', '192.0.2.0/24'], '::ffff:c000:0201', ['24']],
    ['behind NAT64 is the IPv4 address that it stands for', ['64::/16', '192.0.2.0/24'], '64:ff9b::c000:0201', ['24']],
    ["behind a NAT64 of one's own is itself", ['192.0.2.0/24', '64:ff9b:1::/48'], '64:ff9b:1::c000:0201', ['48']],
  ])('%s', (_, prefixes, target, lengths) => {
    const image = compileWorld(netsOf(...prefixes.map((text): [string] => [text])));
    const octets = octetsOf(addressOf(target));
    matchAddress(image, octets, octets.length, path);
    expect([...path.depth.slice(0, path.count)].map(String)).toEqual(lengths);
  });

  test('in every prefix there can be', () => {
    const all = (bits: number) =>
      Array.from({ length: bits + 1 }, (_, length): [string] => [
        `${bits === 32 ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'}/${length}`,
      ]);
    for (const bits of [32, 128]) {
      const image = compileWorld(netsOf(...all(bits)));
      const octets = new Uint8Array(bits / 8).fill(255);
      matchAddress(image, octets, octets.length, path);
      expect([...path.depth.slice(0, path.count)]).toEqual(Array.from({ length: bits + 1 }, (_, length) => length));
      expect(decideAddress(image, 0, octets, octets.length, 0, path, verdict, 0)).toBe(DECISION.BLOCK);
      expect([verdict.depth, verdict.match, verdict.line]).toEqual([bits, MATCH.PREFIX, bits + 1]);
    }
  });

  test('allow goes before block at one prefix, and the longer prefix before both', () => {
    const image = compileWorld(netsOf(['10.0.0.0/8'], ['10.0.0.0/8', ACTION.ALLOW], ['10.1.0.0/16']));
    const decided = ['10.0.0.1', '10.1.0.1', '11.0.0.1'].map((text) => {
      const octets = octetsOf(addressOf(text));
      return DECISIONS[decideAddress(image, 0, octets, 4, 0, path, verdict, 0)];
    });
    expect(decided).toEqual(['allow', 'block', 'pass']);
  });

  test('a prefix that is none is rejected with its line, one that is there already is counted', () => {
    const compiler = new Compiler(SEED);
    const sink = compiler.sink(compiler.source({ id: 'nets', kind: 'list', title: '', file: 'nets.txt' }));
    const prefix = (octets: number[], length: number, family: 4 | 6 = 4) => ({
      family,
      address: Uint8Array.from(octets),
      length,
    });
    sink.prefix(prefix([10, 0, 0, 0], 8), ACTION.BLOCK, FACET_NONE, 1);
    sink.prefix(prefix([10, 9, 9, 9], 8), ACTION.BLOCK, FACET_NONE, 2);
    sink.prefix(prefix([10, 0, 0, 0], 33), ACTION.BLOCK, FACET_NONE, 3);
    sink.prefix(prefix([10, 0, 0, 0], 8, 6), ACTION.BLOCK, FACET_NONE, 4);
    sink.prefix(prefix([10, 0, 0, 0], 8), 2, FACET_NONE, 5);
    sink.prefix(prefix([10, 0, 0, 0], 8), ACTION.ALLOW, FACET_NONE, 6);
    expect(compiler.stats).toMatchObject({ rules: 2, prefixes: 1, duplicates: 1, rejected: 3 });
    expect(compiler.rejections.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '3 not a prefix',
      '4 not a prefix',
      '5 unknown action',
    ]);
  });

  test('is told with its prefix, in words of IPv4 where it stands for such an address', () => {
    const image = compileWorld(netsOf(['192.0.2.0/24'], ['2001:db8::/32']));
    const leads = ['192.0.2.9', '64:ff9b::c000:0209', '2001:db8::1'].map((text) => octetsOf(addressOf(text)));
    const told = explain(image, readLabels(['a']), 0, 0, leads).leads!;
    expect(told.leads.map(({ to, rules: [{ name, match }] }) => [to, name, match])).toEqual([
      ['192.0.2.9', '192.0.2.0/24', 'prefix'],
      ['64:ff9b::c000:209', '192.0.2.0/24', 'prefix'],
      ['2001:db8::1', '2001:db8::/32', 'prefix'],
    ]);
    expect(told.decides).toBe(0);
    expect(addressText(4, leads[0])).toBe('192.0.2.9');
  });
});

describe('a policy that let the asked name past it', () => {
  const nets = netsOf(['192.0.2.0/24']);
  const allowing = { labels: ['ok'], match: MATCH.SUFFIX, action: ACTION.ALLOW, facet: FACET_NONE };
  const both = { effective: null, expires: null, onExpiry: MODE.BLOCK };
  // The list of names is the policy's own, or that of another one.
  const withNames = (own: boolean): World => ({
    ...worldOf([[], [allowing]], {
      addresses: [nets.addresses![0], []],
      policies: [
        { ...both, selections: [{ source: 0, facets: 0xff }, ...(own ? [{ source: 1, facets: 0xff }] : [])] },
        { ...both, selections: [{ source: 1, facets: 0xff }] },
      ],
      groups: [{ modes: [MODE.BLOCK, MODE.BLOCK], allow: [] }],
    }),
  });

  test.each([
    ['its own allow', true, 'pass', 'settled'],
    ['the allow of another one', false, 'block', 'blocks'],
  ])('by %s', (_, own, decision, outcome) => {
    const image = compileWorld(withNames(own));
    const [lead] = explain(image, readLabels(['ok']), 0, 0, [octetsOf(addressOf('192.0.2.1'))]).leads!.leads;
    expect([lead.decision, lead.policies[0].outcome]).toEqual([decision, outcome]);
  });
});
