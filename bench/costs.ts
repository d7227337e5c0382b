/** Reads out of a run what an answer cost each server, as the chart and the README show it. */
import type { RunRecord } from './record.ts';
import { type Spread, spread } from './statistics.ts';
import type { Measurement } from './wire/measure.ts';

/** CPU for an answered query, in microseconds. */
export interface Cost {
  readonly peer: string;
  readonly user: number;
  readonly system: number;
  /** Of both together, over all rounds. */
  readonly total: Spread;
}

const TITLES: Readonly<Record<string, string>> = {
  floor: 'C floor',
  sluis: 'Sluis',
  unbound: 'Unbound',
  dnsdist: 'dnsdist',
  'dnsdist-batched': 'dnsdist, batched',
  dnsmasq: 'dnsmasq',
  recursor: 'PowerDNS Recursor',
  bind: 'BIND',
  kresd: 'Knot Resolver',
};

/** What people call a server. */
export const titleOf = (peer: string) => TITLES[peer] ?? peer;

/** The same with the version that took part, where it says one. */
export function titleWithVersion(peer: string, { versions }: RunRecord): string {
  const version = peer === 'floor' || peer === 'sluis' ? undefined : versions[peer]?.match(/\d+\.\d+/)?.[0];
  const [name, ...rest] = titleOf(peer).split(',');
  return [version === undefined ? name : `${name} ${version}`, ...rest].join(',');
}

/** The measurements of the wire suite; none where it did not run. */
function wireMeasurements({ outcomes }: RunRecord): readonly Measurement[] {
  return (outcomes.find(({ suite }) => suite === 'wire')?.measurements ?? []) as readonly Measurement[];
}

/** What an answer of a workload cost, the cheapest server first. */
export function costsOf(record: RunRecord, workload: string): Cost[] {
  const runs = wireMeasurements(record).filter((run) => run.workload === workload);
  const costs = [...new Set(runs.map(({ peer }) => peer))].map((peer) => {
    const own = runs.filter((run) => run.peer === peer);
    const each = (seconds: (cpu: Measurement['cpu']) => number) =>
      spread(own.map(({ cpu, load }) => (seconds(cpu) / load.completed) * 1e6))!;
    const total = each(({ user, system }) => user + system);
    const [user, system] = [each((cpu) => cpu.user).median, each((cpu) => cpu.system).median];
    // The parts are drawn on one another: they have to come to the median of the whole.
    const scale = total.median / Math.max(user + system, Number.EPSILON);
    return { peer, user: user * scale, system: system * scale, total };
  });
  return costs.sort((a, b) => a.total.median - b.total.median);
}

/** The workloads that were measured, in the order of their first round. */
export function workloadsOf(record: RunRecord): string[] {
  return [...new Set(wireMeasurements(record).map(({ workload }) => workload))];
}

/** How many were lost, whoever lost them, at full speed and at the fixed rate. */
export function lostBy(record: RunRecord, peer: string): number {
  return wireMeasurements(record)
    .filter((run) => run.peer === peer)
    .reduce((sum, { load, paced }) => sum + load.lost + (paced?.lost ?? 0), 0);
}

/** Where and when: `2026-11-22, 2 cores of an AMD EPYC, Linux 6.18`. */
export function placeOf({ date, machine }: RunRecord): string {
  const processor = machine.processor
    .replace(/\((R|TM)\)|\b(CPU|Processor)\b|@.*$/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  const kernel = machine.kernel.match(/^\d+\.\d+/)?.[0] ?? machine.kernel;
  const article = /^[aeiou]/i.test(processor) ? 'an' : 'a';
  return `${date.slice(0, 10)}, ${machine.cores} cores of ${article} ${processor}, Linux ${kernel}`;
}
