// A client's group and exceptions the obvious way, for tests to compare with.

import type { World, WorldPrefix } from './naive-policy.ts';

export function holds({ address, length }: WorldPrefix, client: number): boolean {
  const size = 2 ** (32 - length);
  return Math.floor(address / size) === Math.floor(client / size);
}

/**
 * A client's group and exceptions: a group that names the listener goes first, then one that means the device, then the
 * longest prefix. What is said of a device counts from where devices may be named.
 */
export function clientNaively(
  world: World,
  listener: number,
  client: number,
  said = -1,
): { group: number; exceptions: readonly number[] } {
  const device = (world.naming ?? []).some((prefix) => holds(prefix, client)) ? said : -1;
  const claims = world.groups.flatMap(({ prefixes = [], listeners = [], devices = [], forwarders = [] }, group) => {
    if (listeners.length > 0 && !listeners.includes(listener)) return [];
    const lengths = prefixes.filter((prefix) => holds(prefix, client)).map(({ length }) => length);
    if (devices.includes(device) && forwarders.some((prefix) => holds(prefix, client))) lengths.push(33);
    return lengths.map((length) => ({ group, rank: length + (listeners.length > 0 ? 100 : 0) }));
  });
  const [best] = claims.sort((a, b) => b.rank - a.rank);
  const exceptions = (world.exceptions ?? []).flatMap(({ prefixes, devices = [] }, index) =>
    prefixes.some((prefix) => holds(prefix, client)) || devices.includes(device) ? [index] : [],
  );
  return { group: best ? best.group : world.groups.length > 0 ? 0 : -1, exceptions };
}
