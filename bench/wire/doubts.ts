/** What in a measurement's own figures contradicts the workload it claims to have measured. */
import type { Loaded } from './load.ts';
import type { Material } from './material.ts';
import type { Workload } from './workloads.ts';

/** Neighbours make queues longer and caches colder: batches grow, and the cost of an answer moves either way. */
const NEIGHBOURS_TOLERATED = 0.05;
/** Of the shares that are blocked and that go upstream. */
const TOLERATED = 0.02;

type Seen = Pick<Loaded, 'load' | 'paced' | 'upstream' | 'neighbourShare'>;

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** Empty is good. `resolves` is false for one that echoes, whose answers mean nothing. */
export function doubtsOf(seen: Seen, workload: Workload, material: Material, resolves: boolean): string[] {
  const { load, paced, upstream, neighbourShare } = seen;
  const { measured } = material;
  const doubts: string[] = [];
  if (load.lost > 0) doubts.push(`${load.lost} lost`);
  if (paced.lost > 0) doubts.push(`${paced.lost} lost at the fixed rate`);
  if (neighbourShare > NEIGHBOURS_TOLERATED) {
    doubts.push(`${Math.round(neighbourShare * 100)} % of the server's core went to other processes`);
  }
  if (workload.freshShare > 0 && load.sent > measured.lines) doubts.push('names came round again: not all were misses');
  if (!resolves) return doubts;
  for (const [rcode, count] of [...Object.entries(load.rcodes), ...Object.entries(paced.rcodes)]) {
    if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') doubts.push(`${count} ${rcode}`);
  }
  const blocked = (load.rcodes.NXDOMAIN ?? 0) / Math.max(load.completed, 1);
  if (Math.abs(blocked - measured.blockedShare) > TOLERATED) {
    doubts.push(`${percent(blocked)} blocked, not ${percent(measured.blockedShare)}`);
  }
  const forwarded = upstream / load.completed;
  if (Math.abs(forwarded - workload.freshShare) > TOLERATED) {
    doubts.push(`${forwarded.toFixed(2)} upstream queries for each answer, not ${workload.freshShare.toFixed(2)}`);
  }
  return doubts;
}
