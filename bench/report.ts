/** Turns the measurements of a run into a table for people and a record for later. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { BLOCKED_SHARE } from './material.ts';
import type { Measurement } from './measure.ts';
import type { Options } from './options.ts';
import type { Workload } from './peers.ts';
import { type Spread, spread } from './statistics.ts';

/** A server that was not measured, and why: it failed under a workload, or (null) it is not installed. */
export interface Absent {
  readonly peer: string;
  readonly why: string;
  readonly workload: Workload | null;
}

/** One server under one workload, over all rounds. */
export interface Row {
  readonly peer: string;
  readonly rounds: number;
  /** CPU per answered query, in microseconds. */
  readonly cpuMicroseconds: Spread;
  /** The part of it spent in the kernel, 0 to 1, over all rounds. */
  readonly systemShare: number;
  /** Answers a second. */
  readonly rate: Spread;
  /** How busy the server kept its core, 0 to 1. Well below 1, the load generator was the limit, not the server. */
  readonly busy: Spread;
  readonly lost: number;
  /** Median CPU per answer against the floor's, and Sluis's against this server's: null where one is missing. */
  readonly timesFloor: number | null;
  readonly sluisTimesThis: number | null;
  readonly doubts: readonly string[];
}

const total = (runs: readonly Measurement[], of: (run: Measurement) => number) =>
  runs.reduce((sum, run) => sum + of(run), 0);
const cpuOfRun = ({ cpu }: Measurement) => cpu.user + cpu.system;
/** CPU per answered query, in microseconds. */
export const costOf = (run: Measurement) => (cpuOfRun(run) / run.load.completed) * 1e6;

/** The rows of one workload, in the order the servers were first measured. */
export function summarise(measurements: readonly Measurement[], workload: Workload): Row[] {
  const all = measurements.filter((measurement) => measurement.workload === workload);
  const runsOf = (peer: string) => all.filter((measurement) => measurement.peer === peer);
  const medianOf = (peer: string) => spread(runsOf(peer).map(costOf))?.median ?? null;
  const ratio = (a: number | null, b: number | null) => (a === null || !b ? null : a / b);
  return [...new Set(all.map(({ peer }) => peer))].map((peer) => {
    const runs = runsOf(peer);
    return {
      peer,
      rounds: runs.length,
      cpuMicroseconds: spread(runs.map(costOf))!,
      systemShare: total(runs, ({ cpu }) => cpu.system) / Math.max(total(runs, cpuOfRun), 0.01),
      rate: spread(runs.map(({ load }) => load.rate))!,
      busy: spread(runs.map((run) => cpuOfRun(run) / run.load.seconds))!,
      lost: total(runs, ({ load }) => load.lost),
      timesFloor: ratio(medianOf(peer), medianOf('floor')),
      sluisTimesThis: ratio(medianOf('sluis'), medianOf(peer)),
      doubts: runs.flatMap(({ round, doubts }) => doubts.map((doubt) => `round ${round}: ${doubt}`)),
    };
  });
}

const times = (value: number | null) => (value === null ? '–' : `${value.toFixed(2)}×`);
const whole = (value: number) => Math.round(value).toLocaleString('en');
const percent = (value: number) => `${Math.round(value * 100)} %`;

const COLUMNS: readonly [string, (row: Row) => string][] = [
  ['server', ({ peer }) => peer],
  ['µs CPU/answer', ({ cpuMicroseconds }) => cpuMicroseconds.median.toFixed(2)],
  ['min–max', ({ cpuMicroseconds: { min, max } }) => `${min.toFixed(2)}–${max.toFixed(2)}`],
  ['in kernel', ({ systemShare }) => percent(systemShare)],
  ['answers/s', ({ rate }) => whole(rate.median)],
  ['min–max', ({ rate: { min, max } }) => `${whole(min)}–${whole(max)}`],
  ['core busy', ({ busy }) => percent(busy.median)],
  ['lost', ({ lost }) => whole(lost)],
  ['× floor', ({ timesFloor }) => times(timesFloor)],
  ['sluis ÷ it', ({ sluisTimesThis }) => times(sluisTimesThis)],
];

function table(rows: readonly Row[]): string {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, text]) => text(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return cells.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

const TITLES: Readonly<Record<Workload, string>> = {
  hits: `cache hits + ${BLOCKED_SHARE * 100} % blocked`,
  misses: 'all misses, forwarded to the stub',
};

/** The whole report as text; medians, with least and greatest. */
export function reportText(measurements: readonly Measurement[], absent: readonly Absent[], options: Options): string {
  const { rounds, seconds, outstanding, clients, blocked } = options;
  const setting = `${rounds} × ${seconds} s, ${outstanding} in flight from ${clients} clients, ${whole(blocked)} blocked names`;
  const parts: string[] = [];
  for (const workload of options.workloads) {
    const rows = summarise(measurements, workload);
    parts.push(`${TITLES[workload]}: ${setting}`, rows.length > 0 ? table(rows) : 'nothing was measured');
    for (const { peer, doubts } of rows) for (const doubt of doubts) parts.push(`  doubt: ${peer}, ${doubt}`);
    parts.push('');
  }
  for (const { peer, workload, why } of absent) {
    parts.push(workload === null ? `left out: ${peer}: ${why}` : `failed: ${peer} under ${workload}: ${why}`);
  }
  return parts.join('\n').trimEnd();
}

function git(...words: string[]): string {
  try {
    return execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}

/** Writes the run down in bench/results: every measurement and all that is needed to repeat it. Returns the path. */
export function writeRecord(
  measurements: readonly Measurement[],
  absent: readonly Absent[],
  options: Options,
  versions: Readonly<Record<string, string>>,
): string {
  const date = new Date().toISOString();
  const commit = git('rev-parse', '--short', 'HEAD') || 'unknown';
  const record = {
    date,
    commit,
    uncommittedChanges: git('status', '--porcelain', '--', ':!bench/results') !== '',
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      kernel: release(),
    },
    versions: { node: process.version, ...versions },
    options,
    summary: Object.fromEntries(options.workloads.map((workload) => [workload, summarise(measurements, workload)])),
    absent,
    measurements,
  };
  const directory = join(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${date.slice(0, 19).replaceAll(':', '')}-${commit}.json`);
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
  return path;
}
