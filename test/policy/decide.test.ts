// Policy decided by the image: the contract, and equality with the naive oracle on random worlds.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { Path } from '../../src/policy/match.ts';
import { DECISION } from '../../src/policy/rule.ts';
import { facets, policyContract, ruleFromText } from '../contracts/policy-contract.ts';
import { decideNaively, type Labels } from '../support/naive-policy.ts';
import {
  compiledSubject,
  compileWorld,
  labelsOf,
  naiveSubject,
  readLabels,
  worldOf,
} from '../support/policy-subject.ts';
import { labels, seconds, world } from '../support/policy-worlds.ts';

policyContract('compiled image', compiledSubject);
policyContract('naive oracle', naiveSubject);

describe('decide', () => {
  test('equals the naive oracle on random worlds', () => {
    fc.assert(
      fc.property(world, fc.array(labels, { minLength: 1, maxLength: 20 }), seconds, (random, asked, now) => {
        const [compiled, naive] = [compiledSubject(random), naiveSubject(random)];
        const names = [...asked, ...random.sources.flat().map((rule) => rule.labels)];
        for (const name of names) {
          for (let group = -1; group < random.groups.length; group++) {
            expect({ name, group, ...compiled.decide(group, name, now) }).toEqual({
              name,
              group,
              ...naive.decide(group, name, now),
            });
          }
          expect({ name, ...compiled.find(name) }).toEqual({ name, ...naive.find(name) });
        }
      }),
      { numRuns: 400 },
    );
  });

  test.each<[string, string[], string, boolean]>([
    ['nothing else beneath', ['a.com'], 'a.com', false],
    ['a name that has no rules of its own', ['a.com', '@ok.a.com'], 'x.a.com', false],
    ['an allow right beneath', ['a.com', '@ok.a.com'], 'a.com', true],
    ['an allow far beneath', ['a.com', '@=x.y.ok.a.com'], 'ok.a.com', true],
    ['more blocks beneath', ['a.com', 'b.a.com', '=c.a.com'], 'a.com', false],
    ['an exact rule alone', ['=a.com'], 'a.com', true],
    ['an exact rule and all beneath', ['=a.com', '*.a.com'], 'a.com', false],
    ['an exact rule beneath a suffix', ['com', '=a.com'], 'a.com', false],
    ['an allow of all beneath', ['a.com', '@*.a.com'], 'a.com', true],
    ['a facet beneath that is left out', ['a.com web', 'b.a.com pixel'], 'a.com', true],
    ['a facet beneath that is covered', ['a.com web', 'b.a.com app'], 'a.com', false],
  ])('NODATA instead of NXDOMAIN: %s', (_, lines, asked, nodata) => {
    const covered = facets('web', 'app', 'none');
    const policies = [{ effective: null, expires: null, onExpiry: 0, selections: [{ source: 0, facets: covered }] }];
    const image = compileWorld(worldOf([lines.map(ruleFromText)], { policies }));
    const verdict = new Verdict();
    expect(decide(image, 0, readLabels(labelsOf(asked)), 0, new Path(), verdict)).toBe(DECISION.BLOCK);
    expect(verdict.nodata).toBe(nodata);
  });

  test('never denies by NXDOMAIN a name beneath that is not blocked', () => {
    const path = new Path();
    const verdict = new Verdict();
    fc.assert(
      fc.property(world, labels, seconds, (random, asked, now) => {
        const image = compileWorld(random);
        const ruled = [...random.sources.flat(), ...random.forwards, ...random.specials].map(({ labels }) => labels);
        for (const name of [asked, ...ruled]) {
          const decision = decide(image, 0, readLabels(name), now, path, verdict);
          if (decision !== DECISION.BLOCK || verdict.nodata) continue;
          const zones = [name, ...ruled.filter((one) => lowered(one).endsWith(lowered(name)))];
          const beneath = zones.flatMap((zone) => [zone, ['nobody-asked', ...zone]]);
          for (const one of beneath.filter((zone) => zone.length > name.length)) {
            expect([name, one, decideNaively(random, 0, one, now).decision]).toEqual([name, one, DECISION.BLOCK]);
          }
        }
      }),
      { numRuns: 400 },
    );
  });
});

/** Ends as another's only where that one is it or above it, as no label holds the separator. */
function lowered(name: Labels): string {
  return `\n${name.join('\n').toLowerCase()}`;
}
