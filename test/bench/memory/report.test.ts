// The memory suite's figures follow from its starts; what was not measured has no figure.

import { describe, expect, it } from 'vitest';
import { report, ruleOctets } from '../../../bench/memory/report.ts';
import type { Held, Start } from '../../../bench/memory/result.ts';

const MIB = 2 ** 20;
const start = (server: string, kind: Start['kind'], readySeconds: number): Start => ({
  ...{ server, kind, readySeconds },
  most: 0,
});
const held = (server: string, kind: Held['kind'], mib: number): Held => {
  const memory = { resident: mib * MIB, proportional: mib * MIB, anonymous: 0 };
  return { server, kind, memory };
};

const starts = [start('sluis', 'cold', 1.5), start('sluis', 'warm', 1), start('dnsmasq', 'cold', 2)];
const all = [
  held('sluis', 'six', 80),
  held('sluis', 'cold', 116),
  held('dnsmasq', 'six', 6),
  held('dnsmasq', 'cold', 78),
];
const rest = {
  memory: { resident: 85 * MIB, proportional: 70 * MIB, anonymous: 40 * MIB },
  ticks: 1,
  ranMilliseconds: 9.5,
};

describe('report', () => {
  const { figures } = report(starts, all, rest, 1000);

  it.each([
    ['memory/start', 1500],
    ['memory/start-per-dnsmasq', 0.75],
    ['memory/start-again', 1000],
    ['memory/rules', 36],
    ['memory/rules-per-dnsmasq', 0.5],
    ['memory/rest', 85],
    ['memory/idle', 10],
  ])('%s is %d', (id, value) => {
    expect(figures.find((figure) => figure.id === id)?.value).toBeCloseTo(value);
  });

  it('has no figure for what is not installed or failed', () => {
    const alone = starts.filter(({ server }) => server === 'sluis');
    const ids = report(alone, all.slice(0, 2), null, 1000).figures.map(({ id }) => id);
    expect(ids).toEqual(['memory/start', 'memory/start-again', 'memory/rules']);
  });
});

it('rules take what is resident beyond six of them', () => {
  expect(ruleOctets(all, 'sluis')).toEqual([36 * MIB]);
  expect(ruleOctets(all, 'unbound')).toEqual([]);
});
