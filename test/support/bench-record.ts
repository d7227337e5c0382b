// A record of a run as the benchmark writes it, small and with figures a test can reckon with.

import type { RunRecord } from '../../bench/record.ts';
import type { Figure } from '../../bench/suite.ts';

/** A ratio that should be at most 1.25, unless told otherwise. */
export function figure(id: string, value: number, more: Partial<Figure> = {}): Figure {
  const usual = {
    says: `what ${id} is`,
    unit: '×',
    min: value,
    max: value,
    goal: { at: 'most', limit: 1.25 },
  } as const;
  return { id, value, ...usual, ...more };
}

/** Costs in microseconds, user and system, a pair for each round. */
export type Costs = Readonly<Record<string, readonly (readonly [user: number, system: number])[]>>;

export function measurementsOf(workload: string, costs: Costs, lost = 0) {
  return Object.entries(costs).flatMap(([peer, rounds]) =>
    rounds.map(([user, system], index) => ({
      ...{ peer, workload, round: index + 1 },
      cpu: { user, system },
      load: { completed: 1e6, lost, seconds: 8 },
      paced: { lost: 0 },
    })),
  );
}

export function benchRecord(measurements: readonly unknown[], figures: readonly Figure[] = []): RunRecord {
  const outcome = { suite: 'wire', tables: [], figures, measurements, doubts: [], failures: [] };
  return {
    date: '2026-11-22T07:28:54.786Z',
    commit: 'be98b7d',
    uncommittedChanges: false,
    command: 'npm run bench --',
    machine: { processor: 'AMD EPYC', cores: 2, memoryBytes: 2 ** 34, kernel: '6.18.44-fc-v669' },
    versions: { node: 'v24.21.0', unbound: 'Version 1.17.1', dnsdist: 'dnsdist 1.7.3 (Lua 5.1.4)' },
    options: {
      ...{ only: ['wire'], workloads: ['hits', 'misses'], peers: ['sluis'], rounds: 3, seconds: 8, rate: 0, cores: 1 },
      ...{ names: 1_000_000, outstanding: 200, clients: 4, seed: 716, dnsperf: false, install: false },
    },
    outcomes: [outcome],
  };
}
