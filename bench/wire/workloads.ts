/** The workloads of the wire suite: what is asked, of whom, and how. */

export type WorkloadName = 'hits' | 'misses';

export interface Workload {
  readonly name: WorkloadName;
}

export const WORKLOADS: readonly Workload[] = [{ name: 'hits' }, { name: 'misses' }];
