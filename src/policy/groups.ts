// Finds a client's group: a binary search over disjoint ranges, the longest prefix having been resolved when compiled.

import type { Image } from './image.ts';

/** The group of an IPv4 client, its address as an unsigned 32-bit number; -1 when it is in none. */
export function findGroup4(image: Image, address: number): number {
  const starts = image.starts4;
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle] <= address) low = middle;
    else high = middle;
  }
  return image.groups4[low];
}

/** The group of an IPv6 client, its address as four unsigned 32-bit words; -1 when in none. Mapped ones go to IPv4. */
export function findGroup6(image: Image, a: number, b: number, c: number, d: number): number {
  const starts = image.starts6;
  let low = 0;
  let high = starts.length >> 2;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (startsAfter(starts, middle * 4, a, b, c, d)) high = middle;
    else low = middle;
  }
  return image.groups6[low];
}

function startsAfter(starts: Uint32Array, at: number, a: number, b: number, c: number, d: number): boolean {
  if (starts[at] !== a) return starts[at] > a;
  if (starts[at + 1] !== b) return starts[at + 1] > b;
  if (starts[at + 2] !== c) return starts[at + 2] > c;
  return starts[at + 3] > d;
}
