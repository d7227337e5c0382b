// Metrics of the state that main keeps: the image in force, reloads, lists, workers, the build.

import process from 'node:process';
import { type Counters, EVENT, GAUGE } from '../engine/counters.ts';
import { LIST_ROWS } from './metrics-lists.ts';
import { counter, type MetricRow, type Sample, single } from './metrics-row.ts';
import { OTHER, POLICY_ALERTS, type PolicyState, type Scrape, type WorkerKind } from './metrics-source.ts';

/** Sources with a series of their own; those with the fewest rejected lines are summed beyond it. */
const LISTED_SOURCES = 200;
/** Policies with series of their own among the alerts. */
const LISTED_POLICIES = 20;
const WORKER_KINDS: readonly WorkerKind[] = ['datagram', 'stream'];

function rejectedLinesOf({ state }: Scrape): Sample[] {
  const sources = [...state.rejectedLines].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const samples = sources.slice(0, LISTED_SOURCES).map(([list, value]) => ({ labels: { list }, value }));
  const rest = sources.slice(LISTED_SOURCES);
  if (rest.length > 0)
    samples.push({ labels: { list: OTHER }, value: rest.reduce((sum, [, value]) => sum + value, 0) });
  return samples;
}

/** Those of the policies that come first have series of their own; of all others together there is one for each alert. */
function alertsOf({ state: { alerts } }: Scrape): Sample[] {
  const counts = new Map<string, Sample>();
  const policies = new Set<string>();
  for (const { policy, alert } of alerts) {
    if (policies.size < LISTED_POLICIES) policies.add(policy);
    const label = policies.has(policy) ? policy : OTHER;
    const key = `${label} ${alert}`;
    const sample = counts.get(key) ?? { labels: { policy: label, alert }, value: 0 };
    counts.set(key, { ...sample, value: sample.value + 1 });
  }
  return [...counts.values()];
}

/** The least over the workers of a kind, or of all; 0 without workers. */
function least({ workers }: Scrape, kind: WorkerKind | undefined, read: (counters: Counters) => number): number {
  const values = workers.filter((worker) => kind === undefined || worker.kind === kind).map((w) => read(w.counters));
  return values.length > 0 ? Math.min(...values) : 0;
}

function byWorkerKind(read: (scrape: Scrape, kind: WorkerKind) => number): (scrape: Scrape) => Sample[] {
  return (scrape) => WORKER_KINDS.map((worker) => ({ labels: { worker }, value: read(scrape, worker) }));
}

function gauge(name: string, help: string, read: (state: PolicyState) => number): MetricRow {
  return { name, type: 'gauge', help, from: single(({ state }) => read(state)) };
}

const POLICY_ROWS: MetricRow[] = [
  gauge('sluis_policy_generation', 'Number of the image in force; 0 before the first.', (state) => state.generation),
  {
    name: 'sluis_policy_generation_oldest',
    type: 'gauge',
    help: 'Least generation that a worker still decides by; below sluis_policy_generation for longer than a second: stuck.',
    from: single((scrape) => least(scrape, undefined, (counters) => counters.readGauge(GAUGE.GENERATION))),
  },
  {
    name: 'sluis_policy_info',
    type: 'gauge',
    help: 'The policy in force, by its SHA-256: the same wherever the same policies, groups and lists are; no series before the first.',
    labels: { hash: 'SHA-256, in hexadecimal' },
    from: ({ state: { hash } }) => (hash ? [{ labels: { hash }, value: 1 }] : []),
  },
  counter('sluis_policy_adoptions_total', 'Images that workers adopted.', (c) => c.readEvent(EVENT.IMAGES_ADOPTED)),
  gauge('sluis_policy_image_bytes', 'Size of the image in force.', (state) => state.imageBytes),
  gauge('sluis_policy_rules', 'Rules in the image in force.', (state) => state.rules),
  gauge('sluis_policy_names', 'Names that carry a rule in the image in force.', (state) => state.names),
  {
    name: 'sluis_policy_changed_rules',
    type: 'gauge',
    help: 'Rules of lists that came and that went when the policy in force did, against their last good copies; not what is held.',
    labels: { change: ['added', 'removed'] },
    from: ({ state: { changed } }) => [
      { labels: { change: 'added' }, value: changed.added },
      { labels: { change: 'removed' }, value: changed.removed },
    ],
  },
  {
    name: 'sluis_list_rejected_lines',
    type: 'gauge',
    help: 'Lines of a list or app that are no rule, at its last load.',
    labels: { list: `id of a list or app; beyond ${LISTED_SOURCES}, those with the fewest: ${OTHER}` },
    from: rejectedLinesOf,
  },
  {
    name: 'sluis_policy_alerts',
    type: 'gauge',
    help: 'What somebody has to know of the dates of a policy and of its exceptions, now; no series where nothing is.',
    labels: { policy: `id of a policy; beyond ${LISTED_POLICIES} of them: ${OTHER}`, alert: POLICY_ALERTS },
    from: alertsOf,
  },
  gauge(
    'sluis_policy_next_change_timestamp_seconds',
    'When a date of a policy or an exception next changes what is answered, in unix time; 0 where none will.',
    (state) => state.nextChange,
  ),
  {
    name: 'sluis_audit_lines_total',
    type: 'counter',
    help: 'Lines of the audit log, written or failed; no series where there is none. What failed is told in the next line.',
    labels: { result: ['written', 'failed'] },
    from: ({ state: { audit } }) =>
      audit
        ? [
            { labels: { result: 'written' }, value: audit.written },
            { labels: { result: 'failed' }, value: audit.failed },
          ]
        : [],
  },
];

const RELOAD_ROWS: MetricRow[] = [
  {
    name: 'sluis_reloads_total',
    type: 'counter',
    help: 'Reloads, the first load included. After a failed one the image before it stays in force.',
    labels: { result: ['ok', 'failed'] },
    from: ({ state: { reloads } }) => [
      { labels: { result: 'ok' }, value: reloads.ok },
      { labels: { result: 'failed' }, value: reloads.failed },
    ],
  },
  gauge('sluis_last_reload_successful', 'Whether the last reload succeeded: 1 or 0.', (s) => +s.lastReloadSuccessful),
  gauge('sluis_last_reload_seconds', 'How long the last reload took.', (state) => state.lastReloadSeconds),
  gauge(
    'sluis_last_reload_success_timestamp_seconds',
    'When a reload last succeeded, in unix time; 0 before the first.',
    (state) => state.lastReloadSuccessTime,
  ),
  gauge(
    'sluis_settings_problems',
    'Problems of the configuration that the last reload found, warnings included.',
    (state) => state.problems,
  ),
];

const PROCESS_ROWS: MetricRow[] = [
  {
    name: 'sluis_ready',
    type: 'gauge',
    help: 'Whether a policy is in force and the listeners are open: 1 or 0.',
    from: single(({ source }) => Number(source.ready)),
  },
  {
    name: 'sluis_workers',
    type: 'gauge',
    help: 'Worker threads there should be.',
    labels: { worker: WORKER_KINDS },
    from: byWorkerKind(({ workers }, kind) => workers.filter((worker) => worker.kind === kind).length),
  },
  {
    name: 'sluis_worker_restarts_total',
    type: 'counter',
    help: 'Workers replaced because they died or no longer answered.',
    labels: { worker: WORKER_KINDS },
    from: byWorkerKind(({ source }, kind) => source.restarts()[kind]),
  },
  {
    name: 'sluis_worker_heartbeat_timestamp_seconds',
    type: 'gauge',
    help: 'Last sign of life of the worker that has been silent longest, in unix time.',
    labels: { worker: WORKER_KINDS },
    from: byWorkerKind((scrape, kind) => least(scrape, kind, (c) => c.readGauge(GAUGE.HEARTBEAT)) / 1000),
  },
  {
    name: 'sluis_build_info',
    type: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: { version: 'of Sluis', node: 'version of Node.js' },
    from: ({ source }) => [{ labels: { version: source.version, node: process.versions.node }, value: 1 }],
  },
];

/** What main knows without asking a worker. */
export const STATE_ROWS: readonly MetricRow[] = [...POLICY_ROWS, ...LIST_ROWS, ...RELOAD_ROWS, ...PROCESS_ROWS];
