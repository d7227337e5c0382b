// What the resolver says of itself to people and probes: its state as plain data, and what in it is not well.

import { withPort } from '../wire/address-text.ts';
import type { ListState, WorkerKind } from './metrics-source.ts';

/** Seconds without a sign of life after which a worker is not well; its replacement comes sooner. */
export const SILENT_SECONDS = 3;

/** A problem in a file that people write; what `sluis check` prints. */
export interface ReportedProblem {
  severity: 'error' | 'warning' | 'note';
  file: string;
  line: number;
  column: number;
  path: string;
  message: string;
  fix: string;
}

/** What came of a list of the configuration. */
export interface ListReport {
  id: string;
  file: string;
  /** As the configuration says, or as it was recognised; null where it could not be. */
  format: string | null;
  rules: number;
  duplicates: number;
  /** Lines that are no rule, and how many for which reason. */
  rejected: number;
  reasons: readonly { reason: string; count: number }[];
  /** What is not honoured, or not wholly, by kind, with the first lines of each. */
  left: readonly { kind: string; reason: string; file: string; count: number; lines: readonly number[] }[];
  /** Undefined for a list that comes with Sluis. */
  use?: ListUseReport;
}

/** How a list differs from its last good copy, by the first rules of each. */
export interface ListChangeReport {
  before: number;
  added: number;
  removed: number;
  addedNames: readonly string[];
  removedNames: readonly string[];
}

/** Which of its contents a list was taken from. */
export interface ListUseReport {
  state: ListState;
  /** Of what is in force, in hexadecimal; null where that is nothing. */
  sha256: string | null;
  /** From when that is in force, ISO 8601 in UTC; null where it came with the reload. */
  since: string | null;
  /** Why it is not current, and what to do; empty where it is. */
  why: string;
  fix: string;
  /** SHA-256 of an update that waits to be accepted; null where none does. */
  waiting: string | null;
  /** What came into force with the reload, or what waits; null where nothing is known to have changed. */
  change: ListChangeReport | null;
}

/** A list of the policy in force, as `sluis lists status` has it. */
export interface ListStatus extends ListReport {
  title: string;
  /** Null for a list that is a file of this machine. Moments ISO 8601 in UTC; `checked` null before the first success. */
  fetch: { checked: string | null; next: string; failures: number; reason: string; fix: string } | null;
}

/** What went into a policy, all lists and apps together. */
export interface ReloadTotals {
  rules: number;
  /** Of lists that do not come with Sluis: rules that came into force and that went, against the last good copies. */
  added: number;
  removed: number;
  /** Lines that are no rule, and how many for which reason. */
  rejected: number;
  reasons: Readonly<Record<string, number>>;
  /** Lines that are not honoured, or not wholly, by kind. */
  left: Readonly<Record<string, number>>;
  /** By list and app, such as "list own-blocks", the SHA-256 of what was taken; null where that is nothing. */
  sources: Readonly<Record<string, string | null>>;
}

/** How one reload went. */
export interface ReloadReport {
  result: 'ok' | 'failed';
  /** What asked for it, in words. */
  cause: string;
  /** In force after it: where it failed, the one before. */
  generation: number;
  /** When it ended, ISO 8601 in UTC. */
  at: string;
  seconds: number;
  /** Why it failed, in words; null where it did not. */
  reason: string | null;
  problems: readonly ReportedProblem[];
  /** Null where it failed before lists were read. */
  totals: ReloadTotals | null;
  /** Those that were read; none where it failed before that. */
  lists: readonly ListReport[];
  /** SHA-256 of the policy: the same wherever the same is in force. Null where there is none. */
  hash: string | null;
  /** Octets of the image, and of this process once it is in force. */
  memory: { image: number; resident: number };
  /** Sections of the configuration that changed and that only a restart puts into force. */
  restart: readonly string[];
}

export interface PolicyReport {
  id: string;
  title: Record<string, string>;
  authority: Record<string, string>;
  /** For whom it is meant, and where it is published; empty where nobody says. */
  scope: Record<string, string>;
  source: string;
  /** In how many groups it blocks, observes, is off. */
  modes: { block: number; observe: number; off: number };
}

export interface ListenerReport {
  protocol: 'udp' | 'tcp';
  address: string;
  port: number;
  open: boolean;
}

export interface WorkerReport {
  kind: WorkerKind;
  index: number;
  restarts: number;
  /** The generation it decides by; 0 before its first. */
  generation: number;
  /**
   * Seconds since its heartbeat was last seen to move. Measured by who watches, never as a difference of clocks: a
   * thread's clock starts from the wall clock at its birth, which may have been set since.
   */
  silentSeconds: number;
}

/** The log of policy hits: events in it, events missing from it, and what is wrong, in words. */
export interface HitLogReport {
  written: number;
  dropped: number;
  problems: readonly string[];
}

/** What somebody has to know of a date of a policy or an exception. */
export interface AlertReport {
  alert: string;
  policy: string;
  exception: string | null;
  owner: string | null;
  /** When it began, ISO 8601 in UTC, and the date that it is about. */
  since: string;
  date: string;
  /** In words. */
  text: string;
}

/** The audit log: lines in it of this process, lines missing from it, its last line, and what is wrong, in words. */
export interface AuditReport {
  file: string;
  written: number;
  failed: number;
  head: { sequence: number; hash: string } | null;
  problem: string;
}

export interface StatusReport {
  version: string;
  /** ISO 8601 in UTC. */
  startedAt: string;
  /** 0 before the first image. */
  generation: number;
  policies: readonly PolicyReport[];
  listeners: readonly ListenerReport[];
  /** Null before the first, which is the load at the start. */
  lastReload: ReloadReport | null;
  workers: readonly WorkerReport[];
  /** Null where policy hits are not logged. */
  hitLog: HitLogReport | null;
  /** Oldest first. */
  alerts: readonly AlertReport[];
  /** When a date next changes what is answered, ISO 8601 in UTC; null where none will. */
  nextChange: string | null;
  /** Null where there is no audit log. */
  audit: AuditReport | null;
}

/** Why the process is not well, in words; empty when it is. What only time or a reload can mend is not among it. */
export function illnesses({ workers }: StatusReport): string[] {
  if (workers.length === 0) return ['no worker is running'];
  return workers
    .filter(({ silentSeconds }) => !(silentSeconds < SILENT_SECONDS))
    .map(({ kind, index, silentSeconds }) => {
      return `${kind} worker ${index} has given no sign of life for ${silentSeconds.toFixed(1)} s`;
    });
}

/** Why queries should not be sent here yet, in words; empty when they may. */
export function hindrances({ generation, listeners, workers, lastReload }: StatusReport): string[] {
  const reasons: string[] = [];
  if (generation === 0) {
    const why = lastReload?.reason ? `: ${lastReload.reason}` : '';
    reasons.push(`no policy is in force${why}`);
  } else if (!workers.some((worker) => worker.generation > 0)) {
    reasons.push('no worker has adopted a policy');
  }
  if (listeners.length === 0) reasons.push('no listener is configured');
  for (const { protocol, address, port, open } of listeners) {
    if (!open) reasons.push(`${protocol} listener ${withPort(address, port)} is not open`);
  }
  return reasons;
}
