/** Tables and figures of the suite `reload`. */
import { atMost, cell, figureOf, ratios, table } from '../figure.ts';
import type { PaceResult } from '../pace.ts';
import type { Figure, Outcome, Table } from '../suite.ts';
import type { ReloadRound } from './result.ts';

const MIB = 2 ** 20;
const GOAL_TIMES = 2;
const GOAL_KEPT = 1.1;
/** How far the share of blocked replies may be from what is asked: the lines are dealt out unevenly over a second. */
const SHARE_TOLERATED = 0.01;

export interface ReloadShape {
  readonly names: number;
  readonly rate: number;
  /** Of the server. */
  readonly cores: number;
  readonly blockedShare: number;
}

const milliseconds = (results: readonly PaceResult[], which: 'p50' | 'p99' | 'p999' | 'max') =>
  results.map(({ latency }) => latency[which] * 1000);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
/** The greatest p99 of a tenth of a second, in milliseconds: what the clients of the worst moment felt. */
const worstWindow = (results: readonly PaceResult[]) =>
  results.map(({ windows = [] }) => Math.max(0, ...windows.map(({ p99 }) => p99)) * 1000);

function figuresOf(rounds: readonly ReloadRound[]): Figure[] {
  const [before, during] = [rounds.map((round) => round.before), rounds.map((round) => round.during)];
  const times = ratios(milliseconds(during, 'p99'), milliseconds(before, 'p99'));
  const most = rounds.map(({ resident }) => (resident.most - resident.before) / MIB);
  // The first one makes what stays: tables that grow, code that is compiled.
  const [first, last] = [rounds[0], rounds[rounds.length - 1]].map(({ resident }) => resident.after);
  return [
    figureOf('reload/p99-per-before', 'p99 during a reload, against before', '×', times, atMost(GOAL_TIMES)),
    figureOf('reload/lost', 'lost in all reloads', 'lost', [sum(during.map(({ lost }) => lost))], atMost(0)),
    figureOf('reload/worst', 'the slowest reply during a reload', 'ms', milliseconds(during, 'max')),
    figureOf(
      'reload/time',
      'from the change of the file until it blocks',
      'ms',
      rounds.map(({ reloadSeconds }) => reloadSeconds * 1000),
    ),
    figureOf('reload/memory', 'resident at most, above what was before', 'MiB', most),
    figureOf(
      'reload/kept',
      'resident after the last reload, against after the first',
      '×',
      [last / first],
      atMost(GOAL_KEPT),
    ),
  ];
}

function row(title: string, results: readonly PaceResult[]): string[] {
  const latencies = (['p50', 'p99', 'p999', 'max'] as const).map((which) => cell(milliseconds(results, which), 2));
  const lost = results.map((result) => result.lost);
  return [title, ...latencies, cell(worstWindow(results), 2), String(sum(lost))];
}

function tablesOf(rounds: readonly ReloadRound[], { names, rate, cores }: ReloadShape): Table[] {
  const header = ['', 'p50 ms', 'p99', 'p99.9', 'slowest', 'p99 of the worst 0.1 s', 'lost'];
  const where =
    cores === 1 ? "on the server's one core" : 'with both cores for the server, one of them shared with the load';
  const caption = `${rate.toLocaleString('en')} queries/s ${where}, hits and blocked; ${names.toLocaleString('en')} other rules; median (min–max) of ${rounds.length} rounds`;
  const latency = table(caption, header, [
    row(
      'before',
      rounds.map((round) => round.before),
    ),
    row(
      'during',
      rounds.map((round) => round.during),
    ),
  ]);
  const mib = (which: 'before' | 'most' | 'after') => cell(rounds.map(({ resident }) => resident[which] / MIB));
  const seconds = cell(
    rounds.map(({ reloadSeconds }) => reloadSeconds),
    2,
  );
  const cost = table(
    'the reload',
    ['s', 'RSS before, MiB', 'at most', 'after'],
    [[seconds, mib('before'), mib('most'), mib('after')]],
  );
  return [latency, cost];
}

/** What contradicts a reload that nobody feels, besides the figures. */
export function doubtsOf(rounds: readonly ReloadRound[], blockedShare: number): string[] {
  const doubts: string[] = [];
  rounds.forEach(({ before, during }, index) => {
    for (const [when, { completed, rcodes, wrong, lost, unsent }] of Object.entries({ before, during })) {
      const where = `round ${index + 1}, ${when}`;
      const share = (rcodes.NXDOMAIN ?? 0) / Math.max(completed, 1);
      if (Math.abs(share - blockedShare) > SHARE_TOLERATED) {
        doubts.push(`${where}: ${(share * 100).toFixed(1)} % blocked, not ${(blockedShare * 100).toFixed(1)} %`);
      }
      for (const [rcode, count] of Object.entries(rcodes)) {
        if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') doubts.push(`${where}: ${count} ${rcode}`);
      }
      if (wrong > 0) doubts.push(`${where}: ${wrong} wrong`);
      if (unsent > 0) doubts.push(`${where}: ${unsent} not sent in time`);
      if (when === 'before' && lost > 0) doubts.push(`${where}: ${lost} lost`);
    }
  });
  return doubts;
}

/** What the rounds say. */
export function report(
  rounds: readonly ReloadRound[],
  shape: ReloadShape,
): Pick<Outcome, 'tables' | 'figures' | 'doubts'> {
  return { tables: tablesOf(rounds, shape), figures: figuresOf(rounds), doubts: doubtsOf(rounds, shape.blockedShare) };
}
