// The shape of a row in the table of metrics, and the ways a row is read from what the workers count.

import { BUCKETS, type Counters } from '../engine/counters.ts';
import type { CountedWorker, Scrape } from './metrics-source.ts';

export type Labels = Record<string, string>;

/** One line of the exposition; `suffix` (`_bucket`, `_sum`, `_count`) belongs to histograms alone. */
export interface Sample {
  labels: Labels;
  value: number;
  suffix?: string;
}

/** One metric. `labels` says for each label what its values are; the values of a closed set are listed. */
export interface MetricRow {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels?: Record<string, string | readonly string[]>;
  from: (scrape: Scrape) => Sample[];
}

/** The sum over workers of what `read` finds in each. */
export function total(workers: readonly CountedWorker[], read: (counters: Counters) => number): number {
  let sum = 0;
  for (const { counters } of workers) sum += read(counters);
  return sum;
}

/** A row's one value without labels. */
export function single(read: (scrape: Scrape) => number): (scrape: Scrape) => Sample[] {
  return (scrape) => [{ labels: {}, value: read(scrape) }];
}

/** Counters of one kind that differ in one label: each value of the label with how it is read. */
export type Places = Record<string, (counters: Counters) => number>;

/** A counter without labels, summed over workers. */
export function counter(name: string, help: string, read: (counters: Counters) => number): MetricRow {
  return { name, type: 'counter', help, from: single(({ workers }) => total(workers, read)) };
}

/** A counter with one label, summed over workers. */
export function counterBy(name: string, help: string, label: string, places: Places): MetricRow {
  const entries = Object.entries(places);
  return {
    name,
    type: 'counter',
    help,
    labels: { [label]: Object.keys(places) },
    from: ({ workers }) =>
      entries.map(([value, read]) => ({ labels: { [label]: value }, value: total(workers, read) })),
  };
}

/**
 * The samples of one outcome's histogram. Workers count on while it is read, so the count is the sum of the buckets
 * that were read, never a number of its own: `+Inf` and `_count` agree in every exposition.
 */
export function histogram(workers: readonly CountedWorker[], outcome: number, labels: Labels): Sample[] {
  const samples: Sample[] = [];
  let count = 0;
  for (let bucket = 0; bucket <= BUCKETS.length; bucket++) {
    count += total(workers, (counters) => counters.readBucket(outcome, bucket));
    const le = bucket < BUCKETS.length ? String(BUCKETS[bucket]) : '+Inf';
    samples.push({ suffix: '_bucket', labels: { ...labels, le }, value: count });
  }
  const seconds = total(workers, (counters) => counters.readSum(outcome));
  samples.push({ suffix: '_sum', labels, value: seconds }, { suffix: '_count', labels, value: count });
  return samples;
}
