// Probes are what they are called, by an implementation that has nothing of the matcher in it.

import { describe, expect, it } from 'vitest';
import { listNames } from '../../../bench/blocklist.ts';
import { disagreement, isListed, probesOf } from '../../../bench/matcher/probes.ts';
import { own } from '../../../bench/matcher/suite.ts';
import { compilePolicy, packed } from '../../../bench/policy.ts';

it.each([
  ['tiktok.com', true],
  ['www.tiktok.com', true],
  ['nottiktok.com', false],
  ['com', false],
  ['tiktok.com.be', false],
])('%s is listed: %s', (name, expected) => {
  expect(isListed(new Set(['tiktok.com']), name)).toBe(expected);
});

describe('probesOf', () => {
  const names = listNames(3000, 1);
  const listed = new Set(names);
  const probes = probesOf(names, 500, 1);

  it('gives as many of each kind as asked for', () => {
    expect(Object.values(probes).map(({ length }) => length)).toEqual([500, 500, 500]);
  });

  it('hits where it says so and misses where it says so', () => {
    expect(probes.hit.every((name) => isListed(listed, name))).toBe(true);
    expect([...probes.miss, ...probes['near miss']].some((name) => isListed(listed, name))).toBe(false);
  });

  it('finds the name on which image and list differ', () => {
    const { image } = compilePolicy(packed(names));
    expect(disagreement(image, listed, Object.values(probes).flat())).toBeUndefined();
    const fewer = new Set(names.filter((name) => name !== names[0]));
    const above = names.filter((name) => name !== names[0] && names[0]!.endsWith(`.${name}`));
    expect(disagreement(image, fewer, [names[0]!])).toBe(above.length > 0 ? undefined : names[0]);
  });
});

it('takes the reading of a name from what was measured with it', () => {
  const walked = { read: [50, 60], match: [150, 180], decide: [200, 200], strings: [900, 900] };
  expect(own(walked, 'match')).toEqual([100, 120]);
});
