// Reads lists to compare them: those of the configuration as a policy would have them, and files as they are.

import type { Copies } from '../lists/copies.ts';
import { feedList } from '../lists/library.ts';
import { ListTable } from '../lists/list-table.ts';
import { protectionOf } from '../lists/protected-names.ts';
import { CompileError } from '../policy/compile-error.ts';
import { fileProblem, type Problem } from '../settings/problems.ts';
import type { ListSettings, Settings } from '../settings/settings.ts';
import { attempted, type HeldBackLists, ListBuild } from './list-build.ts';

export interface ComparedLists {
  /** Each list under its place among those asked for, to be settled; undefined where one of them cannot be read. */
  table: ListTable | undefined;
  /** By list, the format that it turned out to have. */
  formats: (string | null)[];
  problems: Problem[];
}

/** `lists` are those of `settings`, or others: these are files that are read as they are. Nothing is kept. */
export async function readCompared(
  lists: readonly ListSettings[],
  settings: Settings,
  copies: Copies | undefined,
): Promise<ComparedLists> {
  const { table, formats, problems, lists: build } = await attempted((held) => read(lists, settings, copies, held));
  const all = [...problems, ...build.problems];
  const isUnread = ({ id, shipped }: ListSettings) => !shipped && !build.uses.has(id);
  const isWhole = !settings.lists.some((list) => lists.includes(list) && isUnread(list));
  const isSound = isWhole && all.every(({ severity }) => severity !== 'error');
  return { table: isSound ? table : undefined, formats, problems: all };
}

async function read(
  lists: readonly ListSettings[],
  settings: Settings,
  copies: Copies | undefined,
  held: HeldBackLists,
) {
  const table = new ListTable();
  const protection = protectionOf(table.seed, settings.guard);
  const looking = { isLooking: true, unfetched: {}, inForce: [] };
  const build = new ListBuild({ settings, copies, ...looking, protection, held });
  const problems: Problem[] = [];
  const formats: ComparedLists['formats'] = [];
  for (const list of lists) {
    const number = table.add();
    try {
      if (settings.lists.includes(list)) {
        // What is not there holds something that nobody knows, whatever a policy does without it.
        const onMissing = list.onMissing === 'open' ? 'serve-last-good' : list.onMissing;
        const rules = () => rulesOf(table, number);
        formats.push(await build.feed({ ...list, onMissing }, table.sink(number), rules));
        continue;
      }
      const fed = await feedList(list, table.sink(number));
      formats.push(fed.format);
      problems.push(...fed.problems);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      problems.push(fileProblem(list.file, `list "${list.id}": ${error.message}`, 'take shorter lists, or fewer'));
    }
  }
  return { table, formats, problems, lists: build };
}

function rulesOf(table: ListTable, list: number): number {
  const { rules, allows, addresses } = table.count(list);
  return rules + allows + addresses;
}
