// Finds a client's group: a binary search over disjoint ranges, the longest prefix having been resolved when compiled.

import { type Image, NO_DEVICE } from './image.ts';
import { findRange4, findRange6 } from './ranges.ts';

/**
 * The group of an IPv4 client of a listener, its address as a 32-bit number; -1 when it is in none. Where `device` asks
 * through it, the group is the device's. Where exceptions name the client it is a derived group, which `decide` takes as
 * well, and which `baseOf` leads back. Addresses may be signed or not: signed ones are never boxed on their way here.
 */
export function findGroup4(image: Image, listener: number, address: number, device = NO_DEVICE): number {
  return search4(image, tableFor(image, listener, device), address);
}

/** As `findGroup4`, for an IPv6 client: four 32-bit words. Mapped ones go to IPv4. */
export function findGroup6(
  image: Image,
  listener: number,
  a: number,
  b: number,
  c: number,
  d: number,
  device = NO_DEVICE,
): number {
  return search6(image, tableFor(image, listener, device), a, b, c, d);
}

/** The configured group of a group's number, which may be a derived one's; -1 for -1. */
export function baseOf(image: Image, group: number): number {
  return group < image.groupCount ? group : image.bases[group - image.groupCount];
}

/** What is known of an IPv4 address beside its group: by which names it may call devices, as bits of 1 << NAMED_BY. */
export function namingOf4(image: Image, address: number): number {
  return search4(image, namingTable(image), address);
}

export function namingOf6(image: Image, a: number, b: number, c: number, d: number): number {
  return search6(image, namingTable(image), a, b, c, d);
}

/** The last of all tables, where there are devices. */
function namingTable(image: Image): number {
  return image.tableStarts4.length - 2;
}

/**
 * Table 0 is that of all listeners which no group names; those of listeners follow it. A device has as many of its own,
 * in the same order, unless no group and no exception means it.
 */
function tableFor(image: Image, listener: number, device: number): number {
  const first = device < 0 ? 0 : image.deviceTables[device];
  return image.hasListeners && listener < image.tableOf.length ? first + image.tableOf[listener] : first;
}

function search4(image: Image, table: number, address: number): number {
  const { starts4, groups4, tableStarts4 } = image;
  return groups4[findRange4(starts4, tableStarts4[table], tableStarts4[table + 1], address)];
}

function search6(image: Image, table: number, a: number, b: number, c: number, d: number): number {
  const { starts6, groups6, tableStarts6 } = image;
  return groups6[findRange6(starts6, tableStarts6[table], tableStarts6[table + 1], a, b, c, d)];
}
