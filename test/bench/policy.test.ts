// The policies of the in-process suites hold what they were made of, and their groups take the clients meant for them.

import { describe, expect, it } from 'vitest';
import { disagreement } from '../../bench/matcher/probes.ts';
import { addressIn, compilePolicy, manyGroups, packed } from '../../bench/policy.ts';
import { seededRandom } from '../../bench/random.ts';
import { findGroup4 } from '../../src/policy/groups.ts';
import { Image } from '../../src/policy/image.ts';

describe('packed', () => {
  it('keeps names one behind the other', () => {
    const { bytes, starts } = packed(['a.be', 'www.nl']);
    expect([...starts]).toEqual([0, 6, 14]);
    expect(Buffer.from(bytes.subarray(0, 6)).toString('latin1')).toBe('\x01a\x02be\x00');
  });

  it('takes nothing that is no name', () => {
    expect(() => packed(['a..be'])).toThrow('a..be');
  });
});

it('compiles every name into a rule', () => {
  const names = ['tiktok.com', 'ads.example.be'];
  const { image, stats } = compilePolicy(packed(names));
  expect(stats.rules).toBe(2);
  expect(disagreement(image, new Set(names), ['www.tiktok.com', 'example.be', 'ads.example.be'])).toBeUndefined();
});

describe('manyGroups', () => {
  const groups = manyGroups(24, 2000, 1);

  it('shares out as many distinct prefixes as asked for', () => {
    const all = groups.flatMap(({ prefixes }) =>
      prefixes.map(({ address, length }) => `${address.join('.')}/${length}`),
    );
    expect(groups).toHaveLength(24);
    expect(new Set(all).size).toBe(2000);
    expect(groups.filter(({ any }) => any)).toHaveLength(1);
  });

  it('has clients in most of its groups', () => {
    const image = new Image(compilePolicy(packed(['tiktok.com']), groups).image);
    const random = seededRandom(2);
    const met = new Set(Array.from({ length: 2000 }, () => findGroup4(image, 0, addressIn(groups, random))));
    expect(met.size).toBeGreaterThan(20);
    expect(met.has(-1)).toBe(false);
  });
});
