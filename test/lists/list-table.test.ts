// What lists cover of each other, against every name of a small world looked up one by one.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ListTable } from '../../src/lists/list-table.ts';
import { ACTION, FACET_NONE, MATCH, NAME_MATCHES, type RuleSink } from '../../src/policy/rule.ts';
import { wireFromText } from '../../src/wire/name-text.ts';

interface Rule {
  name: string;
  match: number;
  action: number;
}

const suffix = (name: string): Rule => ({ name, match: MATCH.SUFFIX, action: ACTION.BLOCK });
const exact = (name: string): Rule => ({ name, match: MATCH.EXACT, action: ACTION.BLOCK });
const below = (name: string): Rule => ({ name, match: MATCH.BELOW, action: ACTION.BLOCK });
const allow = (rule: Rule): Rule => ({ ...rule, action: ACTION.ALLOW });

function feed(sink: RuleSink, rules: readonly Rule[]): void {
  rules.forEach(({ name, match, action }, at) => {
    sink.rule(wireFromText(name)!, match, action, FACET_NONE, at + 1);
  });
}

function tableOf(...lists: readonly Rule[][]): ListTable {
  const table = new ListTable();
  for (const rules of lists) feed(table.sink(table.add()), rules);
  table.settle();
  return table;
}

function coverOf(own: Rule[], ...others: Rule[][]) {
  const { uncovered, ...counts } = tableOf(own, ...others).cover(
    0,
    others.map((_, at) => at + 1),
  );
  return { ...counts, uncovered: [...uncovered()].map(textOf) };
}

const textOf = ({ match, name, inPart }: { match: string; name: string; inPart: boolean }) =>
  `${match} ${name}${inPart ? ' in part' : ''}`;

describe('a rule', () => {
  test.each([
    ['for all beneath a name is covered by the same', [suffix('a.b')], [suffix('A.b')], 'covered'],
    ['… and by one above', [suffix('a.b')], [suffix('b')], 'covered'],
    ['… and not by the name alone', [suffix('a.b')], [exact('a.b')], 'inPart'],
    ['… nor by what is beneath it', [suffix('a.b')], [below('a.b')], 'inPart'],
    ['… but by both', [suffix('a.b')], [below('a.b'), exact('a.b')], 'covered'],
    ['… nor by names there', [suffix('a.b')], [exact('x.a.b'), suffix('y.a.b')], 'inPart'],
    ['… nor by another', [suffix('a.b')], [suffix('aa.b')], 'missing'],
    ['for a name alone is covered by one for all beneath it', [exact('a.b')], [suffix('a.b')], 'covered'],
    ['… and by one above', [exact('a.b')], [below('b')], 'covered'],
    ['… and not by what is beneath', [exact('a.b')], [below('a.b')], 'missing'],
    ['for what is beneath is covered by all', [below('a.b')], [suffix('a.b')], 'covered'],
    ['… and not by the name', [below('a.b')], [exact('a.b')], 'missing'],
    ['is not covered where the other allows', [suffix('a.b')], [suffix('b'), allow(suffix('a.b'))], 'missing'],
    ['… or allows some', [suffix('a.b')], [suffix('b'), allow(exact('x.a.b'))], 'inPart'],
    [
      'need not be covered where its own list allows',
      [suffix('b'), allow(exact('x.b'))],
      [suffix('b'), allow(exact('x.b'))],
      'covered',
    ],
    ['that its own list overrules is covered by nothing at all', [exact('b'), allow(exact('b'))], [], 'covered'],
  ] as const)('%s', (_, own, other, expected) => {
    const { covered, inPart, missing } = coverOf([own[0], ...own.slice(1)], [...other]);
    expect({ covered, inPart, missing }).toEqual({ covered: 0, inPart: 0, missing: 0, [expected]: 1 });
  });
});

test('several cover together what none covers alone', () => {
  const own = [suffix('a.b')];
  expect(coverOf(own, [exact('a.b')], [below('a.b')])).toMatchObject({ covered: 1 });
  expect(coverOf(own, [exact('a.b')])).toMatchObject({ covered: 0, inPart: 1 });
});

test('what is not covered comes in the order of the list, spelled out', () => {
  const own = [suffix('z.example'), below('a.example'), exact('both.example'), suffix('sub.both.example'), exact('x')];
  expect(coverOf(own, [suffix('q.z.example'), exact('both.example')])).toEqual({
    covered: 1,
    inPart: 1,
    missing: 3,
    uncovered: ['suffix z.example in part', 'below a.example', 'suffix sub.both.example', 'exact x'],
  });
});

test('rules are counted once, and what is no rule on a name apart', () => {
  const table = new ListTable();
  const list = table.add();
  const sink = table.sink(list);
  feed(sink, [suffix('a.b'), suffix('A.B'), exact('a.b'), allow(exact('a.b'))]);
  sink.prefix({ family: 4, address: new Uint8Array(4), length: 32 }, ACTION.BLOCK, FACET_NONE, 5);
  sink.rule(Uint8Array.of(9), MATCH.EXACT, ACTION.BLOCK, FACET_NONE, 6);
  sink.reject(7, 1, 'why', 'what');
  sink.leave('regex', 8);
  expect(table.count(list)).toEqual({ rules: 2, allows: 1, addresses: 1, leftOut: 2, notHonoured: 1 });
});

test('a list that holds nothing covers nothing', () => {
  expect(coverOf([suffix('a')], [])).toMatchObject({ covered: 0, missing: 1 });
  expect(coverOf([], [suffix('a')])).toMatchObject({ covered: 0, missing: 0, uncovered: [] });
});

/** Every name of up to `depth` labels; no rule has the last of these labels, so it stands for all that none speaks of. */
function namesUpTo(depth: number, labels: readonly string[]): string[] {
  if (depth === 0) return [];
  const above = namesUpTo(depth - 1, labels);
  return [...labels, ...labels.flatMap((label) => above.map((name) => `${label}.${name}`))];
}

const WORLD = [...new Set(namesUpTo(4, ['a', 'b', 'other']))];

function speaksOf({ name, match }: Rule, of: string): boolean {
  const isBeneath = of.endsWith(`.${name}`);
  if (match === MATCH.EXACT) return of === name;
  return match === MATCH.BELOW ? isBeneath : isBeneath || of === name;
}

/** The deepest rules decide, of these the exact ones, of these an allow. */
function blocks(rules: readonly Rule[], of: string): boolean {
  const heard = rules.filter((rule) => speaksOf(rule, of));
  const rank = ({ name, match, action }: Rule) =>
    name.length * 4 + (match === MATCH.EXACT ? 2 : 0) + (action === ACTION.ALLOW ? 1 : 0);
  const first = heard.sort((a, b) => rank(b) - rank(a))[0];
  return first?.action === ACTION.BLOCK;
}

const rule = fc.record({
  name: fc.constantFrom(...namesUpTo(3, ['a', 'b'])),
  match: fc.nat(NAME_MATCHES.length - 1),
  action: fc.oneof(
    { weight: 3, arbitrary: fc.constant(ACTION.BLOCK) },
    { weight: 1, arbitrary: fc.constant(ACTION.ALLOW) },
  ),
});
const keyOf = ({ name, match, action }: Rule) => `${name} ${match} ${action}`;
const aList = fc.uniqueArray(rule, { maxLength: 8, selector: keyOf });

test('each rule is covered as looking up all names says', () => {
  fc.assert(
    fc.property(aList, fc.array(aList, { maxLength: 3 }), (own, others) => {
      const expected = own.flatMap((one) => {
        if (one.action === ACTION.ALLOW) return [];
        const blocked = WORLD.filter((name) => speaksOf(one, name) && blocks(own, name));
        const also = blocked.filter((name) => others.some((rules) => blocks(rules, name)));
        return [{ one, isCovered: also.length === blocked.length, inPart: also.length > 0 }];
      });
      const open = expected.filter(({ isCovered }) => !isCovered);
      expect(coverOf(own, ...others)).toEqual({
        covered: expected.length - open.length,
        inPart: open.filter(({ inPart }) => inPart).length,
        missing: open.filter(({ inPart }) => !inPart).length,
        uncovered: open.map(({ one: { name, match }, inPart }) => textOf({ name, match: NAME_MATCHES[match], inPart })),
      });
    }),
    { numRuns: 500 },
  );
});
