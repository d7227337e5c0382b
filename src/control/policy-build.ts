// From settings and the files they name to one policy image, with a report of what went into it.

import { feedApp } from '../lists/catalogue.ts';
import { LEFT, type Left } from '../lists/left.ts';
import { feedList, loadApp } from '../lists/library.ts';
import { Compiler } from '../policy/compile.ts';
import { CompileError } from '../policy/compile-error.ts';
import type { AnswerInput, PrefixInput } from '../policy/compile-input.ts';
import type { Rejection } from '../policy/compile-stats.ts';
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
import { structuredError } from './structured-error.ts';

const ON_EXPIRY = { 'keep-and-alert': MODE.BLOCK, observe: MODE.OBSERVE, off: MODE.OFF } as const;
const NULL_IPV4 = new Uint8Array(4);
const NULL_IPV6 = new Uint8Array(16);

/** Lines of a list that are not honoured, or not wholly, for one reason. */
export interface LeftReport {
  kind: string;
  reason: string;
  count: number;
  /** The first of them. */
  lines: number[];
}

/** One list or app as it was taken. */
export interface SourceReport {
  id: string;
  kind: 'app' | 'list';
  file: string;
  /** As the settings say, or as it was recognised; null where it could not be. */
  format: string | null;
  rules: number;
  duplicates: number;
  rejected: number;
  left: LeftReport[];
}

export interface BuildReport {
  generation: number;
  sources: SourceReport[];
  rules: number;
  names: number;
  rejected: number;
  /** The first rejected lines of each source. */
  rejections: (Omit<Rejection, 'source'> & { file: string })[];
  /** Octets of the image. */
  octets: number;
  /** Reading, parsing and compiling, in milliseconds. */
  ms: number;
}

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
}

/** Builds the image, or tells every reason why there is none. A bad line is left out and told; a bad list is an error. */
export async function buildPolicy(options: BuildOptions): Promise<Built> {
  const started = performance.now();
  const builder = new Builder(options);
  const image = await builder.build();
  return { ...image, report: builder.report(performance.now() - started), problems: builder.problems };
}

class Builder {
  readonly problems: Problem[] = [];
  readonly #options: BuildOptions;
  readonly #compiler: Compiler;
  readonly #sources = new Map<string, number>();
  readonly #deviceNumbers = new Map<string, number>();
  readonly #files: Pick<SourceReport, 'id' | 'kind' | 'file' | 'format'>[] = [];

  constructor(options: BuildOptions) {
    this.#options = options;
    this.#compiler = new Compiler(options.seed);
  }

  async build(): Promise<{ image?: SharedArrayBuffer }> {
    const { settings, generation } = this.#options;
    for (const app of settings.apps) this.#app(app.id, app.file);
    for (const list of settings.lists) await this.#list(list);
    this.#refuseEmpty();
    if (this.problems.some(({ severity }) => severity === 'error')) return {};
    try {
      this.#devices();
      for (const policy of settings.policies) this.#policy(policy);
      for (const group of settings.groups) this.#group(group);
      for (const exception of settings.exceptions) this.#exception(exception);
      settings.forward.forEach(({ zones }, number) => {
        for (const zone of zones) this.#compiler.forward(wireFromText(zone)!, number, zone);
      });
      for (const domain of settings.searchDomains) this.#compiler.search(wireFromText(domain)!);
      return { image: this.#compiler.finish(generation) };
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.problems.push(fileProblem(settings.file, error.message, 'mend the configuration'));
      return {};
    }
  }

  #source(kind: 'app' | 'list', id: string, title: string, file: string, format: string | null): number {
    const source = this.#compiler.source({ id, kind, title, file });
    this.#sources.set(`${kind} ${id}`, source);
    this.#files.push({ id, kind, file, format });
    return source;
  }

  #app(id: string, file: string): void {
    const { app, problems } = loadApp(file);
    this.problems.push(...problems);
    const source = this.#source('app', id, app?.title ?? id, file, 'sluis');
    if (app) feedApp(app, this.#compiler.sink(source));
  }

  async #list(list: ListSettings): Promise<void> {
    const source = this.#source('list', list.id, list.title, list.file, list.format);
    try {
      const { format, problems } = await feedList(list, this.#compiler.sink(source));
      this.#files[source].format = format;
      this.problems.push(...problems);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.problems.push(fileProblem(list.file, `list "${list.id}": ${error.message}`, 'take shorter lists, or fewer'));
    }
  }

  /** A list that came out empty would open the gate in silence. */
  #refuseEmpty(): void {
    const { sources } = this.#compiler.stats;
    this.#files.forEach(({ id, kind, file }, source) => {
      if (sources[source].rules > 0 || this.problems.some((problem) => problem.file === file)) return;
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
        ...policy.apps.map((app) => ({ source: this.#sourceOf('app', app), facets: mask })),
        ...policy.lists.map((list) => ({ source: this.#sourceOf('list', list), facets: ALL_FACETS })),
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
      allow: group.allow.map((list) => this.#sourceOf('list', list)),
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

  #sourceOf(kind: 'app' | 'list', id: string): number {
    const source = this.#sources.get(`${kind} ${id}`);
    if (source === undefined) throw new CompileError(`there is no ${kind} "${id}"`);
    return source;
  }

  report(ms: number): BuildReport {
    const { stats, rejections, leavings } = this.#compiler;
    const { rules, names, rejected, octets } = stats;
    const leftOf = (at: number): LeftReport[] =>
      leavings
        .filter(({ source }) => source === at)
        .map(({ source: _, ...leaving }) => ({ ...leaving, reason: LEFT[leaving.kind as Left] }));
    const sources = this.#files.map((file, at) => ({ ...file, ...stats.sources[at], left: leftOf(at) }));
    return {
      generation: this.#options.generation,
      sources,
      rules,
      names,
      rejected,
      rejections: rejections.map(({ source, ...place }) => ({ ...place, file: this.#files[source].file })),
      octets,
      ms,
    };
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
