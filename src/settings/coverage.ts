// What groups say together: which prefixes lie within those of others, and which neighbours are in no group at all.

import { endpointText, isLoopback, type Prefix, readPrefix } from './address.ts';
import { gaps, isHost, isWithin, merged, PrefixTable, type Range, rangeOf, rangeText } from './ranges.ts';
import type { GroupSettings, Settings } from './settings.ts';

/** Clients that two groups could claim, and which of the two has them. */
export interface OverlapNote {
  kind: 'overlap';
  /** The group that has them. */
  group: string;
  /** What of it lies within: a prefix, or so many single addresses. */
  prefix: string | null;
  addresses: number;
  /** The other group, and its prefix; null where `group` has its clients by their socket, whatever their address. */
  other: string;
  within: string | null;
  /** The sockets that `group` names; none where it takes clients of all. */
  listeners: string[];
  text: string;
}

/** Private addresses beside those of groups whose queries are refused; or a whole family that no group has. */
export interface UncoveredNote {
  kind: 'uncovered';
  range: string;
  listeners: string[];
  text: string;
}

/** Devices that the registry knows by their MAC alone, while nobody may name a MAC. */
export interface UnreachableNote {
  kind: 'unreachable';
  devices: number;
  text: string;
}

export type CoverageNote = OverlapNote | UncoveredNote | UnreachableNote;

/**
 * What is worth knowing and nothing to mend: overlaps in the order of groups, then uncovered ranges by address, then
 * devices that are out of reach.
 */
export function coverageNotes(settings: Settings): CoverageNote[] {
  return [...overlaps(settings), ...uncovered(settings), ...unreachable(settings)];
}

function unreachable({ devices: { unreachable: devices } }: Settings): UnreachableNote[] {
  if (devices === 0) return [];
  const [who, them] = devices === 1 ? ['1 device has', 'it'] : [`${devices} devices have`, 'them'];
  const text = `${who} a MAC and no address, and no forwarder is believed about MACs (devices.mac_from): no group and no exception reaches ${them} by the registry`;
  return [{ kind: 'unreachable', devices, text }];
}

interface Owned {
  prefix: Prefix;
  group: GroupSettings;
}

function overlaps({ groups, listen }: Settings): OverlapNote[] {
  const table = new PrefixTable<GroupSettings>();
  for (const group of groups) for (const prefix of group.prefixes) table.add(prefix, group);
  const notes = new Map<string, OverlapNote>();
  const sockets = listen.dns.map(endpointText);
  for (const group of groups) {
    for (const prefix of group.prefixes) {
      const inner = { prefix, group };
      const others = table.holding(prefix).map((entry) => ({ prefix: entry.prefix, group: entry.value }));
      const holder = others.find((other) => isRival(inner, other));
      if (holder && holder.group !== group) note(notes, inner, holder, sockets);
      for (const outer of others) if (takesBySocket(outer, inner)) note(notes, inner, outer, sockets);
    }
  }
  return [...notes.values()].map((found) => ({ ...found, text: overlapText(found) }));
}

const isNamed = ({ group }: Owned) => group.listeners.length > 0;

/** Whether `outer` would have the clients of `inner`, by the same socket, if that were not there. */
function isRival(inner: Owned, outer: Owned): boolean {
  if (outer.prefix.text === inner.prefix.text || (isNamed(outer) && !isNamed(inner))) return false;
  const theirs = outer.group.listeners;
  return !isNamed(outer) || inner.group.listeners.some((listener) => theirs.includes(listener));
}

/** Whether `outer` has the clients of `inner` on the sockets that it names. */
function takesBySocket(outer: Owned, inner: Owned): boolean {
  return isNamed(outer) && !isNamed(inner);
}

function note(notes: Map<string, OverlapNote>, inner: Owned, outer: Owned, sockets: string[]): void {
  const bySocket = takesBySocket(outer, inner);
  const [has, other] = bySocket ? [outer, inner] : [inner, outer];
  // Of the hosts of a registry, their number says enough; of a socket, that it takes them.
  const isSmall = isHost(inner.prefix) || bySocket;
  const place = bySocket ? '' : outer.prefix.text;
  const key = [has.group.id, other.group.id, place, isSmall ? '' : inner.prefix.text].join(' ');
  const found = notes.get(key);
  if (found) found.addresses++;
  else {
    notes.set(key, {
      kind: 'overlap',
      group: has.group.id,
      prefix: isSmall ? null : inner.prefix.text,
      addresses: 1,
      other: other.group.id,
      within: bySocket ? null : outer.prefix.text,
      listeners: isNamed(has) ? has.group.listeners.map((listener) => sockets[listener]) : [],
      text: '',
    });
  }
}

function overlapText({ group, prefix, addresses, other, within, listeners }: OverlapNote): string {
  const where = listeners.join(', ');
  if (within === null) return `clients of group ${other} that ask ${where} are in group ${group} there`;
  const what = prefix ?? (addresses === 1 ? '1 address' : `${addresses} addresses`);
  const lie = prefix === null && addresses > 1 ? 'lie' : 'lies';
  const here = where === '' ? 'clients there' : `clients there that ask ${where}`;
  return `${what} of group ${group} ${lie} in ${within} of group ${other}: ${here} are in group ${group}`;
}

const PRIVATE_IPV4 = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map((text) => readPrefix(text) as Prefix);
/** The network of one site, as RFC 4193 gives it out. */
const SITE_LENGTH = 48;

/** All addresses: what a socket is deaf to whose family no group has a prefix of. */
const ALL = { 4: readPrefix('0.0.0.0/0') as Prefix, 6: readPrefix('::/0') as Prefix };

/** The private networks of which groups name a part: of IPv6 the site, as all of fc00::/7 is nobody's. */
function around(family: 4 | 6, prefixes: Prefix[]): Prefix[] {
  if (family === 4) return PRIVATE_IPV4.filter((whole) => prefixes.some((prefix) => isWithin(prefix, whole)));
  const sites = prefixes
    .filter(({ length, octets }) => length > SITE_LENGTH && (octets[0] & 0xfe) === 0xfc)
    .map(({ octets }) => octets.map((octet, at) => (at < SITE_LENGTH / 8 ? octet : 0)))
    .map((octets): Prefix => ({ family: 6, octets, length: SITE_LENGTH, text: octets.join(' ') }));
  return [...new Map(sites.map((site) => [site.text, site])).values()];
}

function openRanges(family: 4 | 6, prefixes: Prefix[]): Range[] {
  const own = prefixes.filter((prefix) => prefix.family === family);
  if (own.length === 0) return [rangeOf(ALL[family])];
  const taken = merged(own.map(rangeOf));
  return around(family, own).flatMap((whole) => gaps(rangeOf(whole), taken));
}

/** A forwarder in no group is refused for itself; devices that it names may be in one. */
function butNamed(family: 4 | 6, { start, end }: Range, forwarders: readonly Prefix[]): string {
  const isAmong = forwarders.some((prefix) => {
    const range = rangeOf(prefix);
    return prefix.family === family && range.start <= end && range.end >= start;
  });
  return isAmong ? ', but for devices of a group that a forwarder there names' : '';
}

function uncovered({ groups, listen, devices }: Settings): UncoveredNote[] {
  if (groups.some(({ any }) => any)) return [];
  const found = new Map<string, { start: bigint; family: 4 | 6; listeners: string[]; but: string }>();
  const forwarders = [...devices.macFrom, ...devices.idFrom];
  for (const [index, socket] of listen.dns.entries()) {
    if (isLoopback(socket)) continue;
    const here = groups.filter(({ listeners }) => listeners.length === 0 || listeners.includes(index));
    const { family } = socket;
    const prefixes = here.flatMap((group) => group.prefixes);
    for (const range of openRanges(family, prefixes)) {
      const isAll = range.end - range.start === rangeOf(ALL[family]).end;
      const text = isAll ? ALL[family].text : rangeText(family, range);
      const known = found.get(text);
      if (known) known.listeners.push(endpointText(socket));
      else
        found.set(text, {
          start: range.start,
          family,
          listeners: [endpointText(socket)],
          but: butNamed(family, range, forwarders),
        });
    }
  }
  const order = [...found].sort(([, a], [, b]) => a.family - b.family || (a.start < b.start ? -1 : 1));
  return order.map(([range, { family, listeners, but }]) => {
    const where = listeners.join(', ');
    const text =
      range === ALL[family].text
        ? `no group has an IPv${family} address: every query on ${where} is refused${but}`
        : `${range} is in no group: its queries on ${where} are refused${but}`;
    return { kind: 'uncovered', range, listeners, text };
  });
}
