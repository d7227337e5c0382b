// Tells people what policy makes of the names and addresses that an answer leads to, after its word on the asked name.

import { addressText, prefixText } from '../wire/address-text.ts';
import type { Name } from '../wire/name.ts';
import { textFromName } from '../wire/name-text.ts';
import { decideAddress, decideTarget } from './decide.ts';
import { type Asked, type ExplainedPolicy, explainPolicy, hasSettled, placeOf } from './explain-policies.ts';
import { collectRules, type ExplainedRule, explainRule, type RuleOnPath } from './explain-rules.ts';
import type { Image } from './image.ts';
import type { Path } from './match.ts';
import { DECISION, DECISIONS } from './rule.ts';
import type { Verdict } from './verdict.ts';

/** An alias or the target of a service, read with the image's seed; or the 4 or 16 octets of an address. */
export type Lead = Name | Uint8Array;

export interface ExplainedLead {
  /** The name, or the address. */
  to: string;
  rules: ExplainedRule[];
  policies: ExplainedPolicy[];
  decision: (typeof DECISIONS)[number];
  /** The policy and the rule that decided, and which of the client's exceptions let through; null where none did. */
  policy: string | null;
  rule: number | null;
  exception: number | null;
}

export interface ExplainedLeads {
  /** Why none of them is looked at; null where they are. */
  settledBy: string | null;
  /** In the order of the answer, and names before addresses, as they are judged. */
  leads: ExplainedLead[];
  /** Which of them decides on the reply: what is blocked, else what is observed or let through by an exception. */
  decides: number | null;
}

/** What became of the asked name. */
interface Before {
  asked: Asked;
  /** The group's allow list. */
  allow: readonly number[];
  rules: readonly RuleOnPath[];
  policies: readonly ExplainedPolicy[];
  fallback: ExplainedPolicy | null;
  /** As `decide` left them. */
  path: Path;
  verdict: Verdict;
}

const isName = (lead: Lead): lead is Name => !(lead instanceof Uint8Array);

/** In the order in which they are judged. */
export function inOrder(leads: readonly Lead[]): Lead[] {
  return [...leads.filter(isName), ...leads.filter((lead) => !isName(lead))];
}

/**
 * Judges what the answer leads to, in order, after the asked name whose judgement `path` holds with `asked` as its stamp.
 * Returns which one decides, -1 for none, and leaves its verdict.
 */
export function judgeLeads(
  image: Image,
  group: number,
  leads: readonly Lead[],
  seconds: number,
  path: Path,
  verdict: Verdict,
  asked: number,
): number {
  const judge = (lead: Lead) => judgeLead(image, group, lead, seconds, path, verdict, asked);
  const decisions = leads.map((lead) => {
    const decision = judge(lead);
    return decision >= DECISION.OBSERVE || verdict.exception >= 0 ? decision : DECISION.PASS;
  });
  const strictest = Math.max(DECISION.PASS, ...decisions);
  if (strictest === DECISION.PASS) return -1;
  const decides = decisions.indexOf(strictest);
  judge(leads[decides]);
  return decides;
}

function judgeLead(
  image: Image,
  group: number,
  lead: Lead,
  seconds: number,
  path: Path,
  verdict: Verdict,
  asked: number,
): number {
  return isName(lead)
    ? decideTarget(image, group, lead, seconds, path, verdict, asked)
    : decideAddress(image, group, lead, lead.length, seconds, path, verdict, asked);
}

/** Why what the answer leads to is not looked at. */
function settledBy({ asked, path, verdict }: Before): string | null {
  if (asked.group < 0) return 'the client is in no group';
  if (path.special > 0) return 'the asked name is answered from here';
  if (verdict.decision === DECISION.BLOCK) return 'the asked name is blocked';
  return verdict.approved ? "the group's allow list approves the asked name, and with it all that it leads to" : null;
}

/** Null where no leads are given. */
export function explainLeads(before: Before, given: readonly Lead[]): ExplainedLeads | null {
  if (given.length === 0) return null;
  const because = settledBy(before);
  if (because !== null) return { settledBy: because, leads: [], decides: null };
  const { asked, path, verdict } = before;
  const { image, seconds } = asked;
  const group = asked.derived < 0 ? asked.group : asked.derived + image.groupCount;
  const stamp = path.stamp;
  const leads = inOrder(given);
  const told = leads.map((lead) => {
    judgeLead(image, group, lead, seconds, path, verdict, stamp);
    return explainLead(before, lead);
  });
  const decides = judgeLeads(image, group, leads, seconds, path, verdict, stamp);
  return { settledBy: null, leads: told, decides: decides < 0 ? null : decides };
}

/** Of the lead that was judged last. */
function explainLead(before: Before, lead: Lead): ExplainedLead {
  const { asked, allow, path, verdict } = before;
  const { image, metadata } = asked;
  const spoken = new Set(before.rules.filter(({ heard }) => heard).map(({ source }) => source));
  const rules = collectRules(image, path, isName(lead) ? lead.labelCount : -1, allow, spoken);
  const settled = settledPolicies(before);
  const named = (depth: number) => (isName(lead) ? textFromName(lead, depth) : prefixText(lead, depth));
  return {
    to: isName(lead) ? textFromName(lead) : addressText(lead.length === 4 ? 4 : 6, lead),
    rules: rules.map((rule) => explainRule(rule, metadata, named)),
    policies: metadata.policies.map((_, policy) => explainPolicy(asked, rules, policy, settled)),
    decision: DECISIONS[verdict.decision],
    policy: metadata.policies[verdict.policy]?.id ?? null,
    rule: verdict.rule < 0 ? null : rules.findIndex((rule) => rule.rule === verdict.rule),
    exception: placeOf(asked, verdict.exception),
  };
}

/** The policies whose word on the asked name holds for what its answer leads to. */
function settledPolicies({ policies, fallback, asked, rules }: Before): Set<number> {
  const settled = policies.flatMap((told, policy) => {
    const byFallback = fallback?.outcome === 'excepted' && fallback.id === told.id;
    return byFallback || hasSettled(asked, rules, policy, told) ? [policy] : [];
  });
  return new Set(settled);
}
