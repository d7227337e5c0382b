// Lists the rules on a name's way in the order in which they are heard, and says why one has no say.

import { type Image, RULE, SYSTEM_SET } from './image.ts';
import { firstRule, type Path } from './match.ts';
import { ACTION, MATCH } from './rule.ts';

export interface RuleOnPath {
  /** Number in the image. */
  rule: number;
  source: number;
  facet: number;
  match: number;
  action: number;
  line: number;
  depth: number;
  /** Whether it has a say, and why not. */
  heard: boolean;
  because: string;
  /** Its source is in the group's allow list. */
  byGroup: boolean;
}

/** The rules of `path` for a name of `labels` labels and a group whose allow list is `allow`. */
export function collectRules(image: Image, path: Path, labels: number, allow: readonly number[]): RuleOnPath[] {
  const rules: RuleOnPath[] = [];
  for (let at = path.count - 1; at >= 0; at--) {
    const node = readNode(image, path.node[at], path.depth[at]);
    for (const rule of node) {
      rule.byGroup = allow.includes(rule.source);
      if (rule.match === MATCH.EXACT && rule.depth < labels) unheard(rule, 'exact, and the name lies beneath it');
      if (rule.match === MATCH.BELOW && rule.depth === labels)
        unheard(rule, 'speaks of what lies beneath the name only');
    }
    rules.push(...node.sort((a, b) => rank(a) - rank(b)));
  }
  silence(rules);
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

function readNode(image: Image, slot: number, depth: number): RuleOnPath[] {
  const rules: RuleOnPath[] = [];
  for (let rule = firstRule(image, slot); ; rule++) {
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
function silence(rules: RuleOnPath[]): void {
  const level = (rule: RuleOnPath): number => rule.depth * 2 + (rule.match === MATCH.EXACT ? 1 : 0);
  const spokenAt = new Map<number, number>();
  let allowed = false;
  for (const rule of rules) {
    if (!rule.heard) continue;
    const spoken = spokenAt.get(rule.source);
    if (allowed) unheard(rule, "the group's allow list goes first");
    else if (rule.byGroup) allowed = true;
    else if (spoken !== undefined && spoken !== level(rule))
      unheard(rule, 'a closer rule of the same source goes first');
    else spokenAt.set(rule.source, level(rule));
  }
}
