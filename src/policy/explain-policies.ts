// Says of each policy alone what it makes of a name, and of a group's fallback: what dates, exceptions and lists do to it.

import type { RuleOnPath } from './explain-rules.ts';
import type { Image } from './image.ts';
import type { Path } from './match.ts';
import type { Metadata } from './metadata.ts';
import { exceptionAt, modeAt, modeInForce } from './moments.ts';
import { ACTION, FACETS, MODE, MODES } from './rule.ts';

/** What one policy makes of the name, judged on its own. */
export type Outcome =
  | 'blocks'
  | 'observes'
  | 'allows'
  /** It would block or observe, and an exception of the client's is in force. */
  | 'excepted'
  /** Off for the group. */
  | 'off'
  | 'not yet effective'
  | 'expired'
  /** Its sources speak of the name, in facets that it leaves out. */
  | 'facet not covered'
  /** The group's own allow list goes first. */
  | 'group allows'
  /** An allow or an exception on the asked name holds for what its answer leads to. */
  | 'settled'
  /** A fallback does not touch special-use names and own zones. */
  | 'own name'
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
  /** The rule that settled it, by its place among the explanation's rules; null where none did. */
  rule: number | null;
}

/** An exception that the client has. */
export interface ExplainedException {
  /** Null where it is sealed. */
  id: string | null;
  policy: string;
  /** Unix seconds: in force from the first until before the second. */
  starts: number;
  expires: number;
  inForce: boolean;
}

/** For whom and when. */
export interface Asked {
  image: Image;
  metadata: Metadata;
  /** The configured group, or -1, and the derived one, from 0; below 0 where there is none. */
  group: number;
  derived: number;
  seconds: number;
}

type Told = Pick<ExplainedPolicy, 'outcome' | 'because' | 'rule'>;

/** What a policy makes of the name by its rules; `settled` are those whose word on the asked name holds here. */
export function explainPolicy(
  asked: Asked,
  rules: readonly RuleOnPath[],
  policy: number,
  settled: ReadonlySet<number> = new Set(),
): ExplainedPolicy {
  const { image, group, seconds } = asked;
  const mode = group < 0 ? MODE.OFF : image.modes[group * image.policyCount + policy];
  const inForce = modeAt(image, group, policy, seconds);
  const told = offReason(asked, policy, mode, inForce) ?? judgePolicy(asked, rules, policy, inForce);
  return describe(asked, policy, mode, inForce, settled.has(policy) ? settle(told) : told);
}

const ACTS: ReadonlySet<Outcome> = new Set(['blocks', 'observes', 'allows', 'excepted']);

/** What a policy would do that has had its word on the asked name, and so does not. */
function settle(told: Told): Told {
  if (!ACTS.has(told.outcome)) return told;
  const because = `${told.because}; what let the asked name past it holds here too`;
  return { ...told, outcome: 'settled', because };
}

/** What the group does with names that it does not approve; null where it does nothing with them. */
export function explainFallback(asked: Asked, rules: readonly RuleOnPath[], path: Path): ExplainedPolicy | null {
  const { image, group, seconds } = asked;
  const mode = group < 0 ? MODE.OFF : image.fallbackModes[group];
  if (mode === MODE.OFF) return null;
  const policy = image.fallbackPolicies[group];
  const inForce = modeInForce(image, mode, policy, seconds);
  const told = offReason(asked, policy, mode, inForce) ?? judgeFallback(asked, rules, path, policy, inForce);
  return describe(asked, policy, mode, inForce, told);
}

/** The exceptions of the client, in the order in which they are heard. */
export function explainExceptions({ image, metadata, derived, seconds }: Asked): ExplainedException[] {
  if (derived < 0) return [];
  const numbers = image.excepted.subarray(image.exceptedStarts[derived], image.exceptedStarts[derived + 1]);
  return [...numbers].map((number) => {
    const { id, policy, starts, expires } = metadata.exceptions[number];
    const inForce = seconds >= starts && seconds < expires;
    return { id, policy: metadata.policies[policy].id, starts, expires, inForce };
  });
}

/** Where an exception stands among those of the client. */
export function placeOf({ image, derived }: Asked, exception: number): number | null {
  if (exception < 0) return null;
  return image.excepted.subarray(image.exceptedStarts[derived], image.exceptedStarts[derived + 1]).indexOf(exception);
}

function describe({ metadata }: Asked, policy: number, mode: number, inForce: number, told: Told): ExplainedPolicy {
  const { id, title, authority, contact } = metadata.policies[policy];
  return { id, title, authority, contact, mode: MODES[mode], modeInForce: MODES[inForce], ...told };
}

function offReason(asked: Asked, policy: number, mode: number, inForce: number): Told | undefined {
  if (inForce !== MODE.OFF) return undefined;
  const { effective, expires } = asked.metadata.policies[policy];
  if (asked.group < 0) return { outcome: 'off', because: 'the client is in no group', rule: null };
  if (mode === MODE.OFF) return { outcome: 'off', because: 'off for this group', rule: null };
  if (effective !== null && asked.seconds < effective) {
    return { outcome: 'not yet effective', because: `effective from ${dateText(effective)}`, rule: null };
  }
  return { outcome: 'expired', because: `expired ${expires === null ? '' : dateText(expires)}`.trimEnd(), rule: null };
}

/** Judges one policy alone, by the rules in the order in which they are heard. */
function judgePolicy(asked: Asked, rules: readonly RuleOnPath[], policy: number, mode: number): Told {
  const { metadata } = asked;
  let uncovered: Told | undefined;
  for (const [index, rule] of rules.entries()) {
    if (!rule.heard) continue;
    const source = metadata.sources[rule.source].id;
    if (rule.byGroup) return approvedBy(source, index);
    const facets = facetsCovered(metadata, policy, rule.source);
    if (facets === 0) continue;
    if (rule.action === ACTION.ALLOW) return { outcome: 'allows', because: `carved out by ${source}`, rule: index };
    if (facets & (1 << rule.facet)) {
      const facet = FACETS[rule.facet] === 'none' ? '' : `${FACETS[rule.facet]} of `;
      return act(asked, policy, mode, `covers ${facet}${source}`, index);
    }
    uncovered ??= {
      outcome: 'facet not covered',
      because: `leaves out ${FACETS[rule.facet]} of ${source}`,
      rule: index,
    };
  }
  return uncovered ?? { outcome: 'silent', because: 'no rule of its apps and lists speaks of it', rule: null };
}

function judgeFallback(asked: Asked, rules: readonly RuleOnPath[], path: Path, policy: number, mode: number): Told {
  if (path.special > 0) return { outcome: 'own name', because: 'a special-use name', rule: null };
  if (path.forward >= 0) return { outcome: 'own name', because: 'in a forward zone', rule: null };
  const index = rules.findIndex((rule) => rule.heard && rule.byGroup);
  if (index >= 0) return approvedBy(asked.metadata.sources[rules[index].source].id, index);
  return act(asked, policy, mode, 'no list that the group allows approves the name', null);
}

function approvedBy(source: string, rule: number): Told {
  return { outcome: 'group allows', because: `${source} is in the group's allow list`, rule };
}

/** What a policy that would act comes to: an exception may be in its way, or its grace. */
function act(asked: Asked, policy: number, mode: number, because: string, rule: number | null): Told {
  const { image, metadata, derived, seconds } = asked;
  const exception = exceptionAt(image, derived, policy, seconds);
  if (exception >= 0) {
    const { id, expires } = metadata.exceptions[exception];
    const who = id === null ? 'a sealed exception' : `exception ${id}`;
    return { outcome: 'excepted', because: `${because}; ${who} lets it through until ${dateText(expires)}`, rule };
  }
  const { blocks } = metadata.policies[policy];
  const grace = blocks !== null && seconds < blocks ? `; in its grace, blocks from ${dateText(blocks)}` : '';
  return { outcome: mode === MODE.BLOCK ? 'blocks' : 'observes', because: because + grace, rule };
}

/** Whether the policy let the name past it, by an allow of its lists or an exception: that holds for what follows. */
export function hasSettled(asked: Asked, rules: readonly RuleOnPath[], policy: number, told: ExplainedPolicy): boolean {
  const carves = (rule: RuleOnPath) =>
    rule.heard && rule.action === ACTION.ALLOW && facetsCovered(asked.metadata, policy, rule.source) !== 0;
  return told.outcome === 'excepted' || rules.some(carves);
}

function facetsCovered(metadata: Metadata, policy: number, source: number): number {
  const { selections } = metadata.policies[policy];
  return selections.reduce((bits, selection) => (selection.source === source ? bits | selection.facets : bits), 0);
}

function dateText(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
