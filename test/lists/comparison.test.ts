// What changed between two readings of a list, against sets of texts.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Comparison, TOLD_NAMES } from '../../src/lists/comparison.ts';
import { ACTION, FACET_NONE, MATCH, type RuleSink } from '../../src/policy/rule.ts';
import { Name, readName } from '../../src/wire/name.ts';
import { wireFromText } from '../../src/wire/name-text.ts';
import { recordingSink } from './recording-sink.ts';

const SEED = 12345;

interface Written {
  name: string;
  match: number;
  action: number;
}

const label = fc.stringMatching(/^[a-z0-9]{1,3}$/);
const written = fc.record({
  name: fc.tuple(label, label).map((labels) => labels.join('.')),
  match: fc.constantFrom(MATCH.SUFFIX, MATCH.EXACT, MATCH.BELOW),
  action: fc.constantFrom(ACTION.BLOCK, ACTION.ALLOW),
});

/** By `named` and by `rule` in turn: a list may come by either. */
function feed(rules: readonly Written[], sink: RuleSink): void {
  for (const [at, { name, match, action }] of rules.entries()) {
    const wire = wireFromText(at % 2 === 0 ? name : name.toUpperCase())!;
    const read = new Name(sink.seed);
    readName(wire, 0, wire.length, read);
    if (at % 3 === 0) sink.rule(wire, match, action, FACET_NONE, at + 1);
    else sink.named(read, match, action, FACET_NONE, at + 1);
  }
}

function keysOf(rules: readonly Written[]) {
  const comparison = new Comparison(SEED);
  feed(rules, comparison.now(recordingSink()));
  comparison.settle();
  return comparison.keys;
}

/** With the list as it was fed once more, or with what an earlier comparison left of it. */
function compare(before: readonly Written[], now: readonly Written[], isKnown = false) {
  const comparison = new Comparison(SEED, isKnown ? keysOf(before) : undefined);
  if (!isKnown) feed(before, comparison.before());
  const sink = recordingSink();
  feed(now, comparison.now(sink));
  comparison.settle();
  if (!comparison.isAddedTold) feed(now, comparison.nowAgain());
  if (!comparison.isRemovedTold) feed(before, comparison.beforeAgain());
  expect([comparison.isAddedTold, comparison.isRemovedTold]).toEqual([true, true]);
  return { change: comparison.change, sink };
}

const textOf = ({ name, match, action }: Written) =>
  `${action === ACTION.ALLOW ? 'allow ' : ''}${match === MATCH.BELOW ? '*.' : ''}${name}`;
const keyOf = (rule: Written) => `${rule.match} ${textOf(rule)}`;
const distinct = (rules: readonly Written[]) => [...new Map(rules.map((rule) => [keyOf(rule), rule])).values()];

test('tells what came and what went, each once, the first by name in the order of the list', () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 150 }), fc.array(written, { maxLength: 150 }), (before, now) => {
      const [old, fresh] = [new Set(before.map(keyOf)), new Set(now.map(keyOf))];
      const added = distinct(now).filter((rule) => !old.has(keyOf(rule)));
      const removed = distinct(before).filter((rule) => !fresh.has(keyOf(rule)));
      const change = {
        before: old.size,
        added: added.length,
        removed: removed.length,
        addedNames: added.slice(0, TOLD_NAMES).map(textOf),
        removedNames: removed.slice(0, TOLD_NAMES).map(textOf),
      };
      expect(compare(before, now).change).toEqual(change);
      expect(compare(before, now, true).change).toEqual(change);
    }),
  );
});

test('what goes through it comes out as it went in', () => {
  fc.assert(
    fc.property(fc.array(written), (rules) => {
      const direct = recordingSink();
      feed(rules, direct);
      expect(compare([], rules).sink.rules.map((rule) => rule.toLowerCase())).toEqual(
        direct.rules.map((rule) => rule.toLowerCase()),
      );
    }),
  );
});

test('prefixes are rules too, and tell their length', () => {
  const comparison = new Comparison(SEED);
  const prefix = (last: number, length: number) => ({
    family: 4 as const,
    address: Uint8Array.of(192, 0, last, 0),
    length,
  });
  const before = (sink: RuleSink) => {
    sink.prefix(prefix(2, 24), ACTION.BLOCK, FACET_NONE, 1);
    sink.prefix(prefix(4, 24), ACTION.BLOCK, FACET_NONE, 2);
  };
  before(comparison.before());
  const sink = recordingSink();
  const now = comparison.now(sink);
  now.prefix(prefix(2, 24), ACTION.BLOCK, FACET_NONE, 1);
  now.prefix(prefix(4, 23), ACTION.BLOCK, FACET_NONE, 2);
  comparison.settle();
  comparison.nowAgain().prefix(prefix(4, 23), ACTION.BLOCK, FACET_NONE, 2);
  before(comparison.beforeAgain());
  expect(comparison.change).toEqual({
    before: 2,
    added: 1,
    removed: 1,
    addedNames: ['192.0.4.0/23'],
    removedNames: ['192.0.4.0/24'],
  });
  expect(sink.rules).toEqual(['1 prefix 192.0.2.0/24', '2 prefix 192.0.4.0/23']);
});

test('what is no rule goes on as it is', () => {
  const sink = recordingSink();
  const now = new Comparison(SEED).now(sink);
  now.expect(7);
  now.reject(3, 4, 'why', 'what');
  now.leave('regex', 5);
  expect(sink).toMatchObject({ expected: [7], rejects: ['3:4 why | what'], left: ['5 regex'], rules: [] });
});
