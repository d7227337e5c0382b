// Interface names and numbers of link-local IPv6 addresses: fe80::1%eth0 (RFC 4007 §11).

import { networkInterfaces } from 'node:os';

const numbers = new Map<string, number>();
const names = new Map<number, string>();

/** The number of an interface given by name or number; 0 when no such interface has a link-local address. */
export function zoneNumber(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  if (!numbers.has(zone)) look();
  return numbers.get(zone) ?? 0;
}

/** The name of an interface, which node:dgram wants; its number in digits when there is no such interface. */
export function zoneName(number: number): string {
  if (!names.has(number)) look();
  return names.get(number) ?? String(number);
}

function look(): void {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    for (const entry of addresses ?? []) {
      if (entry.family !== 'IPv6' || entry.scopeid === 0) continue;
      numbers.set(name, entry.scopeid);
      names.set(entry.scopeid, name);
    }
  }
}
