// Addresses as people write them, from the octets that records and clients carry.

import { embedsIpv4 } from './embedded.ts';

/** RFC 5952: lower case, no leading zeros, the longest run of zeros (of two words or more, the first) shortened. */
function text6(octets: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, at) => ((octets[at * 2] << 8) | octets[at * 2 + 1]).toString(16));
  let start = 0;
  let longest = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && words[end] === '0') end++;
    if (end - at > longest) {
      start = at;
      longest = end - at;
    }
  }
  if (longest < 2) return words.join(':');
  return `${words.slice(0, start).join(':')}::${words.slice(start + longest).join(':')}`;
}

/** Canonical text of 4 or 16 octets in network order. */
export function addressText(family: 4 | 6, octets: Uint8Array): string {
  return family === 4 ? octets.join('.') : text6(octets);
}

/**
 * The prefix of `bits` bits in which the address of 4 or 16 octets lies: `192.0.2.0/24`. One that stands for an IPv4
 * address lies in prefixes of IPv4.
 */
export function prefixText(octets: Uint8Array, bits: number): string {
  const own = octets.length === 16 && embedsIpv4(octets, 0) ? octets.subarray(12) : octets;
  const masked = own.map((octet, at) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - at * 8))) & 0xff);
  return `${addressText(own.length === 4 ? 4 : 6, masked)}/${bits}`;
}

/** `192.0.2.1:53`, or `[2001:db8::1]:53`: an address as text, its zone included, with a port. */
export function withPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
