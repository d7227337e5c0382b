// Finds the prefixes with rules that hold an address: a search for the innermost, and from there outwards.

import { embedsIpv4 } from '../wire/embedded.ts';
import type { Image } from './image.ts';
import type { Path } from './match.ts';
import { findRange4, findRange6 } from './ranges.ts';

/**
 * Leaves in `path` the prefixes that hold the address of `length` octets, 4 or 16, at the beginning of `octets`; their
 * depths are their lengths. An IPv6 address that stands for an IPv4 one is looked up as that: else whatever is
 * banned would pass in its guise.
 */
export function matchAddress(image: Image, octets: Uint8Array, length: number, path: Path): void {
  const { prefixParents, prefixLengths, prefixRules } = image;
  const innermost = innermostPrefix(image, octets, length);
  path.count = 0;
  for (let prefix = innermost; prefix >= 0; prefix = prefixParents[prefix]) path.count++;
  for (let prefix = innermost, at = path.count - 1; at >= 0; prefix = prefixParents[prefix], at--) {
    path.rule[at] = prefixRules[prefix];
    path.depth[at] = prefixLengths[prefix];
  }
}

function innermostPrefix(image: Image, octets: Uint8Array, length: number): number {
  const { addressStarts4, addressPrefixes4, addressStarts6, addressPrefixes6 } = image;
  if (length === 4 || embedsIpv4(octets, 0)) {
    if (addressPrefixes4.length === 0) return -1;
    return addressPrefixes4[findRange4(addressStarts4, 0, addressPrefixes4.length, word(octets, length - 4))];
  }
  if (addressPrefixes6.length === 0) return -1;
  const a = word(octets, 0);
  const b = word(octets, 4);
  const c = word(octets, 8);
  const d = word(octets, 12);
  return addressPrefixes6[findRange6(addressStarts6, 0, addressPrefixes6.length, a, b, c, d)];
}

/** Signed, as a number above 2^31 may be boxed on its way into a function. */
function word(octets: Uint8Array, at: number): number {
  return (octets[at] << 24) | (octets[at + 1] << 16) | (octets[at + 2] << 8) | octets[at + 3];
}
