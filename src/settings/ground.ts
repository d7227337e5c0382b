// What exceptions are measured against: who all of a group is, which group a client is in, and what is on there.

import { endpointText, type Prefix } from './address.ts';
import type { Checks } from './checks.ts';
import type { Device } from './devices.ts';
import { type GroupRead, listenersOf } from './membership.ts';
import { isPlain, type Plain } from './merge.ts';
import { forwardersOf, type Naming } from './naming.ts';
import { Placement } from './placement.ts';
import { isHost, merged, type Range, rangeOf } from './ranges.ts';

export type Ranges = Record<4 | 6, Range[]>;

export const FAMILIES = [4, 6] as const;

/** In ranges that neither overlap nor touch. */
export function rangesOf(prefixes: readonly Prefix[]): Ranges {
  const of = (family: 4 | 6) => merged(prefixes.filter((prefix) => prefix.family === family).map(rangeOf));
  return { 4: of(4), 6: of(6) };
}

/** Who all of a group is: addresses, and devices that are known by what a forwarder calls them alone. */
export interface Ground {
  ranges: Ranges;
  devices: readonly Device[];
}

/** Of a group of subnets or devices; undefined where it is of one client, or told by its socket alone. */
export function groundOf({ subnets, devices, members, named }: GroupRead): Ground | undefined {
  if (!subnets && !devices) return undefined;
  const clients = new Set(members.map(({ device, prefix }) => device ?? prefix));
  const others = named.filter((device) => !clients.has(device));
  const all = [...clients, ...others];
  const isOne = all.length === 1 && (!('octets' in all[0]) || isHost(all[0]));
  if (all.length === 0 || isOne) return undefined;
  return { ranges: rangesOf(members.map(({ prefix }) => prefix)), devices: others };
}

/** Who an exception, or several, let through. */
export interface Taken {
  ranges: Ranges;
  devices: ReadonlySet<Device>;
}

export function covers(taken: Taken, ground: Ground): boolean {
  const hasAll = FAMILIES.every((family) =>
    ground.ranges[family].every(({ start, end }) =>
      taken.ranges[family].some((range) => range.start <= start && range.end >= end),
    ),
  );
  return hasAll && ground.devices.every((device) => taken.devices.has(device));
}

/** In which groups a client can be, as far as groups can be read. */
export class Places {
  readonly #placement: Placement<GroupRead>;
  readonly #groups: readonly GroupRead[];
  readonly #forwarders: readonly Prefix[];

  constructor(checks: Checks, groups: readonly GroupRead[], naming: Naming) {
    const seats = groups.map((group) => ({
      group,
      any: group.any,
      prefixes: group.members.map(({ prefix }) => prefix),
      listeners: group.listeners.map(({ value }) => value),
    }));
    this.#placement = new Placement(seats, new Set(listenersOf(checks).map(({ value }) => endpointText(value))).size);
    this.#groups = groups;
    this.#forwarders = forwardersOf(naming);
  }

  /** Each group in which a client of the prefix can be. */
  of(prefix: Prefix): GroupRead[] {
    return this.#placement.of(prefix);
  }

  /** Each group in which a device can be that a forwarder names: those that mean it, and else the forwarder's. */
  ofNamed(device: Device): GroupRead[] {
    const meaning = this.#groups.filter(({ named }) => named.includes(device));
    return [...new Set([...meaning, ...this.#forwarders.flatMap((forwarder) => this.of(forwarder))])];
  }
}

export function isOn({ modes, default: fallback }: Plain, policy: string): boolean {
  if (isPlain(fallback) && fallback.policy === policy) return true;
  return isPlain(modes) && Object.hasOwn(modes, policy) && modes[policy] !== 'off';
}
