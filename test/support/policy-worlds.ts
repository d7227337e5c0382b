// Random worlds for property tests: few labels, so that names nest and collide, and hostile ones among them.

import fc from 'fast-check';
import { MODE, NAME_MATCHES } from '../../src/policy/rule.ts';
import { holds } from './naive-clients.ts';
import type { World, WorldAddress, WorldAddressRule, WorldPrefix, WorldRule } from './naive-policy.ts';

const label = fc.constantFrom('a', 'b', 'A', 'c', 'a.b', 'a\0', '\0', '\xff', '\\', 'a'.repeat(63));

/** Labels of a name, the root among them. */
export const labels = fc.array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c') }, label), {
  maxLength: 3,
});

/** A time around the dates of the policies. */
export const seconds = fc.integer({ min: 0, max: 5 });

/** Clients among whom prefixes nest, and listeners of which groups name some. */
export const client = fc.integer({ min: 0x0a000000, max: 0x0a00000f });
export const listener = fc.integer({ min: 0, max: 3 });

const rule: fc.Arbitrary<WorldRule> = fc.record({
  labels,
  match: fc.integer({ min: 0, max: NAME_MATCHES.length - 1 }),
  action: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constant(1)),
  facet: fc.constantFrom(0, 1, 7),
});

/** IPv4 addresses among which prefixes nest, at both ends of the address space too. */
const ipv4 = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 0xc0000200n, max: 0xc0000207n }) },
  fc.constantFrom(0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn),
);
const ipv6 = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 0n, max: 7n }).map((low) => (0x20010db8n << 96n) | low) },
  fc.constantFrom(
    0n,
    1n << 127n,
    (1n << 128n) - 1n,
    (0x20010db8n << 96n) | (1n << 64n),
    (0x20010db8n << 96n) | (1n << 32n),
  ),
);

/** Addresses of both families, and IPv6 ones that stand for an IPv4 one. */
export const address: fc.Arbitrary<WorldAddress> = fc.oneof(
  ipv4.map((value): WorldAddress => ({ family: 4, value })),
  ipv6.map((value): WorldAddress => ({ family: 6, value })),
  fc
    .tuple(fc.constantFrom(0xffffn, 0x64ff9bn << 64n), ipv4)
    .map(([prefix, value]): WorldAddress => ({ family: 6, value: (prefix << 32n) | value })),
);

const about = {
  action: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constant(1)),
  facet: fc.constantFrom(0, 1, 7),
};

const addressRule: fc.Arbitrary<WorldAddressRule> = fc.oneof(
  fc.record({
    family: fc.constant(4 as const),
    value: ipv4,
    length: fc.oneof(fc.integer({ min: 27, max: 32 }), fc.integer({ min: 0, max: 32 })),
    ...about,
  }),
  fc.record({
    family: fc.constant(6 as const),
    value: ipv6,
    length: fc.oneof(fc.integer({ min: 123, max: 128 }), fc.integer({ min: 0, max: 128 })),
    ...about,
  }),
);

const mode = fc.constantFrom(...Object.values(MODE));
const date = fc.option(seconds, { freq: 2 });
const prefix: fc.Arbitrary<WorldPrefix> = fc.record({ address: client, length: fc.integer({ min: 26, max: 32 }) });

type Group = World['groups'][number];

/** Devices that some of them name. */
const DEVICES = 3;
export const device = fc.integer({ min: -1, max: DEVICES - 1 });

/** Takes from each group the forwarders of a device where an earlier group means it too. */
function withoutRivals(groups: Group[]): Group[] {
  const meets = (a: WorldPrefix, b: WorldPrefix) => holds(a, b.address) || holds(b, a.address);
  const share = (a: number[] = [], b: number[] = []) => a.some((one) => b.includes(one));
  return groups.map((group, index) => {
    const rivals = groups.slice(0, index).filter(({ listeners, devices }) => {
      const bySocket = listeners?.length ? share(listeners, group.listeners) : !group.listeners?.length;
      return bySocket && share(devices, group.devices);
    });
    const taken = rivals.flatMap(({ forwarders = [] }) => forwarders);
    const forwarders = (group.forwarders ?? []).filter((place) => !taken.some((other) => meets(place, other)));
    return { ...group, forwarders };
  });
}

/** Takes from each group the prefixes that another one has by the same key. */
function withoutTwins(groups: Group[]): Group[] {
  const taken = new Map<string, number>();
  return groups.map((group, index) => ({
    ...group,
    prefixes: (group.prefixes ?? []).filter(({ address, length }) => {
      const place = `${Math.floor(address / 2 ** (32 - length))}/${length}`;
      const keys = group.listeners?.length ? group.listeners.map((one) => `${place} ${one}`) : [place];
      if (keys.some((key) => taken.has(key) && taken.get(key) !== index)) return false;
      for (const key of keys) taken.set(key, index);
      return true;
    }),
  }));
}

function groupOf(sourceCount: number, policyCount: number): fc.Arbitrary<Group> {
  const source = fc.integer({ min: 0, max: sourceCount - 1 });
  const policy = fc.integer({ min: 0, max: Math.max(0, policyCount - 1) });
  const fallback = fc.record({ mode: fc.constantFrom(MODE.OBSERVE, MODE.BLOCK), policy });
  return fc.record({
    modes: fc.array(mode, { minLength: policyCount, maxLength: policyCount }),
    allow: fc.uniqueArray(source, { maxLength: 1 }),
    fallback: policyCount === 0 ? fc.constant(null) : fc.option(fallback, { freq: 2, nil: null }),
    prefixes: fc.array(prefix, { maxLength: 4 }),
    listeners: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
    devices: fc.uniqueArray(fc.integer({ min: 0, max: DEVICES - 1 }), { maxLength: 2 }),
    forwarders: fc.array(prefix, { maxLength: 2 }),
  });
}

function exceptionOf(policyCount: number): fc.Arbitrary<NonNullable<World['exceptions']>[number]> {
  return fc
    .record({
      policy: fc.integer({ min: 0, max: policyCount - 1 }),
      prefixes: fc.array(prefix, { maxLength: 2 }),
      devices: fc.uniqueArray(fc.integer({ min: 0, max: DEVICES - 1 }), { maxLength: 1 }),
      starts: seconds,
      lasts: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ lasts, ...exception }) => ({ ...exception, expires: exception.starts + lasts }));
}

/** Up to three sources, policies, groups and exceptions, with everything that may vary varying. */
export const world: fc.Arbitrary<World> = fc
  .record({
    lists: fc.array(
      fc.record({ names: fc.array(rule, { maxLength: 8 }), addresses: fc.array(addressRule, { maxLength: 5 }) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    policyCount: fc.integer({ min: 0, max: 3 }),
    groupCount: fc.integer({ min: 1, max: 3 }),
    specials: fc.array(fc.record({ labels, code: fc.integer({ min: 1, max: 3 }) }), { maxLength: 3 }),
    forwards: fc.array(fc.record({ labels, zone: fc.integer({ min: 0, max: 3 }) }), { maxLength: 3 }),
    searches: fc.array(
      labels.filter(({ length }) => length > 0),
      { maxLength: 2 },
    ),
  })
  .chain(({ lists, policyCount, groupCount, specials, forwards, searches }) => {
    const sources = lists.map(({ names }) => names);
    const source = fc.integer({ min: 0, max: sources.length - 1 });
    const selection = fc.record({ source, facets: fc.constantFrom(0xff, 1, 2, 3, 0x80) });
    const policy = fc.record({
      effective: date,
      expires: date,
      blocks: date,
      onExpiry: mode,
      selections: fc.array(selection, { maxLength: 4 }),
    });
    const group = groupOf(sources.length, policyCount);
    return fc.record({
      sources: fc.constant(sources),
      addresses: fc.constant(lists.map(({ addresses }) => addresses)),
      policies: fc.array(policy, { minLength: policyCount, maxLength: policyCount }),
      groups: fc
        .array(group, { minLength: groupCount, maxLength: groupCount })
        // Group 0 takes any client, on any listener.
        .map(([first, ...rest]) => withoutRivals(withoutTwins([{ ...first, listeners: [] }, ...rest]))),
      exceptions: policyCount === 0 ? fc.constant([]) : fc.array(exceptionOf(policyCount), { maxLength: 3 }),
      specials: fc.constant(specials),
      forwards: fc.constant(forwards),
      searches: fc.constant(searches),
      devices: fc.constant(DEVICES),
      naming: fc.array(prefix, { maxLength: 2 }),
    });
  });
