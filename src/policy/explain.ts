// Tells people why a name is decided as it is: every rule on its way, every policy, and what silenced whom.

import type { Name } from '../wire/name.ts';
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
import { decide, modeAt, Verdict } from './decide.ts';
import { collectRules, type RuleOnPath } from './explain-rules.ts';
import type { Image } from './image.ts';
import { Path } from './match.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import { ACTION, ACTIONS, ANSWERS, DECISIONS, FACETS, MATCHES, MODE, MODES } from './rule.ts';
import { SPECIALS } from './special-names.ts';

export interface ExplainedRule {
  /** The rule's own name, which may lie above the name asked. */
  name: string;
  match: (typeof MATCHES)[number];
  action: (typeof ACTIONS)[number];
  facet: (typeof FACETS)[number];
  source: string;
  kind: 'app' | 'list';
  file: string;
  line: number;
  /** Whether it has a say, and if not why. */
  heard: boolean;
  because: string;
  /** Whether its list is one that the group allows: then it lets the name through, whatever `action` says. */
  byGroup: boolean;
}

/** What one policy makes of the name, judged on its own. */
export type Outcome =
  | 'blocks'
  | 'observes'
  | 'allows'
  /** Off for the group. */
  | 'off'
  | 'not yet effective'
  | 'expired'
  /** Its sources speak of the name, in facets that it leaves out. */
  | 'facet not covered'
  /** The group's own allow list goes first. */
  | 'group allows'
  /** No rule of its sources is heard. */
  | 'silent';

export interface ExplainedPolicy {
  id: string;
  title: Record<string, string>;
  authority: string;
  contact: string;
  /** The group's mode, and the one in force at the time. */
  mode: (typeof MODES)[number];
  modeInForce: (typeof MODES)[number];
  outcome: Outcome;
  because: string;
  /** The rule that settled it, by its place among `rules`; null where none did. */
  rule: number | null;
}

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

export interface Explanation {
  name: string;
  /** Unix seconds. */
  at: number;
  generation: number;
  group: { index: number; id: string } | null;
  /** Answered before any policy is asked. */
  special: { name: string; answer: (typeof SPECIALS)[number] } | null;
  forward: { name: string; zone: number; title: string } | null;
  /** In the order in which they are heard, those without a say among them. */
  rules: ExplainedRule[];
  policies: ExplainedPolicy[];
  decision: (typeof DECISIONS)[number];
  /** The policy and the rule that decided; null where none did. */
  policy: string | null;
  rule: number | null;
  answer: ExplainedAnswer | null;
}

/** Explains `name`, read with the image's seed, for `group` (-1: none) at `seconds` (Unix). */
export function explain(image: Image, name: Name, group: number, seconds: number): Explanation {
  const metadata = readMetadata(image);
  const path = new Path();
  const verdict = new Verdict();
  const decision = decide(image, group, name, seconds, path, verdict);
  const allow = metadata.groups[group]?.allow ?? [];
  const rules = collectRules(image, path, name.labelCount, allow);
  const zone = metadata.zones.find((one) => one.zone === path.forward);
  return {
    name: textFromName(name),
    at: seconds,
    generation: image.generation,
    group: group < 0 ? null : { index: group, id: metadata.groups[group].id },
    special: path.special ? { name: textFromName(name, path.specialDepth), answer: SPECIALS[path.special] } : null,
    forward: zone ? { name: textFromName(name, path.forwardDepth), ...zone } : null,
    rules: rules.map((rule) => explainRule(rule, name, metadata)),
    policies: metadata.policies.map((_, policy) => explainPolicy(image, metadata, rules, group, policy, seconds)),
    decision: DECISIONS[decision],
    policy: metadata.policies[verdict.policy]?.id ?? null,
    rule: verdict.rule < 0 ? null : rules.findIndex((rule) => rule.rule === verdict.rule),
    answer: verdict.answer < 0 ? null : readAnswer(image, verdict.answer, verdict.nodata),
  };
}

function explainRule(rule: RuleOnPath, name: Name, metadata: Metadata): ExplainedRule {
  const { id, kind, file } = metadata.sources[rule.source];
  return {
    name: textFromName(name, rule.depth),
    match: MATCHES[rule.match],
    action: ACTIONS[rule.action],
    facet: FACETS[rule.facet],
    source: id,
    kind,
    file,
    line: rule.line,
    heard: rule.heard,
    because: rule.because,
    byGroup: rule.byGroup,
  };
}

function explainPolicy(
  image: Image,
  metadata: Metadata,
  rules: RuleOnPath[],
  group: number,
  policy: number,
  seconds: number,
): ExplainedPolicy {
  const { id, title, authority, contact } = metadata.policies[policy];
  const mode = group < 0 ? MODE.OFF : image.modes[group * image.policyCount + policy];
  const inForce = modeAt(image, group, policy, seconds);
  const told =
    offReason(metadata, group, policy, mode, inForce, seconds) ?? judgePolicy(metadata, rules, policy, inForce);
  return { id, title, authority, contact, mode: MODES[mode], modeInForce: MODES[inForce], ...told };
}

type Told = Pick<ExplainedPolicy, 'outcome' | 'because' | 'rule'>;

function offReason(
  metadata: Metadata,
  group: number,
  policy: number,
  mode: number,
  inForce: number,
  seconds: number,
): Told | undefined {
  if (inForce !== MODE.OFF) return undefined;
  const { effective, expires } = metadata.policies[policy];
  if (group < 0) return { outcome: 'off', because: 'the client is in no group', rule: null };
  if (mode === MODE.OFF) return { outcome: 'off', because: 'off for this group', rule: null };
  if (effective !== null && seconds < effective) {
    return { outcome: 'not yet effective', because: `effective from ${dateText(effective)}`, rule: null };
  }
  return { outcome: 'expired', because: `expired ${expires === null ? '' : dateText(expires)}`.trimEnd(), rule: null };
}

/** Judges one policy alone, by the rules in the order in which they are heard. */
function judgePolicy(metadata: Metadata, rules: RuleOnPath[], policy: number, mode: number): Told {
  let uncovered: Told | undefined;
  for (const [index, rule] of rules.entries()) {
    if (!rule.heard) continue;
    const source = metadata.sources[rule.source].id;
    if (rule.byGroup)
      return { outcome: 'group allows', because: `${source} is in the group's allow list`, rule: index };
    const facets = facetsCovered(metadata, policy, rule.source);
    if (facets === 0) continue;
    if (rule.action === ACTION.ALLOW) return { outcome: 'allows', because: `carved out by ${source}`, rule: index };
    if (facets & (1 << rule.facet)) {
      const outcome = mode === MODE.BLOCK ? 'blocks' : 'observes';
      return {
        outcome,
        because: `covers ${FACETS[rule.facet] === 'none' ? '' : `${FACETS[rule.facet]} of `}${source}`,
        rule: index,
      };
    }
    uncovered ??= {
      outcome: 'facet not covered',
      because: `leaves out ${FACETS[rule.facet]} of ${source}`,
      rule: index,
    };
  }
  return uncovered ?? { outcome: 'silent', because: 'no rule of its apps and lists speaks of the name', rule: null };
}

function facetsCovered(metadata: Metadata, policy: number, source: number): number {
  const { selections } = metadata.policies[policy];
  return selections.reduce((bits, selection) => (selection.source === source ? bits | selection.facets : bits), 0);
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

function dateText(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
