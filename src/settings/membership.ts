// Who is in which group: the sockets, subnets and devices of each, read from a tree that may be wrong anywhere.

import { type Endpoint, endpointText, type Prefix, readEndpoint, readPrefix } from './address.ts';
import { all, Checks, each, type Placed } from './checks.ts';
import { clientsOf, type Device, type DeviceMatch, meansDevice } from './devices.ts';
import type { Tree } from './document.ts';
import { isPlain, type Plain, wordOf } from './merge.ts';
import { canBeNamed, forwardersOf, meeting, type Naming } from './naming.ts';
import { options } from './options.ts';
import { isTrouble, type Path, type Problem, type Trouble } from './problems.ts';

/** The device registry as it was read; `file` where the configuration names one. */
export interface Registry {
  file: string | undefined;
  devices: Device[];
  /** Whose word is taken on which of them asks. */
  naming: Naming;
  problems: Problem[];
}

/** Clients of a group by one key: a prefix, and the device whose address it is, where it is one. */
export interface Member {
  prefix: Prefix;
  device: Device | undefined;
  /** The option that brings it in. */
  path: Path;
}

export interface GroupRead {
  path: Path;
  id: string;
  value: Plain;
  any: boolean;
  /** Undefined where none are given. */
  subnets: Placed<Prefix>[] | undefined;
  /** Indices of listen.dns; those that it does not have are left out. None: whichever socket. */
  listeners: Placed<number>[];
  devices: Placed<DeviceMatch> | undefined;
  members: Member[];
  /** Devices that it means, as far as anybody can name them, and where: the forwarders within its subnets. */
  named: Device[];
  forwarders: Prefix[];
}

const DEFAULTS = options.parse({});

const socket = (text: string) => readEndpoint(text, undefined, 0);

/** The sockets for queries, as far as they can be read. */
export function listenersOf(checks: Checks): Placed<Endpoint>[] {
  const given = each(checks.tree.root, 'listen.dns').next().value;
  if (given) return all(checks, 'listen.dns.*', socket);
  return DEFAULTS.listen.dns.map((value) => ({ path: ['listen', 'dns'], value }));
}

export function ourSockets(tree: Tree): Endpoint[] {
  return listenersOf(new Checks(tree)).map(({ value }) => value);
}

/** Every address of both families: who a socket alone takes. */
export const ANYWHERE: readonly Prefix[] = ['0.0.0.0/0', '::/0'].map((text) => readPrefix(text) as Prefix);

/** Every group that is one, as far as it can be read. */
export function readGroups(checks: Checks, registry: Registry): GroupRead[] {
  const sockets = listenersOf(checks).map(({ value }) => endpointText(value));
  return [...each(checks.tree.root, 'groups.*')].flatMap(({ path, value }) =>
    isPlain(value) ? [readGroup(path, value, sockets, registry)] : [],
  );
}

function readGroup(path: Path, value: Plain, sockets: string[], { devices, naming }: Registry): GroupRead {
  const match = isPlain(value.match) ? value.match : {};
  const at = [...path, 'match'];
  const found = placed(match.listeners, [...at, 'listeners'], socket);
  const listeners = found?.flatMap(({ path: place, value: endpoint }) => {
    const index = sockets.indexOf(endpointText(endpoint));
    return index < 0 ? [] : [{ path: place, value: index }];
  });
  const subnets = placed(match.subnets, [...at, 'subnets'], readPrefix);
  const meant = isPlain(match.devices) ? { path: [...at, 'devices'], value: readMatch(match.devices) } : undefined;
  const group = { path, id: wordOf(value.id), value, any: value.match === 'any', subnets, devices: meant };
  const members = membersOf(group, listeners, devices);
  const named = meant ? devices.filter((one) => meansDevice(meant.value, one) && canBeNamed(naming, one)) : [];
  const within = subnets?.map((subnet) => subnet.value);
  const forwarders = named.length > 0 ? meeting(forwardersOf(naming), within) : [];
  return { ...group, listeners: listeners ?? [], members, named, forwarders };
}

function placed<T extends object>(
  list: unknown,
  path: Path,
  read: (text: string) => T | Trouble,
): Placed<T>[] | undefined {
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((text, index) => {
    const value = typeof text === 'string' ? read(text) : undefined;
    return value === undefined || isTrouble(value) ? [] : [{ path: [...path, index], value }];
  });
}

function readMatch(value: Plain): DeviceMatch {
  const { kind, work_apps: workApps, ids } = value;
  return {
    kind: kind === 'service' || kind === 'personal' ? kind : undefined,
    workApps: typeof workApps === 'boolean' ? workApps : undefined,
    ids: Array.isArray(ids) ? new Set(ids.map(wordOf)) : undefined,
  };
}

function membersOf(
  group: Pick<GroupRead, 'subnets' | 'devices'>,
  listeners: Placed<number>[] | undefined,
  devices: readonly Device[],
): Member[] {
  const { subnets, devices: meant } = group;
  if (meant) {
    const within = subnets?.map(({ value }) => value);
    return clientsOf(within, meant.value, devices).map((client) => ({ ...client, path: meant.path }));
  }
  if (subnets) return subnets.map(({ path, value }) => ({ prefix: value, device: undefined, path }));
  const [first] = listeners ?? [];
  return first ? ANYWHERE.map((prefix) => ({ prefix, device: undefined, path: first.path })) : [];
}
