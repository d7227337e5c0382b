// Finds a client's group: a binary search over disjoint ranges, the longest prefix having been resolved when compiled.

import type { Image } from './image.ts';
import { findRange4, findRange6 } from './ranges.ts';

/**
 * The group of an IPv4 client of a listener, its address as a 32-bit number; -1 when it is in none. Where exceptions
 * name the client it is a derived group, which `decide` takes as well, and which `baseOf` leads back. Addresses may be
 * signed or not: signed ones are never boxed on their way here.
 */
export function findGroup4(image: Image, listener: number, address: number): number {
  const { starts4, groups4, tableStarts4 } = image;
  if (!image.hasListeners) return groups4[findRange4(starts4, 0, groups4.length, address)];
  const table = tableFor(image, listener);
  return groups4[findRange4(starts4, tableStarts4[table], tableStarts4[table + 1], address)];
}

/** As `findGroup4`, for an IPv6 client: four 32-bit words. Mapped ones go to IPv4. */
export function findGroup6(image: Image, listener: number, a: number, b: number, c: number, d: number): number {
  const { starts6, groups6, tableStarts6 } = image;
  if (!image.hasListeners) return groups6[findRange6(starts6, 0, groups6.length, a, b, c, d)];
  const table = tableFor(image, listener);
  return groups6[findRange6(starts6, tableStarts6[table], tableStarts6[table + 1], a, b, c, d)];
}

/** The configured group of a group's number, which may be a derived one's; -1 for -1. */
export function baseOf(image: Image, group: number): number {
  return group < image.groupCount ? group : image.bases[group - image.groupCount];
}

/** Table 0 is that of all listeners which no group names. */
function tableFor(image: Image, listener: number): number {
  return listener < image.tableOf.length ? image.tableOf[listener] : 0;
}
