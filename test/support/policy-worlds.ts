// Random worlds for property tests: few labels, so that names nest and collide, and hostile ones among them.

import fc from 'fast-check';
import { MATCH, MODE } from '../../src/policy/rule.ts';
import type { World, WorldRule } from './naive-policy.ts';

const label = fc.constantFrom('a', 'b', 'A', 'c', 'a.b', 'a\0', '\0', '\xff', '\\', 'a'.repeat(63));

/** Labels of a name, the root among them. */
export const labels = fc.array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c') }, label), {
  maxLength: 3,
});

/** A time around the dates of the policies. */
export const seconds = fc.integer({ min: 0, max: 5 });

const rule: fc.Arbitrary<WorldRule> = fc.record({
  labels,
  match: fc.constantFrom(...Object.values(MATCH)),
  action: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constant(1)),
  facet: fc.constantFrom(0, 1, 7),
});

const mode = fc.constantFrom(...Object.values(MODE));
const date = fc.option(seconds, { freq: 2 });

/** Up to three sources, three policies and two groups, with everything that may vary varying. */
export const world: fc.Arbitrary<World> = fc
  .record({
    sources: fc.array(fc.array(rule, { maxLength: 8 }), { minLength: 1, maxLength: 3 }),
    policyCount: fc.integer({ min: 0, max: 3 }),
    groupCount: fc.integer({ min: 1, max: 2 }),
    specials: fc.array(fc.record({ labels, code: fc.integer({ min: 1, max: 3 }) }), { maxLength: 3 }),
    forwards: fc.array(fc.record({ labels, zone: fc.integer({ min: 0, max: 3 }) }), { maxLength: 3 }),
  })
  .chain(({ sources, policyCount, groupCount, specials, forwards }) => {
    const source = fc.integer({ min: 0, max: sources.length - 1 });
    const selection = fc.record({ source, facets: fc.constantFrom(0xff, 1, 2, 3, 0x80) });
    const policy = fc.record({
      effective: date,
      expires: date,
      onExpiry: mode,
      selections: fc.array(selection, { maxLength: 4 }),
    });
    const group = fc.record({
      modes: fc.array(mode, { minLength: policyCount, maxLength: policyCount }),
      allow: fc.uniqueArray(source, { maxLength: 1 }),
    });
    return fc.record({
      sources: fc.constant(sources),
      policies: fc.array(policy, { minLength: policyCount, maxLength: policyCount }),
      groups: fc.array(group, { minLength: groupCount, maxLength: groupCount }),
      specials: fc.constant(specials),
      forwards: fc.constant(forwards),
    });
  });
