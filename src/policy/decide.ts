// Judges a name for a group: which policies its rules touch, the strictest of them, and what is answered.

import type { Name } from '../wire/name.ts';
import { type Image, NODE, RULE, SYSTEM_SET } from './image.ts';
import { SLOT_WORDS } from './image-sections.ts';
import { match, type Path } from './match.ts';
import { matchAddress } from './match-address.ts';
import { exceptionAt, fallbackAt, modeAt } from './moments.ts';
import { ACTION, DECISION, MATCH, MODE } from './rule.ts';
import { beginVerdict, decideByFallback, decideByRule, Verdict } from './verdict.ts';

export { modeAt } from './moments.ts';
export { Verdict } from './verdict.ts';

/**
 * Walks `name` and judges it for `group` (-1: none, and nothing is blocked) at `seconds` (Unix). Fills `path` and
 * `verdict`, and returns one of DECISION. Special-use names and forward zones are left in `path` for the caller, who
 * answers the former before looking at the decision.
 *
 * The deepest node is heard first; at a node exact before suffix and below, then allow before block. The deepest rule
 * of a source is that source's word on the name: its shallower ones are not heard. A block acts for the policies that
 * cover its facet. An allow settles the policies that cover its source, and no other authority's. Any rule of a source
 * in the group's allow list lets the name through against all that is not deeper. A policy from which the client has an
 * exception in force is settled as soon as it would act. A name that the group's allow lists do not approve, and that
 * nothing blocked, meets the group's fallback, but for special-use names and those of forward zones.
 *
 * `group` is what `findGroup4` and `findGroup6` return; with a configured group's number, nobody has exceptions.
 */
export function decide(image: Image, group: number, name: Name, seconds: number, path: Path, verdict: Verdict): number {
  renewStamp(path);
  path.askedStamp = 0;
  return decideOn(image, group, name, seconds, path, verdict);
}

/**
 * As `decide`, for a name that the answer to the asked name leads to. `asked` is `path.stamp` as the asked name's
 * `decide` left it, whose judgement still stands in `path`: a source that spoke of the asked name has had its word (the
 * alias of a pixel is a pixel too), and the policies that an allow or an exception settled stay so. All others are heard,
 * but for the group's fallback, which is about the asked name alone.
 */
export function decideTarget(
  image: Image,
  group: number,
  name: Name,
  seconds: number,
  path: Path,
  verdict: Verdict,
  asked: number,
): number {
  renewStamp(path);
  path.askedStamp = asked;
  return decideOn(image, group, name, seconds, path, verdict);
}

/**
 * As `decideTarget`, for an address of `length` octets, 4 or 16, at the beginning of `octets`. The longest prefix is heard
 * first, and at one prefix allow before block: all else is as with names.
 */
export function decideAddress(
  image: Image,
  group: number,
  octets: Uint8Array,
  length: number,
  seconds: number,
  path: Path,
  verdict: Verdict,
  asked: number,
): number {
  renewStamp(path);
  path.askedStamp = asked;
  matchAddress(image, octets, length, path);
  judgeFound(image, group, ADDRESS, seconds, path, verdict);
  return verdict.decision;
}

/** As `decide`, by rules alone: the group's fallback has no say. */
export function decideRules(
  image: Image,
  group: number,
  name: Name,
  seconds: number,
  path: Path,
  verdict: Verdict,
): number {
  renewStamp(path);
  // Of no name: nothing is marked by it.
  path.askedStamp = -1;
  return decideOn(image, group, name, seconds, path, verdict);
}

function decideOn(image: Image, group: number, name: Name, seconds: number, path: Path, verdict: Verdict): number {
  match(image, name, path);
  judgeFound(image, group, name.labelCount, seconds, path, verdict);
  if (verdict.decision === DECISION.BLOCK) verdict.nodata = sparesBeneath(image, name.labelCount, path, verdict);
  return verdict.decision;
}

/** Judges what a walk left in `path`, of a name of `labels` labels or of an address. */
function judgeFound(image: Image, group: number, labels: number, seconds: number, path: Path, verdict: Verdict): void {
  const derived = group - image.groupCount;
  const base = derived < 0 ? group : image.bases[derived];
  beginVerdict(verdict, base, derived, seconds);
  if (path.count > 0) judge(image, labels, path, verdict);
  // What an answer leads to is not judged by it: there, the asked name decides.
  if (image.hasFallbacks && path.askedStamp === 0) hearFallback(image, path, verdict);
  if (verdict.decision < DECISION.OBSERVE) return;
  verdict.answer = image.answerOf[base * image.policyCount + verdict.policy];
  // Nothing was let through.
  if (verdict.decision === DECISION.BLOCK) verdict.exception = -1;
}

// Asked only whether names beneath would be blocked; no one else reads its fields.
const beneath = new Verdict();

/** Whether a name beneath the blocked one may get through. May say so once too often, never once too seldom. */
function sparesBeneath(image: Image, labels: number, path: Path, verdict: Verdict): boolean {
  if (path.lastDepth === labels && image.nodes[path.last * SLOT_WORDS + 1] & NODE.LENIENT) return true;
  // A name beneath without rules of its own meets the same nodes, each of them from beneath.
  beginVerdict(beneath, verdict.group, verdict.derived, verdict.seconds);
  renewStamp(path);
  judge(image, labels + 1, path, beneath);
  if (verdict.rule < 0) hearFallback(image, path, beneath);
  return beneath.decision !== DECISION.BLOCK;
}

/** In place of a number of labels. An address lies beneath every prefix that holds it, be it one for itself alone. */
const ADDRESS = -1;

/** Bits over MATCH: which rules at a node speak of the node's own name, and which of what lies beneath it. */
const OWN = (1 << MATCH.EXACT) | (1 << MATCH.SUFFIX);
const FROM_BENEATH = (1 << MATCH.SUFFIX) | (1 << MATCH.BELOW) | (1 << MATCH.PREFIX);

/** Judges a name of `labels` labels, or an address, by the nodes in `path`, deepest first, into `verdict`. */
function judge(image: Image, labels: number, path: Path, verdict: Verdict): void {
  for (let at = path.count - 1; at >= 0; at--) {
    const depth = path.depth[at];
    const first = path.rule[at];
    const whole = depth === labels;
    if (groupAllows(image, first, depth, whole ? OWN : FROM_BENEATH, verdict)) return;
    if (whole && judgeLevel(image, first, depth, 1 << MATCH.EXACT, path, verdict)) return;
    if (judgeLevel(image, first, depth, whole ? 1 << MATCH.SUFFIX : FROM_BENEATH, path, verdict)) return;
  }
}

// Stamps only grow, so scratch of earlier names never needs to be cleared but once in two thousand million.
function renewStamp(path: Path): void {
  if (++path.stamp < 0x7fffffff) return;
  path.spoken.fill(0);
  path.settled.fill(0);
  path.stamp = 1;
}

/** Whether the source or policy is marked by the name at hand, or by the asked name that led to it. */
function isMarked(marks: Int32Array, index: number, path: Path): boolean {
  const mark = marks[index];
  return mark === path.stamp || (mark === path.askedStamp && mark !== 0);
}

/** What the asked name marked stays its own: the next target is judged after it too, and not after this one. */
function setMark(marks: Int32Array, index: number, path: Path): void {
  if (!isMarked(marks, index, path)) marks[index] = path.stamp;
}

/** Whether the rule is a policy rule whose MATCH is among the bits of `level`. */
function speaks(kind: number, level: number): boolean {
  return (kind & RULE.SET) !== SYSTEM_SET && ((level >> ((kind >> RULE.MATCH_SHIFT) & RULE.MATCH)) & 1) === 1;
}

/** Whether a rule at the node lets the name through because its source is in the group's allow list. */
function groupAllows(image: Image, first: number, depth: number, level: number, verdict: Verdict): boolean {
  if (verdict.group < 0) return false;
  const start = image.allowStarts[verdict.group];
  const end = image.allowStarts[verdict.group + 1];
  if (start === end) return false;
  for (let rule = first; ; rule++) {
    const kind = image.ruleKinds[rule];
    if (speaks(kind, level)) {
      const source = image.setSources[kind & RULE.SET];
      for (let at = start; at < end; at++) {
        if (image.allowSources[at] !== source) continue;
        verdict.ruled = true;
        verdict.approved = true;
        if (verdict.decision === DECISION.PASS) decideByRule(image, verdict, DECISION.ALLOW, rule, depth, -1, -1);
        return true;
      }
    }
    if (kind & RULE.LAST) return false;
  }
}

/** Hears the rules of one node that are equally specific. True when the name is blocked and nothing can change that. */
function judgeLevel(image: Image, first: number, depth: number, level: number, path: Path, verdict: Verdict): boolean {
  let heard = false;
  let last = first;
  for (; ; last++) {
    const kind = image.ruleKinds[last];
    if (speaks(kind, level)) {
      heard = true;
      if ((kind >> RULE.ACTION_SHIFT) & RULE.ACTION) hearAllow(image, last, depth, path, verdict);
    }
    if (kind & RULE.LAST) break;
  }
  if (!heard) return false;
  verdict.ruled = true;
  for (let rule = first; rule <= last; rule++) {
    const kind = image.ruleKinds[rule];
    if (((kind >> RULE.ACTION_SHIFT) & RULE.ACTION) === ACTION.ALLOW || !speaks(kind, level)) continue;
    if (hearBlock(image, rule, depth, path, verdict)) return true;
  }
  // Only now, so that a source's rules of one level are heard together, whatever their facets.
  for (let rule = first; rule <= last; rule++) {
    const kind = image.ruleKinds[rule];
    if (speaks(kind, level)) setMark(path.spoken, image.setSources[kind & RULE.SET], path);
  }
  return false;
}

function hearAllow(image: Image, rule: number, depth: number, path: Path, verdict: Verdict): void {
  const source = image.setSources[image.ruleKinds[rule] & RULE.SET];
  if (isMarked(path.spoken, source, path)) return;
  const end = image.sourcePolicyStarts[source + 1];
  for (let at = image.sourcePolicyStarts[source]; at < end; at++) {
    const policy = image.sourcePolicies[at];
    if (isMarked(path.settled, policy, path)) continue;
    setMark(path.settled, policy, path);
    const mode = modeAt(image, verdict.group, policy, verdict.seconds);
    if (mode !== MODE.OFF && verdict.decision === DECISION.PASS) {
      decideByRule(image, verdict, DECISION.ALLOW, rule, depth, policy, mode);
    }
  }
}

function hearBlock(image: Image, rule: number, depth: number, path: Path, verdict: Verdict): boolean {
  const set = image.ruleKinds[rule] & RULE.SET;
  if (isMarked(path.spoken, image.setSources[set], path)) return false;
  const end = image.setPolicyStarts[set + 1];
  for (let at = image.setPolicyStarts[set]; at < end; at++) {
    const policy = image.setPolicies[at];
    if (isMarked(path.settled, policy, path)) continue;
    const mode = modeAt(image, verdict.group, policy, verdict.seconds);
    if (mode === MODE.OFF) continue;
    if (verdict.derived >= 0 && isExcepted(image, rule, depth, policy, mode, path, verdict)) continue;
    if (mode === MODE.BLOCK) {
      decideByRule(image, verdict, DECISION.BLOCK, rule, depth, policy, mode);
      return true;
    }
    if (verdict.decision < DECISION.OBSERVE) {
      decideByRule(image, verdict, DECISION.OBSERVE, rule, depth, policy, mode);
    }
  }
  return false;
}

/** Whether an exception lets the name past the policy, which then has had its word. */
function isExcepted(
  image: Image,
  rule: number,
  depth: number,
  policy: number,
  mode: number,
  path: Path,
  verdict: Verdict,
): boolean {
  const exception = exceptionAt(image, verdict.derived, policy, verdict.seconds);
  if (exception < 0) return false;
  setMark(path.settled, policy, path);
  if (admit(verdict, exception)) decideByRule(image, verdict, DECISION.ALLOW, rule, depth, policy, mode);
  return true;
}

/** Notes that the client needs the exception; whether it is what lets the name through, by all that was heard so far. */
function admit(verdict: Verdict, exception: number): boolean {
  if (verdict.exception >= 0) return false;
  verdict.exception = exception;
  return verdict.decision < DECISION.OBSERVE;
}

/** What becomes of a name that the group does not approve. Special-use names and own zones are not its business. */
function hearFallback(image: Image, path: Path, verdict: Verdict): void {
  if (verdict.approved || verdict.decision === DECISION.BLOCK || path.special > 0 || path.forward >= 0) return;
  const mode = fallbackAt(image, verdict.group, verdict.seconds);
  if (mode === MODE.OFF) return;
  const policy = image.fallbackPolicies[verdict.group];
  const exception = exceptionAt(image, verdict.derived, policy, verdict.seconds);
  if (exception >= 0) {
    setMark(path.settled, policy, path);
    if (admit(verdict, exception)) decideByFallback(verdict, DECISION.ALLOW, policy, mode);
  } else if (mode === MODE.BLOCK) decideByFallback(verdict, DECISION.BLOCK, policy, mode);
  else if (verdict.decision < DECISION.OBSERVE) decideByFallback(verdict, DECISION.OBSERVE, policy, mode);
}
