// Policy the obvious way, for tests to compare with: strings, Maps, and the rules as they are written down for people.

import { ACTION, DECISION, MATCH, MODE } from '../../src/policy/rule.ts';

/** A name as its labels, leftmost first; a label is a string of octets (code units up to 255), of any case. */
export type Labels = readonly string[];

export interface WorldRule {
  labels: Labels;
  match: number;
  action: number;
  facet: number;
}

/** IPv4 addresses as numbers; bits beyond `length` do not matter. */
export interface WorldPrefix {
  address: number;
  length: number;
}

/** An address as one number of its family's width. */
export interface WorldAddress {
  family: 4 | 6;
  value: bigint;
}

/** A rule on the addresses that begin with so many bits of `value`. */
export interface WorldAddressRule extends WorldAddress {
  length: number;
  action: number;
  facet: number;
}

/**
 * All that decides, in plain objects. A rule's line is its place in its source, from 1, those on addresses behind those
 * on names. Group 0 takes any client.
 */
export interface World {
  sources: WorldRule[][];
  /** By source. */
  addresses?: WorldAddressRule[][];
  policies: {
    effective: number | null;
    expires: number | null;
    blocks?: number | null;
    onExpiry: number;
    selections: { source: number; facets: number }[];
  }[];
  groups: {
    modes: number[];
    allow: number[];
    fallback?: { mode: number; policy: number } | null;
    prefixes?: WorldPrefix[];
    listeners?: number[];
    /** Devices by number, where one of the forwarders names them. */
    devices?: number[];
    forwarders?: WorldPrefix[];
  }[];
  exceptions?: { policy: number; prefixes: WorldPrefix[]; devices?: number[]; starts: number; expires: number }[];
  /** How many devices there are, and from where they may be named. */
  devices?: number;
  naming?: WorldPrefix[];
  specials: { labels: Labels; code: number }[];
  forwards: { labels: Labels; zone: number }[];
  searches?: Labels[];
}

export interface Outcome {
  decision: number;
  policy: number;
  source: number;
  line: number;
  ruled: boolean;
  exception: number;
}

export interface Heard {
  action: number;
  facet: number;
  source: number;
  line: number;
  depth: number;
  /** The higher is heard first. */
  rank: number;
}

function fold(labels: Labels): string[] {
  return labels.map((label) => label.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
}

/** Whether `name` is `zone` or beneath it, and how many labels beneath; -1 when not. */
export function beneath(name: Labels, zone: Labels): number {
  const extra = name.length - zone.length;
  if (extra < 0) return -1;
  const [folded, suffix] = [fold(name), fold(zone)];
  return suffix.every((label, at) => label === folded[extra + at]) ? extra : -1;
}

function speaksOf(rule: WorldRule, name: Labels): boolean {
  const extra = beneath(name, rule.labels);
  if (extra < 0) return false;
  if (rule.match === MATCH.EXACT) return extra === 0;
  return rule.match === MATCH.SUFFIX || extra > 0;
}

function sameRule(a: WorldRule, b: WorldRule): boolean {
  return a.match === b.match && a.action === b.action && a.facet === b.facet && beneath(a.labels, b.labels) === 0;
}

/** Every rule that speaks of the name, in levels: rules of one level are equally specific, the first level is heard first. */
export function levels(world: World, name: Labels): Heard[][] {
  const heard: Heard[] = [];
  for (const [source, rules] of world.sources.entries()) {
    for (const [index, rule] of rules.entries()) {
      const twin = rules.slice(0, index).some((earlier) => sameRule(earlier, rule));
      const depth = rule.labels.length;
      const rank = depth * 2 + (rule.match === MATCH.EXACT ? 1 : 0);
      if (!twin && speaksOf(rule, name)) heard.push({ ...rule, source, line: index + 1, depth, rank });
    }
  }
  return byRank(heard);
}

export function byRank(heard: Heard[]): Heard[][] {
  const levels = Map.groupBy(heard, ({ rank }) => rank);
  return [...levels.keys()].sort((a, b) => b - a).map((level) => levels.get(level) ?? []);
}

export function modeInForce(world: World, mode: number, policy: number, seconds: number): number {
  const { effective, expires, blocks, onExpiry } = world.policies[policy];
  if (effective !== null && seconds < effective) return MODE.OFF;
  const most = [mode];
  if (expires !== null && seconds >= expires) most.push(onExpiry);
  if (typeof blocks === 'number' && seconds < blocks) most.push(MODE.OBSERVE);
  return Math.min(...most);
}

export function facetsOf(world: World, policy: number, source: number): number {
  return world.policies[policy].selections
    .filter((selection) => selection.source === source)
    .reduce((facets, selection) => facets | selection.facets, 0);
}

interface Fired {
  decision: number;
  level: number;
  policy: number;
  /** Undefined where the group's fallback fired. */
  rule?: Heard;
}

/** What one policy makes of the name, judged on its own, where these sources have had their word already. */
export function judgePolicy(
  world: World,
  mode: number,
  policy: number,
  all: Heard[][],
  stop: number,
  before: ReadonlySet<number>,
): Fired | undefined {
  if (mode === MODE.OFF) return undefined;
  const spoken = new Set(before);
  for (const [level, rules] of all.slice(0, stop).entries()) {
    const fresh = rules.filter((rule) => !spoken.has(rule.source));
    const allow = fresh.find((rule) => rule.action === ACTION.ALLOW && facetsOf(world, policy, rule.source) !== 0);
    if (allow) return { decision: DECISION.ALLOW, level, policy, rule: allow };
    const block = fresh.find(
      (rule) => rule.action === ACTION.BLOCK && facetsOf(world, policy, rule.source) & (1 << rule.facet),
    );
    const decision = mode === MODE.BLOCK ? DECISION.BLOCK : DECISION.OBSERVE;
    if (block) return { decision, level, policy, rule: block };
    for (const rule of rules) spoken.add(rule.source);
  }
  return undefined;
}

/** The group's fallback, where no list of the group approves the name and it is not one of our own. */
export function judgeFallback(world: World, group: number, name: Labels, seconds: number): Fired[] {
  const { fallback } = world.groups[group];
  const { special, forward } = findNaively(world, name);
  if (!fallback || special > 0 || forward >= 0) return [];
  const mode = modeInForce(world, fallback.mode, fallback.policy, seconds);
  if (mode === MODE.OFF) return [];
  const decision = mode === MODE.BLOCK ? DECISION.BLOCK : DECISION.OBSERVE;
  return [{ decision, level: Number.POSITIVE_INFINITY, policy: fallback.policy }];
}

/** The first of a client's exceptions that lets it past a policy, or -1. */
export function exceptionFrom(world: World, exceptions: readonly number[], policy: number, seconds: number): number {
  const found = exceptions.find((index) => {
    const exception = world.exceptions![index];
    return exception.policy === policy && exception.starts <= seconds && seconds < exception.expires;
  });
  return found ?? -1;
}

/** What the asked name has settled for whatever its answer leads to. */
interface Before {
  /** Sources that had their word, and policies that let the name past them. */
  spoken: ReadonlySet<number>;
  settled: ReadonlySet<number>;
}

/** What the world decides about a name for a group (-1: none) at a time; `exceptions` are the client's, ascending. */
export function decideNaively(
  world: World,
  group: number,
  name: Labels,
  seconds: number,
  exceptions: readonly number[] = [],
): Outcome {
  const fallback = group < 0 ? [] : judgeFallback(world, group, name, seconds);
  return conclude(world, group, levels(world, name), seconds, exceptions, fallback);
}

/** What the rules come to, heard in their levels, and behind them the group's fallback. */
export function conclude(
  world: World,
  group: number,
  all: Heard[][],
  seconds: number,
  exceptions: readonly number[],
  fallback: Fired[],
  before: Before = { spoken: new Set(), settled: new Set() },
): Outcome {
  const nothing = { decision: DECISION.PASS, policy: -1, source: -1, line: 0, ruled: all.length > 0, exception: -1 };
  if (group < 0) return nothing;
  const { allow, modes } = world.groups[group];
  const deepest = all.flat().find((rule) => allow.includes(rule.source))?.depth;
  const [allowing] = all
    .flat()
    .filter((rule) => rule.depth === deepest && allow.includes(rule.source))
    .sort((a, b) => a.source - b.source || a.line - b.line);
  // Nothing at the depth of the group's own allow, or above it, is heard.
  const stop = allowing ? all.findIndex((rules) => rules[0].depth === allowing.depth) : all.length;
  const fired = world.policies
    .map((_, policy) => {
      const mode = before.settled.has(policy) ? MODE.OFF : modeInForce(world, modes[policy], policy, seconds);
      return judgePolicy(world, mode, policy, all, stop, before.spoken);
    })
    .filter((one) => one !== undefined);
  if (!allowing) fired.push(...fallback);
  fired.sort(earlier);
  const exceptionOf = ({ policy, decision }: Fired): number =>
    decision === DECISION.ALLOW ? -1 : exceptionFrom(world, exceptions, policy, seconds);
  const acting = fired.filter((one) => exceptionOf(one) < 0);
  const [excepted] = fired.filter((one) => exceptionOf(one) >= 0);
  const tell = (one: Fired, decision: number, exception: number): Outcome => {
    const { source, line } = one.rule ?? { source: -1, line: 0 };
    return { decision, policy: one.policy, source, line, ruled: nothing.ruled, exception };
  };
  const first = (decision: number): Fired | undefined => acting.find((one) => one.decision === decision);
  const exception = excepted ? exceptionOf(excepted) : -1;
  const [blocking, observing, carving] = [DECISION.BLOCK, DECISION.OBSERVE, DECISION.ALLOW].map(first);
  if (blocking) return tell(blocking, DECISION.BLOCK, -1);
  if (observing) return tell(observing, DECISION.OBSERVE, exception);
  if (excepted) return tell(excepted, DECISION.ALLOW, exception);
  if (carving) return tell(carving, DECISION.ALLOW, -1);
  if (!allowing) return nothing;
  return { ...nothing, decision: DECISION.ALLOW, source: allowing.source, line: allowing.line };
}

/** The deepest rule goes first, then the earlier source, the earlier line, the earlier policy; a fallback comes last. */
function earlier(a: Fired, b: Fired): number {
  if (!a.rule || !b.rule) return a.rule ? -1 : 1;
  return a.level - b.level || a.rule.source - b.rule.source || a.rule.line - b.rule.line || a.policy - b.policy;
}

/** The special-use code (0: none) and the forward zone (-1: none) of a name. */
export function findNaively(world: World, name: Labels): { special: number; forward: number } {
  const deepest = <T extends { labels: Labels }>(entries: T[]): T | undefined =>
    entries
      .filter((entry) => beneath(name, entry.labels) >= 0)
      .reduce<T | undefined>(
        (best, entry) => (best && best.labels.length >= entry.labels.length ? best : entry),
        undefined,
      );
  const special = deepest(world.specials);
  const forward = deepest(world.forwards);
  const lifted = special && forward && forward.labels.length >= special.labels.length;
  return { special: special && !lifted ? special.code : 0, forward: forward?.zone ?? -1 };
}
