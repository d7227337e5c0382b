/** Writes a run down in bench/results: every measurement and all that is needed to repeat it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Options } from './options.ts';
import type { Outcome } from './suite.ts';

/** The file of one run. */
export interface RunRecord {
  readonly date: string;
  /** The commit of this checkout, short. */
  readonly commit: string;
  readonly uncommittedChanges: boolean;
  readonly command: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly kernel: string;
  };
  readonly versions: Readonly<Record<string, string>>;
  readonly options: Options;
  readonly outcomes: readonly Outcome[];
}

function git(...words: string[]): string {
  try {
    return execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}

export function recordOf(outcomes: readonly Outcome[], options: Options, now: Date): RunRecord {
  return {
    date: now.toISOString(),
    commit: git('rev-parse', '--short', 'HEAD') || 'unknown',
    uncommittedChanges: git('status', '--porcelain', '--', ':!bench/results') !== '',
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      kernel: release(),
    },
    versions: Object.assign({ node: process.version }, ...outcomes.map(({ versions }) => versions)),
    options,
    outcomes,
  };
}

/** Returns the path of the file, which its date and commit name. */
export function writeRecord(record: RunRecord): string {
  const directory = join(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${record.date.slice(0, 19).replaceAll(':', '')}-${record.commit}.json`);
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
  return path;
}
