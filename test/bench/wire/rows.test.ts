/** Medians, ratios, figures and doubts say what the measurements say. */
import { describe, expect, it } from 'vitest';
import { doubtsOf } from '../../../bench/wire/doubts.ts';
import type { Material } from '../../../bench/wire/material.ts';
import type { Measurement } from '../../../bench/wire/measure.ts';
import { figuresOf, rowsOf } from '../../../bench/wire/rows.ts';
import { boutsOf } from '../../../bench/wire/suite.ts';
import { tableOf } from '../../../bench/wire/tables.ts';
import { WORKLOADS, type WorkloadName } from '../../../bench/wire/workloads.ts';

const load = { sent: 1e6, completed: 1e6, lost: 0, seconds: 8, rcodes: { NOERROR: 850_000, NXDOMAIN: 150_000 } };
const workloadOf = (name: WorkloadName) => WORKLOADS.find((workload) => workload.name === name)!;
const hits = workloadOf('hits');

/** A run that cost so many microseconds an answer, a quarter of them outside the kernel. */
const run = (peer: string, round: number, cost: number, workload: WorkloadName = 'hits'): Measurement => ({
  ...{ peer, workload, round, load, readySeconds: 1, rate: 20_000, upstream: 0, neighbourShare: 0, doubts: [] },
  cpu: { user: cost / 4, system: (cost * 3) / 4 },
  paced: { ...load, lost: 2 },
  latency: { p50: 0.0001, p99: 0.002, p999: 0.012, max: 0.02 },
  resident: 50 * 2 ** 20,
});
const runs = [run('sluis', 1, 6), run('floor', 1, 5), run('unbound', 1, 8), run('sluis', 2, 9), run('floor', 2, 5)];

describe('rowsOf', () => {
  it('gives cost and its parts, and ratios within a round', () => {
    const rows = rowsOf(runs, hits);
    expect(rows.map(({ peer, rounds }) => [peer, rounds])).toEqual([
      ['floor', 2],
      ['sluis', 2],
      ['unbound', 1],
    ]);
    expect(rows.map(({ cost }) => cost.median)).toEqual([5, 7.5, 8]);
    expect(rows.map(({ user }) => user.median)).toEqual([1.25, 1.875, 2]);
    expect(rows.map(({ busy }) => busy.max)).toEqual([0.625, 1.125, 1]);
    expect(rows[1]!.timesFloor!.median).toBeCloseTo(1.5, 9);
    expect(rows.map(({ sluisTimesIt }) => sluisTimesIt!.median)).toEqual([1.5, 1, 0.75]);
    expect(rows.map(({ lost }) => lost)).toEqual([4, 4, 2]);
  });

  it('leaves out the ratio to a server that was not measured, and keeps workloads apart', () => {
    expect(rowsOf([run('unbound', 1, 8)], hits)[0]).toMatchObject({ timesFloor: null, sluisTimesIt: null });
    expect(rowsOf(runs, workloadOf('misses'))).toEqual([]);
  });

  it('fills a table', () => {
    const { caption, header, rows } = tableOf(hits, rowsOf(runs, hits), '2 × 8 s');
    expect(caption).toBe('hits: cache hits, 15 % blocked; 2 × 8 s');
    for (const row of rows) expect(row).toHaveLength(header.length);
    expect(rows[2]).toEqual(
      expect.arrayContaining(['unbound', '8.00', '2.00', '6.00', '125,000', '100 %', '50', '0.10']),
    );
    expect(rows[2]!.slice(-5)).toEqual(['0.10', '2.00', '12.0', '1.60×', '0.75×']);
  });
});

describe('figuresOf', () => {
  it('has a figure for every server beside Sluis, with the goals that are set', () => {
    const figures = figuresOf(runs, [hits]);
    expect(figures.map(({ id, value, goal }) => [id, value, goal?.limit])).toEqual([
      ['hits/sluis-per-floor', 1.5, 1.25],
      ['hits/sluis-per-unbound', 0.75, 0.9],
    ]);
    expect(figures[0]).toMatchObject({ min: 1.2, max: 1.8, unit: '×' });
  });

  it('sets a million rules against six, and many groups against one', () => {
    const all = [
      run('sluis', 1, 6),
      run('sluis', 1, 6.3, 'million'),
      run('sluis-24-groups', 1, 5.1, 'groups'),
      run('sluis-one-group', 1, 5, 'groups'),
    ];
    const figures = figuresOf(all, WORKLOADS);
    expect(figures.map(({ id, goal }) => [id, goal?.limit])).toEqual([
      ['groups/sluis-per-one-group', 1.05],
      ['million/sluis-per-hits', 1.1],
    ]);
    expect(figures[0]!.value).toBeCloseTo(1.02, 9);
    expect(figures[1]!.value).toBeCloseTo(1.05, 9);
  });
});

describe('doubtsOf', () => {
  const material = { measured: { path: 'q', lines: 100_000, blockedShare: 0.15 } } as Material;
  const seen = { load, paced: load, upstream: 0, neighbourShare: 0.01 };

  it('has none about a clean run', () => expect(doubtsOf(seen, hits, material, true)).toEqual([]));

  it.each([
    ['lost queries', { load: { ...load, lost: 3 } }, '3 lost'],
    ['those lost at the fixed rate', { paced: { ...load, lost: 4 } }, '4 lost at the fixed rate'],
    ['failures', { load: { ...load, rcodes: { NXDOMAIN: 150_000, SERVFAIL: 2 } } }, '2 SERVFAIL'],
    ['bans let through', { load: { ...load, rcodes: { NOERROR: 1e6 } } }, '0.0 % blocked, not 15.0 %'],
    ['neighbours', { neighbourShare: 0.31 }, "31 % of the server's core went to other processes"],
    ['a cold cache', { upstream: 400_000 }, '0.40 upstream queries for each answer, not 0.00'],
  ])('names %s', (_, changes, doubt) => {
    expect(doubtsOf({ ...seen, ...changes }, hits, material, true)).toEqual([doubt]);
  });

  it('names misses that were hits', () => {
    const none = { measured: { path: 'q', lines: 999_999, blockedShare: 0 } } as Material;
    const misses = { ...seen, load: { ...load, rcodes: { NOERROR: 1e6 } }, upstream: 1e6 };
    const doubts = doubtsOf(misses, workloadOf('misses'), none, true);
    expect(doubts).toEqual(['names came round again: not all were misses']);
  });

  it('asks no sense of an echo', () => {
    const echo = { ...seen, load: { ...load, rcodes: { NOERROR: 1e6 } } };
    expect(doubtsOf(echo, hits, material, false)).toEqual([]);
  });
});

it('every round begins with another server, and each measures all of them', () => {
  const contestants = ['floor', 'sluis', 'unbound'].map((name) => ({ peer: { name }, program: {} }));
  const bouts = boutsOf(3, [hits], contestants as unknown as Parameters<typeof boutsOf>[2]);
  expect(bouts.map(({ peer, round }) => `${round} ${peer.name}`)).toEqual([
    ...['1 floor', '1 sluis', '1 unbound'],
    ...['2 sluis', '2 unbound', '2 floor'],
    ...['3 unbound', '3 floor', '3 sluis'],
  ]);
});
