/** The questions are the same for the same seed, shaped as they say, and answerable as the stub answers. */
import { describe, expect, it } from 'vitest';
import { seededRandom, zipfSampler } from '../../../bench/random.ts';
import { fewRules, isCovered, nearMisses, population } from '../../../bench/wire/names.ts';
import { makeQuestions, stubAddress } from '../../../bench/wire/questions.ts';

const rules = fewRules(6, seededRandom(7));
const covered = new Set(rules);
const { names, domains } = population(3000, covered, seededRandom(716));
const blocked = rules.map((rule) => `www.${rule}`);
const asked = { allowed: names, blocked };
const mix = { lines: 20_000, blockedShare: 0.15, freshShare: 0, mark: 'm', seed: 1 };
const nameOf = (line: string) => line.split(' ')[0]!;

describe('names', () => {
  it('depend on the seed alone', () => {
    expect(population(3000, covered, seededRandom(716)).names).toEqual(names);
    expect(population(3000, covered, seededRandom(717)).names).not.toEqual(names);
  });

  it('are distinct, valid in any list, and below no rule', () => {
    expect(new Set(names).size).toBe(3000);
    for (const name of names) {
      expect(name).toMatch(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,4}$/);
      expect(isCovered(name, covered)).toBe(false);
    }
  });

  it('are as long as those that people ask for: about 20 octets, from 8 to 50', () => {
    const lengths = names.map(({ length }) => length).sort((a, b) => a - b);
    const at = (share: number) => lengths[Math.floor(share * (lengths.length - 1))]!;
    expect(at(0.5)).toBeGreaterThanOrEqual(16);
    expect(at(0.5)).toBeLessThanOrEqual(23);
    expect(at(0.02)).toBeLessThanOrEqual(11);
    expect(at(0.98)).toBeGreaterThanOrEqual(38);
    expect(at(1)).toBeLessThanOrEqual(70);
  });
});

it.each([
  ['a.b.example.com', true],
  ['example.com', true],
  ['myexample.com', false],
  ['com', false],
])('a rule on example.com covers %s: %s', (name, expected) => {
  expect(isCovered(name, new Set(['example.com']))).toBe(expected);
});

it('near misses are distinct, covered by no rule, and below the same endings', () => {
  const near = nearMisses(rules, covered, 500, seededRandom(3));
  expect(new Set(near).size).toBe(500);
  expect(near.filter((name) => isCovered(name, covered))).toEqual([]);
  const endings = rules.map((rule) => rule.slice(rule.lastIndexOf('.')));
  for (const name of near) expect(endings.some((ending) => name.endsWith(ending))).toBe(true);
});

describe('makeQuestions', () => {
  const { lines, blockedShare } = makeQuestions(asked, domains, mix);

  it('depends on the seed alone', () => {
    expect(makeQuestions(asked, domains, mix).lines).toEqual(lines);
    expect(makeQuestions(asked, domains, { ...mix, seed: 2 }).lines).not.toEqual(lines);
  });

  it('writes what dnsperf reads', () => {
    expect(lines).toHaveLength(20_000);
    for (const line of lines) expect(line).toMatch(/^[a-z0-9.-]+ (A|AAAA|HTTPS)$/);
  });

  it('states the share it blocks, and keeps near what was asked', () => {
    expect(lines.filter((line) => isCovered(nameOf(line), covered)).length / lines.length).toBe(blockedShare);
    expect(Math.abs(blockedShare - 0.15)).toBeLessThan(0.01);
  });

  it('asks a few names often and many seldom', () => {
    const counts = new Map<string, number>();
    for (const line of lines) counts.set(nameOf(line), (counts.get(nameOf(line)) ?? 0) + 1);
    const sorted = [...counts.values()].sort((a, b) => b - a);
    const topTen = sorted.slice(0, 10).reduce((sum, count) => sum + count, 0);
    expect(topTen / lines.length).toBeGreaterThan(0.25);
    expect(sorted.length).toBeGreaterThan(1500);
  });

  it('never asks a fresh name twice, in either of two files', () => {
    const fresh = { ...mix, blockedShare: 0, freshShare: 1 };
    const measured = makeQuestions(asked, domains, fresh).lines;
    const warmUp = makeQuestions(asked, domains, { ...fresh, mark: 'w' }).lines;
    expect(new Set([...measured, ...warmUp].map(nameOf)).size).toBe(40_000);
    expect(measured.some((line) => isCovered(nameOf(line), covered))).toBe(false);
  });

  it('mixes by its shares', () => {
    const known = new Set(names);
    const mixed = makeQuestions(asked, domains, { ...mix, freshShare: 0.2, blockedShare: 0.12 });
    const repeated = mixed.lines.filter((line) => known.has(nameOf(line))).length;
    expect(Math.abs(repeated / 20_000 - 0.68)).toBeLessThan(0.02);
    expect(makeQuestions(asked, domains, { ...mix, blockedShare: 1 }).blockedShare).toBe(1);
  });
});

describe('zipfSampler', () => {
  it('stays inside, and reaches both ends', () => {
    const sample = zipfSampler(5, 1, seededRandom(9));
    const seen = new Set(Array.from({ length: 2000 }, sample));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('weighs the first rank twice as heavy as the second', () => {
    const sample = zipfSampler(2, 1, seededRandom(3));
    const first = Array.from({ length: 30_000 }, sample).filter((rank) => rank === 0).length;
    expect(Math.abs(first / 30_000 - 2 / 3)).toBeLessThan(0.02);
  });
});

it('a seed of 0 is no dead end', () => {
  const random = seededRandom(0);
  expect(new Set([random(), random(), random()]).size).toBe(3);
});

describe('stubAddress', () => {
  it.each([
    // FNV-1a of 'www.kolune.com.' is 0xa6ccb899, as the C stub answers it.
    ['www.kolune.com', '198.18.184.153'],
    ['WWW.Kolune.COM', '198.18.184.153'],
  ])('%s is %s', (name, address) => {
    expect(stubAddress(name)).toBe(address);
  });
});
