/** Finds and reads the records of earlier runs: those to compare with, to draw and to write of. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { RunRecord } from './record.ts';

export const ROOT = join(import.meta.dirname, '..');

/**
 * Reads one record.
 * @throws Error where it is none, or one of the time before there were suites.
 */
export function readRecord(path: string): RunRecord {
  let record: Partial<RunRecord>;
  try {
    record = JSON.parse(readFileSync(path, 'utf8')) as Partial<RunRecord>;
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`);
  }
  const { date, commit, machine, outcomes, options, versions } = record ?? {};
  if (!date || !commit || !machine || !options || !versions || !Array.isArray(outcomes)) {
    throw new Error(`${path} is no record of a run by suites`);
  }
  return record as RunRecord;
}

/** The records under version control, the newest first: their names begin with the date. None outside a checkout. */
export function committedRecords(root = ROOT): string[] {
  const words = ['ls-files', '-z', 'bench/results/*.json'];
  try {
    const listed = execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
    return listed.split('\0').filter(Boolean).sort().reverse();
  } catch {
    return [];
  }
}

/**
 * The newest committed record in which all of these suites found figures, with its path from `root`; null where there
 * is none. A try-out with one server alone has none, and is nothing to compare with.
 */
export function newestWith(suites: readonly string[], root = ROOT): { path: string; record: RunRecord } | null {
  for (const path of committedRecords(root)) {
    try {
      const record = readRecord(join(root, path));
      if (suites.every((name) => record.outcomes.some(({ suite, figures }) => suite === name && figures.length > 0)))
        return { path, record };
    } catch {
      // One of an older shape: it stays, for those who read it, and is compared with nothing.
    }
  }
  return null;
}

/** A path as the README has to link it. */
export const fromRoot = (path: string) => relative(ROOT, path).replaceAll('\\', '/');
