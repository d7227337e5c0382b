// Explains for the API and for people what Sluis does with a name: for whom, by which rule, and with what reply.

import {
  type ExplainedException,
  type ExplainedLeads,
  type ExplainedPolicy,
  type ExplainedRule,
  type Explanation,
  explain,
  type Lead,
} from '../policy/explain.ts';
import { baseOf, findGroup4, findGroup6 } from '../policy/groups.ts';
import type { Image } from '../policy/image.ts';
import { SPECIAL_NAMES } from '../policy/special-names.ts';
import { type Address, endpointText, isMapped, type Prefix, readAddress, readEndpoint } from '../settings/address.ts';
import { suggest } from '../settings/nearest.ts';
import { isTrouble, printable } from '../settings/problems.ts';
import type { GroupSettings, Settings } from '../settings/settings.ts';
import { Name } from '../wire/name.ts';
import { nameFromText, textFromName } from '../wire/name-text.ts';
import { type Question, type ReplyFromHere, type ReplyFromUpstream, replyOf } from './explain-reply.ts';
import { typeFrom, typeMnemonic } from './mnemonics.ts';

/** The image keeps moments as unsigned 32-bit seconds. */
const LATEST = 0xffffffff;

export interface ExplainRequest {
  image: Image;
  /** Those that the image was built from. */
  settings: Pick<Settings, 'listen' | 'groups' | 'upstreams' | 'forward'>;
  name: string;
  /** An address, or the id of a group; without either, every group is explained. */
  client?: string | undefined;
  group?: string | undefined;
  /** The socket of listen.dns that the client asks, as `10.0.0.53:53`; the first where left out. */
  listener?: string | undefined;
  /** `A` where left out. */
  type?: string | undefined;
  /** What the answer leads to: aliases and targets by their name, addresses. */
  answer?: readonly string[] | undefined;
  /** Unix seconds; now where left out. */
  at?: number | undefined;
}

/** What happens for the clients of one group. */
export interface GroupDecision {
  /** Null where the client is in no group, and so refused. */
  group: string | null;
  /** What put the client there: a prefix, `any`, `10.30.0.0/16 at 10.0.0.54:53`, or null where no client was given. */
  by: string | null;
  /** The client's, in the order in which they are heard; empty where no client was given. */
  exceptions: ExplainedException[];
  special: (NonNullable<Explanation['special']> & { source: string }) | null;
  forward: string | null;
  /** The blocked name, and the search domain behind it, as which the name is answered: rules and policies are about it. */
  search: Explanation['search'];
  rules: ExplainedRule[];
  policies: ExplainedPolicy[];
  /** What the group does with names that it does not approve; null where it has no default. */
  fallback: ExplainedPolicy | null;
  decision: Explanation['decision'];
  /** Which policy decided, and which of `rules`. */
  policy: string | null;
  rule: number | null;
  /** Which of `exceptions` let the name through; null where none did. */
  exception: number | null;
  /** What the answer leads to, judged after the name; null where that was not asked about. */
  answer: ExplainedLeads | null;
  reply: ReplyFromHere | ReplyFromUpstream;
}

/** Plain data: JSON as it stands. */
export interface ExplainResult {
  name: string;
  type: string;
  client: string | null;
  /** RFC 3339. */
  at: string;
  generation: number;
  /** One for a client or a group; one for each group where neither was given. */
  groups: GroupDecision[];
}

export interface ExplainProblem {
  problem: string;
  fix: string;
}

/** Whether a request could not be understood. */
export function isExplainProblem(result: ExplainResult | ExplainProblem): result is ExplainProblem {
  return 'problem' in result;
}

/** Explains a name, or says what is wrong with the request. Reads no clock where `at` is given; asks no upstream. */
export function explainDecision(request: ExplainRequest): ExplainResult | ExplainProblem {
  const { image, type: typeText = 'A', client } = request;
  const name = new Name(image.seed);
  if (!nameFromText(request.name, name)) {
    const fix = 'write a domain name such as www.tiktok.com, an internationalised one in its xn-- form';
    return { problem: `"${printable(request.name)}" is no domain name`, fix };
  }
  const type = typeFrom(typeText);
  if (type === undefined) {
    return { problem: `"${printable(typeText)}" is no record type`, fix: 'write one such as A, HTTPS or TYPE65' };
  }
  const address = client === undefined ? undefined : readAddress(client);
  if (client !== undefined && !address) {
    return { problem: `"${printable(client)}" is no address`, fix: 'write an IPv4 or IPv6 address' };
  }
  const leads = leadsOf(request);
  if ('problem' in leads) return leads;
  const listener = listenerOf(request);
  if (typeof listener === 'object') return listener;
  const numbers = address ? [groupOf(image, listener, address)] : groupsAsked(request);
  if ('problem' in numbers) return numbers;
  const seconds = request.at ?? Date.now() / 1000;
  if (!(seconds >= 0 && seconds <= LATEST)) {
    return { problem: `${request.at} is no moment`, fix: `write Unix seconds from 0 to ${LATEST}` };
  }
  const question = { ...request, name, type, seconds, listener, leads };
  return {
    name: textFromName(name),
    type: typeMnemonic(type),
    client: address ? address.text : null,
    at: new Date(seconds * 1000).toISOString(),
    generation: image.generation,
    groups: numbers.map((group) => explainGroup(question, group, address)),
  };
}

function leadsOf({ image, answer = [] }: ExplainRequest): Lead[] | ExplainProblem {
  const leads: Lead[] = [];
  for (const text of answer) {
    const name = new Name(image.seed);
    const address = readAddress(text);
    if (!address && !nameFromText(text, name)) {
      const fix = 'write what the answer leads to: a name such as edge.example.net, or an address';
      return { problem: `"${printable(text)}" is no domain name and no address`, fix };
    }
    leads.push(address ? address.octets : name);
  }
  return leads;
}

/** The socket's place in listen.dns. */
function listenerOf({ settings, client, listener }: ExplainRequest): number | ExplainProblem {
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

/** The numbers of the groups that are asked for, where no client is. */
function groupsAsked({ settings: { groups }, group }: ExplainRequest): number[] | ExplainProblem {
  if (group === undefined) return groups.map((_, index) => index);
  const index = groups.findIndex(({ id }) => id === group);
  if (index >= 0) return [index];
  const ids = groups.map(({ id }) => id);
  return { problem: `"${printable(group)}" is no group`, fix: suggest(group, ids, 'group') };
}

interface Asked extends Question {
  settings: ExplainRequest['settings'];
  /** Place in listen.dns of the socket that the client asks. */
  listener: number;
}

function explainGroup(question: Asked, group: number, address: Address | undefined): GroupDecision {
  const { image, settings, name, seconds, leads } = question;
  const told = explain(image, name, group, seconds, leads);
  const { exceptions, special, forward, search, rules, policies, fallback, decision, policy, rule, exception } = told;
  return {
    group: told.group?.id ?? null,
    by: address && group >= 0 ? keyOf(question, settings.groups[baseOf(image, group)], address) : null,
    exceptions,
    special: special && { ...special, source: sourceOf(special.name) },
    forward: forward?.name ?? null,
    search,
    rules,
    policies,
    fallback,
    decision,
    policy,
    rule,
    exception,
    answer: told.leads,
    reply: replyOf(question, group),
  };
}

function sourceOf(special: string): string {
  return SPECIAL_NAMES.find(({ name }) => name.replace(/\.$/, '') === special)?.source ?? '';
}

/** The client as the data plane sees it: an IPv4-mapped address is the IPv4 address it is. */
function groupOf(image: Image, listener: number, address: Address): number {
  const octets = plainOctets(address);
  const words = new DataView(octets.buffer, octets.byteOffset);
  const word = (index: number) => words.getUint32(index * 4);
  return octets.length === 4
    ? findGroup4(image, listener, word(0))
    : findGroup6(image, listener, word(0), word(1), word(2), word(3));
}

function plainOctets(address: Address): Uint8Array {
  return isMapped(address.octets) ? address.octets.slice(12) : address.octets;
}

/** What a group has of the client: the longest prefix, and the socket where the group names sockets. */
function keyOf({ settings, listener }: Asked, group: GroupSettings, address: Address): string {
  const prefix = prefixOf(group, address);
  return group.listeners.length === 0 ? prefix : `${prefix} at ${endpointText(settings.listen.dns[listener])}`;
}

function prefixOf(group: GroupSettings, address: Address): string {
  const octets = plainOctets(address);
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
