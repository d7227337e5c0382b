// A whole Sluis on loopback for journeys: real threads, real sockets, ports the kernel chose, files in a folder of its own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Alert } from '../../src/control/calendar.ts';
import type { DateChange } from '../../src/control/date-change.ts';
import type { Reload } from '../../src/control/keeper.ts';
import { ConfigurationError, Resolver } from '../../src/control/resolver.ts';
import type { Entries, SupervisorEvent } from '../../src/control/supervisor.ts';
import { type Counters, GAUGE } from '../../src/engine/counters.ts';
import { formatProblem } from '../../src/settings/problems.ts';
import { Arrivals } from './until.ts';

export interface Endpoint {
  address: string;
  port: number;
}

export interface RunningSluis {
  udp: Endpoint;
  tcp: Endpoint;
  /** Its configuration, to be edited. */
  file: string;
  /** The folder of the configuration, for lists. */
  folder: string;
  resolver: Resolver;
  reloads: Reload[];
  events: SupervisorEvent[];
  /** What the log of hits said was wrong, and empty texts. */
  hitLog: string[];
  /** What learning said was wrong, and empty texts. */
  learning: string[];
  /** What was said of copies of lists that cannot be kept, and empty texts. */
  copies: string[];
  /** What the audit log said was wrong, and empty texts; alerts of the policies' dates. */
  audit: string[];
  alerts: Alert[];
  /** Dates that came and changed answers. */
  changes: DateChange[];
  /** Told of each reload and each worker that ended or came back. */
  arrivals: Arrivals;
  /** Writes another configuration; the file's change is noticed as any other. */
  configure: (settings: object) => void;
  /** A count summed over all workers. */
  total: (read: (counters: Counters) => number) => number;
  /** Resolves when every worker decides by this generation. */
  adopted: (generation: number) => Promise<void>;
  stop: () => Promise<void>;
}

/**
 * How long a reload is waited for: a build waits while the machine is busy, and is begun anew at full speed after 20 s.
 */
export const RELOAD_MS = 60_000;

export const DRIVERS = ['batched', 'portable'] as const;

const BASE = {
  listen: { dns: ['127.0.0.1:0'] },
  upstreams: ['127.0.0.1:9'],
  workers: { datagram: 2 },
  log: { hits: { to: 'off' } },
};

/** `settings` as in the file, over: port 0 of 127.0.0.1, two workers, an upstream where nobody listens. */
export async function startSluis(
  settings: object,
  options: { entries?: Partial<Entries>; files?: Record<string, string> } = {},
): Promise<RunningSluis> {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-'));
  const file = join(folder, 'sluis.yaml');
  // JSON is YAML: what tests write down as objects needs no emitter.
  const configure = (next: object) => writeFileSync(file, JSON.stringify({ ...BASE, ...next }, null, 2));
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(folder, name), text);
  configure(settings);
  const reloads: Reload[] = [];
  const events: SupervisorEvent[] = [];
  const hitLog: string[] = [];
  const learning: string[] = [];
  const copies: string[] = [];
  const audit: string[] = [];
  const alerts: Alert[] = [];
  const changes: DateChange[] = [];
  const arrivals = new Arrivals();
  const { entries } = options;
  const resolver = await Resolver.start({
    file,
    env: {},
    onReload: (reload) => {
      reloads.push(reload);
      arrivals.announce();
    },
    onFetch: () => arrivals.announce(),
    onCopies: (problem) => void copies.push(problem),
    onWorker: (event) => {
      events.push(event);
      arrivals.announce();
    },
    onHitLog: (problem) => {
      hitLog.push(problem);
      arrivals.announce();
    },
    onLearning: (problem) => void learning.push(problem),
    onAudit: (problem) => {
      audit.push(problem);
      arrivals.announce();
    },
    onAlert: (alert) => void alerts.push(alert),
    onChange: (change) => {
      changes.push(change);
      arrivals.announce();
    },
    ...(entries && { entries }),
  }).catch((error) => {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new Error([error.message, ...error.problems.map(formatProblem)].join('\n'));
  });
  const [endpoint] = resolver.supervisor.endpoints;
  return {
    udp: endpoint,
    tcp: endpoint,
    file,
    folder,
    resolver,
    reloads,
    events,
    hitLog,
    learning,
    copies,
    audit,
    alerts,
    changes,
    arrivals,
    configure,
    total: (read) => resolver.supervisor.workers.reduce((sum, { counters }) => sum + read(counters), 0),
    adopted: async (generation) => {
      const isAdopted = () =>
        resolver.supervisor.workers.every((worker) => worker.counters.readGauge(GAUGE.GENERATION) === generation);
      await expect.poll(isAdopted, { timeout: RELOAD_MS }).toBe(true);
    },
    stop: async () => {
      await resolver.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
