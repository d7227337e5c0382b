// Blocky: its groups of lists, with sources that are servers, files, or written into the configuration itself.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isSinkAddress } from '../lists/host-address.ts';
import type { Path } from '../settings/problems.ts';
import { NEVER, sayNever, sayOfAllows, sayOfLists } from './differences.ts';
import { goDuration } from './go-duration.ts';
import { type Line, settle } from './lines.ts';
import type { Item, Plan } from './plan.ts';
import { lineOfRegex } from './regex-name.ts';
import { isNothing, type YamlSource } from './yaml-source.ts';

/** Of each group of lists, the ids of those that block and of those that allow. */
export interface BlockyLists {
  block: Map<string, string[]>;
  allow: Map<string, string[]>;
}

const BLOCKS = ['denylists', 'blackLists'];
const ALLOWS = ['allowlists', 'whiteLists'];

export async function blockyLists(plan: Plan, source: YamlSource): Promise<BlockyLists> {
  const refresh = refreshOf(plan, source);
  const of = async (keys: readonly string[], isAllow: boolean) => {
    const groups = new Map<string, string[]>();
    for (const key of keys) {
      for (const group of source.entries(['blocking', key])) {
        // A group that allows nothing is not one of which nothing else is let through.
        if (isAllow && isNothing(group.value)) continue;
        const ids = await sourcesOf(plan, source, group.path, isAllow ? `${group.key} allowed` : group.key, refresh);
        groups.set(group.key, [...(groups.get(group.key) ?? []), ...ids]);
      }
    }
    return groups;
  };
  const lists = { block: await of(BLOCKS, false), allow: await of(ALLOWS, true) };
  const [first = BLOCKS[0]] = [...BLOCKS, ...ALLOWS].filter((key) => source.look(['blocking', key]) !== undefined);
  const item = source.item(['blocking', first]);
  if (plan.lists.some(({ from }) => !('text' in from))) {
    sayOfLists(plan, item);
    sayWildcards(plan, item);
  }
  if (lists.allow.size > 0) sayOfAllows(plan, item);
  return lists;
}

/** In its own lists, Blocky means the name as well. */
function sayWildcards(plan: Plan, item: Item) {
  const reason = '*.name in a list from a server or file means what is beneath it, where Blocky means the name as well';
  plan.differ(item, reason, 'nothing, most likely; else add the name itself to a list of your own');
}

function refreshOf(plan: Plan, source: YamlSource): string {
  const path: Path =
    source.look(['blocking', 'loading', 'refreshPeriod']) === undefined
      ? ['blocking', 'refreshPeriod']
      : ['blocking', 'loading', 'refreshPeriod'];
  const text = source.text(path);
  const seconds = text === '' ? 4 * 3600 : goDuration(text);
  if (seconds === undefined) {
    plan.leave(source.item(path), `"${text}" is no duration`, 'set "refresh" of the lists');
    return '4h';
  }
  if (seconds > 0) return `${Math.min(Math.max(seconds, 60), 2_592_000)}s`;
  sayNever(plan, source.item(path));
  return NEVER;
}

async function sourcesOf(
  plan: Plan,
  source: YamlSource,
  path: Path,
  group: string,
  refresh: string,
): Promise<string[]> {
  const ids: (string | undefined)[] = [];
  for (const { value, item } of source.texts(path)) {
    if (value.includes('\n')) ids.push(await inline(plan, item, group, value));
    else if (/^https?:/i.test(value))
      ids.push(plan.addUrl({ ...item, what: `${item.what} ${value}` }, nameOf(group, value), value, refresh));
    else ids.push(file(plan, source, { ...item, what: `${item.what} ${value}` }, group, value));
  }
  return ids.filter((id) => id !== undefined);
}

/** What tells one list of a group from another: the end of its path. */
function nameOf(group: string, url: string): string {
  const parts = URL.canParse(url) ? new URL(url).pathname.split('/').filter(Boolean) : [];
  return `${group} ${parts.at(-1) ?? ''}`.trim();
}

function file(plan: Plan, source: YamlSource, item: Item, group: string, value: string): string | undefined {
  const path = resolve(source.folder, value.replace(/^file:\/\//, ''));
  try {
    readFileSync(path);
  } catch {
    plan.differ(item, `the file ${path} cannot be read here`, 'put it there, or mend "file" of the list');
  }
  return plan.addFile(item, nameOf(group, `file:///${value}`), path);
}

/** A literal of several lines: names, *.names, lines of a hosts file, regular expressions. */
async function inline(plan: Plan, item: Item, group: string, text: string): Promise<string | undefined> {
  const [, first = '0'] = /:(\d+)$/.exec(item.at) ?? [];
  const lines = text.split('\n').flatMap((one, at): Line[] => {
    const line = one.replace(/#.*$/, '').trim();
    // A block literal begins on the line behind its mark.
    const where = { at: item.at.replace(/:\d+$/, `:${Number(first) + at + 1}`), what: `${item.what} ${line}` };
    return line === '' ? [] : inlineLine(plan, where, line);
  });
  const kept = await settle(plan, 'domains', lines);
  if (kept === '') return undefined;
  return plan.addText(item, `${group} own`, { format: 'domains', match: 'exact', text: kept });
}

function inlineLine(plan: Plan, item: Item, line: string): Line[] {
  const [, regex] = /^\/(.+)\/$/.exec(line) ?? [];
  if (regex !== undefined) {
    const name = lineOfRegex(regex);
    if (name !== undefined) return [{ ...item, text: name }];
    plan.leave(item, 'a regular expression', 'write the names that are meant, one a line, into the list');
    return [];
  }
  const [address, ...names] = line.split(/\s+/);
  if (names.length > 0 && isSinkAddress(address)) return names.map((name) => ({ ...item, text: name }));
  // Blocky means the name itself too.
  return [{ ...item, text: line.startsWith('*.') ? line.slice(1) : line }];
}
