// What the metrics are read from: plain data that main holds, and the counters that workers share with it.

import type { Counters } from '../engine/counters.ts';

export type WorkerKind = 'datagram' | 'stream';

/** One worker's counters: they outlive the thread, so that a replacement counts on. */
export interface CountedWorker {
  kind: WorkerKind;
  /** From 0, among all workers. */
  index: number;
  counters: Counters;
}

export interface CacheUsage {
  entries: number;
  /** Octets that entries take, and octets there are for them. */
  bytes: number;
  capacity: number;
}

/** Stands in labels for what shares a place; no id can be this. */
export const OTHER = '(other)';

/** A policy and a group by their ids, or OTHER, and the place of both in the hit counters, below HIT_SLOTS. */
export interface CountedPair {
  policy: string;
  group: string;
  slot: number;
}

/** What became of policy hits on their way into the log: events, by the reason for which they are not in it. */
export interface HitLogCounts {
  written: number;
  /** The file or its disk could not take them. */
  failed: number;
  /** Read, and more than is written in a second; workers count those that they did not even write down. */
  limited: number;
}

/** Everything that a policy or an exception alerts of. */
export const POLICY_ALERTS = [
  'review_passed',
  'deadline_passed',
  'expired_kept',
  'expired_lapsed',
  'exception_ending',
  'exception_ended',
] as const;

/**
 * What is in force of a list: `current`, what its source has; `held`, its last good copy, until somebody accepts what the
 * source has; `stale`, the same, as that cannot be had or read; `missing`, nothing.
 */
export const LIST_STATES = ['current', 'held', 'stale', 'missing'] as const;
export type ListState = (typeof LIST_STATES)[number];

/** What comes of asking a list server. */
export const FETCH_RESULTS = ['changed', 'unchanged', 'failed'] as const;
export type FetchResult = (typeof FETCH_RESULTS)[number];

/** The lists of the policy in force. */
export interface ListsState {
  states: Readonly<Record<ListState, number>>;
  fetches: Readonly<Record<FetchResult, number>>;
  /** Unix seconds when the list was last asked for with success that waits longest for it; 0 where none is fetched. */
  oldestCheck: number;
  /** Whether copies of lists cannot be kept. */
  isFailing: boolean;
}

/** The image in force and how it came to be. */
export interface PolicyState {
  /** 0 before the first image. */
  generation: number;
  /** The first load counts too. */
  reloads: { ok: number; failed: number };
  lastReloadSuccessful: boolean;
  /** How long the last reload took. */
  lastReloadSeconds: number;
  /** Unix seconds of the last reload that succeeded; 0 before the first. */
  lastReloadSuccessTime: number;
  imageBytes: number;
  /** Rules in the image, and names that carry them. */
  rules: number;
  names: number;
  /** SHA-256 of the policy in force, in hexadecimal; empty before the first. */
  hash: string;
  /** Rules of lists that came, and that went, when it came into force. */
  changed: { added: number; removed: number };
  /** By source: lines of it that are no rule. */
  rejectedLines: ReadonlyMap<string, number>;
  lists: ListsState;
  /** Problems of the configuration that the last reload found, warnings included. */
  problems: number;
  /** Alerts of policies and exceptions, each once. */
  alerts: readonly { policy: string; alert: (typeof POLICY_ALERTS)[number] }[];
  /** Unix seconds of the next date that changes what is answered; 0 where there is none. */
  nextChange: number;
  /** Lines of the audit log; undefined where there is none. */
  audit: { written: number; failed: number } | undefined;
}

/** Read once for each scrape, in main. Nothing here may wait for a worker. */
export interface MetricsSource {
  readonly version: string;
  /** A policy is in force and the listeners are open. */
  readonly ready: boolean;
  readonly workers: readonly CountedWorker[];
  cache(): CacheUsage;
  /** Every pair that was counted since the start. */
  pairs(): readonly CountedPair[];
  /** Undefined where hits are not logged. */
  hitLog(): HitLogCounts | undefined;
  status(): PolicyState;
  /** Workers replaced since the start, by kind. */
  restarts(): Record<WorkerKind, number>;
}

/** One reading of everything that is asked more than once in a scrape. */
export interface Scrape {
  source: MetricsSource;
  workers: readonly CountedWorker[];
  state: PolicyState;
  cache: CacheUsage;
}

export function scrape(source: MetricsSource): Scrape {
  return { source, workers: source.workers, state: source.status(), cache: source.cache() };
}
