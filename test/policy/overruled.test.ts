// A policy that watches a name is remembered where another one blocks it: both are counted.

import { expect, test } from 'vitest';
import { Counters, HIT } from '../../src/engine/counters.ts';
import { Compiler } from '../../src/policy/compile.ts';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { Image } from '../../src/policy/image.ts';
import { Path } from '../../src/policy/match.ts';
import { ACTION, ALL_FACETS, ANSWER, DECISIONS, FACET_NONE, MATCH, MODE } from '../../src/policy/rule.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText, wireFromText } from '../../src/wire/name-text.ts';

const SEED = 99;
const WATCHES = 0;
const BANS = 1;
const DEFAULT = 2;

/** Group 0 bans what it does not approve, group 1 does not; in both, `watched` is observed and `banned` blocked. */
function image(): Image {
  const compiler = new Compiler(SEED);
  const list = (id: string, ...names: string[]) => {
    const source = compiler.source({ id, kind: 'list', title: id, file: id });
    const sink = compiler.sink(source);
    for (const [at, name] of names.entries()) {
      sink.rule(wireFromText(name)!, MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, at + 1);
    }
    return source;
  };
  const answer = { kind: ANSWER.NXDOMAIN, ttl: 60, ede: 15, text: '' };
  const policy = (id: string, sources: number[]) =>
    compiler.policy({
      ...{ id, title: {}, authority: '', contact: '', effective: null, expires: null, onExpiry: MODE.BLOCK, answer },
      selections: sources.map((source) => ({ source, facets: ALL_FACETS })),
    });
  policy('watches', [list('watched', 'dns.example', 'doh.banned.example')]);
  policy('bans', [list('banned', 'banned.example', 'sub.dns.example')]);
  policy('default', []);
  const modes = [MODE.OBSERVE, MODE.BLOCK, MODE.OFF];
  const group = { prefixes: [], modes, allow: [] };
  compiler.group({ ...group, id: 'managed', any: true, fallback: { mode: MODE.BLOCK, policy: DEFAULT } });
  compiler.group({ ...group, id: 'free', any: false });
  return new Image(compiler.finish(1));
}

test.each([
  // group, name, decision, by, overruled
  [1, 'dns.example', 'observe', WATCHES, -1],
  [1, 'www.example', 'pass', -1, -1],
  [1, 'banned.example', 'block', BANS, -1],
  // The deeper rule is heard first: it watched before the ban.
  [1, 'doh.banned.example', 'block', BANS, WATCHES],
  // The ban is heard first, and nobody after it.
  [1, 'sub.dns.example', 'block', BANS, -1],
  [0, 'dns.example', 'block', DEFAULT, WATCHES],
  [0, 'www.example', 'block', DEFAULT, -1],
])('group %i, %s: %s', (group, text, decision, policy, overruled) => {
  const name = new Name(SEED);
  nameFromText(text, name);
  const verdict = new Verdict();
  expect(DECISIONS[decide(image(), group, name, 0, new Path(), verdict)]).toBe(decision);
  expect({ policy: verdict.policy, overruled: verdict.overruled }).toEqual({ policy, overruled });
});

test('each place of a pair is its own', () => {
  const counters = new Counters(Counters.allocate(1), 0);
  for (const hit of Object.values(HIT)) for (let n = 0; n <= hit; n++) counters.hit(3, hit);
  expect(Object.values(HIT).map((hit) => counters.readHit(3, hit))).toEqual([1, 2, 3, 4, 5]);
  expect(Object.values(HIT).flatMap((hit) => [counters.readHit(2, hit), counters.readHit(4, hit)])).toEqual(
    Array(10).fill(0),
  );
});
