// Splits the groups' ranges where exceptions begin and end, so that one search finds the group and the exceptions.

import { type DeviceClasses, deviceRanges, namingRanges, within } from './compile-devices.ts';
import { CompileError } from './compile-error.ts';
import {
  ANY_LISTENER,
  begin,
  flattenPrefixes,
  type Layers,
  overlay,
  type Ranges,
  readPrefix,
  WIDTH,
} from './compile-groups.ts';
import type { ExceptionInput, GroupInput } from './compile-input.ts';
import { MAX_NUMBERED_GROUPS } from './image.ts';

/** The tables of ranges, and what the numbers in them stand for. */
export interface Clients {
  /**
   * One for all listeners that no group names, and behind it one for each listener that some group names; then as many
   * for each class of devices, in the same order; and, where there are devices, one with who may name them.
   */
  tables4: Ranges[];
  tables6: Ranges[];
  /** By listener, its table; those beyond have table 0. */
  tableOf: number[];
  derived: DerivedGroups;
}

/**
 * The derived groups: a group, together with the exceptions that some of its clients have. They are numbered on from
 * the groups there are, in the order in which they are met, so that one image of one input is always the same.
 */
export class DerivedGroups {
  /** By derived group: its group, and its exceptions, ascending. */
  readonly bases: number[] = [];
  readonly exceptions: number[][] = [];
  readonly #groupCount: number;
  readonly #known = new Map<string, number>();

  constructor(groupCount: number) {
    this.#groupCount = groupCount;
  }

  /** The number of a group with these exceptions: the group's own where there are none, or no group. */
  numberOf(group: number, exceptions: number[]): number {
    if (group < 0 || exceptions.length === 0) return group;
    const key = `${group} ${exceptions.join(' ')}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const number = this.#groupCount + this.bases.length;
    if (number === MAX_NUMBERED_GROUPS) {
      throw new CompileError(
        `too many exceptions: with their groups they make more than ${MAX_NUMBERED_GROUPS} kinds of clients`,
      );
    }
    this.#known.set(key, number);
    this.bases.push(group);
    this.exceptions.push(exceptions);
    return number;
  }
}

/** Where an exception begins (1) or has ended (-1). */
interface Edge {
  at: bigint;
  exception: number;
  step: 1 | -1;
}

/** All tables. `anyGroup` is the group of clients that no prefix names, or -1. Throws CompileError as `flattenPrefixes`. */
export function tellClientsApart(
  groups: readonly GroupInput[],
  anyGroup: number,
  exceptions: readonly ExceptionInput[],
  devices: DeviceClasses,
): Clients {
  const derived = new DerivedGroups(groups.length);
  const listeners = [...new Set(groups.flatMap((group) => group.listeners ?? []))].sort((a, b) => a - b);
  const tableOf = new Array<number>((listeners.at(-1) ?? -1) + 1).fill(0);
  for (const [index, listener] of listeners.entries()) tableOf[listener] = index + 1;
  const tablesOf = (family: 4 | 6): Ranges[] => {
    const edges = edgesOf(family, exceptions);
    const layers = [ANY_LISTENER, ...listeners].map((listener) => flattenPrefixes(family, groups, anyGroup, listener));
    const tables = layers.map(({ own, common }) => split(overlay(common, own), edges, derived, []));
    if (devices.count === 0) return tables;
    const naming = namingRanges(family, devices);
    const near = layers.map(
      ({ own, common }): Layers => ({ own: within(own, naming), common: within(common, naming) }),
    );
    for (const one of devices.classes) {
      for (const [table, listener] of [ANY_LISTENER, ...listeners].entries()) {
        const ranges = deviceRanges(family, groups, one, near[table], listener);
        tables.push(split(ranges, edges, derived, one.exceptions));
      }
    }
    return [...tables, naming];
  };
  return { tables4: tablesOf(4), tables6: tablesOf(6), tableOf, derived };
}

function edgesOf(family: 4 | 6, exceptions: readonly ExceptionInput[]): Edge[] {
  const beyond = 1n << BigInt(WIDTH[family]);
  const edges: Edge[] = [];
  for (const [exception, { id, prefixes }] of exceptions.entries()) {
    for (const input of prefixes) {
      const prefix = readPrefix(family, input, `exception ${id}`);
      if (!prefix) continue;
      edges.push({ at: prefix.start, exception, step: 1 });
      if (prefix.end + 1n < beyond) edges.push({ at: prefix.end + 1n, exception, step: -1 });
    }
  }
  return edges.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Goes through the ranges and the edges together, each place once; the exceptions `everywhere` hold beside those. */
function split(ranges: Ranges, edges: readonly Edge[], derived: DerivedGroups, everywhere: readonly number[]): Ranges {
  if (edges.length === 0 && everywhere.length === 0) return ranges;
  const result: Ranges = { starts: [], groups: [] };
  const depths = new Map<number, number>();
  let range = 0;
  let edge = 0;
  let here = ranges.starts[0];
  let group = -1;
  for (;;) {
    if (range < ranges.starts.length && ranges.starts[range] === here) group = ranges.groups[range++];
    while (edge < edges.length && edges[edge].at === here) cross(edges[edge++], depths);
    const exceptions = [...new Set([...depths.keys(), ...everywhere])].sort((a, b) => a - b);
    begin(result, here, derived.numberOf(group, exceptions));
    const next = earlier(ranges.starts.at(range), edges.at(edge)?.at);
    if (next === undefined) return result;
    here = next;
  }
}

function earlier(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

/** Keeps how many prefixes of each exception hold the addresses at hand: one exception may name an address twice. */
function cross({ exception, step }: Edge, depths: Map<number, number>): void {
  const depth = (depths.get(exception) ?? 0) + step;
  if (depth === 0) depths.delete(exception);
  else depths.set(exception, depth);
}
