// What any implementation of policy decides, case by case; run for the compiled image and for the naive oracle.

import { describe, expect, test } from 'vitest';
import { ACTION, DECISION, FACET_NONE, FACETS, type Facet, MATCH, MODE } from '../../src/policy/rule.ts';
import { SPECIAL } from '../../src/policy/special-names.ts';
import type { World, WorldRule } from '../support/naive-policy.ts';
import { labelsOf, type PolicySubject, worldOf } from '../support/policy-subject.ts';

const { PASS, ALLOW, OBSERVE, BLOCK } = DECISION;
const NOW = 1_000;

/** A rule from text: `name`, `=name` exact, `*.name` beneath; `@` before allows; ` facet` behind. */
export function ruleFromText(text: string): WorldRule {
  const [pattern, facet] = text.split(' ');
  const action = pattern.startsWith('@') ? ACTION.ALLOW : ACTION.BLOCK;
  const bare = pattern.replace(/^@/, '');
  const match = bare.startsWith('=') ? MATCH.EXACT : bare.startsWith('*.') ? MATCH.BELOW : MATCH.SUFFIX;
  const name = bare.replace(/^(=|\*\.)/, '');
  return { labels: labelsOf(name), match, action, facet: facet ? FACETS.indexOf(facet as Facet) : FACET_NONE };
}

/** The bits of a selection. */
export function facets(...names: Facet[]): number {
  return names.reduce((bits, name) => bits | (1 << FACETS.indexOf(name)), 0);
}

type Policy = World['policies'][number];
/** A policy over these sources, in force from ever to ever. */
export function covering(...selections: [source: number, facets?: number][]): Policy {
  return {
    effective: null,
    expires: null,
    onExpiry: MODE.BLOCK,
    selections: selections.map(([source, bits = 0xff]) => ({ source, facets: bits })),
  };
}

function modes(...list: number[]): World['groups'] {
  return [{ modes: list, allow: [] }];
}

interface Case {
  title: string;
  sources: string[][];
  world?: Partial<World>;
  seconds?: number;
  /** Decision by name, and where it is given the line that decided. */
  names: Record<string, number | [decision: number, source: number, line: number]>;
}

const CASES: Case[] = [
  {
    title: 'a suffix rule takes the name and all beneath it, at label boundaries, in any case',
    sources: [['tiktok.com']],
    names: {
      'tiktok.com': [BLOCK, 0, 1],
      'TikTok.COM': BLOCK,
      'www.tiktok.com': BLOCK,
      'a.b.c.tiktok.com': BLOCK,
      'eviltiktok.com': PASS,
      'tiktok.com.example': PASS,
      com: PASS,
      '.': PASS,
    },
  },
  {
    title: 'an exact rule takes the name alone',
    sources: [['=edge.cdn.net']],
    names: { 'edge.cdn.net': BLOCK, 'a.edge.cdn.net': PASS, 'cdn.net': PASS },
  },
  {
    title: 'a rule beneath takes all beneath and not the name',
    sources: [['*.example.com']],
    names: { 'example.com': PASS, 'a.example.com': BLOCK, 'b.a.example.com': BLOCK },
  },
  {
    title: 'a rule on the root takes everything',
    sources: [['.', '@be']],
    names: { '.': BLOCK, com: BLOCK, 'www.example.com': BLOCK, be: ALLOW, 'fgov.be': ALLOW },
  },
  {
    title: 'the deepest rule wins',
    sources: [['a.com', '@b.a.com', 'c.b.a.com']],
    names: {
      'x.a.com': [BLOCK, 0, 1],
      'b.a.com': [ALLOW, 0, 2],
      'x.b.a.com': [ALLOW, 0, 2],
      'c.b.a.com': [BLOCK, 0, 3],
      'x.c.b.a.com': BLOCK,
    },
  },
  {
    title: 'at one name exact beats suffix, and allow beats block',
    sources: [['=a.com', '@a.com', 'b.com', '@b.com', '@=c.com', 'c.com']],
    names: { 'a.com': BLOCK, 'x.a.com': ALLOW, 'b.com': ALLOW, 'x.b.com': ALLOW, 'c.com': ALLOW, 'x.c.com': BLOCK },
  },
  {
    title: 'a deeper rule of an uncovered facet silences its source, for itself and what lies beneath',
    sources: [['tiktok.com web', 'analytics.tiktok.com pixel'], ['tiktok.com']],
    world: { policies: [covering([0, facets('web')])] },
    names: { 'www.tiktok.com': [BLOCK, 0, 1], 'analytics.tiktok.com': PASS, 'x.analytics.tiktok.com': PASS },
  },
  {
    title: 'another source still speaks where one is silenced',
    sources: [['tiktok.com web', 'analytics.tiktok.com pixel'], ['tiktok.com']],
    world: { policies: [covering([0, facets('web')], [1])] },
    names: { 'analytics.tiktok.com': [BLOCK, 1, 1] },
  },
  {
    title: 'a name with several facets is covered by any of them',
    sources: [['a.com pixel', 'a.com web']],
    world: { policies: [covering([0, facets('web')])] },
    names: { 'a.com': [BLOCK, 0, 2] },
  },
  {
    title: "one authority's carve-out does not undo another's ban",
    sources: [['a.com', '@ok.a.com'], ['a.com']],
    world: { policies: [covering([0]), covering([1])], groups: modes(MODE.BLOCK, MODE.BLOCK) },
    names: { 'ok.a.com': [BLOCK, 1, 1], 'x.a.com': [BLOCK, 0, 1] },
  },
  {
    title: 'a carve-out settles its policies for every source they cover, and is heard whatever its facet',
    sources: [['a.com', '@ok.a.com pixel'], ['a.com']],
    world: { policies: [covering([0, facets('none')], [1])] },
    names: { 'ok.a.com': [ALLOW, 0, 2], 'x.a.com': BLOCK },
  },
  {
    title: 'the strictest policy wins, however deep another one watches',
    sources: [['b.a.com'], ['a.com']],
    world: { policies: [covering([0]), covering([1])], groups: modes(MODE.OBSERVE, MODE.BLOCK) },
    names: { 'b.a.com': [BLOCK, 1, 1] },
  },
  {
    title: 'observing outranks an allow of another policy',
    sources: [['@b.a.com'], ['a.com']],
    world: { policies: [covering([0]), covering([1])], groups: modes(MODE.BLOCK, MODE.OBSERVE) },
    names: { 'b.a.com': [OBSERVE, 1, 1], 'a.com': OBSERVE },
  },
  {
    title: 'a policy that is off for the group says nothing, nor does its carve-out',
    sources: [['a.com', '@b.a.com']],
    world: { groups: modes(MODE.OFF) },
    names: { 'a.com': PASS, 'b.a.com': PASS },
  },
  {
    title: "the group's allow list wins against what is not deeper, whatever its rules do",
    sources: [
      ['bad.ok.com', 'ok.com', '=same.com', 'top'],
      ['ok.com', 'same.com', '=x.top'],
    ],
    world: { policies: [covering([0])], groups: [{ modes: [MODE.BLOCK], allow: [1] }] },
    names: {
      'ok.com': [ALLOW, 1, 1],
      'www.ok.com': ALLOW,
      'bad.ok.com': [BLOCK, 0, 1],
      'same.com': [ALLOW, 1, 2],
      'x.top': ALLOW,
      'a.x.top': BLOCK,
    },
  },
  {
    title: 'a policy is not in force before its date',
    sources: [['a.com']],
    world: { policies: [{ ...covering([0]), effective: 2_000 }] },
    seconds: 1_999,
    names: { 'a.com': PASS },
  },
  {
    title: 'a policy is in force from its second on',
    sources: [['a.com']],
    world: { policies: [{ ...covering([0]), effective: 2_000 }] },
    seconds: 2_000,
    names: { 'a.com': BLOCK },
  },
  ...[
    [MODE.BLOCK, MODE.BLOCK, BLOCK],
    [MODE.BLOCK, MODE.OBSERVE, OBSERVE],
    [MODE.BLOCK, MODE.OFF, PASS],
    [MODE.OBSERVE, MODE.BLOCK, OBSERVE],
    [MODE.OFF, MODE.BLOCK, PASS],
  ].map(([mode, onExpiry, decision]) => ({
    title: `after expiry a policy in mode ${mode} that turns to ${onExpiry} decides ${decision}`,
    sources: [['a.com']],
    world: { policies: [{ ...covering([0]), expires: 2_000, onExpiry }], groups: modes(mode) },
    seconds: 2_000,
    names: { 'a.com': decision },
  })),
];

/** Holds `subject` to every case. */
export function policyContract(title: string, subject: (world: World) => PolicySubject): void {
  describe(`policy contract: ${title}`, () => {
    for (const { title, sources, world, seconds = NOW, names } of CASES) {
      test(title, () => {
        const judged = subject(
          worldOf(
            sources.map((lines) => lines.map(ruleFromText)),
            world,
          ),
        );
        for (const [name, expected] of Object.entries(names)) {
          const { decision, source, line } = judged.decide(0, labelsOf(name), seconds);
          if (typeof expected === 'number') expect({ name, decision }).toEqual({ name, decision: expected });
          else expect([name, decision, source, line]).toEqual([name, ...expected]);
        }
      });
    }

    test('octets decide: a dot, a NUL or a high byte inside a label is data', () => {
      const block = (labels: string[]): WorldRule => ({ ...ruleFromText('x'), labels });
      const judged = subject(worldOf([[block(['tiktok', 'com']), block(['a\0b', 'com']), block(['\xe9', 'com'])]]));
      const decisions = [
        ['tiktok.com'],
        ['www.tiktok', 'com'],
        ['www', 'tiktok', 'com'],
        ['a\0b', 'com'],
        ['a', 'com'],
        ['\xe9', 'com'],
        ['\xc9', 'com'],
        ['TIKTOK\0', 'com'],
      ].map((labels) => judged.decide(0, labels, NOW).decision);
      expect(decisions).toEqual([PASS, PASS, BLOCK, BLOCK, PASS, BLOCK, PASS, PASS]);
    });

    test('a client without a group is told nothing, but that rules speak of the name', () => {
      const judged = subject(worldOf([[ruleFromText('=a.com')]]));
      expect(judged.decide(-1, labelsOf('a.com'), NOW)).toMatchObject({ decision: PASS, ruled: true });
      expect(judged.decide(-1, labelsOf('b.a.com'), NOW)).toMatchObject({ decision: PASS, ruled: false });
    });

    test('the deepest special-use name and forward zone are found, and a zone lifts what is not beneath it', () => {
      const judged = subject(
        worldOf([], {
          specials: [
            { labels: ['lan'], code: SPECIAL.NXDOMAIN },
            { labels: ['deep', 'corp', 'lan'], code: SPECIAL.NODATA },
            { labels: ['same'], code: SPECIAL.LOOPBACK },
          ],
          forwards: [
            { labels: ['corp', 'lan'], zone: 3 },
            { labels: ['same'], zone: 4 },
          ],
        }),
      );
      const found = ['lan', 'x.lan', 'corp.lan', 'a.b.corp.lan', 'x.deep.corp.lan', 'same', 'x.same', 'com'].map(
        (name) => Object.values(judged.find(labelsOf(name))),
      );
      const { NONE, NXDOMAIN, NODATA } = SPECIAL;
      expect(found).toEqual([
        [NXDOMAIN, -1],
        [NXDOMAIN, -1],
        [NONE, 3],
        [NONE, 3],
        [NODATA, 3],
        [NONE, 4],
        [NONE, 4],
        [NONE, -1],
      ]);
    });
  });
}
