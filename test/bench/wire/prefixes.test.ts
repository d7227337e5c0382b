/** The address plan of the workload with many groups is large, mixed and valid, and has every client in it. */
import { BlockList, isIP } from 'node:net';
import { expect, it } from 'vitest';
import { GROUPS, PREFIXES, subnetsOfGroups } from '../../../bench/wire/prefixes.ts';
import { MANY_ADDRESSES } from '../../../bench/wire/workloads.ts';

const groups = subnetsOfGroups(MANY_ADDRESSES);
const all = groups.flat();

it('has as many distinct prefixes as it says, of mixed lengths, in as many groups', () => {
  expect(groups).toHaveLength(GROUPS);
  expect(new Set(all).size).toBe(PREFIXES);
  expect(new Set(all.map((subnet) => subnet.split('/')[1])).size).toBeGreaterThan(10);
  for (const subnet of all) expect(isIP(subnet.split('/')[0]!)).toBeGreaterThan(0);
});

it('has no bit set behind a prefix: the network is its own first address', () => {
  for (const subnet of all.filter((candidate) => isIP(candidate.split('/')[0]!) === 4)) {
    const [address, length] = subnet.split('/') as [string, string];
    const bits = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
    expect(bits % 2 ** (32 - Number(length))).toBe(0);
  }
});

it('spreads the clients over all groups', () => {
  const longest = new Map<string, [number, number]>();
  groups.forEach((subnets, group) => {
    for (const subnet of subnets.filter((candidate) => candidate.startsWith('127.'))) {
      const [network, length] = subnet.split('/') as [string, string];
      const list = new BlockList();
      list.addSubnet(network, Number(length));
      if (Number(length) < 24) continue;
      for (const client of MANY_ADDRESSES) {
        if (list.check(client) && (longest.get(client)?.[0] ?? 0) < Number(length)) {
          longest.set(client, [Number(length), group]);
        }
      }
    }
  });
  expect(new Set([...longest.values()].map(([, group]) => group)).size).toBe(GROUPS);
});
