// Lists the rules on the way to a name or an address in the order in which they are heard, and says why one has no say.

import { type Image, RULE, SYSTEM_SET } from './image.ts';
import type { Path } from './match.ts';
import type { Metadata } from './metadata.ts';
import { ACTION, ACTIONS, FACETS, MATCH, MATCHES } from './rule.ts';

export interface RuleOnPath {
  /** Number in the image. */
  rule: number;
  source: number;
  facet: number;
  match: number;
  action: number;
  line: number;
  /** Labels of its name, or bits of its prefix. */
  depth: number;
  /** Whether it has a say, and why not. */
  heard: boolean;
  because: string;
  /** Its source is in the group's allow list. */
  byGroup: boolean;
}

export interface ExplainedRule {
  /** The rule's own name, which may lie above the name asked, or its prefix: `192.0.2.0/24`. */
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

/** `named` gives the rule's name, or its prefix, by its depth. */
export function explainRule(rule: RuleOnPath, metadata: Metadata, named: (depth: number) => string): ExplainedRule {
  const { id, kind, file } = metadata.sources[rule.source];
  return {
    name: named(rule.depth),
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

/**
 * The rules of `path` for a name of `labels` labels (an address: -1) and a group whose allow list is `allow`. `spoken` are
 * the sources that spoke of the asked name, where these are rules on what its answer leads to.
 */
export function collectRules(
  image: Image,
  path: Path,
  labels: number,
  allow: readonly number[],
  spoken: ReadonlySet<number> = new Set(),
): RuleOnPath[] {
  const rules: RuleOnPath[] = [];
  for (let at = path.count - 1; at >= 0; at--) {
    const node = readNode(image, path.rule[at], path.depth[at]);
    for (const rule of node) {
      rule.byGroup = allow.includes(rule.source);
      if (rule.match === MATCH.EXACT && rule.depth < labels) unheard(rule, 'exact, and the name lies beneath it');
      if (rule.match === MATCH.BELOW && rule.depth === labels)
        unheard(rule, 'speaks of what lies beneath the name only');
    }
    rules.push(...node.sort((a, b) => rank(a) - rank(b)));
  }
  silence(rules, spoken);
  return rules;
}

/** Order at one node: the group's allow list, then exact before the rest, then allow before block. */
function rank(rule: RuleOnPath): number {
  if (rule.byGroup && rule.heard) return 0;
  return (rule.match === MATCH.EXACT ? 1 : 3) + (rule.action === ACTION.ALLOW ? 0 : 1);
}

function unheard(rule: RuleOnPath, because: string): void {
  rule.heard = false;
  rule.because = because;
}

function readNode(image: Image, first: number, depth: number): RuleOnPath[] {
  const rules: RuleOnPath[] = [];
  for (let rule = first; ; rule++) {
    const kind = image.ruleKinds[rule];
    const set = kind & RULE.SET;
    if (set !== SYSTEM_SET) {
      rules.push({
        rule,
        source: image.setSources[set],
        facet: image.setFacets[set],
        match: (kind >> RULE.MATCH_SHIFT) & RULE.MATCH,
        action: (kind >> RULE.ACTION_SHIFT) & RULE.ACTION,
        line: image.ruleLines[rule],
        depth,
        heard: true,
        because: 'heard',
        byGroup: false,
      });
    }
    if (kind & RULE.LAST) return rules;
  }
}

/** Marks what a rule heard earlier leaves without a say. */
function silence(rules: RuleOnPath[], spokenBefore: ReadonlySet<number>): void {
  const level = (rule: RuleOnPath): number => rule.depth * 2 + (rule.match === MATCH.EXACT ? 1 : 0);
  const spokenAt = new Map<number, number>();
  let allowed = false;
  for (const rule of rules) {
    if (!rule.heard) continue;
    const spoken = spokenAt.get(rule.source);
    if (allowed) unheard(rule, "the group's allow list goes first");
    else if (rule.byGroup) allowed = true;
    else if (spokenBefore.has(rule.source)) unheard(rule, 'its source spoke of the asked name');
    else if (spoken !== undefined && spoken !== level(rule))
      unheard(rule, 'a closer rule of the same source goes first');
    else spokenAt.set(rule.source, level(rule));
  }
}
