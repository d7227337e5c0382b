// The explanation agrees with the decision on random worlds, and says in words what a person asks.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Compiler } from '../../src/policy/compile.ts';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { type Explanation, explain } from '../../src/policy/explain.ts';
import { Image } from '../../src/policy/image.ts';
import { Path } from '../../src/policy/match.ts';
import { readMetadata } from '../../src/policy/metadata.ts';
import { ACTION, ANSWER, DECISION, DECISIONS, FACETS, MATCH, MODE } from '../../src/policy/rule.ts';
import { compileWorld, labelsOf, readLabels, SEED, wireOf } from '../support/policy-subject.ts';
import { labels, seconds, world } from '../support/policy-worlds.ts';

/** The decision that follows from what is said of policies and rules, without a look at the decision itself. */
function concluded({ policies, fallback, rules }: Explanation, allow: string[]): string {
  const outcomes = [...policies, ...(fallback ? [fallback] : [])].map(({ outcome }) => outcome);
  if (outcomes.includes('blocks')) return 'block';
  if (outcomes.includes('observes')) return 'observe';
  const byGroup = rules.some((rule) => rule.heard && allow.includes(rule.source));
  return outcomes.includes('excepted') || outcomes.includes('allows') || byGroup ? 'allow' : 'pass';
}

describe('explain', () => {
  test('agrees with decide on random worlds', () => {
    fc.assert(
      fc.property(world, labels, seconds, (random, asked, now) => {
        const image = compileWorld(random);
        const verdict = new Verdict();
        for (const labels of [asked, ...random.sources.flat().map((rule) => rule.labels)]) {
          const name = readLabels(labels);
          for (let group = -1; group < image.groupCount + image.bases.length; group++) {
            const decision = decide(image, group, name, now, new Path(), verdict);
            const told = explain(image, name, group, now);
            if (told.search !== null) {
              // A blocked name behind a search domain is told as that name is.
              const stem = readLabels(labels.slice(0, -told.search.domain.split('.').length));
              expect([decision === DECISION.BLOCK, told.decision]).toEqual([false, 'block']);
              expect(decide(image, group, stem, now, new Path(), verdict)).toBe(DECISION.BLOCK);
              continue;
            }
            const allow = (random.groups[verdict.group]?.allow ?? []).map((source) => `source-${source}`);
            expect(told.decision).toBe(DECISIONS[decision]);
            expect(concluded(told, allow)).toBe(told.decision);
            expect([told.policy, told.exception === null]).toEqual([
              verdict.policy < 0 ? null : `policy-${verdict.policy}`,
              verdict.exception < 0,
            ]);
            if (told.rule === null) continue;
            const rule = told.rules[told.rule];
            expect([rule.source, rule.line, rule.heard]).toEqual([`source-${verdict.source}`, verdict.line, true]);
            const policy = told.policies.find((one) => one.id === told.policy);
            const outcome = told.decision === 'allow' && told.exception !== null ? 'excepted' : `${told.decision}s`;
            if (told.policy !== null) expect([policy?.outcome, policy?.rule]).toEqual([outcome, told.rule]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

const EFFECTIVE = Date.UTC(2023, 2, 10) / 1000;

/** An office: TikTok is banned but for its pixels, a list blocks all of it, and one policy only watches. */
function office(): Image {
  const compiler = new Compiler(SEED);
  const app = compiler.source({ id: 'tiktok', kind: 'app', title: 'TikTok', file: 'blocklists/tiktok.yaml' });
  const list = compiler.source({ id: 'ads', kind: 'list', title: 'Ads', file: 'ads.txt' });
  const approved = compiler.source({ id: 'approved', kind: 'list', title: 'Approved', file: 'approved.txt' });
  const add = (source: number, name: string, facet: string, line: number, action: number = ACTION.BLOCK): void =>
    compiler.sink(source).rule(wireOf(labelsOf(name)), MATCH.SUFFIX, action, FACETS.indexOf(facet as never), line);
  add(app, 'TikTok.com', 'web', 3);
  add(app, 'analytics.tiktok.com', 'pixel', 4);
  add(list, 'tiktok.com', 'none', 9);
  add(list, 'ok.tiktok.com', 'none', 10, ACTION.ALLOW);
  add(approved, 'press.tiktok.com', 'none', 1);
  compiler.forward(wireOf(labelsOf('corp.test')), 7, 'corp');
  const answer = { kind: ANSWER.SINKHOLE, ttl: 60, ede: 15, text: 'be-716', ipv4: Uint8Array.of(192, 0, 2, 1) };
  const base = { authority: 'Council', contact: 'netsec@example.be', expires: null, onExpiry: MODE.BLOCK };
  compiler.policy({
    ...base,
    id: 'be-716',
    title: { nl: 'Verbod', fr: 'Interdiction' },
    effective: EFFECTIVE,
    selections: [{ source: app, facets: 1 << FACETS.indexOf('web') }],
    answer,
  });
  compiler.policy({
    ...base,
    id: 'watch',
    title: {},
    effective: null,
    selections: [{ source: list, facets: 0xff }],
    answer: { kind: ANSWER.NXDOMAIN, ttl: 60, ede: 15, text: '' },
  });
  compiler.group({
    id: 'service',
    any: true,
    prefixes: [],
    modes: [MODE.BLOCK, MODE.OBSERVE],
    allow: [approved],
  });
  compiler.search(wireOf(labelsOf('example.org')));
  return new Image(compiler.finish(7));
}

describe('an office', () => {
  const image = office();
  const ask = (name: string, now = EFFECTIVE): Explanation => explain(image, readLabels(labelsOf(name)), 0, now);
  const outcomes = (told: Explanation): string[] => told.policies.map(({ id, outcome }) => `${id} ${outcome}`);

  test('a ban is told with its policy, rule, place and answer', () => {
    const told = ask('WWW.TikTok.com');
    expect(told).toMatchObject({
      name: 'www.tiktok.com',
      at: EFFECTIVE,
      generation: 7,
      group: { index: 0, id: 'service' },
      special: null,
      forward: null,
      decision: 'block',
      policy: 'be-716',
      rule: 0,
      answer: { kind: 'sinkhole', ttl: 60, ede: 15, text: 'be-716', ipv6: null, nodata: false },
    });
    expect(told.answer?.ipv4).toEqual(Uint8Array.of(192, 0, 2, 1));
    expect(told.rules[0]).toEqual({
      name: 'tiktok.com',
      match: 'suffix',
      action: 'block',
      facet: 'web',
      source: 'tiktok',
      kind: 'app',
      file: 'blocklists/tiktok.yaml',
      line: 3,
      heard: true,
      because: 'heard',
      byGroup: false,
    });
    expect(outcomes(told)).toEqual(['be-716 blocks', 'watch observes']);
    expect(told.policies[0]).toMatchObject({ title: { nl: 'Verbod' }, mode: 'block', because: 'covers web of tiktok' });
  });

  test.each([
    ['analytics.tiktok.com', 'observe', ['be-716 facet not covered', 'watch observes']],
    ['ok.tiktok.com', 'block', ['be-716 blocks', 'watch allows']],
    ['press.tiktok.com', 'allow', ['be-716 group allows', 'watch group allows']],
    ['example.com', 'pass', ['be-716 silent', 'watch silent']],
  ])('%s: %s', (name, decision, expected) => {
    const told = ask(name);
    expect([told.decision, outcomes(told)]).toEqual([decision, expected]);
  });

  test('a rule that is silenced says by what', () => {
    const rules = ask('x.analytics.tiktok.com').rules.map(({ name, source, because }) => [name, source, because]);
    expect(rules).toEqual([
      ['analytics.tiktok.com', 'tiktok', 'heard'],
      ['tiktok.com', 'tiktok', 'a closer rule of the same source goes first'],
      ['tiktok.com', 'ads', 'heard'],
    ]);
  });

  test('a name above names that are let through is answered NODATA', () => {
    expect(ask('tiktok.com').answer?.nodata).toBe(true);
  });

  test('before its date a policy says since when it will act', () => {
    const [policy] = ask('tiktok.com', EFFECTIVE - 1).policies;
    expect(policy).toMatchObject({
      mode: 'block',
      modeInForce: 'off',
      outcome: 'not yet effective',
      because: 'effective from 2023-03-10T00:00:00.000Z',
      rule: null,
    });
  });

  test('a client in no group is told so', () => {
    const told = explain(image, readLabels(labelsOf('tiktok.com')), -1, EFFECTIVE);
    expect([told.group, told.decision, told.policies[0].because]).toEqual([null, 'pass', 'the client is in no group']);
  });

  test('special-use names and forward zones are told with the name they stand at', () => {
    expect(ask('a.test')).toMatchObject({ special: { name: 'test', answer: 'nxdomain' }, forward: null });
    expect(ask('a.corp.test')).toMatchObject({ special: null, forward: { name: 'corp.test', zone: 7, title: 'corp' } });
  });

  test('a blocked name with a search domain behind it is told as that name', () => {
    const { rule, answer, ...told } = ask('www.tiktok.com.example.org');
    expect(told).toMatchObject({
      name: 'www.tiktok.com.example.org',
      search: { domain: 'example.org', name: 'www.tiktok.com' },
      decision: 'block',
      policy: 'be-716',
    });
    expect([told.rules[rule!], answer]).toEqual([ask('www.tiktok.com').rules[0], ask('www.tiktok.com').answer]);
    expect(ask('intranet.example.org')).toMatchObject({ search: null, decision: 'pass' });
    expect(ask('www.tiktok.com').search).toBeNull();
  });

  test('the metadata names everything by its number', () => {
    const metadata = readMetadata(image);
    expect(metadata.sources.map(({ id, rules }) => [id, rules])).toEqual([
      ['tiktok', 2],
      ['ads', 2],
      ['approved', 1],
    ]);
    expect(metadata.policies.map(({ id }) => id)).toEqual(['be-716', 'watch']);
    expect(metadata.groups).toEqual([{ id: 'service', any: true, allow: [2], listeners: [], fallback: null }]);
  });
});
