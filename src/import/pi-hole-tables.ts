// Pi-hole: the tables of its lists, domains, groups and clients, from a database or from the JSON of older exports.

import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { isPlain } from '../settings/merge.ts';
import { MOST_UNPACKED } from './archive.ts';
import { ImportError } from './import-error.ts';

export const TABLES = [
  'group',
  'adlist',
  'adlist_by_group',
  'domainlist',
  'domainlist_by_group',
  'client',
  'client_by_group',
] as const;
export type TableName = (typeof TABLES)[number];

export interface Row {
  /** File, table and row. */
  at: string;
  values: Record<string, unknown>;
}

export type Tables = Record<TableName, Row[]>;

const MOST_ROWS = 200_000;

export function noTables(): Tables {
  return Object.fromEntries(TABLES.map((name) => [name, []])) as unknown as Tables;
}

const MAGIC = 'SQLite format 3\0';
/** The header of a database, and where it says how the file is written to: 2 is by a log beside it (WAL). */
export const HEADER = 100;
const WRITE_VERSION = 18;

export function isSqlite(bytes: Uint8Array): boolean {
  return (
    Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, MAGIC.length)).toString('latin1') === MAGIC
  );
}

/** Reads a database that is a file of its own: nothing in it, or beside it, is changed. */
export function tablesOfFile(name: string, path: string, head: Uint8Array): Promise<Tables> {
  if (head[WRITE_VERSION] !== 2) return tablesAt(name, path);
  // To open it would make a log beside it, so a copy is opened.
  return tablesOfCopy(name, (copy) => {
    for (const end of ['', '-wal']) if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${copy}${end}`);
  });
}

/** Reads a database that stands in an archive. */
export function tablesOfBytes(name: string, bytes: Uint8Array): Promise<Tables> {
  return tablesOfCopy(name, (copy) => writeFileSync(copy, bytes));
}

/** In a folder that nobody else can read and that goes away. */
async function tablesOfCopy(name: string, put: (path: string) => void): Promise<Tables> {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-import-'));
  try {
    const path = join(folder, 'gravity.db');
    put(path);
    return await tablesAt(name, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tablesAt(name: string, path: string): Promise<Tables> {
  const { DatabaseSync: Database } = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new Database(path, { readOnly: true });
    database.exec('PRAGMA trusted_schema = OFF');
    return tablesOf(name, database);
  } catch (error) {
    if (error instanceof ImportError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ImportError(
      name,
      `the database cannot be read: ${reason}`,
      'copy gravity.db anew while Pi-hole is stopped',
    );
  } finally {
    database?.close();
  }
}

function tablesOf(name: string, database: DatabaseSync): Tables {
  const tables = noTables();
  const there = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const names = new Set(there.map((row) => row.name));
  if (!names.has('adlist') && !names.has('domainlist')) {
    const fix = 'name gravity.db, or what Teleporter exports';
    throw new ImportError(name, 'it has no tables of lists or domains: it is no gravity.db', fix);
  }
  let length = 0;
  for (const table of TABLES.filter((one) => names.has(one))) {
    for (const values of database.prepare(`SELECT * FROM "${table}"`).iterate()) {
      const rows = tables[table];
      rows.push({ at: `${name}: ${table} ${values.id ?? `row ${rows.length + 1}`}`, values });
      for (const value of Object.values(values)) length += (value as { length?: number } | null)?.length ?? 0;
      if (rows.length > MOST_ROWS || length > MOST_UNPACKED)
        throw new ImportError(name, `table ${table} is longer than any that Pi-hole makes`, 'take a part of it');
    }
  }
  return tables;
}

/** One table as JSON; of the domains a kind at a time, in files named after it. */
export function addJson(tables: Tables, table: TableName, name: string, bytes: Uint8Array): void {
  let rows: unknown;
  try {
    rows = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new ImportError(name, `no JSON: ${(error as Error).message}`, 'export it anew from Pi-hole');
  }
  if (!Array.isArray(rows)) throw new ImportError(name, 'no list of rows', 'export it anew from Pi-hole');
  if (rows.length > MOST_ROWS) throw new ImportError(name, `more than ${MOST_ROWS} rows`, 'take a part of it');
  for (const [at, values] of rows.entries()) {
    if (!isPlain(values)) throw new ImportError(`${name}: row ${at + 1}`, 'no row', 'export it anew from Pi-hole');
    tables[table].push({ at: `${name}: row ${at + 1}`, values });
  }
}
