// Flattens the groups' prefixes into disjoint sorted ranges, so that a client's group is one binary search away.

import { CompileError } from './compile-error.ts';
import type { PrefixInput } from './compile-input.ts';

/** Sorted range starts and the group of each range, which ends where the next begins; -1 is no group. */
export interface Ranges {
  starts: bigint[];
  groups: number[];
}

/** What of a group says who is in it. */
export interface Membership {
  id: string;
  prefixes: PrefixInput[];
  listeners?: readonly number[];
}

/** A range that is a prefix, and whose it is. */
export interface Prefix {
  start: bigint;
  end: bigint;
  length: number;
  group: number;
}

/** The prefixes of a family for one listener, of groups that name it and of groups that name none. */
export interface Layers {
  own: Ranges;
  common: Ranges;
}

export const NO_GROUP = -1;

export const WIDTH = { 4: 32, 6: 128 } as const;
const MAPPED = 0xffffn << 32n;
const MAPPED_LENGTH = 96;

/** The listener of a table for all those that no group names. */
export const ANY_LISTENER = -1;

/**
 * The ranges of one family for the clients of one listener: `own` by the longest prefix of the groups that name the
 * listener, `common` by the longest of those that name no listener. `anyGroup` is the group of what no prefix names, or
 * -1. Throws CompileError for a prefix that is none and for one that two groups name alike.
 */
export function flattenPrefixes(
  family: 4 | 6,
  groups: readonly Membership[],
  anyGroup: number,
  listener: number,
): Layers {
  const own: Prefix[] = [];
  const common: Prefix[] = [];
  for (const [group, { id, prefixes: inputs, listeners = [] }] of groups.entries()) {
    if (listeners.length > 0 && !listeners.includes(listener)) continue;
    for (const input of inputs) {
      const prefix = readPrefix(family, input, `group ${id}`);
      if (prefix) (listeners.length > 0 ? own : common).push({ ...prefix, group });
    }
  }
  return { own: rangesOf(own, family, groups, NO_GROUP), common: rangesOf(common, family, groups, anyGroup) };
}

function rangesOf(prefixes: Prefix[], family: 4 | 6, groups: readonly Membership[], anyGroup: number): Ranges {
  // The innermost comes last.
  prefixes.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.length - b.length));
  refuseTwins(prefixes, family, groups);
  return sweep(prefixes, 1n << BigInt(WIDTH[family]), anyGroup);
}

/** The ranges of `over`, and where it has no group, those of `under`. */
export function overlay(under: Ranges, over: Ranges): Ranges {
  if (over.starts.length === 1 && over.groups[0] === NO_GROUP) return under;
  return combine(under, over, (below, above) => (above === NO_GROUP ? below : above));
}

/** What `choose` makes of the two groups at each place. Both begin at 0. */
export function combine(under: Ranges, over: Ranges, choose: (below: number, above: number) => number): Ranges {
  const merged: Ranges = { starts: [], groups: [] };
  let [below, above] = [0, 0];
  for (let start: bigint | undefined = 0n; start !== undefined; start = nextStart(under, below, over, above)) {
    if (under.starts[below + 1] === start) below++;
    if (over.starts[above + 1] === start) above++;
    const group = choose(under.groups[below], over.groups[above]);
    if (merged.groups.at(-1) === group) continue;
    merged.starts.push(start);
    merged.groups.push(group);
  }
  return merged;
}

/** Where the next range of either begins; undefined where both are at their last. */
function nextStart(under: Ranges, below: number, over: Ranges, above: number): bigint | undefined {
  const coming = [under.starts[below + 1], over.starts[above + 1]].filter((start) => start !== undefined);
  return coming.reduce<bigint | undefined>(
    (first, start) => (first === undefined || start < first ? start : first),
    undefined,
  );
}

/** Whether it has the octets of its family, and no more bits than these. */
export function isPrefix({ family, address, length }: PrefixInput): boolean {
  const octets = WIDTH[family] / 8;
  return address.length === octets && Number.isInteger(length) && length >= 0 && length <= octets * 8;
}

/**
 * The prefix as a range, its last address included; undefined when it is of the other family. Throws CompileError, in
 * the name of `who`, where it is none.
 */
export function readPrefix(
  family: 4 | 6,
  input: PrefixInput,
  who: string,
): { start: bigint; end: bigint; length: number } | undefined {
  if (!isPrefix(input)) {
    throw new CompileError(`${who}: a prefix of ${input.length} bits on ${input.address.length} octets is none`);
  }
  let value = 0n;
  for (const octet of input.address) value = (value << 8n) | BigInt(octet);
  let length = input.length;
  let own: 4 | 6 = input.family;
  if (own === 6 && length >= MAPPED_LENGTH && value >> 32n === MAPPED >> 32n) {
    // Mapped clients (RFC 4291 §2.5.5.2) are looked up as IPv4.
    own = 4;
    value &= 0xffffffffn;
    length -= MAPPED_LENGTH;
  }
  if (own !== family) return undefined;
  const free = BigInt(WIDTH[family] - length);
  const start = (value >> free) << free;
  return { start, end: start + (1n << free) - 1n, length };
}

function refuseTwins(sorted: Prefix[], family: 4 | 6, groups: readonly Membership[]): void {
  for (let at = 1; at < sorted.length; at++) {
    const [a, b] = [sorted[at - 1], sorted[at]];
    if (a.start !== b.start || a.length !== b.length || a.group === b.group) continue;
    const prefix = `${addressText(family, a.start)}/${a.length}`;
    const where = groups[a.group].listeners?.length ? ' on one listener' : '';
    throw new CompileError(`groups ${groups[a.group].id} and ${groups[b.group].id} both name ${prefix}${where}`);
  }
}

/** Walks the prefixes in order with the enclosing ones on a stack: the innermost open one owns the ground. */
export function sweep(sorted: Prefix[], beyond: bigint, anyGroup: number): Ranges {
  const ranges: Ranges = { starts: [0n], groups: [anyGroup] };
  const open: Prefix[] = [];
  for (const prefix of sorted) {
    closeBefore(open, prefix.start, ranges, anyGroup);
    open.push(prefix);
    begin(ranges, prefix.start, prefix.group);
  }
  closeBefore(open, beyond, ranges, anyGroup);
  return ranges;
}

/** Ends the open prefixes that end before `start`: where something else begins, or where addresses end. */
function closeBefore(open: Prefix[], start: bigint, ranges: Ranges, anyGroup: number): void {
  for (let top = open.at(-1); top && top.end < start; top = open.at(-1)) {
    open.pop();
    if (top.end + 1n < start) begin(ranges, top.end + 1n, open.at(-1)?.group ?? anyGroup);
  }
}

/** Begins a range, over the one that began at the same place; none where the group goes on. */
export function begin(ranges: Ranges, start: bigint, group: number): void {
  const last = ranges.starts.length - 1;
  if (ranges.starts[last] === start) ranges.groups[last] = group;
  else if (ranges.groups[last] !== group) {
    ranges.starts.push(start);
    ranges.groups.push(group);
  }
}

function addressText(family: 4 | 6, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const words = Array.from({ length: 8 }, (_, at) => (value >> BigInt(112 - 16 * at)) & 0xffffn);
  return words.map((word) => word.toString(16)).join(':');
}
