// Names that are answered here and never asked upstream: special-use names, local reverse zones.

import { wireFromText } from '../wire/name-text.ts';

/** What a special-use name and all beneath it get. */
export const SPECIAL = {
  NONE: 0,
  /** A 127.0.0.1 and AAAA ::1, NODATA for other types (RFC 6761 §6.3). */
  LOOPBACK: 1,
  NXDOMAIN: 2,
  NODATA: 3,
} as const;
export const SPECIALS = ['none', 'loopback', 'nxdomain', 'nodata'] as const;

export interface SpecialName {
  name: string;
  wire: Uint8Array;
  /** One of SPECIAL. */
  code: number;
  /** Why, for people. */
  source: string;
}

const { LOOPBACK, NXDOMAIN, NODATA } = SPECIAL;

const NAMES: [name: string, code: number, source: string][] = [
  ['localhost', LOOPBACK, 'RFC 6761'],
  ['invalid', NXDOMAIN, 'RFC 6761'],
  ['test', NXDOMAIN, 'RFC 6761'],
  ['local', NXDOMAIN, 'RFC 6762'],
  ['onion', NXDOMAIN, 'RFC 7686'],
  ['alt', NXDOMAIN, 'RFC 9476'],
  ['home.arpa', NXDOMAIN, 'RFC 8375'],
  ['service.arpa', NXDOMAIN, 'RFC 9665'],
  ['resolver.arpa', NODATA, 'RFC 9462'],
  ['0.in-addr.arpa', NXDOMAIN, 'RFC 6303'],
  ['10.in-addr.arpa', NXDOMAIN, 'RFC 6303'],
  ['127.in-addr.arpa', NXDOMAIN, 'RFC 6303'],
  ['254.169.in-addr.arpa', NXDOMAIN, 'RFC 6303'],
  ['168.192.in-addr.arpa', NXDOMAIN, 'RFC 6303'],
  ['2.0.192.in-addr.arpa', NXDOMAIN, 'RFC 6303'],
  ['100.51.198.in-addr.arpa', NXDOMAIN, 'RFC 6303'],
  ['113.0.203.in-addr.arpa', NXDOMAIN, 'RFC 6303'],
  ['255.255.255.255.in-addr.arpa', NXDOMAIN, 'RFC 6303'],
  ...numbered(16, 31, '172.in-addr.arpa', 'RFC 6303'),
  ...numbered(64, 127, '100.in-addr.arpa', 'RFC 7793'),
  [`${'0.'.repeat(32)}ip6.arpa`, NXDOMAIN, 'RFC 6303'],
  [`1.${'0.'.repeat(31)}ip6.arpa`, NXDOMAIN, 'RFC 6303'],
  // fc00::/7 as far as it is assigned: fd00::/8.
  ['d.f.ip6.arpa', NXDOMAIN, 'RFC 6303'],
  ['8.e.f.ip6.arpa', NXDOMAIN, 'RFC 6303'],
  ['9.e.f.ip6.arpa', NXDOMAIN, 'RFC 6303'],
  ['a.e.f.ip6.arpa', NXDOMAIN, 'RFC 6303'],
  ['b.e.f.ip6.arpa', NXDOMAIN, 'RFC 6303'],
  ['8.b.d.0.1.0.0.2.ip6.arpa', NXDOMAIN, 'RFC 6303'],
];

function numbered(first: number, last: number, zone: string, source: string): [string, number, string][] {
  return Array.from({ length: last - first + 1 }, (_, index) => [`${first + index}.${zone}`, NXDOMAIN, source]);
}

export const SPECIAL_NAMES: readonly SpecialName[] = NAMES.map(([name, code, source]) => ({
  name,
  wire: wireFromText(name) ?? new Uint8Array(1),
  code,
  source,
}));
