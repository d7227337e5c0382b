// What was decided about a name, and by what.

import { type Image, RULE } from './image.ts';
import { DECISION } from './rule.ts';

/** What was decided and by which rule. Reused, never allocated per query; -1 where a field says nothing. */
export class Verdict {
  decision: number = DECISION.PASS;
  /** For whom and when: the configured group, and Unix seconds. */
  group = -1;
  seconds = 0;
  /** Number of the derived group, from 0, whose exceptions the client has; below 0 where it has none. */
  derived = -1;
  /** ACTION of the deciding rule. */
  action = -1;
  /** The policy that decided; -1 where the group's own allow list did. */
  policy = -1;
  /** MODE in which that policy acts; where an exception lets the name through, in which it would. */
  mode = -1;
  /** -1 where the group's fallback decided: that has no rule, and no source. */
  rule = -1;
  source = -1;
  facet = -1;
  /** Line of the rule in its source's file, from 1. */
  line = 0;
  /** Labels of the rule's name; bits of its prefix where `match` is PREFIX. */
  depth = -1;
  match = -1;
  /** Which answer a blocked name gets, for answer.ts; what it would get where the policy only observes. */
  answer = -1;
  /**
   * The exception that let the name past its policy, which would have observed or blocked it. The decision is then ALLOW
   * by that policy, or OBSERVE where another one watches; never BLOCK, as then nothing was let through.
   */
  exception = -1;
  /** The policy that watched the name until another one blocked it. */
  overruled = -1;
  /** Blocked, but a name that is not may lie beneath: NXDOMAIN would deny that one too (RFC 8020). */
  nodata = false;
  /** Labels of the search domain that stand behind the name decided on; 0 where it is the whole name: see search.ts. */
  behind = 0;
  /** Whether a rule of any source speaks of the name, for whatever group. */
  ruled = false;
  /** Whether the group's allow list lets the name through, and with it all that its answer leads to. */
  approved = false;
}

/** Begins a verdict for a configured group (-1: none), and a derived one, below 0 where there is none. */
export function beginVerdict(verdict: Verdict, group: number, derived: number, seconds: number): void {
  verdict.decision = DECISION.PASS;
  verdict.group = group;
  verdict.seconds = seconds;
  verdict.derived = derived;
  verdict.policy = -1;
  verdict.mode = -1;
  verdict.answer = -1;
  verdict.exception = -1;
  verdict.overruled = -1;
  verdict.nodata = false;
  verdict.behind = 0;
  verdict.ruled = false;
  verdict.approved = false;
  forgetRule(verdict);
}

/** Writes what was decided, and by which rule of a node or prefix of this depth. */
export function decideByRule(
  image: Image,
  verdict: Verdict,
  decision: number,
  rule: number,
  depth: number,
  policy: number,
  mode: number,
): void {
  const kind = image.ruleKinds[rule];
  const set = kind & RULE.SET;
  if (verdict.decision === DECISION.OBSERVE) verdict.overruled = verdict.policy;
  verdict.decision = decision;
  verdict.action = (kind >> RULE.ACTION_SHIFT) & RULE.ACTION;
  verdict.match = (kind >> RULE.MATCH_SHIFT) & RULE.MATCH;
  verdict.rule = rule;
  verdict.source = image.setSources[set];
  verdict.facet = image.setFacets[set];
  verdict.line = image.ruleLines[rule];
  verdict.depth = depth;
  verdict.policy = policy;
  verdict.mode = mode;
}

/** Writes what the group's fallback decided, for want of a rule. */
export function decideByFallback(verdict: Verdict, decision: number, policy: number, mode: number): void {
  if (verdict.decision === DECISION.OBSERVE) verdict.overruled = verdict.policy;
  verdict.decision = decision;
  verdict.policy = policy;
  verdict.mode = mode;
  forgetRule(verdict);
}

function forgetRule(verdict: Verdict): void {
  verdict.action = -1;
  verdict.match = -1;
  verdict.rule = -1;
  verdict.source = -1;
  verdict.facet = -1;
  verdict.line = 0;
  verdict.depth = -1;
}
