// The reload suite's figures follow from its rounds, and what contradicts them is said.

import { describe, expect, it } from 'vitest';
import type { PaceResult } from '../../../bench/pace.ts';
import { doubtsOf, report } from '../../../bench/reload/report.ts';
import type { ReloadRound } from '../../../bench/reload/result.ts';
import { andAbove } from '../../../bench/reload/suite.ts';

const MIB = 2 ** 20;

function paced(p99: number, more: Partial<PaceResult> = {}): PaceResult {
  return {
    ...{ sent: 1000, completed: 1000, lost: 0, unsent: 0, wrong: 0, stray: 0, truncated: 0, reconnects: 0, seconds: 1 },
    rcodes: { NOERROR: 850, NXDOMAIN: 150 },
    lateness: { p99: 0, max: 0 },
    latency: { mean: 0.0001, p50: 0.0001, p99, p999: p99 * 2, max: p99 * 3 },
    windows: [{ completed: 1000, lost: 0, p99: p99 * 1.5, max: p99 * 3 }],
    ...more,
  };
}

function round(more: Partial<ReloadRound> = {}): ReloadRound {
  const resident = { before: 100 * MIB, most: 180 * MIB, after: 110 * MIB };
  return { before: paced(0.001), during: paced(0.003), reloadSeconds: 2.5, resident, ...more };
}

describe('report', () => {
  const { figures, tables, doubts } = report([round(), round()], {
    names: 1000,
    rate: 20_000,
    cores: 1,
    blockedShare: 0.15,
  });
  const figure = (id: string) => figures.find((one) => one.id === id)?.value;

  it('compares p99 round by round', () => expect(figure('reload/p99-per-before')).toBeCloseTo(3));
  it('adds up what was lost', () => expect(figure('reload/lost')).toBe(0));
  it('says the slowest in milliseconds', () => expect(figure('reload/worst')).toBeCloseTo(9));
  it('says the memory meanwhile above before', () => expect(figure('reload/memory')).toBe(80));
  it('says whether memory grows from reload to reload', () => {
    expect(figure('reload/kept')).toBe(1);
    const grown = round({ resident: { before: 100 * MIB, most: 180 * MIB, after: 132 * MIB } });
    const { figures: after } = report([round(), grown], { names: 1000, rate: 20_000, cores: 1, blockedShare: 0.15 });
    expect(after.find(({ id }) => id === 'reload/kept')).toMatchObject({
      value: 1.2,
      goal: { at: 'most', limit: 1.1 },
    });
  });
  it('has two tables and no doubts', () => {
    expect(tables).toHaveLength(2);
    expect(doubts).toEqual([]);
  });
});

it.each<[string, Partial<PaceResult>]>([
  ['25.0 % blocked, not 15.0 %', { rcodes: { NOERROR: 750, NXDOMAIN: 250 } }],
  ['3 SERVFAIL', { rcodes: { NOERROR: 847, NXDOMAIN: 150, SERVFAIL: 3 } }],
  ['2 wrong', { wrong: 2 }],
  ['7 not sent in time', { unsent: 7 }],
])('doubts %s', (text, more) => {
  expect(doubtsOf([round({ during: paced(0.003, more) })], 0.15)).toEqual([`round 1, during: ${text}`]);
});

it('counts a name among those above it', () => {
  expect(andAbove('a.b.be')).toEqual(['a.b.be', 'b.be', 'be']);
});
