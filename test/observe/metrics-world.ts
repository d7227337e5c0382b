// A source of metrics over real counters, and a strict reader of the exposition.

import { Counters } from '../../src/engine/counters.ts';
import {
  type CountedPair,
  type CountedWorker,
  type HitLogCounts,
  type MetricsSource,
  POLICY_ALERTS,
  type PolicyState,
} from '../../src/observe/metrics-source.ts';

export interface World extends MetricsSource {
  workers: CountedWorker[];
  state: PolicyState;
  pairList: CountedPair[];
  hitCounts: HitLogCounts | undefined;
  restarted: { datagram: number; stream: number };
}

/** Two datagram workers and a stream worker that have done nothing, under one policy. */
export function metricsWorld(): World {
  const buffer = Counters.allocate(3);
  return {
    version: '0.1.0',
    ready: true,
    workers: [0, 1, 2].map((index) => ({
      kind: index < 2 ? 'datagram' : 'stream',
      index,
      counters: new Counters(buffer, index),
    })),
    state: {
      generation: 3,
      reloads: { ok: 3, failed: 1 },
      lastReloadSuccessful: true,
      lastReloadSeconds: 0.25,
      lastReloadSuccessTime: 1_700_000_000,
      imageBytes: 4096,
      rules: 12,
      names: 11,
      hash: 'cd'.repeat(32),
      changed: { added: 5, removed: 4 },
      rejectedLines: new Map([['tiktok', 0]]),
      lists: {
        states: { current: 3, held: 1, stale: 0, missing: 0 },
        fetches: { changed: 2, unchanged: 5, failed: 1 },
        oldestCheck: 1_700_000_100,
        isFailing: false,
      },
      problems: 2,
      alerts: [{ policy: 'be-716', alert: 'review_passed' }],
      nextChange: 1_800_000_000,
      audit: { written: 4, failed: 1 },
    },
    pairList: [{ policy: 'be-716', group: 'service', slot: 0 }],
    restarted: { datagram: 1, stream: 0 },
    cache: () => ({ entries: 5, bytes: 640, capacity: 1_048_576 }),
    hitCounts: { written: 11, failed: 3, limited: 2 },
    pairs() {
      return this.pairList;
    },
    hitLog() {
      return this.hitCounts;
    },
    status() {
      return this.state;
    },
    restarts() {
      return this.restarted;
    },
  };
}

/** Every alert that there is, of so many policies. */
export function manyAlerts(policies: number): PolicyState['alerts'] {
  const ids = Array.from({ length: policies }, (_, n) => `p-${n}`);
  return ids.flatMap((policy) => POLICY_ALERTS.map((alert) => ({ policy, alert })));
}

export interface Series {
  /** With its suffix. */
  name: string;
  labels: Record<string, string>;
  value: number;
  /** Name and labels as they stand in the line. */
  key: string;
}

export interface Family {
  type: string;
  help: string;
  series: Series[];
}

const SERIES = /^([a-z_][a-z0-9_]*)(?:\{([^\n]*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)|[+-]Inf|NaN)$/;
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    if (!found) throw new Error(`labels that cannot be read: ${text}`);
    const [, label, value] = found;
    if (label in labels) throw new Error(`label ${label} twice: ${text}`);
    labels[label] = value.replace(/\\(.)/g, (_, mark) => (mark === 'n' ? '\n' : mark));
  }
  return labels;
}

/** Reads the text format line by line. Throws on any line that is not of it, and on a series that stands twice. */
export function readExposition(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const keys = new Set<string>();
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  let family = { name: '', help: '', type: '', series: [] as Series[] };
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [mark, word, name] = line.split(' ', 3);
    if (mark === '#' && word === 'HELP') {
      if (families.has(name)) throw new Error(`${name} twice`);
      family = { name, help: line.slice(`# HELP ${name} `.length), type: '', series: [] };
      families.set(name, family);
    } else if (mark === '#' && word === 'TYPE') {
      if (name !== family.name || family.type) throw new Error(`a type out of place: ${line}`);
      family.type = line.slice(`# TYPE ${name} `.length);
    } else {
      const found = SERIES.exec(line);
      if (!found?.[1].startsWith(family.name)) throw new Error(`a line that cannot be read: ${line}`);
      const key = line.slice(0, line.lastIndexOf(' '));
      if (keys.has(key)) throw new Error(`a series twice: ${line}`);
      keys.add(key);
      const value = found[3].endsWith('Inf') ? Number(`${found[3]}inity`) : Number(found[3]);
      family.series.push({ name: found[1], labels: readLabels(found[2] ?? ''), value, key });
    }
  }
  return families;
}

/** Every series by its key. */
export function seriesByKey(text: string): Map<string, number> {
  return new Map(
    [...readExposition(text).values()].flatMap(({ series }) => series.map(({ key, value }) => [key, value])),
  );
}
