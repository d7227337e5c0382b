// The walk itself: what it records, and that no collision of hashes makes it find another name.

import { expect, test } from 'vitest';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { homeSlot, match, Path, slotKey } from '../../src/policy/match.ts';
import { ACTION, DECISION, FACET_NONE, MATCH } from '../../src/policy/rule.ts';
import { foldHash, hashLabel, type Name } from '../../src/wire/name.ts';
import type { WorldRule } from '../support/naive-policy.ts';
import { compileWorld, labelsOf, readLabels, SEED, wireOf, worldOf } from '../support/policy-subject.ts';

function block(name: string, match: number = MATCH.SUFFIX): WorldRule {
  return { labels: labelsOf(name), match, action: ACTION.BLOCK, facet: FACET_NONE };
}

function hashOf(label: string): number {
  return hashLabel(wireOf([label]), 0, SEED);
}

/** Two labels with one hash, by the birthday paradox; 2^17.5 tries of 2^32 find some pair as good as always. */
function collidingLabels(): [string, string] {
  const seen = new Map<number, string>();
  for (let number = 0; number < 2_000_000; number++) {
    const label = `${number.toString(36)}x${(number * 7919).toString(36)}`;
    const hash = hashOf(label);
    const other = seen.get(hash);
    if (other !== undefined) return [other, label];
    seen.set(hash, label);
  }
  throw new Error('no collision');
}

const TWINS = collidingLabels();

test('a label that collides in every hash bit is not taken for another', () => {
  const [banned, innocent] = TWINS;
  const image = compileWorld(worldOf([[block(`${banned}.com`)]]));
  const [guilty, free] = [readLabels([banned, 'com']), readLabels([innocent, 'com'])];
  expect(free.labelHash[0]).toBe(guilty.labelHash[0]);
  expect(decide(image, 0, guilty, 0, new Path(), new Verdict())).toBe(DECISION.BLOCK);
  expect(decide(image, 0, free, 0, new Path(), new Verdict())).toBe(DECISION.PASS);
});

test('the same label beneath colliding parents is not taken for another', () => {
  const [banned, innocent] = TWINS;
  const image = compileWorld(worldOf([[block(`ads.${banned}.com`), block(`other.${innocent}.com`)]]));
  expect(decide(image, 0, readLabels(['ads', banned, 'com']), 0, new Path(), new Verdict())).toBe(DECISION.BLOCK);
  expect(decide(image, 0, readLabels(['ads', innocent, 'com']), 0, new Path(), new Verdict())).toBe(DECISION.PASS);
  expect(decide(image, 0, readLabels(['other', banned, 'com']), 0, new Path(), new Verdict())).toBe(DECISION.PASS);
});

test('both of two colliding labels can carry rules', () => {
  const image = compileWorld(worldOf([TWINS.map((label) => block(`${label}.com`))]));
  for (const [index, label] of TWINS.entries()) {
    const verdict = new Verdict();
    expect(decide(image, 0, readLabels([label, 'com']), 0, new Path(), verdict)).toBe(DECISION.BLOCK);
    expect(verdict.line).toBe(index + 1);
  }
});

test('a name with forged hashes is proved by its octets', () => {
  const image = compileWorld(worldOf([[block('tiktok.com')]]));
  const forged: Name = readLabels(['innocent', 'com']);
  forged.labelHash[0] = hashOf('tiktok');
  expect(decide(image, 0, forged, 0, new Path(), new Verdict())).toBe(DECISION.PASS);
});

test('the path holds the nodes that carry rules, root first, and the deepest node on the way', () => {
  const image = compileWorld(worldOf([[block('com'), block('c.b.com'), block('e.d.c.b.com')]]));
  const path = new Path();
  match(image, readLabels(labelsOf('x.d.c.b.com')), path);
  expect([path.count, ...path.depth.subarray(0, 2)]).toEqual([2, 1, 3]);
  expect(path.lastDepth).toBe(4);
  match(image, readLabels([]), path);
  expect([path.count, path.last, path.lastDepth]).toEqual([0, 0, 0]);
  match(image, readLabels(['com']), path);
  expect([path.count, path.depth[0], path.lastDepth]).toEqual([1, 1, 1]);
});

test('names as long and as deep as names can be are found', () => {
  const deepest = Array.from({ length: 127 }, () => 'a');
  const longest = [...Array.from({ length: 3 }, () => 'b'.repeat(63)), 'c'.repeat(61)];
  const every = deepest.map((_, depth) => ({ ...block('x', MATCH.EXACT), labels: deepest.slice(depth) }));
  const image = compileWorld(worldOf([[...every, { ...block('x'), labels: longest }, block('.', MATCH.EXACT)]]));
  const path = new Path();
  for (const name of [deepest, longest, []]) {
    expect(decide(image, 0, readLabels(name), 0, path, new Verdict())).toBe(DECISION.BLOCK);
  }
  match(image, readLabels(deepest), path);
  expect([path.count, path.depth[127]]).toEqual([128, 127]);
});

test('names of another seed are not found', () => {
  const image = compileWorld(worldOf([[block('tiktok.com')]]));
  expect(decide(image, 0, readLabels(['tiktok', 'com'], SEED + 1), 0, new Path(), new Verdict())).toBe(DECISION.PASS);
});

test('every search ends, wherever its home lies', () => {
  const image = compileWorld(worldOf([Array.from({ length: 3_000 }, (_, number) => block(`n${number}`))]));
  const path = new Path();
  let found = 0;
  for (let number = 0; number < 6_000; number++) {
    match(image, readLabels([`n${number}`]), path);
    found += path.count;
  }
  expect(found).toBe(3_000);
});

test('homes lie within the table and keys are never the empty one', () => {
  for (const hash of [0, 1, -1, 0x7fffffff, -0x80000000, foldHash(SEED, 7)]) {
    for (const homes of [1, 2, 1_000_003, 0xffffff]) {
      const home = homeSlot(hash, homes);
      expect(home).toBeGreaterThanOrEqual(1);
      expect(home).toBeLessThanOrEqual(homes);
    }
    expect(slotKey(0, hash)).not.toBe(0);
    expect(slotKey(0xffffff, hash)).not.toBe(slotKey(0, hash));
  }
  expect(homeSlot(-1, 0xffffff)).toBe(0xffffff);
});
