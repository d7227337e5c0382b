// Finds a client's group: a binary search over disjoint ranges, the longest prefix having been resolved when compiled.

import type { Image } from './image.ts';

/**
 * The group of an IPv4 client of a listener, its address as a 32-bit number; -1 when it is in none. Where exceptions
 * name the client it is a derived group, which `decide` takes as well, and which `baseOf` leads back. Addresses may be
 * signed or not: signed ones are never boxed on their way here.
 */
export function findGroup4(image: Image, listener: number, address: number): number {
  const starts = image.starts4;
  const wanted = address >>> 0;
  let low = 0;
  let high = starts.length;
  if (image.hasListeners) {
    const table = tableFor(image, listener);
    low = image.tableStarts4[table];
    high = image.tableStarts4[table + 1];
  }
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle] <= wanted) low = middle;
    else high = middle;
  }
  return image.groups4[low];
}

/** As `findGroup4`, for an IPv6 client: four 32-bit words. Mapped ones go to IPv4. */
export function findGroup6(image: Image, listener: number, a: number, b: number, c: number, d: number): number {
  const starts = image.starts6;
  let low = 0;
  let high = starts.length >> 2;
  if (image.hasListeners) {
    const table = tableFor(image, listener);
    low = image.tableStarts6[table];
    high = image.tableStarts6[table + 1];
  }
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (startsAfter(starts, middle * 4, a, b, c, d)) high = middle;
    else low = middle;
  }
  return image.groups6[low];
}

/** The configured group of a group's number, which may be a derived one's; -1 for -1. */
export function baseOf(image: Image, group: number): number {
  return group < image.groupCount ? group : image.bases[group - image.groupCount];
}

/** Table 0 is that of all listeners which no group names. */
function tableFor(image: Image, listener: number): number {
  return listener < image.tableOf.length ? image.tableOf[listener] : 0;
}

function startsAfter(starts: Uint32Array, at: number, a: number, b: number, c: number, d: number): boolean {
  if (starts[at] !== a >>> 0) return starts[at] > a >>> 0;
  if (starts[at + 1] !== b >>> 0) return starts[at + 1] > b >>> 0;
  if (starts[at + 2] !== c >>> 0) return starts[at + 2] > c >>> 0;
  return starts[at + 3] > d >>> 0;
}
