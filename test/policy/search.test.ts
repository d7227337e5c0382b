// A blocked name behind which a search domain stands: equality with the naive oracle, and what is closer than it.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { Path } from '../../src/policy/match.ts';
import { DECISION } from '../../src/policy/rule.ts';
import { decideStem } from '../../src/policy/search.ts';
import { Name } from '../../src/wire/name.ts';
import { textFromName } from '../../src/wire/name-text.ts';
import { ruleFromText } from '../contracts/policy-contract.ts';
import type { Labels, Outcome, World } from '../support/naive-policy.ts';
import { searchNaively } from '../support/naive-search.ts';
import { compileWorld, labelsOf, readLabels, SEED, worldOf } from '../support/policy-subject.ts';
import { labels, seconds, world } from '../support/policy-worlds.ts';

type Asked = (group: number, name: Labels, seconds: number) => (Outcome & { stem: string; behind: number }) | undefined;

function searched(world: World): Asked {
  const image = compileWorld(world);
  const [asked, path, judged, verdict, stem] = [new Path(), new Path(), new Verdict(), new Verdict(), new Name(SEED)];
  return (group, labels, seconds) => {
    const name = readLabels(labels);
    if (decide(image, group, name, seconds, asked, judged) === DECISION.BLOCK) return undefined;
    if (!decideStem(image, group, name, seconds, asked, judged, stem, path, verdict)) return undefined;
    const { decision, policy, source, line, ruled, exception, behind } = verdict;
    return { decision, policy, source, line, ruled, exception, stem: textFromName(stem), behind };
  };
}

test('equals the naive oracle on random worlds', () => {
  let blocked = 0;
  fc.assert(
    fc.property(world, fc.array(labels, { maxLength: 10 }), seconds, (random, asked, now) => {
      const compiled = searched(random);
      const ruled = random.sources.flat().map((rule) => rule.labels);
      const names = [...asked, ...ruled].flatMap((name) => [name, ...random.searches!.map((one) => [...name, ...one])]);
      for (const name of names) {
        for (let group = -1; group < random.groups.length; group++) {
          const found = compiled(group, name, now);
          const expected = searchNaively(random, group, name, now);
          expect({ name, group, ...found }).toEqual({ name, group, ...found, ...expected });
          expect(found === undefined).toBe(expected === undefined);
          if (expected) blocked++;
        }
      }
    }),
    { numRuns: 400 },
  );
  expect(blocked).toBeGreaterThan(20);
});

const CORP = [labelsOf('corp.example'), labelsOf('be.corp.example')];

test.each<[string, string[], string, Partial<World>, string | undefined]>([
  ['the blocked name', ['tiktok.com'], 'tiktok.com.corp.example', {}, 'tiktok.com'],
  ['a name beneath it', ['tiktok.com'], 'www.tiktok.com.corp.example', {}, 'www.tiktok.com'],
  ['the deepest search domain', ['tiktok.com'], 'tiktok.com.be.corp.example', {}, 'tiktok.com'],
  ['what ends alike', ['tiktok.com'], 'nottiktok.com.corp.example', {}, undefined],
  ['what is no search domain', ['tiktok.com'], 'tiktok.com.corp.invalid', {}, undefined],
  ['the search domain itself', ['tiktok.com', 'corp'], 'be.corp.example', {}, undefined],
  [
    'a blocked name whose own is let through',
    ['tiktok.com', '@ok.tiktok.com'],
    'ok.tiktok.com.corp.example',
    {},
    undefined,
  ],
  [
    'one that is allowed as a whole',
    ['tiktok.com', '@tiktok.com.corp.example'],
    'tiktok.com.corp.example',
    {},
    undefined,
  ],
  [
    'one that the search domain is allowed with',
    ['tiktok.com', '@corp.example'],
    'tiktok.com.corp.example',
    {},
    'tiktok.com',
  ],
  [
    'one in an own zone at the search domain',
    ['tiktok.com'],
    'tiktok.com.corp.example',
    { forwards: [{ labels: labelsOf('corp.example'), zone: 0 }] },
    'tiktok.com',
  ],
  [
    'one in an own zone beneath it',
    ['tiktok.com'],
    'tiktok.com.corp.example',
    { forwards: [{ labels: labelsOf('com.corp.example'), zone: 0 }] },
    undefined,
  ],
])('%s', (_, lines, asked, changes, stem) => {
  const random = worldOf([lines.map(ruleFromText)], { searches: CORP, ...changes });
  expect(searched(random)(0, labelsOf(asked), 0)?.stem).toBe(stem);
});
