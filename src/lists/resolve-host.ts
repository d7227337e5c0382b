// Finds the addresses of list servers by asking the upstreams: a Sluis that is its machine's own resolver blocks no list
// by itself, and can fetch lists before it answers anybody.

import { promises as dns, type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Endpoint } from '../settings/address.ts';
import { endpointText } from '../settings/address.ts';

const TIMEOUT_MS = 2000;
const TRIES = 2;

/** Asks `resolvers` in turn, and the system where they know nothing: an address of a proxy may be in /etc/hosts alone. */
export function lookupBy(resolvers: readonly Endpoint[]): LookupFunction {
  if (resolvers.length === 0) return systemLookup as LookupFunction;
  const each = resolvers.map((endpoint) => {
    const resolver = new dns.Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    resolver.setServers([endpointText(endpoint)]);
    return resolver;
  });
  return (host, options, callback) => {
    addressesBy(each, host).then((found) => {
      if (found.length === 0) systemLookup(host, options, callback);
      else if (options.all) callback(null, found);
      else callback(null, found[0].address, found[0].family);
    });
  };
}

/** One that refuses or fails has had its turn: of several servers, a Resolver of Node asks the next only where one is silent. */
async function addressesBy(resolvers: readonly dns.Resolver[], host: string): Promise<LookupAddress[]> {
  for (const resolver of resolvers) {
    const found = await addressesOf(resolver, host);
    if (found.length > 0) return found;
  }
  return [];
}

/** Never rejects. */
async function addressesOf(resolver: dns.Resolver, host: string): Promise<LookupAddress[]> {
  const [ipv4, ipv6] = await Promise.all([
    resolver.resolve4(host).catch(() => []),
    resolver.resolve6(host).catch(() => []),
  ]);
  return [...ipv4.map((address) => ({ address, family: 4 })), ...ipv6.map((address) => ({ address, family: 6 }))];
}
