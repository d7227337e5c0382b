// From settings and the files they name to one policy image, with a report of what went into it.

import { readFileSync } from 'node:fs';
import { feedApp } from '../lists/catalogue.ts';
import type { Copies } from '../lists/copies.ts';
import { loadApp } from '../lists/library.ts';
import { protectionOf } from '../lists/protected-names.ts';
import { Compiler } from '../policy/compile.ts';
import { CompileError } from '../policy/compile-error.ts';
import type { AnswerInput, PrefixInput } from '../policy/compile-input.ts';
import { Image } from '../policy/image.ts';
import { ALL_FACETS, ANSWERS, FACETS, MODE, MODES } from '../policy/rule.ts';
import type { Prefix } from '../settings/address.ts';
import { readMacText } from '../settings/devices.ts';
import { textIn } from '../settings/languages.ts';
import { fileProblem, type Problem } from '../settings/problems.ts';
import type {
  AnswerSettings,
  ExceptionSettings,
  GroupSettings,
  ListSettings,
  PolicySettings,
  Settings,
} from '../settings/settings.ts';
import { wireFromText } from '../wire/name-text.ts';
import type { GoOn } from './build-messages.ts';
import { type BuildReport, policyHash, reportOf, type SourceFile } from './build-report.ts';
import { sha256 } from './canonical.ts';
import { attempted, type HeldBackLists, ListBuild } from './list-build.ts';
import { type FailedProbe, failedProbes, probeProblems } from './probes.ts';
import { structuredError } from './structured-error.ts';

const ON_EXPIRY = { 'keep-and-alert': MODE.BLOCK, observe: MODE.OBSERVE, off: MODE.OFF } as const;
const NULL_IPV4 = new Uint8Array(4);
const NULL_IPV6 = new Uint8Array(16);

export interface Built {
  /** There when no problem is an error. */
  image?: SharedArrayBuffer;
  report: BuildReport;
  problems: Problem[];
}

export interface BuildOptions {
  settings: Settings;
  seed: number;
  generation: number;
  /** Where copies of lists are kept; undefined for nowhere. */
  copies?: Copies | undefined;
  /** Whether new copies are put there. */
  isKeeping?: boolean;
  /** Why lists are not there, by their ids. */
  unfetched?: GoOn['unfetched'];
  /** Lists that hold something in the policy in force, by their ids: those are never opened. */
  inForce?: readonly string[];
}

/**
 * Builds the image, or tells every reason why there is none. A bad line is left out and told. A list that cannot be read,
 * or that changed more than the guard allows, is taken as its last good copy has it; without one it is an error, unless
 * those that need it have chosen otherwise.
 */
export async function buildPolicy(options: BuildOptions): Promise<Built> {
  const started = performance.now();
  const { builder, lists, built } = await attempted(async (held) => {
    const one = new Builder(options, held);
    return { builder: one, lists: one.lists, built: await one.build() };
  });
  const problems = [...builder.problems, ...lists.problems];
  return { ...built, report: builder.report(performance.now() - started), problems };
}

class Builder {
  readonly problems: Problem[] = [];
  readonly lists: ListBuild;
  readonly #options: BuildOptions;
  readonly #compiler: Compiler;
  /** A list that is a folder is one for each of its files, after one for itself. */
  readonly #sources = new Map<string, number[]>();
  readonly #deviceNumbers = new Map<string, number>();
  readonly #files: SourceFile[] = [];

  constructor(options: BuildOptions, held: HeldBackLists) {
    const { settings, seed, copies, isKeeping = false, unfetched = {}, inForce = [] } = options;
    this.#options = options;
    this.#compiler = new Compiler(seed);
    const protection = protectionOf(seed, settings.guard);
    this.lists = new ListBuild({ settings, copies, isLooking: !isKeeping, unfetched, inForce, protection, held });
  }

  async build(): Promise<{ image?: SharedArrayBuffer }> {
    const { settings } = this.#options;
    for (const app of settings.apps) this.#app(app.id, app.file);
    for (const list of settings.lists) await this.#list(list);
    this.#refuseEmpty();
    const { problems, isToRepeat } = this.lists;
    if (isToRepeat || [...this.problems, ...problems].some(({ severity }) => severity === 'error')) return {};
    const image = this.#compile();
    if (!image) return {};
    const failed = failedProbes(new Image(image), settings);
    if (failed.length === 0) return { image };
    if (!this.#holdFor(failed)) this.problems.push(...probeProblems(failed, settings.file));
    return {};
  }

  /** Holds the updates back that may have made the first probe fail; whether there are any. */
  #holdFor([{ message, source }, ...others]: readonly FailedProbe[]): boolean {
    const { kind, id } = this.#files[source] ?? {};
    const why = others.length === 0 ? message : `${message}; and ${others.length} more of them fail`;
    // A name that no rule speaks of any more was spoken of by a rule that went.
    return this.lists.holdChanged(why, (list, { removed }) =>
      id === undefined ? removed > 0 : kind === 'list' && list === id,
    );
  }

  #compile(): SharedArrayBuffer | undefined {
    const { settings, generation } = this.#options;
    try {
      this.#devices();
      for (const policy of settings.policies) this.#policy(policy);
      for (const group of settings.groups) this.#group(group);
      for (const exception of settings.exceptions) this.#exception(exception);
      settings.forward.forEach(({ zones }, number) => {
        for (const zone of zones) this.#compiler.forward(wireFromText(zone)!, number, zone);
      });
      for (const domain of settings.searchDomains) this.#compiler.search(wireFromText(domain)!);
      return this.#compiler.finish(generation);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.problems.push(fileProblem(settings.file, error.message, 'mend the configuration'));
      return undefined;
    }
  }

  #source(kind: 'app' | 'list', id: string, title: string, file: string, format: string | null): number {
    const source = this.#compiler.source({ id, kind, title, file });
    const key = `${kind} ${id}`;
    this.#sources.set(key, [...(this.#sources.get(key) ?? []), source]);
    this.#files.push({ id, kind, file, format, sha256: null });
    return source;
  }

  #app(id: string, file: string): void {
    const { app, problems } = loadApp(file);
    this.problems.push(...problems);
    const source = this.#source('app', id, app?.title ?? id, file, 'sluis');
    if (app) feedApp(app, this.#compiler.sink(source));
    this.#files[source].sha256 = hashOf(file);
  }

  async #list(list: ListSettings): Promise<void> {
    const sourceOf = (file: string) => this.#source('list', list.id, list.title, file, list.format);
    const source = sourceOf(list.file);
    try {
      const part = (file: string) => this.#compiler.sink(sourceOf(file));
      const rulesOf = () => this.#rulesOf(list.id);
      this.#files[source].format = await this.lists.feed(list, { ...this.#compiler.sink(source), part }, rulesOf);
      if (list.shipped) this.#files[source].sha256 = hashOf(list.file);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.problems.push(fileProblem(list.file, `list "${list.id}": ${error.message}`, 'take shorter lists, or fewer'));
    }
  }

  #rulesOf(list: string): number {
    const { sources } = this.#compiler.stats;
    return this.#sourcesOf('list', list).reduce((sum, source) => sum + sources[source].rules, 0);
  }

  /** An app that came out empty would open the gate in silence. */
  #refuseEmpty(): void {
    const { sources } = this.#compiler.stats;
    this.#files.forEach(({ id, kind, file }, source) => {
      if (kind === 'list' || sources[source].rules > 0 || this.problems.some((problem) => problem.file === file))
        return;
      const fix = 'fill the file, or take the list out of the configuration';
      this.problems.push(fileProblem(file, `${kind} "${id}" holds no rule that can be used`, fix));
    });
  }

  #policy(policy: PolicySettings): void {
    const mask = policy.facets.reduce((bits, facet) => bits | (1 << FACETS.indexOf(facet)), 0);
    this.#compiler.policy({
      id: policy.id,
      title: policy.title,
      authority: textIn(policy.authority, 'en'),
      contact: policy.contact || policy.owner,
      effective: policy.effective,
      blocks: policy.blocks,
      expires: policy.expires,
      onExpiry: ON_EXPIRY[policy.onExpiry],
      selections: [
        ...policy.apps.flatMap((app) => this.#sourcesOf('app', app)).map((source) => ({ source, facets: mask })),
        ...policy.lists
          .flatMap((list) => this.#sourcesOf('list', list))
          .map((source) => ({ source, facets: ALL_FACETS })),
      ],
      answer: this.#answer(policy.answer, policy),
    });
  }

  #answer(answer: AnswerSettings, policy: PolicySettings): AnswerInput {
    const isStructured = this.#options.settings.structuredErrors;
    return { ...answerOf(answer), structured: isStructured ? structuredError(policy, answer.cause) : null };
  }

  #group(group: GroupSettings): void {
    const { policies } = this.#options.settings;
    const answerOf = (policy: PolicySettings) => {
      const own = group.answers[policy.id];
      return own ? this.#answer(own, policy) : null;
    };
    this.#compiler.group({
      id: group.id,
      any: group.any,
      prefixes: group.prefixes.map(prefixInput),
      listeners: group.listeners,
      devices: this.#devicesOf(group.devices),
      forwarders: group.forwarders.map(prefixInput),
      modes: policies.map(({ id }) => MODES.indexOf(group.modes[id] ?? 'off')),
      answers: policies.map(answerOf),
      allow: group.allow.flatMap((list) => this.#sourcesOf('list', list)),
      fallback: group.fallback && {
        mode: MODES.indexOf(group.fallback.mode),
        policy: this.#policyOf(group.fallback.policy),
      },
    });
  }

  #exception({ id, policy, prefixes, devices, starts, expires, sealed }: ExceptionSettings): void {
    const named = this.#devicesOf(devices);
    const scope = { prefixes: prefixes.map(prefixInput), devices: named };
    // One for devices that have no address, and that nobody names, lets nobody through.
    if (prefixes.length + named.length === 0) return;
    this.#compiler.exception({ id, policy: this.#policyOf(policy), ...scope, starts, expires, sealed });
  }

  #devices(): void {
    const { named, macFrom, idFrom } = this.#options.settings.devices;
    for (const [number, { id }] of named.entries()) this.#deviceNumbers.set(id, number);
    const devices = named.map(({ id, mac }) => ({ id, mac: readMacText(mac) ?? null }));
    this.#compiler.devices(devices, { mac: macFrom.map(prefixInput), id: idFrom.map(prefixInput) });
  }

  /** By number those that can be named. */
  #devicesOf(ids: readonly string[]): number[] {
    return ids.flatMap((id) => this.#deviceNumbers.get(id) ?? []);
  }

  #policyOf(id: string): number {
    const policy = this.#options.settings.policies.findIndex((known) => known.id === id);
    if (policy < 0) throw new CompileError(`there is no policy "${id}"`);
    return policy;
  }

  #sourcesOf(kind: 'app' | 'list', id: string): readonly number[] {
    const sources = this.#sources.get(`${kind} ${id}`);
    if (sources === undefined) throw new CompileError(`there is no ${kind} "${id}"`);
    return sources;
  }

  report(ms: number): BuildReport {
    const { settings, generation } = this.#options;
    const report = reportOf(this.#compiler, this.#files, this.lists.uses);
    return { generation, hash: policyHash(settings, report.sources), ...report, ms };
  }
}

/** Of a short file that was read; null where it no longer can be. */
function hashOf(file: string): string | null {
  try {
    return sha256(readFileSync(file));
  } catch {
    return null;
  }
}

function prefixInput({ family, octets, length }: Prefix): PrefixInput {
  return { family, address: octets, length };
}

function answerOf({ kind, ttl, ede, text, ipv4, ipv6 }: AnswerSettings): AnswerInput {
  const base = { kind: ANSWERS.indexOf(kind), ttl, ede, text };
  if (kind === 'null') return { ...base, ipv4: NULL_IPV4, ipv6: NULL_IPV6 };
  return { ...base, ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) };
}
