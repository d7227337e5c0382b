/** The questions are the same for the same seed, shaped as they say, and answerable as the stub answers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom, zipfSampler } from '../../../bench/random.ts';
import { hitQuestions, makeNames, missQuestions, stubAddress } from '../../../bench/wire/questions.ts';

const names = makeNames({ allowed: 2000, blocked: 3000, seed: 716 });
const nameOf = (line: string) => line.split(' ')[0]!;
const registrable = (name: string) => name.split('.').slice(-2).join('.');

describe('makeNames', () => {
  it('depends on the seed alone', () => {
    expect(makeNames({ allowed: 2000, blocked: 3000, seed: 716 })).toEqual(names);
    expect(makeNames({ allowed: 2000, blocked: 3000, seed: 717 })).not.toEqual(names);
  });

  it('gives distinct domains that are valid in any list format', () => {
    const all = [...names.allowed, ...names.blocked];
    expect(new Set(all).size).toBe(5000);
    for (const name of all) expect(name).toMatch(/^[a-z]{5,20}\.[a-z]{2,3}$/);
  });

  it('stays distinct however many there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30_000 }), fc.integer({ min: 1 }), (count, seed) => {
        const { allowed, blocked } = makeNames({ allowed: count, blocked: count, seed });
        expect(new Set([...allowed, ...blocked]).size).toBe(2 * count);
      }),
      { numRuns: 10 },
    );
  });
});

describe('hitQuestions', () => {
  const shape = { lines: 40_000, blockedShare: 0.15, seed: 1 };
  const { lines, blockedShare } = hitQuestions(names, shape);

  it('depends on the seed alone', () => {
    expect(hitQuestions(names, shape).lines).toEqual(lines);
    expect(hitQuestions(names, { ...shape, seed: 2 }).lines).not.toEqual(lines);
  });

  it('writes what dnsperf reads', () => {
    expect(lines).toHaveLength(40_000);
    for (const line of lines) expect(line).toMatch(/^[a-z0-9.]+ (A|AAAA|HTTPS)$/);
  });

  it('states the share it blocks, and keeps near what was asked', () => {
    const blocked = new Set(names.blocked);
    const counted = lines.filter((line) => blocked.has(registrable(nameOf(line)))).length;
    expect(blockedShare).toBe(counted / lines.length);
    expect(Math.abs(blockedShare - 0.15)).toBeLessThan(0.01);
  });

  it('asks for hosts below blocked domains, never for a domain of neither kind', () => {
    const known = new Set([...names.allowed, ...names.blocked]);
    for (const line of lines) {
      expect(known.has(registrable(nameOf(line)))).toBe(true);
      expect(nameOf(line).split('.').length).toBeGreaterThan(2);
    }
  });

  it('asks a few names often and many seldom', () => {
    const counts = new Map<string, number>();
    for (const line of lines) counts.set(nameOf(line), (counts.get(nameOf(line)) ?? 0) + 1);
    const sorted = [...counts.values()].sort((a, b) => b - a);
    const topTen = sorted.slice(0, 10).reduce((sum, count) => sum + count, 0);
    expect(topTen / lines.length).toBeGreaterThan(0.25);
    expect(sorted.length).toBeGreaterThan(1500);
  });

  it('blocks nothing, or everything, where told to', () => {
    expect(hitQuestions(names, { ...shape, blockedShare: 0 }).blockedShare).toBe(0);
    expect(hitQuestions(names, { ...shape, blockedShare: 1 }).blockedShare).toBe(1);
  });
});

describe('missQuestions', () => {
  const measured = missQuestions(names, { lines: 20_000, mark: 'm', seed: 1 });
  const warmUp = missQuestions(names, { lines: 20_000, mark: 'w', seed: 1 });

  it('never asks the same name twice, in either file', () => {
    expect(new Set([...measured.lines, ...warmUp.lines]).size).toBe(40_000);
  });

  it('asks for nothing that is blocked', () => {
    const blocked = new Set(names.blocked);
    expect(measured.lines.some((line) => blocked.has(registrable(nameOf(line))))).toBe(false);
    expect(measured.blockedShare).toBe(0);
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
