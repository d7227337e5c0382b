// sluis lists test: how many of a set of names each list blocks, and which it misses.

import { parseArgs } from 'node:util';
import { domains } from '../lists/domains.ts';
import { feedList } from '../lists/library.ts';
import { ListReader } from '../lists/list-reader.ts';
import type { ListTable } from '../lists/list-table.ts';
import { MATCH } from '../policy/rule.ts';
import { printable } from '../settings/problems.ts';
import { EXIT, type Surroundings, UsageError } from './command.ts';
import { showProblems } from './configuration.ts';
import { columns } from './layout.ts';
import { counted } from './learning-text.ts';
import { COMPARE_OPTIONS, fileList, firstLines, readLists, shareText, show, writeJson } from './lists-compare.ts';

/** Of each list. */
const SHOWN = 10;

export async function test(args: string[], around: Surroundings): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { ...COMPARE_OPTIONS, file: { type: 'string' }, list: { type: 'string', multiple: true, default: [] } },
  });
  const { config, format, json, file, list: lists } = values;
  if (positionals.length === 0 && file === undefined)
    throw new UsageError('give names, or a file of names with --file');
  const comparing = await readLists({ lists, config, format }, around);
  if (!comparing) return EXIT.WRONG;
  const { table, facts } = comparing;
  if (facts.length === 0)
    throw new UsageError('the configuration has no list of its own: give one with --list, by id or path');
  const names = table.add();
  takeNames(table, names, positionals);
  if (file !== undefined && !(await takeFile(table, names, file, around))) return EXIT.WRONG;
  const { rules: count } = table.count(names);
  if (count === 0) throw new UsageError('there is no name among what was given');
  table.settle();
  const found = facts.map((fact, at) => ({ fact, cover: table.cover(names, [at]) }));
  const together = table.cover(
    names,
    facts.map((_, at) => at),
  );
  if (json) {
    const told = found.map(({ fact, cover: { covered, uncovered } }) => {
      return { facts: { ...fact, blocks: covered }, key: 'misses', items: textsOf(uncovered()) };
    });
    writeJson({ names: count, together: together.covered }, told, around);
  } else {
    const row = (name: string, { covered }: { covered: number }) => [name, String(covered), shareText(covered, count)];
    const rows = found.map(({ fact, cover }) => row(fact.list, cover));
    if (rows.length > 1) rows.push(row('all together', together));
    const missed = found.flatMap(({ fact: { list }, cover: { inPart, missing, uncovered } }) => {
      const misses = inPart + missing;
      return misses === 0 ? [] : ['', `${list} misses ${misses}:`, ...firstLines(uncovered(), misses, SHOWN)];
    });
    show([...columns([[counted(count, 'name'), 'blocked', ''], ...rows]), ...missed], around);
  }
  return found.every(({ cover }) => cover.covered === count) ? EXIT.OK : EXIT.FAILED;
}

function* textsOf(rules: Iterable<{ match: string; name: string }>): Generator<string> {
  for (const { match, name } of rules) yield match === 'exact' ? name : `${match === 'below' ? '*' : ''}.${name}`;
}

/** Names on the command line are a list, of which each line means its name alone. */
function takeNames(table: ListTable, to: number, names: readonly string[]): void {
  const reject = (_line: number, _column: number, reason: string, text: string) => {
    throw new UsageError(`"${printable(text)}" is no name: ${reason}`);
  };
  const reader = new ListReader(domains, MATCH.EXACT, { ...table.sink(to), reject });
  reader.take(Buffer.from(names.join('\n')));
  reader.end();
}

/** Whether the file could be read; lines that are no names are told. */
async function takeFile(table: ListTable, to: number, file: string, around: Surroundings): Promise<boolean> {
  const reject = (line: number, column: number, reason: string, text: string) => {
    around.err(`${printable(file)}:${line}:${column}: left out: ${text}${text && ': '}${reason}\n`);
  };
  const list = { ...fileList(file, 'domains'), match: 'exact' as const };
  const { problems } = await feedList(list, { ...table.sink(to), reject });
  showProblems(problems, around);
  return problems.length === 0;
}
