// Names with a search domain behind them, judged the obvious way for tests to compare with.

import { DECISION } from '../../src/policy/rule.ts';
import { beneath, decideNaively, findNaively, type Labels, type Outcome, type World } from './naive-policy.ts';

/**
 * What is decided about the name before the deepest search domain that `name` lies beneath, where that is what `name` is
 * to be answered as; undefined where it is not.
 */
export function searchNaively(world: World, group: number, name: Labels, seconds: number): Outcome | undefined {
  const asked = decideNaively(world, group, name, seconds);
  const depths = (world.searches ?? []).filter((domain) => beneath(name, domain) > 0).map(({ length }) => length);
  if (asked.decision === DECISION.BLOCK || depths.length === 0 || findNaively(world, name).special > 0)
    return undefined;
  const depth = Math.max(...depths);
  const closer = [
    ...world.forwards.filter(({ labels }) => beneath(name, labels) >= 0).map(({ labels }) => labels),
    ...(asked.source < 0 ? [] : [world.sources[asked.source][asked.line - 1].labels]),
  ];
  if (closer.some((labels) => labels.length > depth)) return undefined;
  const groups = world.groups.map((one) => ({ ...one, fallback: null }));
  const outcome = decideNaively({ ...world, groups }, group, name.slice(0, name.length - depth), seconds);
  return outcome.decision === DECISION.BLOCK ? outcome : undefined;
}
