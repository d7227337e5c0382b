/** Medians, ratios and doubts say what the measurements say. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Load } from '../../bench/dnsperf.ts';
import { doubtsOf, type Measurement } from '../../bench/measure.ts';
import { type Options, readOptions } from '../../bench/options.ts';
import { reportText, summarise } from '../../bench/report.ts';
import { spread } from '../../bench/statistics.ts';

const load = (changes: Partial<Load> = {}): Load => ({
  sent: 1_000_000,
  completed: 1_000_000,
  lost: 0,
  rate: 125_000,
  seconds: 8,
  meanLatencySeconds: 0.001,
  rcodes: { NOERROR: 850_000, NXDOMAIN: 150_000 },
  ...changes,
});

const run = (peer: string, round: number, cpuSeconds: number): Measurement => ({
  peer,
  workload: 'hits',
  round,
  load: load(),
  cpu: { user: cpuSeconds / 4, system: (cpuSeconds * 3) / 4 },
  upstreamPerAnswer: 0,
  neighbourShare: 0,
  doubts: [],
});

describe('spread', () => {
  it.each([
    [[3], { median: 3, min: 3, max: 3 }],
    [[9, 1, 5], { median: 5, min: 1, max: 9 }],
    [[4, 1, 2, 10], { median: 3, min: 1, max: 10 }],
    [[100, 20, 3], { median: 20, min: 3, max: 100 }],
  ])('of %j is %j', (values, expected) => {
    expect(spread(values)).toEqual(expected);
  });

  it('of nothing is nothing', () => {
    expect(spread([])).toBeNull();
  });

  it('keeps its order and does not touch what it was given', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 }), (values) => {
        const copy = [...values];
        const { median, min, max } = spread(values)!;
        expect(values).toEqual(copy);
        expect(min <= median && median <= max).toBe(true);
        expect(values.filter((value) => value < median).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > median).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('summarise', () => {
  const runs = [run('floor', 1, 5), run('sluis', 1, 6), run('unbound', 1, 8), run('floor', 2, 5), run('sluis', 2, 6)];

  it('gives CPU per answer in microseconds and both ratios', () => {
    const rows = summarise(runs, 'hits');
    expect(rows.map(({ peer, rounds }) => [peer, rounds])).toEqual([
      ['floor', 2],
      ['sluis', 2],
      ['unbound', 1],
    ]);
    expect(rows.map((row) => row.cpuMicroseconds.median)).toEqual([5, 6, 8]);
    expect(rows.map((row) => row.timesFloor)).toEqual([1, 1.2, 1.6]);
    expect(rows.map((row) => row.sluisTimesThis)).toEqual([1.2, 1, 0.75]);
    expect(rows.map((row) => row.busy.median)).toEqual([0.625, 0.75, 1]);
    expect(rows[0]!.systemShare).toBe(0.75);
  });

  it('leaves out the ratio to a server that was not measured', () => {
    const [row] = summarise([run('unbound', 1, 8)], 'hits');
    expect(row).toMatchObject({ timesFloor: null, sluisTimesThis: null });
  });

  it('keeps workloads apart', () => {
    expect(summarise(runs, 'misses')).toEqual([]);
  });
});

describe('doubtsOf', () => {
  const file = { path: 'q', lines: 100_000, blockedShare: 0.15 };
  const seen = {
    workload: 'hits',
    load: load(),
    file,
    upstreamPerAnswer: 0,
    neighbourShare: 0.01,
    resolves: true,
  } as const;

  it('has none about a clean run', () => {
    expect(doubtsOf(seen)).toEqual([]);
  });

  it.each([
    ['lost queries', { load: load({ lost: 3 }) }, '3 lost'],
    ['failures', { load: load({ rcodes: { NXDOMAIN: 150_000, SERVFAIL: 2 } }) }, '2 SERVFAIL'],
    ['bans let through', { load: load({ rcodes: { NOERROR: 1_000_000 } }) }, '0.0 % blocked, not 15.0 %'],
    ['neighbours', { neighbourShare: 0.31 }, "31 % of the server's core went to other processes"],
    ['a cold cache', { upstreamPerAnswer: 0.4 }, '0.40 upstream queries for each answer'],
    [
      'misses that were hits',
      { workload: 'misses', file: { ...file, blockedShare: 0.15, lines: 999_999 }, upstreamPerAnswer: 1 } as const,
      'names came round again: not all were misses',
    ],
  ])('names %s', (_, changes, doubt) => {
    expect(doubtsOf({ ...seen, ...changes })).toEqual([doubt]);
  });

  it('asks no sense of an echo', () => {
    const echo = load({ rcodes: { NOERROR: 1_000_000 } });
    expect(doubtsOf({ ...seen, load: echo, upstreamPerAnswer: null, resolves: false })).toEqual([]);
  });
});

describe('readOptions', () => {
  it('has a usual value for everything', () => {
    expect(readOptions([])).toMatchObject({ workloads: ['hits', 'misses'], rounds: 3, seconds: 8 });
  });

  it('takes what it is told, servers in their own order', () => {
    const options = readOptions(['--only', 'misses', '--peers', 'dnsdist,unbound', '--rounds', '5', '--seconds=2']);
    expect(options).toMatchObject({ workloads: ['misses'], peers: ['unbound', 'dnsdist'], rounds: 5, seconds: 2 });
  });

  it.each([
    [['--rounds', '0'], '--rounds takes a whole number from 1 to 100, not "0"'],
    [['--seconds', '1e9'], '--seconds takes a whole number from 1 to 120, not "1e9"'],
    [['--peers', 'bind'], '--peers knows floor, sluis, unbound, dnsdist, not "bind"'],
    [['--peers', ','], '--peers needs at least one of floor, sluis, unbound, dnsdist'],
    [['--only', 'hit'], '--only knows hits, misses, not "hit"'],
    [['--fast'], "Unknown option '--fast'"],
    [['stray'], "Unexpected argument 'stray'"],
  ])('%j: %s', (commandLine, problem) => {
    const { problems } = readOptions(commandLine) as { problems: string[] };
    expect(problems[0]).toContain(problem);
  });

  it('names every problem at once', () => {
    const { problems } = readOptions(['--rounds', 'x', '--seconds', '-', '--only', 'all']) as { problems: string[] };
    expect(problems.length).toBeGreaterThanOrEqual(3);
  });
});

describe('reportText', () => {
  const options = readOptions(['--only', 'hits']) as Options;

  it('shows every server, its doubts, and who is missing and why', () => {
    const doubtful = { ...run('unbound', 1, 8), doubts: ['7 lost'] };
    const text = reportText(
      [run('floor', 1, 5), doubtful],
      [
        { peer: 'dnsdist', workload: null, why: 'dnsdist is missing: apt install dnsdist' },
        { peer: 'sluis', workload: 'hits', why: '3 wrong answers, not measured' },
      ],
      options,
    );
    expect(text).toMatch(/^unbound +8\.00 +8\.00–8\.00 +75 % +125,000 .* 1\.60×/m);
    expect(text).toContain('doubt: unbound, round 1: 7 lost');
    expect(text).toContain('left out: dnsdist: dnsdist is missing: apt install dnsdist');
    expect(text).toContain('failed: sluis under hits: 3 wrong answers, not measured');
  });

  it('says so when nothing was measured', () => {
    expect(reportText([], [], options)).toContain('nothing was measured');
  });
});
