// Keeps the policy in force: reads, compiles aside, checks, swaps; whatever fails, the old one serves on.

import type { ChildProcess } from 'node:child_process';
import type { Adoption } from '../engine/engine.ts';
import type { UpstreamAddress } from '../net/upstream-sockets.ts';
import { checkContents } from '../policy/image-check.ts';
import type { Problem } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import type { ConfigurationRead, GoOn } from './build-messages.ts';
import { buildAside } from './build-process.ts';
import type { BuildReport } from './build-report.ts';
import { startBuilder } from './builder.ts';
import type { Evidence } from './evidence.ts';
import { Numbers } from './numbers.ts';

/** What came of one reading of the configuration. */
export interface Reload {
  /** When it ended, in Unix milliseconds. */
  at: number;
  result: 'ok' | 'failed';
  /** What asked for it, in words. */
  cause: string;
  /** The generation in force afterwards. */
  generation: number;
  problems: Problem[];
  /** Why it failed, in a line; empty when it did not. */
  reason: string;
  report: BuildReport | undefined;
  /** What the audit log keeps of the files; undefined where there is none, or they were not read to their end. */
  evidence: Evidence | undefined;
  /** From reading to handing out, in milliseconds. */
  ms: number;
  /** Octets of this process afterwards; the image before goes when every worker has let go of it. */
  resident: number;
  /** Options that changed and only a restart puts into force. */
  restart: string[];
}

export interface KeeperOptions {
  file: string;
  /** Started already, to build the first policy. */
  builder: ChildProcess | undefined;
  env: Record<string, string | undefined>;
  seed: number;
  /** Hands the policy to every worker; what it throws is why the reload failed. */
  adopt: (adoption: Adoption, upstreams: UpstreamAddress[]) => void;
  /** Told what came of each reload, and the settings in force after it. */
  onReload: (reload: Reload, inForce: Settings | undefined) => void;
  /** Told, before the rest of them is read, every file that has a part in the configuration as it stands. */
  onFiles: (files: string[]) => void;
  /** Told settings without an error as long as none are in force: what is to come can be got ready. */
  onFirstSettings: (settings: Settings) => void;
  /** Waited for before lists are read: what has to be there can be fetched; says what was not. */
  prepare: (settings: Settings) => Promise<GoOn>;
  /** Waited for once a policy is in force: what it was built from can be kept. */
  keep: (settings: Settings, report: BuildReport) => Promise<void>;
  /** Whether evidence is wanted of each reload. */
  isAudited: () => boolean;
  /** Unix milliseconds. */
  clock: () => number;
  /** Octets that this process takes. */
  resident: () => number;
}

/** How long a process waits for a build that is likely to come. */
const READY_MS = 1000;

/** Sections that are read at start alone. */
const AT_START = ['listen', 'admin', 'workers', 'cache', 'limits', 'audit', 'learning'] as const;

export class Keeper {
  readonly numbers = new Numbers();
  /** The settings and the image in force. */
  settings: Settings | undefined;
  image: SharedArrayBuffer | undefined;
  generation = 0;
  last: Reload | undefined;
  /** The reload that brought the policy in force. */
  inForce: Reload | undefined;
  readonly counts = { ok: 0, failed: 0 };
  readonly #options: KeeperOptions;
  #started: Settings | undefined;
  #running: Promise<Reload> | undefined;
  #next: Promise<Reload> | undefined;
  /** Started already, for the next build. */
  #builder: ChildProcess | undefined;
  #dismissing: NodeJS.Timeout | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#builder = options.builder;
  }

  /** A reload is likely to be asked for soon: the process that builds loads its code meanwhile. */
  expectReload(): void {
    if (this.#running) return;
    clearTimeout(this.#dismissing);
    this.#dismissing = setTimeout(() => this.#takeBuilder()?.kill('SIGKILL'), READY_MS).unref();
    if (this.#builder) return;
    const builder = startBuilder(true);
    this.#builder = builder;
    builder.once('exit', () => {
      if (this.#builder === builder) this.#builder = undefined;
    });
  }

  /**
   * Brings the configuration as it stands on disk into force, or tells why not. Never rejects. A call while one is
   * under way waits for one that starts after it; any number of such calls share that one.
   */
  reload(cause: string): Promise<Reload> {
    if (!this.#running) {
      this.#running = this.#run(cause).finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.reload(cause);
    });
    return this.#next;
  }

  async #run(cause: string): Promise<Reload> {
    const started = performance.now();
    const reload: Reload = {
      at: 0,
      result: 'failed',
      cause,
      generation: this.generation,
      problems: [],
      reason: '',
      report: undefined,
      evidence: undefined,
      ms: 0,
      resident: 0,
      restart: [],
    };
    try {
      reload.reason = await this.#bring(reload);
    } catch (error) {
      reload.reason = error instanceof Error ? error.message : String(error);
    }
    reload.result = reload.reason ? 'failed' : 'ok';
    reload.generation = this.generation;
    reload.at = this.#options.clock();
    reload.ms = performance.now() - started;
    reload.resident = this.#options.resident();
    this.counts[reload.result]++;
    this.last = reload;
    if (reload.result === 'ok') this.inForce = reload;
    this.#options.onReload(reload, this.settings);
    return reload;
  }

  #takeBuilder(): ChildProcess | undefined {
    clearTimeout(this.#dismissing);
    const builder = this.#builder;
    this.#builder = undefined;
    return builder;
  }

  /** Returns why it failed, or an empty text. */
  async #bring(reload: Reload): Promise<string> {
    const { file, env, seed, onFiles, onFirstSettings, prepare, keep, isAudited } = this.#options;
    const generation = this.generation + 1;
    const inForce = listsOf(this.inForce);
    const order = { file, env, seed, generation, isAudited: isAudited(), inForce };
    const onRead = async (read: ConfigurationRead) => {
      onFiles(read.files);
      if (!read.settings) return { unfetched: {} };
      if (!this.settings) onFirstSettings(read.settings);
      return prepare(read.settings);
    };
    const { settings, image, report, problems, evidence } = await buildAside(order, onRead, this.#takeBuilder());
    reload.report = report;
    reload.evidence = evidence;
    reload.problems = problems;
    if (!settings) return `the configuration has ${count(problems)}`;
    if (!image) return `the policy has ${count(problems)}`;
    const corrupt = checkContents(image, seed);
    if (corrupt) return corrupt;
    reload.restart = this.#started ? changedSections(this.#started, settings) : [];
    this.#swap(settings, image, generation);
    await keep(settings, report!);
    return '';
  }

  #swap(settings: Settings, image: SharedArrayBuffer, generation: number): void {
    const routes = this.numbers.routes(settings);
    const hitSlots = this.numbers.hitSlots(settings);
    this.#options.adopt({ image, routes, hitSlots }, [...this.numbers.upstreams]);
    this.#started ??= settings;
    this.settings = settings;
    this.image = image;
    this.generation = generation;
  }
}

/** Those that hold something. */
function listsOf(reload: Reload | undefined): string[] {
  const sources = reload?.report?.sources ?? [];
  return sources.filter(({ kind, rules }) => kind === 'list' && rules > 0).map(({ id }) => id);
}

function count(problems: Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return errors === 1 ? '1 error' : `${errors} errors`;
}

function changedSections(before: Settings, after: Settings): string[] {
  const isChanged = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  const sections: string[] = AT_START.filter((section) => isChanged(before[section], after[section]));
  return isChanged(before.log.hits, after.log.hits) ? [...sections, 'log.hits'] : sections;
}
