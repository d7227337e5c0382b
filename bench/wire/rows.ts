/** Sums up the measurements of one workload: a row for each server, and the figures that stand for them. */
import { atMost, figureOf } from '../figure.ts';
import { type Spread, spread } from '../statistics.ts';
import type { Figure } from '../suite.ts';
import type { Measurement } from './measure.ts';
import type { Workload, WorkloadName } from './workloads.ts';

/** One server under one workload, over all rounds. */
export interface Row {
  readonly peer: string;
  readonly rounds: number;
  /** CPU per answered query, in microseconds: all of it, and its parts. */
  readonly cost: Spread;
  readonly user: Spread;
  readonly system: Spread;
  /** Answers a second at full speed. */
  readonly answers: Spread;
  /** How busy the server kept its core, 0 to 1. Well below 1, the load generator was the limit, not the server. */
  readonly busy: Spread;
  /** At full speed and at the fixed rate, all rounds together. */
  readonly lost: number;
  /** Octets. */
  readonly resident: Spread;
  /** At the fixed rate, in seconds. */
  readonly latency: { readonly p50: Spread; readonly p99: Spread; readonly p999: Spread };
  /** Its cost against the floor's, and Sluis's against its, round by round: null where one is missing. */
  readonly timesFloor: Spread | null;
  readonly sluisTimesIt: Spread | null;
}

/** CPU per answered query, in microseconds. */
export const costOf = ({ cpu, load }: Pick<Measurement, 'cpu' | 'load'>) =>
  ((cpu.user + cpu.system) / load.completed) * 1e6;

/** Whom Sluis is under the name of in this workload: where it is compared with itself, the one with more groups. */
const own = (workload: WorkloadName) => (workload === 'groups' ? 'sluis-24-groups' : 'sluis');

/** Measurements of one server under one workload. */
type Runs = readonly Measurement[];

export function runsOf(all: Runs, workload: WorkloadName, peer: string): Runs {
  return all.filter((run) => run.workload === workload && run.peer === peer);
}

/** Cost of `a` over that of `b` in each round that has both: what drifts between rounds is in neither. */
export function costRatios(a: Runs, b: Runs): number[] {
  return a.flatMap((run) => {
    const other = b.find(({ round }) => round === run.round);
    return other === undefined ? [] : [costOf(run) / costOf(other)];
  });
}

function rowOf(all: Runs, workload: WorkloadName, peer: string): Row {
  const runs = runsOf(all, workload, peer);
  const of = (value: (run: Measurement) => number) => spread(runs.map(value))!;
  const against = (a: string, b: string) => spread(costRatios(runsOf(all, workload, a), runsOf(all, workload, b)));
  const each = (part: 'user' | 'system') => of(({ cpu, load }) => (cpu[part] / load.completed) * 1e6);
  return {
    peer,
    rounds: runs.length,
    cost: of(costOf),
    user: each('user'),
    system: each('system'),
    answers: of(({ load }) => load.completed / load.seconds),
    busy: of(({ cpu, load }) => (cpu.user + cpu.system) / load.seconds),
    lost: runs.reduce((sum, { load, paced }) => sum + load.lost + paced.lost, 0),
    resident: of(({ resident }) => resident),
    latency: {
      p50: of(({ latency }) => latency.p50),
      p99: of(({ latency }) => latency.p99),
      p999: of(({ latency }) => latency.p999),
    },
    timesFloor: against(peer, 'floor'),
    sluisTimesIt: against(own(workload), peer),
  };
}

/** The rows of one workload, in the order of its peers. */
export function rowsOf(all: Runs, workload: Workload): Row[] {
  return workload.peers
    .filter((peer) => runsOf(all, workload.name, peer).length > 0)
    .map((peer) => rowOf(all, workload.name, peer));
}

/** The goals that are set for what an answer costs Sluis. "dnsdist" is the one with the defaults of Debian. */
const GOALS: Readonly<Record<string, number>> = {
  'hits/sluis-per-floor': 1.25,
  'hits/sluis-per-unbound': 0.9,
  'hits/sluis-per-dnsdist': 0.85,
  'blocked/sluis-per-floor': 1.2,
  'misses/sluis-per-dnsdist': 0.8,
  'misses/sluis-per-unbound': 0.45,
  'million/sluis-per-hits': 1.1,
  'groups/sluis-per-one-group': 1.05,
  'tcp/sluis-per-unbound': 1,
};

function ratioFigure(id: string, says: string, values: readonly number[]): Figure[] {
  const limit = GOALS[id];
  return values.length > 0 ? [figureOf(id, says, '×', values, limit === undefined ? null : atMost(limit))] : [];
}

/** Ratios of cost: Sluis against each other server of each workload, and two of its workloads against each other. */
export function figuresOf(all: Runs, workloads: readonly Workload[]): Figure[] {
  const figures = workloads.flatMap(({ name, peers }) =>
    peers
      .filter((peer) => peer !== own(name))
      .flatMap((peer) => {
        const values = costRatios(runsOf(all, name, own(name)), runsOf(all, name, peer));
        const other = peer.replace(/^sluis-/, '');
        return ratioFigure(`${name}/sluis-per-${other}`, `CPU of an answer, ${name}: Sluis per ${other}`, values);
      }),
  );
  const million = costRatios(runsOf(all, 'million', 'sluis'), runsOf(all, 'hits', 'sluis'));
  return [...figures, ...ratioFigure('million/sluis-per-hits', 'a million rules against six', million)];
}
