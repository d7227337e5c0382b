// The file that what groups asked for is kept in over restarts: whole or not at all, and never in the way of anything.

import { readFileSync, renameSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { textFromWire, wireFromText } from '../wire/name-text.ts';
import { emptySketch } from './client-sketch.ts';
import { clientsOf, type LearningTable, type LearntName } from './learning-table.ts';

const VERSION = 1;
/** More than the most names take at their longest. */
const MOST_OCTETS = 2 ** 28;
/** Owner alone: what devices ask for is nobody else's business. */
const MODE = 0o600;

/** Group, since, count, blocked, forgotten names and their count; then of a name: count, blocked, clients, first, last. */
type GroupRow = [id: string, ...numbers: number[]];
type NameRow = [name: string, ...numbers: number[]];

const GROUP_NUMBERS = 5;
const NAME_NUMBERS = 5;

interface Written {
  version: typeof VERSION;
  /** Hits that were not looked at. */
  unseen: number;
  groups: { group: GroupRow; names: NameRow[] }[];
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRow(value: unknown, numbers: number): value is [string, ...number[]] {
  if (!Array.isArray(value) || value.length !== numbers + 1 || typeof value[0] !== 'string') return false;
  return value.slice(1).every(isCount);
}

function isWritten(value: unknown): value is Written {
  const { version, unseen, groups } = (value ?? {}) as Partial<Written>;
  if (version !== VERSION || !isCount(unseen) || !Array.isArray(groups)) return false;
  return groups.every(
    ({ group, names }) =>
      isRow(group, GROUP_NUMBERS) &&
      Array.isArray(names) &&
      names.every((name) => isRow(name, NAME_NUMBERS) && isName(name[0])),
  );
}

function isName(text: string): boolean {
  const wire = wireFromText(text);
  return wire !== undefined && textFromWire(wire) === text;
}

function textOf(table: LearningTable, unseen: number): string {
  const groups = [...table.groups].map(([id, { since, count, blocked, forgotten, names }]) => {
    const group: GroupRow = [id, since, count, blocked, forgotten.names, forgotten.count];
    const rows = [...names].map(([name, entry]): NameRow => {
      return [name, entry.count, entry.blocked, clientsOf(entry), entry.first, entry.last];
    });
    return { group, names: rows };
  });
  const written: Written = { version: VERSION, unseen, groups };
  return `${JSON.stringify(written)}\n`;
}

function restore({ groups }: Written, table: LearningTable): void {
  for (const { group: row, names } of groups) {
    const [id, since, count, blocked, forgottenNames, forgottenCount] = row;
    const group = table.group(id, since);
    Object.assign(group, { count, blocked, forgotten: { names: forgottenNames, count: forgottenCount } });
    for (const [name, ...numbers] of names) {
      const [queries, blockedQueries, earlier, first, last] = numbers;
      const entry: LearntName = {
        count: queries,
        blocked: blockedQueries,
        first,
        last,
        sketch: emptySketch(),
        earlier,
      };
      if (!group.names.has(name)) table.put(group, name, entry);
    }
  }
}

/** Of an ordinary file: what is none might never end, or never begin. */
function contentsOf(path: string): string {
  const stat = statSync(path);
  if (!stat.isFile()) throw new Error('it is no ordinary file');
  if (stat.size > MOST_OCTETS) throw new Error(`it has ${stat.size} octets`);
  return readFileSync(path, 'utf8');
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

export class LearningFile {
  readonly path: string;
  /** What is wrong, in words; empty where nothing is. */
  problem = '';
  /** What is there and could not be read is not written over. */
  #isKept = false;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Reads what was written into `table`, which is empty, and returns how many hits were not looked at. What is no such
   * file is moved aside, and told. Never throws.
   */
  read(table: LearningTable): number {
    let text: string;
    try {
      text = contentsOf(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      this.problem = `${this.path} cannot be read: ${reasonOf(error)}; nothing is kept over restarts`;
      this.#isKept = true;
      return 0;
    }
    const written = parse(text);
    if (!written) {
      this.#putAside();
      return 0;
    }
    restore(written, table);
    return written.unseen;
  }

  /** Writes all of it aside and then in its place. Never rejects; `problem` says whether it is there. */
  async write(table: LearningTable, unseen: number): Promise<void> {
    if (this.#isKept) return;
    const beside = `${this.path}.new`;
    try {
      const handle = await open(beside, 'w', MODE);
      try {
        await handle.writeFile(textOf(table, unseen));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(beside, this.path);
      this.problem = '';
    } catch (error) {
      this.problem = `${this.path} cannot be written: ${reasonOf(error)}; it is tried again`;
      await rm(beside, { force: true }).catch(() => {});
    }
  }

  #putAside(): void {
    const aside = `${this.path}.broken`;
    try {
      renameSync(this.path, aside);
      this.problem = `${this.path} is not what was written: it is now ${aside}, and learning has begun anew`;
    } catch (error) {
      this.problem = `${this.path} is not what was written, and cannot be moved aside: ${reasonOf(error)}`;
      this.#isKept = true;
    }
  }
}

function parse(text: string): Written | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isWritten(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
