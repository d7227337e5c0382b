// What an answer leads to, judged the obvious way for tests to compare with: addresses as text of ones and zeros.

import { ACTION, DECISION } from '../../src/policy/rule.ts';
import {
  byRank,
  conclude,
  decideNaively,
  exceptionFrom,
  facetsOf,
  type Heard,
  judgeFallback,
  judgePolicy,
  type Labels,
  levels,
  modeInForce,
  type Outcome,
  type World,
  type WorldAddress,
  type WorldAddressRule,
} from './naive-policy.ts';

/** What somebody reaches who connects there: an IPv4 address that is mapped, or behind NAT64, is that. */
function reached(address: WorldAddress): WorldAddress {
  const embeds = address.family === 6 && [0xffffn, 0x64ff9bn << 64n].includes(address.value >> 32n);
  return embeds ? { family: 4, value: address.value & 0xffffffffn } : address;
}

/** The prefix as text of ones and zeros. */
function bits({ family, value }: WorldAddress, length = family === 4 ? 32 : 128): string {
  return value
    .toString(2)
    .padStart(family === 4 ? 32 : 128, '0')
    .slice(0, length);
}

/** As `levels`, for an address. */
function addressLevels(world: World, address: WorldAddress): Heard[][] {
  const heard: Heard[] = [];
  const target = reached(address);
  for (const [source, rules] of (world.addresses ?? []).entries()) {
    const key = (rule: WorldAddressRule): string =>
      [rule.family, bits(rule, rule.length), rule.action, rule.facet].join(' ');
    for (const [index, rule] of rules.entries()) {
      const twin = rules.slice(0, index).some((earlier) => key(earlier) === key(rule));
      const holds = rule.family === target.family && bits(target).startsWith(bits(rule, rule.length));
      const line = world.sources[source].length + index + 1;
      if (!twin && holds) heard.push({ ...rule, source, line, depth: rule.length, rank: rule.length });
    }
  }
  return byRank(heard);
}

/** What it decides about a name or an address that the answer to `asked` leads to; undefined where it is not looked at. */
export function decideLeadNaively(
  world: World,
  group: number,
  asked: Labels,
  lead: Labels | WorldAddress,
  seconds: number,
  exceptions: readonly number[] = [],
): Outcome | undefined {
  const first = decideNaively(world, group, asked, seconds, exceptions);
  const askedLevels = levels(world, asked);
  const spoken = new Set(askedLevels.flat().map(({ source }) => source));
  const { allow = [] } = world.groups[group] ?? {};
  if (first.decision === DECISION.BLOCK || allow.some((source) => spoken.has(source))) return undefined;
  const settled = settledBy(world, group, asked, askedLevels, seconds, exceptions);
  const all = 'family' in lead ? addressLevels(world, lead) : levels(world, lead);
  return conclude(world, group, all, seconds, exceptions, [], { spoken, settled });
}

/** The policies that an allow of their own, or an exception, has settled for the asked name. */
function settledBy(
  world: World,
  group: number,
  asked: Labels,
  all: Heard[][],
  seconds: number,
  exceptions: readonly number[],
): Set<number> {
  const settled = new Set<number>();
  if (group < 0) return settled;
  const acts = judgeFallback(world, group, asked, seconds).map(({ policy }) => policy);
  for (const policy of world.policies.keys()) {
    const mode = modeInForce(world, world.groups[group].modes[policy], policy, seconds);
    const fired = judgePolicy(world, mode, policy, all, all.length, new Set());
    if ((fired && fired.decision !== DECISION.ALLOW) || acts.includes(policy)) {
      if (exceptionFrom(world, exceptions, policy, seconds) >= 0) settled.add(policy);
    }
    const spoken = new Set<number>();
    for (const rules of all) {
      const allows = rules.filter(({ action, source }) => action === ACTION.ALLOW && !spoken.has(source));
      if (allows.some(({ source }) => facetsOf(world, policy, source) !== 0)) settled.add(policy);
      for (const { source } of rules) spoken.add(source);
    }
  }
  return settled;
}
