// Policy decided by the image: the contract, and equality with the naive oracle on random worlds.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { Path } from '../../src/policy/match.ts';
import { DECISION } from '../../src/policy/rule.ts';
import { policyContract } from '../contracts/policy-contract.ts';
import { decideNaively, type Labels } from '../support/naive-policy.ts';
import { compiledSubject, compileWorld, naiveSubject, readLabels } from '../support/policy-subject.ts';
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

  test('never denies by NXDOMAIN a name beneath that is not blocked', () => {
    const path = new Path();
    const verdict = new Verdict();
    fc.assert(
      fc.property(world, labels, seconds, (random, asked, now) => {
        const image = compileWorld(random);
        const ruled = random.sources.flat().map((rule) => rule.labels);
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
