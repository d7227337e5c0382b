// The formats of lists of lines, by the word that a configuration has for each.

import type { LineFormat } from '../settings/list-formats.ts';
import type { Format } from './format.ts';

/** Each is loaded when a list needs it: most policies have lists of one format, or none. */
export const FORMATS: Record<LineFormat, () => Promise<Format>> = {
  domains: async () => (await import('./domains.ts')).domains,
  hosts: async () => (await import('./hosts.ts')).hosts,
  addresses: async () => (await import('./addresses.ts')).addresses,
  adblock: async () => (await import('./adblock.ts')).adblock,
  dnsmasq: async () => (await import('./dnsmasq.ts')).dnsmasq,
  unbound: async () => (await import('./unbound.ts')).unbound,
  rpz: async () => (await import('./rpz.ts')).rpz,
  v2fly: async () => (await import('./v2fly.ts')).v2fly,
};
