// What is told of a change is all of it: the state before and what is told make the state after.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuditState,
  applyChanges,
  type Changes,
  diffStates,
  emptyState,
  type Fields,
} from '../../src/control/audit-diff.ts';
import { canonical } from '../../src/control/canonical.ts';

const state = (more: Partial<AuditState>): AuditState => ({ ...emptyState(), ...more });
const POLICY: Fields = { title: { en: 'Ban' }, apps: ['tiktok'], expires: null };

describe('a diff', () => {
  const cases: [string, AuditState, AuditState, Changes | undefined][] = [
    ['nothing', state({ policies: { p: POLICY } }), state({ policies: { p: { ...POLICY } } }), undefined],
    ['a new policy, whole', state({}), state({ policies: { p: POLICY } }), { policies: { added: { p: POLICY } } }],
    ['one that went, whole', state({ groups: { g: {} } }), state({}), { groups: { removed: { g: {} } } }],
    [
      'a field, before and after',
      state({ policies: { p: POLICY } }),
      state({ policies: { p: { ...POLICY, expires: '2027-01-01T00:00:00.000Z' } } }),
      { policies: { changed: { p: { expires: { before: null, after: '2027-01-01T00:00:00.000Z' } } } } },
    ],
    [
      'a set, by what came and went',
      state({ groups: { g: { prefixes: ['10.0.0.0/8', '10.1.0.0/16'] } } }),
      state({ groups: { g: { prefixes: ['10.1.0.0/16', '10.2.0.0/16'] } } }),
      { groups: { changed: { g: { prefixes: { added: ['10.2.0.0/16'], removed: ['10.0.0.0/8'] } } } } },
    ],
    [
      'a field that was not there',
      state({ lists: { l: {} } }),
      state({ lists: { l: { rules: 2 } } }),
      { lists: { changed: { l: { rules: { after: 2 } } } } },
    ],
    [
      'sealed exceptions, by their count',
      state({ sealed: 1 }),
      state({ sealed: 3 }),
      { sealed: { before: 1, after: 3 } },
    ],
  ];
  it.each(cases)('tells %s', (_, before, after, told) => {
    expect(JSON.parse(JSON.stringify(diffStates(before, after) ?? null))).toEqual(told ?? null);
  });
});

const id = fc.constantFrom('a', 'b', 'be-716', '__proto__', 'constructor', '');
const value = fc.oneof(
  fc.constantFrom<string[]>('x', 'y').chain((word) => fc.constant(word)),
  fc.uniqueArray(fc.constantFrom('10.0.0.0/8', 'b', 'c', 'd')).map((words) => words.sort()),
  fc.constantFrom<null | boolean | number>(null, true, 0, 15),
  fc.dictionary(fc.constantFrom('nl', 'en'), fc.constantFrom('u', 'v')),
);
const fields = fc.dictionary(fc.constantFrom('title', 'apps', 'mode', '__proto__'), value);
const section = fc.dictionary(id, fields);
const states = fc.record({
  policies: section,
  groups: section,
  exceptions: section,
  lists: section,
  apps: section,
  sealed: fc.nat({ max: 3 }),
}) as fc.Arbitrary<AuditState>;

describe('changes', () => {
  it('make the one state into the other, also after they stood in a file', () => {
    fc.assert(
      fc.property(states, states, (before, after) => {
        const changes = diffStates(before, after);
        const read: Changes = JSON.parse(canonical(changes ?? {}));
        expect(canonical(applyChanges(before, read))).toBe(canonical(after));
        expect(changes === undefined).toBe(canonical(before) === canonical(after));
      }),
      { numRuns: 500 },
    );
  });

  it('that do not belong to a state are refused', () => {
    const changes: Changes = { policies: { changed: { p: { apps: { added: [], removed: [] } } } } };
    expect(() => applyChanges(state({}), changes)).toThrow('"p" of policies, which is not there');
    expect(() => applyChanges(state({ policies: { p: {} } }), changes)).toThrow();
  });
});
