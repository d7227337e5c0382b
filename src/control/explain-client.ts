// Who an explanation is about: a client at an address, the socket that it asks, and the device that it names.

import { NAMED_BY } from '../policy/devices.ts';
import { findGroup4, findGroup6 } from '../policy/groups.ts';
import { type Image, NO_DEVICE } from '../policy/image.ts';
import {
  type Address,
  type Endpoint,
  endpointText,
  isMapped,
  type Prefix,
  readAddress,
  readEndpoint,
} from '../settings/address.ts';
import { suggest } from '../settings/nearest.ts';
import { isTrouble, printable } from '../settings/problems.ts';
import type { DeviceSettings, GroupSettings, Settings } from '../settings/settings.ts';

/** As it was written. */
export interface AskedClient {
  settings: Pick<Settings, 'listen' | 'devices'>;
  /** An address. */
  client?: string | undefined;
  /** The id of a device that the client names: then the client is its forwarder. */
  device?: string | undefined;
  /** The socket of listen.dns that the client asks, as `10.0.0.53:53`; the first where left out. */
  listener?: string | undefined;
}

export interface ExplainProblem {
  problem: string;
  fix: string;
}

export interface Asking {
  address: Address;
  /** Its place in listen.dns, and itself. */
  listener: number;
  socket: Endpoint;
  device: { id: string; number: number } | undefined;
}

/** Undefined where no client is asked about. */
export function askingOf(request: AskedClient): Asking | ExplainProblem | undefined {
  const { settings, client, device } = request;
  const address = client === undefined ? undefined : readAddress(client);
  if (client !== undefined && !address) {
    return { problem: `"${printable(client)}" is no address`, fix: 'write an IPv4 or IPv6 address' };
  }
  const listener = listenerOf(request);
  if (typeof listener === 'object') return listener;
  if (!address) {
    if (device === undefined) return undefined;
    return { problem: 'a device is named by somebody', fix: 'give the address of its forwarder as the client' };
  }
  const asking = { address, listener, socket: settings.listen.dns[listener] };
  if (device === undefined) return { ...asking, device: undefined };
  const number = deviceNumber(settings.devices, device, address);
  return typeof number === 'object' ? number : { ...asking, device: { id: device, number } };
}

/** The socket's place in listen.dns. */
function listenerOf({ settings, client, listener }: AskedClient): number | ExplainProblem {
  if (listener === undefined) return 0;
  if (client === undefined) {
    return { problem: 'a socket without a client says nothing', fix: 'give the address of the client as well' };
  }
  const sockets = settings.listen.dns.map(endpointText);
  const given = readEndpoint(listener, undefined, 0);
  const index = isTrouble(given) ? -1 : sockets.indexOf(endpointText(given));
  if (index >= 0) return index;
  return { problem: `"${printable(listener)}" is no socket of listen.dns`, fix: `write one of ${sockets.join(', ')}` };
}

/** What of a device a client at the address can name, by the lists of those who are believed. */
function deviceNumber(
  { named, macFrom, idFrom }: DeviceSettings,
  id: string,
  address: Address,
): number | ExplainProblem {
  const number = named.findIndex((device) => device.id === id);
  if (number < 0) {
    const ids = named.map((device) => device.id);
    const fix = ids.length > 0 ? suggest(id, ids, 'device') : 'set devices.mac_from or devices.id_from';
    return { problem: `nobody can name a device "${printable(id)}"`, fix };
  }
  const octets = plainOctets(address);
  const believed = [macFrom, idFrom].map((prefixes) => prefixes.some((prefix) => holds(prefix, octets)));
  if (believed[NAMED_BY.ID] || (believed[NAMED_BY.MAC] && named[number].mac !== '')) return number;
  const problem = `what ${address.text} says of devices is not believed`;
  const isHalf = believed[NAMED_BY.MAC];
  return isHalf
    ? { problem: `${problem} but for MACs, and "${id}" has none`, fix: 'give it one in the registry' }
    : { problem, fix: 'name a forwarder of devices.mac_from or devices.id_from as the client' };
}

/** The group as the data plane finds it: an IPv4-mapped address is the IPv4 address it is. */
export function groupOf(image: Image, { address, listener, device }: Asking): number {
  const octets = plainOctets(address);
  const words = new DataView(octets.buffer, octets.byteOffset);
  const word = (index: number) => words.getUint32(index * 4);
  const number = device?.number ?? NO_DEVICE;
  return octets.length === 4
    ? findGroup4(image, listener, word(0), number)
    : findGroup6(image, listener, word(0), word(1), word(2), word(3), number);
}

function plainOctets(address: Address): Uint8Array {
  return isMapped(address.octets) ? address.octets.slice(12) : address.octets;
}

/** What a group has of the client: the device, else the longest prefix; and the socket where the group names sockets. */
export function keyOf(group: GroupSettings, { address, socket, device }: Asking): string {
  const octets = plainOctets(address);
  const isMeant =
    device !== undefined &&
    group.devices.includes(device.id) &&
    group.forwarders.some((forwarder) => holds(forwarder, octets));
  const key = isMeant ? `device ${device.id}, named by ${address.text}` : prefixOf(group, octets);
  return group.listeners.length === 0 ? key : `${key} at ${endpointText(socket)}`;
}

function prefixOf(group: GroupSettings, octets: Uint8Array): string {
  const holding = group.prefixes.filter((prefix) => holds(prefix, octets));
  return holding.sort((a, b) => b.length - a.length)[0]?.text ?? 'any';
}

function holds(prefix: Prefix, octets: Uint8Array): boolean {
  if (prefix.octets.length !== octets.length) return false;
  return prefix.octets.every((octet, at) => {
    const bits = Math.min(8, Math.max(0, prefix.length - at * 8));
    return ((octet ^ octets[at]) & (0xff00 >> bits) & 0xff) === 0;
  });
}
