// Compiles sources, policies, groups and exceptions into one immutable image: takes everything in, then writes it out once.

import { Name, readName } from '../wire/name.ts';
import { AddressTable } from './compile-addresses.ts';
import { tellClientsApart } from './compile-derived.ts';
import { tellDevicesApart } from './compile-devices.ts';
import { CompileError } from './compile-error.ts';
import { isPrefix } from './compile-groups.ts';
import { writeImage } from './compile-image.ts';
import type {
  DeviceInput,
  ExceptionInput,
  GroupInput,
  NamingInput,
  PolicyInput,
  PrefixInput,
  SourceInput,
} from './compile-input.ts';
import { NameTable, ROOT, ruleKind } from './compile-names.ts';
import type { CompileStats, Leaving, Rejection, SourceStats } from './compile-stats.ts';
import { type Image, MAX_EXCEPTIONS, MAX_GROUPS, MAX_LISTENERS, MAX_POLICIES, MAX_SETS, SYSTEM_SET } from './image.ts';
import { sectionOctets } from './image-sections.ts';
import { encodeMetadata } from './metadata.ts';
import { ACTION, ACTIONS, FACETS, MATCH, NAME_MATCHES, type RuleSink } from './rule.ts';
import { SPECIAL_NAMES } from './special-names.ts';

/** Rejected lines kept in full for each source; all are counted. */
const KEPT_REJECTIONS = 100;
const LONGEST_TEXT = 120;
/** Lines kept for each kind that is not honoured; all are counted. */
const KEPT_LINES = 10;

/** Reasons are few and constant; a source that has more of them than this is told by the first. */
const KEPT_REASONS = 20;
const OTHER_REASONS = 'other reasons';

function countReason(reasons: SourceStats['reasons'], reason: string): void {
  const told =
    reasons.length < KEPT_REASONS - 1 || reasons.some((one) => one.reason === reason) ? reason : OTHER_REASONS;
  const known = reasons.find((one) => one.reason === told);
  if (known) known.count++;
  else reasons.push({ reason: told, count: 1 });
}

/** One compilation: feed it, then `finish` once. Throws CompileError where a limit or a contradiction forbids an image. */
export class Compiler {
  /** The first rejected lines of each source. */
  readonly rejections: Rejection[] = [];
  /** What is not honoured, by source and kind. */
  readonly leavings: Leaving[] = [];
  readonly #seed: number;
  readonly #names: NameTable;
  readonly #addresses = new AddressTable();
  readonly #name: Name;
  readonly #sources: SourceInput[] = [];
  readonly #sourceStats: SourceStats[] = [];
  readonly #sets: { source: number; facet: number }[] = [];
  /** By source, the set of each facet; -1 before its first rule. */
  readonly #setsOf: Int16Array[] = [];
  readonly #policies: PolicyInput[] = [];
  readonly #groups: GroupInput[] = [];
  readonly #exceptions: ExceptionInput[] = [];
  readonly #zones: Map<number, string> = new Map();
  #devices: readonly DeviceInput[] = [];
  #naming: NamingInput = { mac: [], id: [] };
  #image: Image | undefined;
  #systemRules = 0;

  /** `seed` is the one that queries' names are read with. Special-use names are known from the start. */
  constructor(seed: number) {
    this.#seed = seed | 0;
    this.#names = new NameTable(this.#seed);
    this.#name = new Name(this.#seed);
    for (const { wire, code } of SPECIAL_NAMES) this.special(wire, code);
  }

  /** Adds a source; returns its index. */
  source(input: SourceInput): number {
    this.#sourceStats.push({ rules: 0, duplicates: 0, rejected: 0, reasons: [] });
    this.#setsOf.push(new Int16Array(FACETS.length).fill(-1));
    return this.#sources.push(input) - 1;
  }

  /** Where the rules of a source go. A name that cannot be one is rejected with its line. */
  sink(source: number): RuleSink {
    const stats = this.#sourceStats[source];
    if (!stats) throw new CompileError(`there is no source ${source}`);
    const sets = this.#setsOf[source];
    const reject = (line: number, column: number, reason: string, text: string): void => {
      countReason(stats.reasons, reason);
      if (stats.rejected++ >= KEPT_REJECTIONS) return;
      this.rejections.push({ source, line, column, reason, text: text.slice(0, LONGEST_TEXT) });
    };
    const kinds = new Map<string, Leaving>();
    const leave = (kind: string, line: number): void => {
      let leaving = kinds.get(kind);
      if (!leaving) {
        leaving = { source, kind, count: 0, lines: [] };
        kinds.set(kind, leaving);
        this.leavings.push(leaving);
      }
      if (leaving.count++ < KEPT_LINES) leaving.lines.push(line);
    };
    const setOf = (facet: number): number => {
      if (sets[facet] === -1) sets[facet] = this.#newSet(source, facet);
      return sets[facet];
    };
    const named = (name: Name, match: number, action: number, facet: number, line: number): void => {
      const problem = NAME_MATCHES[match] === undefined ? 'unknown kind of match' : problemOf(action, facet);
      if (problem) {
        reject(line, 1, problem, '');
        return;
      }
      const node = this.#names.node(name);
      if (this.#names.addRule(node, ruleKind(setOf(facet), match, action), line)) stats.rules++;
      else stats.duplicates++;
    };
    const prefix = (input: PrefixInput, action: number, facet: number, line: number): void => {
      const problem = isPrefix(input) ? problemOf(action, facet) : 'not a prefix';
      if (problem) reject(line, 1, problem, '');
      else if (this.#addresses.add(input, ruleKind(setOf(facet), MATCH.PREFIX, action), line)) stats.rules++;
      else stats.duplicates++;
    };
    const rule = (wire: Uint8Array, match: number, action: number, facet: number, line: number): void => {
      if (readName(wire, 0, wire.length, this.#name) === wire.length) named(this.#name, match, action, facet, line);
      else reject(line, 1, 'not a domain name', '');
    };
    return { seed: this.#seed, expect: (rules) => this.#names.expect(rules), rule, named, prefix, reject, leave };
  }

  /** Makes a name and all beneath it a special-use name; `code` is one of SPECIAL. */
  special(wire: Uint8Array, code: number): void {
    this.#system(wire, ACTION.BLOCK, code);
  }

  /** Makes a name and all beneath it a forward zone; `zone` is the caller's number for its upstreams. */
  forward(wire: Uint8Array, zone: number, title = ''): void {
    this.#system(wire, ACTION.ALLOW, zone);
    this.#zones.set(zone, title);
  }

  /** Makes a name a search domain of the clients: see search.ts. */
  search(wire: Uint8Array): void {
    if (wire.length === 1) throw new CompileError('the root is no search domain');
    this.#system(wire, ACTION.BLOCK, 0, MATCH.BELOW);
  }

  /** Adds a policy; returns its index. */
  policy(input: PolicyInput): number {
    if (this.#policies.length === MAX_POLICIES) throw new CompileError(`too many policies: ${MAX_POLICIES} at most`);
    for (const { source } of input.selections) this.#needSource(source, `policy ${input.id}`);
    return this.#policies.push(input) - 1;
  }

  /** Adds a group; returns its index. */
  group(input: GroupInput): number {
    if (this.#groups.length === MAX_GROUPS) throw new CompileError(`too many groups: ${MAX_GROUPS} at most`);
    for (const source of input.allow) this.#needSource(source, `group ${input.id}`);
    for (const listener of input.listeners ?? []) {
      const isOne = Number.isInteger(listener) && listener >= 0 && listener < MAX_LISTENERS;
      if (!isOne) throw new CompileError(`group ${input.id}: there is no listener ${listener}`);
    }
    if (input.any && input.listeners?.length) {
      throw new CompileError(`group ${input.id}: it takes any client, and names listeners`);
    }
    const other = input.any && this.#groups.find((group) => group.any);
    if (other) throw new CompileError(`groups ${other.id} and ${input.id} both take any client`);
    return this.#groups.push(input) - 1;
  }

  /** Adds an exception; returns its index. */
  exception(input: ExceptionInput): number {
    const { id, starts, expires } = input;
    if (this.#exceptions.length === MAX_EXCEPTIONS) {
      throw new CompileError(`too many exceptions: ${MAX_EXCEPTIONS} at most`);
    }
    if (!(Number.isFinite(starts) && starts < expires && Number.isFinite(expires))) {
      throw new CompileError(`exception ${id}: it starts at ${starts} and expires at ${expires}`);
    }
    return this.#exceptions.push(input) - 1;
  }

  /** Takes in all devices that may be named, and from where they are; groups and exceptions count them from 0. */
  devices(devices: readonly DeviceInput[], naming: NamingInput): void {
    this.#devices = devices;
    this.#naming = naming;
  }

  /** Writes the image; call it once. Generations count from 1: 0 is what cached answers carry that no image vouches for. */
  finish(generation: number): SharedArrayBuffer {
    if (this.#image) throw new CompileError('this compilation is finished');
    if (generation < 1) throw new CompileError(`generations count from 1, not ${generation}`);
    for (const { id, fallback } of this.#groups) if (fallback) this.#needPolicy(fallback.policy, `group ${id}`);
    for (const { id, policy } of this.#exceptions) this.#needPolicy(policy, `exception ${id}`);
    const anyGroup = this.#groups.findIndex((group) => group.any);
    const deviceClasses = tellDevicesApart(this.#devices, this.#naming, this.#groups, this.#exceptions);
    this.#image = writeImage({
      seed: this.#seed,
      generation,
      anyGroup,
      names: this.#names,
      addresses: this.#addresses,
      sets: this.#sets,
      sourceCount: this.#sources.length,
      policies: this.#policies,
      groups: this.#groups,
      exceptions: this.#exceptions,
      devices: this.#devices,
      deviceClasses,
      clients: tellClientsApart(this.#groups, anyGroup, this.#exceptions, deviceClasses),
      metadata: this.#metadata(),
    });
    return this.#image.buffer;
  }

  #metadata(): Uint8Array {
    return encodeMetadata({
      sources: this.#sources.map((source, index) => ({ ...source, ...this.#sourceStats[index] })),
      policies: this.#policies.map(({ answer: _, blocks = null, ...policy }) => ({ ...policy, blocks })),
      groups: this.#groups.map(({ id, any, allow, listeners = [], fallback = null }) => {
        return { id, any, allow, listeners, fallback };
      }),
      exceptions: this.#exceptions.map(({ id, policy, starts, expires, sealed }) => ({
        id: sealed ? null : id,
        policy,
        starts,
        expires,
      })),
      zones: [...this.#zones].map(([zone, title]) => ({ zone, title })),
    });
  }

  get stats(): CompileStats {
    const sum = (key: 'duplicates' | 'rejected'): number =>
      this.#sourceStats.reduce((total, stats) => total + stats[key], 0);
    return {
      rules: this.#names.ruleCount - this.#systemRules + this.#addresses.ruleCount,
      names: this.#names.namesWithRules,
      prefixes: this.#addresses.prefixCount,
      nodes: this.#names.nodeCount,
      labels: this.#names.labels.count,
      duplicates: sum('duplicates'),
      rejected: sum('rejected'),
      sources: this.#sourceStats.map((stats) => ({ ...stats, reasons: [...stats.reasons] })),
      octets: this.#image?.buffer.byteLength ?? 0,
      sections: this.#image ? sectionOctets(this.#image.counts) : {},
    };
  }

  #newSet(source: number, facet: number): number {
    if (this.#sets.length === MAX_SETS) {
      throw new CompileError(`too many sets: the sources have more than ${MAX_SETS} facets between them`);
    }
    return this.#sets.push({ source, facet }) - 1;
  }

  #system(wire: Uint8Array, action: number, number: number, match: number = MATCH.SUFFIX): void {
    if (readName(wire, 0, wire.length, this.#name) !== wire.length) throw new CompileError('a zone has no domain name');
    const node = this.#name.labelCount === 0 ? ROOT : this.#names.node(this.#name);
    if (this.#names.addRule(node, ruleKind(SYSTEM_SET, match, action), number)) this.#systemRules++;
  }

  #needPolicy(policy: number, who: string): void {
    if (!this.#policies[policy]) throw new CompileError(`${who}: there is no policy ${policy}`);
  }

  #needSource(source: number, who: string): void {
    if (!this.#sources[source]) throw new CompileError(`${who}: there is no source ${source}`);
  }
}

/** Why the rule is none, or undefined. A number out of range would land in a stranger's set. */
function problemOf(action: number, facet: number): string | undefined {
  if (ACTIONS[action] === undefined) return 'unknown action';
  return FACETS[facet] === undefined ? 'unknown facet' : undefined;
}
