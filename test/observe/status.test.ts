// What counts as unwell and as not ready, case by case.

import { describe, expect, it } from 'vitest';
import {
  hindrances,
  illnesses,
  SILENT_SECONDS,
  type StatusReport,
  type WorkerReport,
} from '../../src/observe/status.ts';

const WORKER: WorkerReport = { kind: 'datagram', index: 0, restarts: 0, generation: 1, silentSeconds: 0.2 };
const WELL: StatusReport = {
  version: '0.1.0',
  startedAt: '2026-11-22T06:00:00.000Z',
  generation: 1,
  policies: [],
  listeners: [{ protocol: 'udp', address: '127.0.0.1', port: 1053, open: true }],
  lastReload: null,
  hitLog: null,
  alerts: [],
  nextChange: null,
  audit: null,
  workers: [WORKER, { ...WORKER, kind: 'stream', index: 1 }],
};
const FAILED = {
  result: 'failed',
  generation: 0,
  at: '',
  seconds: 1,
  cause: 'start',
  reason: 'no such file',
  problems: [],
  lists: [],
  hash: null,
  memory: { image: 0, resident: 1 },
  totals: null,
  restart: [],
} as const;

const silent = (silentSeconds: number): Partial<StatusReport> => ({ workers: [{ ...WORKER, silentSeconds }] });

describe('illnesses', () => {
  it.each<[string, Partial<StatusReport>, string[]]>([
    ['all is well', {}, []],
    ['a heartbeat just fresh', silent(SILENT_SECONDS - 0.01), []],
    ['a silent worker', silent(SILENT_SECONDS), ['datagram worker 0 has given no sign of life for 3.0 s']],
    [
      'a worker that never gave a sign',
      silent(Infinity),
      ['datagram worker 0 has given no sign of life for Infinity s'],
    ],
    ['a reading that is no number', silent(Number.NaN), ['datagram worker 0 has given no sign of life for NaN s']],
    ['no worker', { workers: [] }, ['no worker is running']],
    ['no policy: a restart mends nothing', { generation: 0 }, []],
  ])('%s', (_, change, reasons) => expect(illnesses({ ...WELL, ...change })).toEqual(reasons));
});

describe('hindrances', () => {
  const closed = { protocol: 'tcp', address: '::1', port: 53, open: false } as const;
  it.each<[string, Partial<StatusReport>, string[]]>([
    ['all is well', {}, []],
    ['no policy yet', { generation: 0 }, ['no policy is in force']],
    ['a first load that failed', { generation: 0, lastReload: FAILED }, ['no policy is in force: no such file']],
    ['a later load that failed', { lastReload: { ...FAILED, generation: 1 } }, []],
    ['an image that nobody adopted', { workers: [{ ...WORKER, generation: 0 }] }, ['no worker has adopted a policy']],
    ['a worker being replaced', { workers: [WORKER, { ...WORKER, generation: 0 }] }, []],
    ['a closed listener', { listeners: [...WELL.listeners, closed] }, ['tcp listener [::1]:53 is not open']],
    ['no listener', { listeners: [] }, ['no listener is configured']],
    [
      'everything at once',
      { generation: 0, listeners: [closed] },
      ['no policy is in force', 'tcp listener [::1]:53 is not open'],
    ],
  ])('%s', (_, change, reasons) => expect(hindrances({ ...WELL, ...change })).toEqual(reasons));
});
