// Judges a name for a group: which policies its rules touch, the strictest of them, and what is answered.

import type { Name } from '../wire/name.ts';
import { type Image, NODE, RULE, SYSTEM_SET } from './image.ts';
import { SLOT_WORDS } from './image-sections.ts';
import { firstRule, match, type Path } from './match.ts';
import { ACTION, DECISION, MATCH, MODE } from './rule.ts';

/** What was decided and by which rule. Reused, never allocated per query; -1 where a field says nothing. */
export class Verdict {
  decision: number = DECISION.PASS;
  /** For whom and when: the group, and Unix seconds. */
  group = -1;
  seconds = 0;
  /** ACTION of the deciding rule. */
  action = -1;
  /** The policy that decided; -1 where the group's own allow list did. */
  policy = -1;
  /** MODE in which that policy acts. */
  mode = -1;
  rule = -1;
  source = -1;
  facet = -1;
  /** Line of the rule in its source's file, from 1. */
  line = 0;
  /** Labels of the rule's name. */
  depth = -1;
  match = -1;
  /** Which answer a blocked name gets, for answer.ts; what it would get where the policy only observes. */
  answer = -1;
  /** Blocked, but a name that is not may lie beneath: NXDOMAIN would deny that one too (RFC 8020). */
  nodata = false;
  /** Whether a rule of any source speaks of the name, for whatever group. */
  ruled = false;
  /** Whether the group's allow list lets the name through, and with it all that its answer leads to. */
  approved = false;
}

/** The policy's mode for a group at a time (Unix seconds): its dates act here. Never stricter than the group's mode. */
export function modeAt(image: Image, group: number, policy: number, seconds: number): number {
  if (group < 0) return MODE.OFF;
  const mode = image.modes[group * image.policyCount + policy];
  if (mode === MODE.OFF || seconds < image.effective[policy]) return MODE.OFF;
  if (seconds < image.expires[policy]) return mode;
  return Math.min(mode, image.onExpiry[policy]);
}

/**
 * Walks `name` and judges it for `group` (-1: none, and nothing is blocked) at `seconds` (Unix). Fills `path` and
 * `verdict`, and returns one of DECISION. Special-use names and forward zones are left in `path` for the caller, who
 * answers the former before looking at the decision.
 *
 * The deepest node is heard first; at a node exact before suffix and below, then allow before block. The deepest rule
 * of a source is that source's word on the name: its shallower ones are not heard. A block acts for the policies that
 * cover its facet. An allow settles the policies that cover its source, and no other authority's. Any rule of a source
 * in the group's allow list lets the name through against all that is not deeper.
 */
export function decide(image: Image, group: number, name: Name, seconds: number, path: Path, verdict: Verdict): number {
  renewStamp(path);
  path.askedStamp = 0;
  return decideOn(image, group, name, seconds, path, verdict);
}

/**
 * As `decide`, for a name that the answer to the asked name leads to. `asked` is `path.stamp` as the asked name's
 * `decide` left it, whose judgement still stands in `path`: a source that spoke of the asked name has had its word (the
 * alias of a pixel is a pixel too), and the policies that an allow settled stay so. All others are heard.
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

function decideOn(image: Image, group: number, name: Name, seconds: number, path: Path, verdict: Verdict): number {
  match(image, name, path);
  clear(verdict, group, seconds);
  if (path.count === 0) return DECISION.PASS;
  judge(image, name.labelCount, path, verdict);
  if (verdict.decision >= DECISION.OBSERVE) {
    verdict.answer = image.answerOf[group * image.policyCount + verdict.policy];
  }
  if (verdict.decision === DECISION.BLOCK) verdict.nodata = sparesBeneath(image, name.labelCount, path, verdict);
  return verdict.decision;
}

function clear(verdict: Verdict, group: number, seconds: number): void {
  verdict.decision = DECISION.PASS;
  verdict.group = group;
  verdict.seconds = seconds;
  verdict.action = -1;
  verdict.policy = -1;
  verdict.mode = -1;
  verdict.rule = -1;
  verdict.source = -1;
  verdict.facet = -1;
  verdict.line = 0;
  verdict.depth = -1;
  verdict.match = -1;
  verdict.answer = -1;
  verdict.nodata = false;
  verdict.ruled = false;
  verdict.approved = false;
}

// Asked only whether names beneath would be blocked; no one else reads its fields.
const beneath = new Verdict();

/** Whether a name beneath the blocked one may get through. May say so once too often, never once too seldom. */
function sparesBeneath(image: Image, labels: number, path: Path, verdict: Verdict): boolean {
  if (path.lastDepth === labels && image.nodes[path.last * SLOT_WORDS + 1] & NODE.LENIENT) return true;
  // A name beneath without rules of its own meets the same nodes, each of them from beneath.
  clear(beneath, verdict.group, verdict.seconds);
  renewStamp(path);
  judge(image, labels + 1, path, beneath);
  return beneath.decision !== DECISION.BLOCK;
}

/** Bits over MATCH: which rules at a node speak of the node's own name, and which of a name beneath it. */
const OWN = (1 << MATCH.EXACT) | (1 << MATCH.SUFFIX);
const FROM_BENEATH = (1 << MATCH.SUFFIX) | (1 << MATCH.BELOW);

/** Judges a name of `labels` labels by the nodes in `path`, deepest first, into `verdict`. */
function judge(image: Image, labels: number, path: Path, verdict: Verdict): void {
  for (let at = path.count - 1; at >= 0; at--) {
    const depth = path.depth[at];
    const first = firstRule(image, path.node[at]);
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
        if (verdict.decision === DECISION.PASS) write(image, verdict, DECISION.ALLOW, rule, depth, -1, -1);
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
      write(image, verdict, DECISION.ALLOW, rule, depth, policy, mode);
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
    if (mode === MODE.BLOCK) {
      write(image, verdict, DECISION.BLOCK, rule, depth, policy, mode);
      return true;
    }
    if (mode === MODE.OBSERVE && verdict.decision < DECISION.OBSERVE) {
      write(image, verdict, DECISION.OBSERVE, rule, depth, policy, mode);
    }
  }
  return false;
}

function write(
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
