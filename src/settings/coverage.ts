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
  /** The other group, and its prefix. */
  other: string;
  within: string;
  /** Where the same prefix is told apart by socket, those of `group`. */
  listeners: string[];
  text: string;
}

/** Private addresses beside those of groups whose queries are refused. */
export interface UncoveredNote {
  kind: 'uncovered';
  range: string;
  listeners: string[];
  text: string;
}

export type CoverageNote = OverlapNote | UncoveredNote;

/** What is worth knowing and nothing to mend: overlaps in the order of groups, then uncovered ranges by address. */
export function coverageNotes(settings: Settings): CoverageNote[] {
  return [...overlaps(settings), ...uncovered(settings)];
}

interface Owned {
  prefix: Prefix;
  group: GroupSettings;
}

function overlaps({ groups, listen }: Settings): OverlapNote[] {
  const table = new PrefixTable<GroupSettings>();
  for (const group of groups) for (const prefix of group.prefixes) table.add(prefix, group);
  const notes = new Map<string, OverlapNote>();
  for (const group of groups) {
    for (const prefix of group.prefixes) {
      const holder = table
        .holding(prefix)
        .map((entry) => ({ prefix: entry.prefix, group: entry.value }))
        .find((other) => rivals({ prefix, group }, other));
      if (holder && holder.group !== group) note(notes, { prefix, group }, holder, listen.dns.map(endpointText));
    }
  }
  return [...notes.values()].map((found) => ({ ...found, text: overlapText(found) }));
}

/** Whether `outer` would have the clients of `inner`, by the same socket, if that were not there. */
function rivals(inner: Owned, outer: Owned): boolean {
  const [own, theirs] = [inner.group.listeners, outer.group.listeners];
  if (outer.prefix.text === inner.prefix.text) {
    return outer.group !== inner.group && own.length > 0 && theirs.length === 0;
  }
  return own.length === 0 || theirs.length === 0 || own.some((listener) => theirs.includes(listener));
}

function note(notes: Map<string, OverlapNote>, inner: Owned, outer: Owned, sockets: string[]): void {
  // Whoever takes everybody by a socket overlaps with each prefix of a group alike, and so do the hosts of a registry.
  const isSmall = isHost(inner.prefix) || outer.prefix.length === 0;
  const key = [inner.group.id, outer.group.id, outer.prefix.text, isSmall ? '' : inner.prefix.text].join(' ');
  const found = notes.get(key);
  if (found) found.addresses++;
  const same = inner.prefix.text === outer.prefix.text;
  const told = same ? inner.group.listeners : outer.prefix.length === 0 ? outer.group.listeners : [];
  if (!found) {
    notes.set(key, {
      kind: 'overlap',
      group: inner.group.id,
      prefix: isSmall && !same ? null : inner.prefix.text,
      addresses: 1,
      other: outer.group.id,
      within: outer.prefix.text,
      listeners: told.map((listener) => sockets[listener]),
      text: '',
    });
  }
}

function overlapText({ group, prefix, addresses, other, within, listeners }: OverlapNote): string {
  if (prefix === within) return `${within} is in group ${group} on ${listeners.join(', ')}, else in group ${other}`;
  if (within.endsWith('/0')) {
    const where = listeners.length > 0 ? `on ${listeners.join(', ')} too` : 'all the same';
    return `clients of group ${group} stay in it ${where}: group ${other}, which takes everybody there, has a shorter prefix`;
  }
  const what = prefix ?? (addresses === 1 ? '1 address' : `${addresses} addresses`);
  const lie = prefix === null && addresses > 1 ? 'lie' : 'lies';
  return `${what} of group ${group} ${lie} in ${within} of group ${other}: clients there are in group ${group}`;
}

const PRIVATE_IPV4 = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map((text) => readPrefix(text) as Prefix);
/** The network of one site, as RFC 4193 gives it out. */
const SITE_LENGTH = 48;

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
  const taken = merged(own.map(rangeOf));
  return around(family, own).flatMap((whole) => gaps(rangeOf(whole), taken));
}

function uncovered({ groups, listen }: Settings): UncoveredNote[] {
  if (groups.some(({ any }) => any)) return [];
  const found = new Map<string, { start: bigint; family: 4 | 6; listeners: string[] }>();
  for (const [index, socket] of listen.dns.entries()) {
    if (isLoopback(socket)) continue;
    const here = groups.filter(({ listeners }) => listeners.length === 0 || listeners.includes(index));
    const { family } = socket;
    for (const range of openRanges(
      family,
      here.flatMap(({ prefixes }) => prefixes),
    )) {
      const text = rangeText(family, range);
      const known = found.get(text);
      if (known) known.listeners.push(endpointText(socket));
      else found.set(text, { start: range.start, family, listeners: [endpointText(socket)] });
    }
  }
  const order = [...found].sort(([, a], [, b]) => a.family - b.family || (a.start < b.start ? -1 : 1));
  return order.map(([range, { listeners }]) => {
    const text = `${range} is in no group: its queries on ${listeners.join(', ')} are refused`;
    return { kind: 'uncovered', range, listeners, text };
  });
}
