// Tells people why a name is decided as it is: every rule on its way, every policy, and what silenced whom.

import { Name } from '../wire/name.ts';
import { textFromName } from '../wire/name-text.ts';
import {
  answerEde,
  answerIpv4Offset,
  answerIpv6Offset,
  answerKind,
  answerTextLength,
  answerTextOffset,
  answerTtl,
} from './answer.ts';
import { decide, Verdict } from './decide.ts';
import { type ExplainedLeads, explainLeads, type Lead } from './explain-leads.ts';
import {
  type ExplainedException,
  type ExplainedPolicy,
  explainExceptions,
  explainFallback,
  explainPolicy,
  placeOf,
} from './explain-policies.ts';
import { collectRules, type ExplainedRule, explainRule } from './explain-rules.ts';
import { baseOf } from './groups.ts';
import type { Image } from './image.ts';
import { Path } from './match.ts';
import { readMetadata } from './metadata.ts';
import { ANSWERS, DECISION, DECISIONS } from './rule.ts';
import { decideStem } from './search.ts';
import { SPECIALS } from './special-names.ts';

export type { ExplainedLead, ExplainedLeads, Lead } from './explain-leads.ts';
export type { ExplainedException, ExplainedPolicy, Outcome } from './explain-policies.ts';
export type { ExplainedRule } from './explain-rules.ts';

export interface ExplainedAnswer {
  kind: (typeof ANSWERS)[number];
  ttl: number;
  ede: number;
  text: string;
  ipv4: Uint8Array | null;
  ipv6: Uint8Array | null;
  /** NODATA instead of NXDOMAIN, because a name beneath may be reached (RFC 8020). */
  nodata: boolean;
}

/** In the order of decisions: who asks and what ways through they have, the name's place, rules, policies, the rest. */
export interface Explanation {
  name: string;
  /** Unix seconds. */
  at: number;
  generation: number;
  /** The configured group. */
  group: { index: number; id: string } | null;
  /** The client's exceptions, in the order in which they are heard; empty where a group was asked about and no client. */
  exceptions: ExplainedException[];
  /** Answered before any policy is asked. */
  special: { name: string; answer: (typeof SPECIALS)[number] } | null;
  forward: { name: string; zone: number; title: string } | null;
  /** Where the name is answered as the blocked one before a search domain is: then all that follows is about that one. */
  search: { domain: string; name: string } | null;
  /** In the order in which they are heard, those without a say among them. */
  rules: ExplainedRule[];
  policies: ExplainedPolicy[];
  /** What the group does with names that none of its lists approves; null where it has no default. */
  fallback: ExplainedPolicy | null;
  decision: (typeof DECISIONS)[number];
  /** The policy and the rule that decided; null where none did. A fallback has no rule. */
  policy: string | null;
  rule: number | null;
  /** Which of `exceptions` let the name through; null where none was needed, or not enough. */
  exception: number | null;
  answer: ExplainedAnswer | null;
  /** What the answer leads to; null where that was not asked about. */
  leads: ExplainedLeads | null;
}

/**
 * Explains `name`, read with the image's seed, for `group` (derived ones too; -1: none) at `seconds` (Unix), and after it
 * what its answer leads to, where `leads` names that.
 */
export function explain(
  image: Image,
  name: Name,
  group: number,
  seconds: number,
  leads: readonly Lead[] = [],
): Explanation {
  const [asked, judged] = [new Path(), new Verdict()];
  if (decide(image, group, name, seconds, asked, judged) !== DECISION.BLOCK) {
    const [stem, verdict] = [new Name(image.seed), new Verdict()];
    if (decideStem(image, group, name, seconds, asked, judged, stem, new Path(), verdict)) {
      const search = { domain: textFromName(name, verdict.behind), name: textFromName(stem) };
      const told = explainName(image, stem, group, seconds, leads);
      return { ...told, name: textFromName(name), special: null, forward: null, search };
    }
  }
  return explainName(image, name, group, seconds, leads);
}

function explainName(image: Image, name: Name, group: number, seconds: number, leads: readonly Lead[]): Explanation {
  const metadata = readMetadata(image);
  const path = new Path();
  const verdict = new Verdict();
  const decision = decide(image, group, name, seconds, path, verdict);
  const base = baseOf(image, group);
  const asked = { image, metadata, group: base, derived: group - image.groupCount, seconds };
  const allow = metadata.groups[base]?.allow ?? [];
  const rules = collectRules(image, path, name.labelCount, allow);
  const zone = metadata.zones.find((one) => one.zone === path.forward);
  const policies = metadata.policies.map((_, policy) => explainPolicy(asked, rules, policy));
  const fallback = explainFallback(asked, rules, path);
  return {
    name: textFromName(name),
    at: seconds,
    generation: image.generation,
    group: base < 0 ? null : { index: base, id: metadata.groups[base].id },
    exceptions: explainExceptions(asked),
    special: path.special ? { name: textFromName(name, path.specialDepth), answer: SPECIALS[path.special] } : null,
    forward: zone ? { name: textFromName(name, path.forwardDepth), ...zone } : null,
    search: null,
    rules: rules.map((rule) => explainRule(rule, metadata, (depth) => textFromName(name, depth))),
    policies,
    fallback,
    decision: DECISIONS[decision],
    policy: metadata.policies[verdict.policy]?.id ?? null,
    rule: verdict.rule < 0 ? null : rules.findIndex((rule) => rule.rule === verdict.rule),
    exception: placeOf(asked, verdict.exception),
    answer: verdict.answer < 0 ? null : readAnswer(image, verdict.answer, verdict.nodata),
    // Last, as it judges with the same path and verdict.
    leads: explainLeads({ asked, allow, rules, policies, fallback, path, verdict }, leads),
  };
}

function readAnswer(image: Image, index: number, nodata: boolean): ExplainedAnswer {
  const textAt = answerTextOffset(image, index);
  const [ipv4, ipv6] = [answerIpv4Offset(image, index), answerIpv6Offset(image, index)];
  return {
    kind: ANSWERS[answerKind(image, index)],
    ttl: answerTtl(image, index),
    ede: answerEde(image, index),
    text: String.fromCharCode(...image.bytes.subarray(textAt, textAt + answerTextLength(image, index))),
    ipv4: ipv4 < 0 ? null : image.bytes.slice(ipv4, ipv4 + 4),
    ipv6: ipv6 < 0 ? null : image.bytes.slice(ipv6, ipv6 + 16),
    nodata,
  };
}
