// Explains for the API and for people what Sluis does with a name: for whom, by which rule, and with what reply.

import { writeBlocked } from '../engine/blocked.ts';
import { isMeta } from '../engine/engine.ts';
import { writeSpecial } from '../engine/special.ts';
import { decide, Verdict } from '../policy/decide.ts';
import {
  type ExplainedException,
  type ExplainedPolicy,
  type ExplainedRule,
  type Explanation,
  explain,
} from '../policy/explain.ts';
import { baseOf } from '../policy/groups.ts';
import type { Image } from '../policy/image.ts';
import { Path } from '../policy/match.ts';
import { DECISION } from '../policy/rule.ts';
import { decideStem } from '../policy/search.ts';
import { SPECIAL_NAMES } from '../policy/special-names.ts';
import { endpointText } from '../settings/address.ts';
import { suggest } from '../settings/nearest.ts';
import { printable } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { EDE, MAX_MESSAGE, RCODE, TYPE } from '../wire/codes.ts';
import { extendedErrors, readMessage } from '../wire/message-text.ts';
import { Name } from '../wire/name.ts';
import { nameFromText, textFromName } from '../wire/name-text.ts';
import { parseQuery, Query } from '../wire/query.ts';
import { writeAny, writeEmpty } from '../wire/reply.ts';
import { MAX_QUESTION, writeQuery } from '../wire/write-query.ts';
import { type AskedClient, type Asking, askingOf, type ExplainProblem, groupOf, keyOf } from './explain-client.ts';
import { edeName, statusMnemonic, typeFrom, typeMnemonic } from './mnemonics.ts';

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
  /** Unix seconds; now where left out. */
  at?: number | undefined;
}

/** Why the reply comes from here, without the cache or an upstream. */
export type ReplyCause = 'client' | 'type' | 'special' | 'policy';

export interface ReplyFromHere {
  from: 'here';
  cause: ReplyCause;
  status: string;
  /** The extended DNS error (RFC 8914). */
  ede: { code: number; name: string; text: string } | null;
  /** `A 127.0.0.1` */
  answers: string[];
  /** Owner of the SOA that lets the reply be cached; null without one. */
  soa: string | null;
  /** Seconds; null where nothing in it can be cached. */
  ttl: number | null;
}

/** From the cache, else from the first of these upstreams that answers. */
export interface ReplyFromUpstream {
  from: 'upstream';
  /** The forward zone that chose them; null for all other names. */
  zone: string | null;
  upstreams: string[];
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
  const asking = askingOf(request);
  if (asking && 'problem' in asking) return asking;
  const numbers = asking ? [groupOf(image, asking)] : groupsAsked(request);
  if ('problem' in numbers) return numbers;
  const seconds = request.at ?? Date.now() / 1000;
  if (!(seconds >= 0 && seconds <= LATEST)) {
    return { problem: `${request.at} is no moment`, fix: `write Unix seconds from 0 to ${LATEST}` };
  }
  const question = { ...request, name, type, seconds };
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

/** The numbers of the groups that are asked for, where no client is. */
function groupsAsked({ settings: { groups }, group }: ExplainRequest): number[] | ExplainProblem {
  if (group === undefined) return groups.map((_, index) => index);
  const index = groups.findIndex(({ id }) => id === group);
  if (index >= 0) return [index];
  const ids = groups.map(({ id }) => id);
  return { problem: `"${printable(group)}" is no group`, fix: suggest(group, ids, 'group') };
}

interface Question {
  image: Image;
  settings: ExplainRequest['settings'];
  name: Name;
  type: number;
  seconds: number;
}

function explainGroup(question: Question, group: number, asking: Asking | undefined): GroupDecision {
  const { image, settings, name, seconds } = question;
  const told = explain(image, name, group, seconds);
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
    reply: replyOf(question, group),
  };
}

function sourceOf(special: string): string {
  return SPECIAL_NAMES.find(({ name }) => name.replace(/\.$/, '') === special)?.source ?? '';
}

/** What the engine would send, written by the engine's own hands; the order of its decisions is the engine's too. */
function replyOf(question: Question, group: number): ReplyFromHere | ReplyFromUpstream {
  const { image, settings, name, type, seconds } = question;
  const query = new Query(image.seed);
  const message = new Uint8Array(MAX_QUESTION);
  parseQuery(message, writeQuery(message, 0, name.bytes.subarray(0, name.length), type, false), query);
  const out = new Uint8Array(MAX_MESSAGE);
  const here = (cause: ReplyCause, length: number) => readReply(cause, out.subarray(0, length));
  if (group < 0) return here('client', writeEmpty(query, out, RCODE.REFUSED, EDE.PROHIBITED));
  if (type === TYPE.NXNAME) return here('type', writeEmpty(query, out, RCODE.FORMERR, EDE.INVALID_QUERY_TYPE));
  if (isMeta(type)) return here('type', writeEmpty(query, out, RCODE.REFUSED));
  const path = new Path();
  const verdict = new Verdict();
  const decision = decide(image, group, query.name, seconds, path, verdict);
  if (path.special > 0) return here('special', writeSpecial(query, out, path.special, path.specialDepth, false));
  if (decision === DECISION.BLOCK) return here('policy', writeBlocked(query, out, image, verdict, true, false));
  const [stem, behind] = [new Name(image.seed), new Verdict()];
  if (decideStem(image, group, query.name, seconds, path, verdict, stem, new Path(), behind)) {
    return here('policy', writeBlocked(query, out, image, behind, true, false));
  }
  if (type === TYPE.ANY) return here('type', writeAny(query, out));
  const zone = path.forward < 0 ? null : textFromName(name, path.forwardDepth);
  const endpoints = path.forward < 0 ? settings.upstreams : settings.forward[path.forward].upstreams;
  return { from: 'upstream', zone, upstreams: endpoints.map(endpointText) };
}

function readReply(cause: ReplyCause, message: Uint8Array): ReplyFromHere {
  const text = readMessage(message)!;
  const { rcode, answers, authority } = text;
  const [error] = extendedErrors(text);
  const soa = authority.find(({ type }) => type === TYPE.SOA);
  return {
    from: 'here',
    cause,
    status: statusMnemonic(rcode),
    ede: error ? { code: error.code, name: edeName(error.code), text: error.text } : null,
    answers: answers.map(({ type, data }) => `${typeMnemonic(type)} ${data}`),
    soa: soa?.name ?? null,
    ttl: (soa ?? answers[0])?.ttl ?? null,
  };
}
