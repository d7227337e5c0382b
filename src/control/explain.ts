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
import { baseOf } from '../policy/groups.ts';
import type { Image } from '../policy/image.ts';
import { SPECIAL_NAMES } from '../policy/special-names.ts';
import { readAddress } from '../settings/address.ts';
import { suggest } from '../settings/nearest.ts';
import { printable } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { Name } from '../wire/name.ts';
import { nameFromText, textFromName } from '../wire/name-text.ts';
import { type AskedClient, type Asking, askingOf, type ExplainProblem, groupOf, keyOf } from './explain-client.ts';
import { type Question, type ReplyFromHere, type ReplyFromUpstream, replyOf } from './explain-reply.ts';
import { typeFrom, typeMnemonic } from './mnemonics.ts';

/** The image keeps moments as unsigned 32-bit seconds. */
const LATEST = 0xffffffff;

export interface ExplainRequest extends AskedClient {
  image: Image;
  /** Those that the image was built from. */
  settings: Pick<Settings, 'listen' | 'groups' | 'devices' | 'upstreams' | 'forward'>;
  name: string;
  /** The id of a group, in place of a client; without either, every group is explained. */
  group?: string | undefined;
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
  /**
   * What put the client there: a prefix, `any`, `10.30.0.0/16 at 10.0.0.54:53`, `device laptop-0417, named by 10.30.0.2`,
   * or null where no client was given.
   */
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
  /** The id of the device that the client names; null without one. */
  device: string | null;
  /** RFC 3339. */
  at: string;
  generation: number;
  /** One for a client or a group; one for each group where neither was given. */
  groups: GroupDecision[];
}

/** Whether a request could not be understood. */
export function isExplainProblem(result: ExplainResult | ExplainProblem): result is ExplainProblem {
  return 'problem' in result;
}

/** Explains a name, or says what is wrong with the request. Reads no clock where `at` is given; asks no upstream. */
export function explainDecision(request: ExplainRequest): ExplainResult | ExplainProblem {
  const { image, type: typeText = 'A' } = request;
  const name = new Name(image.seed);
  if (!nameFromText(request.name, name)) {
    const fix = 'write a domain name such as www.tiktok.com, an internationalised one in its xn-- form';
    return { problem: `"${printable(request.name)}" is no domain name`, fix };
  }
  const type = typeFrom(typeText);
  if (type === undefined) {
    return { problem: `"${printable(typeText)}" is no record type`, fix: 'write one such as A, HTTPS or TYPE65' };
  }
  const leads = leadsOf(request);
  if ('problem' in leads) return leads;
  const asking = askingOf(request);
  if (asking && 'problem' in asking) return asking;
  const numbers = asking ? [groupOf(image, asking)] : groupsAsked(request);
  if ('problem' in numbers) return numbers;
  const seconds = request.at ?? Date.now() / 1000;
  if (!(seconds >= 0 && seconds <= LATEST)) {
    return { problem: `${request.at} is no moment`, fix: `write Unix seconds from 0 to ${LATEST}` };
  }
  const question = { ...request, name, type, seconds, leads };
  return {
    name: textFromName(name),
    type: typeMnemonic(type),
    client: asking?.address.text ?? null,
    device: asking?.device?.id ?? null,
    at: new Date(seconds * 1000).toISOString(),
    generation: image.generation,
    groups: numbers.map((group) => explainGroup(question, group, asking)),
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
}

function explainGroup(question: Asked, group: number, asking: Asking | undefined): GroupDecision {
  const { image, settings, name, seconds, leads } = question;
  const told = explain(image, name, group, seconds, leads);
  const { exceptions, special, forward, search, rules, policies, fallback, decision, policy, rule, exception } = told;
  return {
    group: told.group?.id ?? null,
    by: asking && group >= 0 ? keyOf(settings.groups[baseOf(image, group)], asking) : null,
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
