// The invented lists are the same for a seed, distinct, valid, in the shape they claim; near misses are near and differ.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listNames, misspelt, nearMiss } from '../../bench/blocklist.ts';
import { seededRandom } from '../../bench/random.ts';
import { wireFromText } from '../../src/wire/name-text.ts';

const names = listNames(20_000, 716);

describe('listNames', () => {
  it('depends on the seed alone', () => {
    expect(listNames(20_000, 716)).toEqual(names);
    expect(listNames(20_000, 717)).not.toEqual(names);
  });

  it('gives as many distinct names as asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1 }), (count, seed) => {
        expect(new Set(listNames(count, seed)).size).toBe(count);
      }),
      { numRuns: 20 },
    );
  });

  it('gives names that are valid in any list format', () => {
    for (const name of names) {
      expect(wireFromText(name)).toBeDefined();
      expect(name).toMatch(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]+$/);
    }
  });

  it('has the lengths and depths of a real list', () => {
    const lengths = names.map(({ length }) => length).sort((a, b) => a - b);
    expect(lengths[names.length >> 1]).toBeGreaterThanOrEqual(16);
    expect(lengths[names.length >> 1]).toBeLessThanOrEqual(22);
    const ofTwo = names.filter((name) => name.split('.').length === 2).length / names.length;
    expect(ofTwo).toBeGreaterThan(0.3);
    expect(ofTwo).toBeLessThan(0.5);
  });
});

it('a misspelt name differs in one octet and no more', () => {
  const random = seededRandom(1);
  for (const name of names.slice(0, 500)) {
    const other = misspelt(name, random);
    expect(other).toHaveLength(name.length);
    expect([...name].filter((letter, at) => letter !== other[at])).toHaveLength(1);
  }
});

it('a near miss is a name, and not the one it is near', () => {
  const random = seededRandom(1);
  for (const name of names.slice(0, 500)) {
    const near = nearMiss(name, random);
    expect(wireFromText(near)).toBeDefined();
    expect(near.split('.').at(-1)).toMatch(/^[a-z]+$/);
  }
});
