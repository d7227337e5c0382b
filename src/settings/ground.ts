// What exceptions are measured against: the addresses of a group, which group a client is in, and what is on there.

import { endpointText, type Prefix } from './address.ts';
import type { Checks } from './checks.ts';
import { type GroupRead, listenersOf } from './membership.ts';
import { isPlain, type Plain } from './merge.ts';
import { Placement } from './placement.ts';
import { isHost, merged, type Range, rangeOf } from './ranges.ts';

export type Ranges = Record<4 | 6, Range[]>;

export const FAMILIES = [4, 6] as const;

/** In ranges that neither overlap nor touch. */
export function rangesOf(prefixes: readonly Prefix[]): Ranges {
  const of = (family: 4 | 6) => merged(prefixes.filter((prefix) => prefix.family === family).map(rangeOf));
  return { 4: of(4), 6: of(6) };
}

/** The addresses of a group of subnets or devices; undefined where it is of one client, or told by its socket alone. */
export function groundOf({ subnets, devices, members }: GroupRead): Ranges | undefined {
  if (!subnets && !devices) return undefined;
  const clients = new Set(members.map(({ device, prefix }) => device ?? prefix));
  const [only] = clients.size === 1 ? members : [];
  if (clients.size === 0 || (only && (only.device || isHost(only.prefix)))) return undefined;
  return rangesOf(members.map(({ prefix }) => prefix));
}

export function covers(taken: Ranges, ground: Ranges): boolean {
  return FAMILIES.every((family) =>
    ground[family].every(({ start, end }) => taken[family].some((range) => range.start <= start && range.end >= end)),
  );
}

/** By which a client of a prefix is found to be in a group, as far as groups can be read. */
export function placementOf(checks: Checks, groups: readonly GroupRead[]): Placement<GroupRead> {
  const seats = groups.map((group) => ({
    group,
    any: group.any,
    prefixes: group.members.map(({ prefix }) => prefix),
    listeners: group.listeners.map(({ value }) => value),
  }));
  return new Placement(seats, new Set(listenersOf(checks).map(({ value }) => endpointText(value))).size);
}

export function isOn({ modes, default: fallback }: Plain, policy: string): boolean {
  if (isPlain(fallback) && fallback.policy === policy) return true;
  return isPlain(modes) && Object.hasOwn(modes, policy) && modes[policy] !== 'off';
}
