// sluis lists diff: which rules of each of two lists the other does not cover.

import { parseArgs } from 'node:util';
import { EXIT, type Surroundings, UsageError } from './command.ts';
import { columns } from './layout.ts';
import { counted } from './learning-text.ts';
import { COMPARE_OPTIONS, firstLines, readLists, show, writeJson } from './lists-compare.ts';

/** Of each list. */
const SHOWN = 100;

export async function diff(args: string[], around: Surroundings): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: COMPARE_OPTIONS });
  if (positionals.length !== 2) throw new UsageError('give two lists: ids of the configuration, or paths');
  const comparing = await readLists({ lists: positionals, config: values.config, format: values.format }, around);
  if (!comparing) return EXIT.WRONG;
  const { table, facts } = comparing;
  table.settle();
  const found = facts.map((fact, at) => ({ ...fact, ...table.cover(at, [1 - at]) }));
  if (values.json) {
    const lists = found.map(({ uncovered, ...rest }) => ({ facts: rest, key: 'uncovered', items: uncovered() }));
    writeJson({}, lists, around);
  } else {
    const head = ['list', 'format', 'rules', 'allows', 'covered by the other', 'in part', 'not at all'];
    const rows = found.map(({ list, format, rules, allows, covered, inPart, missing }) => {
      return [list, format ?? '-', ...[rules, allows, covered, inPart, missing].map(String)];
    });
    const lines = found.flatMap(({ list, inPart, missing, uncovered }, at) => {
      const [count, other] = [inPart + missing, facts[1 - at].list];
      if (count === 0) return ['', `${other} covers all of ${list}`];
      return [
        '',
        `${counted(count, 'rule')} of ${list} that ${other} does not cover:`,
        ...firstLines(uncovered(), count, SHOWN),
      ];
    });
    show([...columns([head, ...rows]), ...lines], around);
  }
  return found.every(({ rules, covered }) => rules === covered) ? EXIT.OK : EXIT.FAILED;
}
