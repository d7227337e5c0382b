// sluis lists overlap: of several lists, how many rules of each every other covers, and what only it has.

import { parseArgs } from 'node:util';
import type { Cover } from '../lists/list-table.ts';
import { EXIT, type Surroundings, UsageError } from './command.ts';
import { columns } from './layout.ts';
import { counted } from './learning-text.ts';
import {
  COMPARE_OPTIONS,
  type Comparing,
  firstLines,
  type ListFacts,
  readLists,
  show,
  writeJson,
} from './lists-compare.ts';

/** Of each list. */
const SHOWN = 10;

interface Overlap {
  facts: ListFacts;
  /** By another list, in their order; undefined for itself. */
  by: (Cover | undefined)[];
  /** By all others together. */
  byAll: Cover;
}

export async function overlap(args: string[], around: Surroundings): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: COMPARE_OPTIONS });
  const { config, format, json } = values;
  const comparing = await readLists({ lists: positionals, config, format }, around);
  if (!comparing) return EXIT.WRONG;
  const { facts } = comparing;
  if (facts.length < 2) {
    const had = positionals.length === 0 ? `the configuration has ${counted(facts.length, 'list')} of its own: ` : '';
    throw new UsageError(`${had}give two lists or more, by id or path`);
  }
  const found = overlapsOf(comparing);
  if (json) writeJson({}, found.map(jsonOf(facts)), around);
  else show([...tableOf(found), ...found.flatMap(onlyLines)], around);
  return EXIT.OK;
}

function overlapsOf({ table, facts }: Comparing): Overlap[] {
  table.settle();
  const all = facts.map((_, at) => at);
  return facts.map((fact, at) => ({
    facts: fact,
    by: all.map((other) => (other === at ? undefined : table.cover(at, [other]))),
    byAll: table.cover(
      at,
      all.filter((other) => other !== at),
    ),
  }));
}

function jsonOf(facts: readonly ListFacts[]) {
  return ({ facts: own, by, byAll }: Overlap) => {
    const pairs = by.flatMap((cover, at) => {
      if (!cover) return [];
      const { covered, inPart, missing } = cover;
      return [{ list: facts[at].list, covered, inPart, missing }];
    });
    const { covered, inPart, missing, uncovered } = byAll;
    return { facts: { ...own, by: pairs, byAll: { covered, inPart, missing } }, key: 'only', items: uncovered() };
  };
}

/** Lists have numbers, as their names would make columns too wide. */
function tableOf(found: readonly Overlap[]): string[] {
  const head = [
    '',
    'list',
    'rules',
    'allows',
    'only it has',
    ...found.map((_, at) => `${at === 0 ? 'covered by ' : ''}${at + 1}`),
  ];
  const rows = found.map(({ facts: { list, rules, allows }, by, byAll: { inPart, missing } }, at) => {
    const covered = by.map((cover) => (cover ? String(cover.covered) : '-'));
    return [String(at + 1), list, ...[rules, allows, inPart + missing].map(String), ...covered];
  });
  return columns([head, ...rows]);
}

function onlyLines({ facts: { list }, byAll: { inPart, missing, uncovered } }: Overlap): string[] {
  const count = inPart + missing;
  if (count === 0) return ['', `${list} has nothing that the others do not cover`];
  return ['', `${counted(count, 'rule')} that only ${list} has:`, ...firstLines(uncovered(), count, SHOWN)];
}
