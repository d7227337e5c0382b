// What the verbs share that compare lists: which lists are meant, reading them, and how what others do not cover is written.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ParseArgsOptionsConfig } from 'node:util';
import { readCompared } from '../control/compared-lists.ts';
import { copiesOf } from '../control/list-folder.ts';
import type { ListTable, TableCount, Uncovered } from '../lists/list-table.ts';
import { LIST_FORMATS, type ListFormat } from '../settings/list-formats.ts';
import { loadSettings } from '../settings/load.ts';
import { suggest } from '../settings/nearest.ts';
import { printable } from '../settings/problems.ts';
import { shippedList } from '../settings/resolve-lists.ts';
import type { ListSettings, Settings } from '../settings/settings.ts';
import { type Surroundings, UsageError } from './command.ts';
import { configurationFile, showProblems } from './configuration.ts';
import { columns } from './layout.ts';
import { counted } from './learning-text.ts';

export const COMPARE_OPTIONS = {
  config: { type: 'string' },
  format: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const satisfies ParseArgsOptionsConfig;

/** What was made of one list. */
export interface ListFacts extends TableCount {
  /** As it was asked for: an id, or a path. */
  list: string;
  format: string | null;
}

export interface Comparing {
  /** To be settled; the lists are numbered as in `facts`. */
  table: ListTable;
  facts: ListFacts[];
}

interface Asked {
  /** Ids and paths; none stands for all lists of the configuration. */
  lists: readonly string[];
  config: string | undefined;
  format: string | undefined;
}

/** A file that no configuration speaks of. */
export function fileList(name: string, format: ListFormat | null): ListSettings {
  return { ...shippedList(name, name, resolve(name), 'domains'), format, shipped: false };
}

/** Reads the lists; tells what is wrong and returns nothing where one of them cannot be read. */
export async function readLists(asked: Asked, around: Surroundings): Promise<Comparing | undefined> {
  const format = formatOf(asked.format);
  const { settings, problems: wrong } = loadSettings(configurationFile(asked.config, around), around.env);
  if (!settings) {
    showProblems(wrong, around);
    return undefined;
  }
  const own = settings.lists.filter(({ shipped }) => !shipped);
  const lists = asked.lists.length > 0 ? asked.lists.map((name) => chosen(name, settings, format)) : own;
  const { table, formats, problems } = await readCompared(lists, settings, copiesOf(settings, around.env));
  showProblems(problems, around);
  if (!table) return undefined;
  const facts = lists.map(({ id }, at) => ({ list: id, format: formats[at], ...table.count(at) }));
  for (const fact of facts) note(fact, around);
  return { table, facts };
}

function formatOf(given: string | undefined): ListFormat | null {
  const format = LIST_FORMATS.find((known) => known === given);
  if (given !== undefined && !format)
    throw new UsageError(`no format "${given}": ${suggest(given, LIST_FORMATS, 'format')}`);
  return format ?? null;
}

function chosen(name: string, { lists }: Settings, format: ListFormat | null): ListSettings {
  const list = lists.find(({ id }) => id === name);
  if (list) return list;
  if (name.includes('/') || existsSync(name)) return fileList(name, format);
  const ids = lists.map(({ id }) => id);
  throw new UsageError(`no file and no list of the configuration is called "${name}": ${suggest(name, ids, 'list')}`);
}

/** What a list holds that is not compared. */
function note({ list, leftOut, notHonoured, addresses }: ListFacts, around: Surroundings): void {
  const parts = [
    leftOut > 0 && `${counted(leftOut, 'line')} left out`,
    notHonoured > 0 && `${counted(notHonoured, 'line')} not honoured`,
    addresses > 0 && `${counted(addresses, 'rule')} on addresses not compared`,
  ].filter(Boolean);
  if (parts.length > 0) around.err(`note: list ${printable(list)}: ${parts.join(', ')}\n`);
}

/** The first of them as lines, and how many more there are. */
export function firstLines(rules: Iterable<Uncovered>, count: number, most: number): string[] {
  const rows: string[][] = [];
  for (const { match, name, inPart } of rules) {
    if (rows.length === most) break;
    rows.push([match, name, inPart ? 'in part' : '']);
  }
  const more = count > rows.length ? [`  … and ${count - rows.length} more; --json has all`] : [];
  return [...columns(rows, '  '), ...more];
}

/** Rounded down: 100 % are all. */
export function shareText(part: number, whole: number): string {
  return whole === 0 ? '-' : `${(Math.floor((part / whole) * 1000) / 10).toFixed(1)} %`;
}

/** Lines with texts of others in them. */
export function show(lines: readonly string[], around: Surroundings): void {
  around.out(`${lines.map(printable).join('\n')}\n`);
}

const BATCH = 1000;

/** One JSON object with `lists` behind what `head` has: of each its facts, and under `key` its items, which may be millions. */
export function writeJson(
  head: object,
  lists: Iterable<{ facts: object; key: string; items: Iterable<unknown> }>,
  around: Surroundings,
): void {
  const open = JSON.stringify(head).slice(0, -1);
  around.out(`${open}${open === '{' ? '' : ','}"lists":[`);
  let isFirst = true;
  for (const { facts, key, items } of lists) {
    around.out(`${isFirst ? '' : ','}${JSON.stringify(facts).slice(0, -1)},${JSON.stringify(key)}:[`);
    isFirst = false;
    writeItems(items, around);
    around.out(']}');
  }
  around.out(']}\n');
}

function writeItems(items: Iterable<unknown>, around: Surroundings): void {
  let batch: string[] = [];
  let before = '';
  const flush = () => {
    if (batch.length > 0) around.out(`${before}${batch.join(',')}`);
    before = ',';
    batch = [];
  };
  for (const item of items) if (batch.push(JSON.stringify(item)) === BATCH) flush();
  flush();
}
