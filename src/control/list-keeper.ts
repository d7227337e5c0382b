// Keeps the lists of a running Sluis: fetches them on time, keeps the last good copy of each, and lets a held update through
// when somebody accepts it.

import { goodOf, isRefused, vouched } from '../lists/choice.ts';
import type { Copies } from '../lists/copies.ts';
import { reasonOf } from '../settings/files.ts';
import type { ListSettings, Settings } from '../settings/settings.ts';
import { LONGEST_SLEEP } from './alerts.ts';
import type { GoOn } from './build-messages.ts';
import type { SourceReport } from './build-report.ts';
import type { FetchOrder, FetchOutcome } from './fetch-messages.ts';
import { type FetchState, firstDue, isDue, nextDue } from './fetch-schedule.ts';
import type { Reload } from './keeper.ts';
import type { ListUse } from './list-build.ts';
import { copiesOf } from './list-folder.ts';

export interface ListKeeperOptions {
  env: Record<string, string | undefined>;
  /** Unix milliseconds. */
  clock: () => number;
  /** From 0 to 1. */
  dice: () => number;
  /** Calls `act` once after so many milliseconds; returns what calls that off. */
  later: (act: () => void, ms: number) => () => void;
  fetch: (order: FetchOrder, signal: AbortSignal) => Promise<FetchOutcome[]>;
  reload: (cause: string) => Promise<Reload>;
  /** Told of each list that was asked for. */
  onFetch: (outcome: FetchOutcome) => void;
  /** Told that copies cannot be kept, in words, and an empty text when they are again. */
  onProblem: (problem: string) => void;
}

/** A list of the policy in force. */
export interface KeptList {
  list: ListSettings;
  source: SourceReport;
  use: ListUse;
  /** From when what is in force of it is, in Unix milliseconds; null where that is nothing. */
  since: number | null;
  /** Null for one that is not fetched. */
  fetch: FetchState | null;
}

/** How often a server is asked in a row: at a start all waits for it. */
const FIRST_TRIES = 3;

export class ListKeeper {
  readonly counts = { changed: 0, unchanged: 0, failed: 0 };
  /** Why copies cannot be kept; empty where they can. */
  problem = '';
  readonly #options: ListKeeperOptions;
  readonly #fetches = new Map<string, FetchState>();
  readonly #stopped = new AbortController();
  /** By list, since when its content is in force. */
  #since = new Map<string, { sha256: string; at: number }>();
  #settings: Settings | undefined;
  #sources: readonly SourceReport[] = [];
  #callOff: (() => void) | undefined;
  /** By id, what is being fetched: two processes would write one list. */
  readonly #fetching = new Map<string, Promise<unknown>>();
  #looking: Promise<void> = Promise.resolve();

  constructor(options: ListKeeperOptions) {
    this.#options = options;
  }

  /** Those of the policy in force that do not come with Sluis. */
  get lists(): KeptList[] {
    return (this.#settings?.lists ?? []).flatMap((list) => {
      const source = this.#sources.find(({ kind, id }) => kind === 'list' && id === list.id);
      if (!source?.use) return [];
      const since = this.#since.get(key(list))?.at ?? null;
      return [{ list, source, use: source.use, since, fetch: this.#fetches.get(key(list)) ?? null }];
    });
  }

  /** Before a policy is built: fetches the lists that it cannot do without, and says what was not. Never rejects. */
  async prepare(settings: Settings): Promise<GoOn> {
    const copies = copiesOf(settings, this.#options.env);
    if (!copies) return { unfetched: {} };
    const wanted: ListSettings[] = [];
    for (const list of settings.lists) if (list.fetched && (await isWanted(list, copies))) wanted.push(list);
    const outcomes = await this.#fetch(settings, copies, wanted, FIRST_TRIES);
    const failed = outcomes.filter(({ result }) => result === 'failed');
    return { unfetched: Object.fromEntries(failed.map(({ id, reason: trouble, fix }) => [id, { trouble, fix }])) };
  }

  /** After a policy came into force: what it was built from is good. Never rejects. */
  async keep(settings: Settings, sources: readonly SourceReport[]): Promise<void> {
    this.#settings = settings;
    this.#sources = sources;
    this.#date();
    const copies = copiesOf(settings, this.#options.env);
    if (!copies) return;
    let problem = '';
    for (const { list, source, use } of this.lists) {
      try {
        await this.#keepGood(copies, list, source, use);
      } catch (error) {
        problem = `no copy of list "${list.id}" can be kept in ${copies.folder}: ${reasonOf(error)}`;
      }
    }
    this.#tell(problem);
    await copies.sweepOthers(new Set(settings.lists.map(({ id }) => id)), this.#options.clock());
    await this.#follow(settings, copies);
  }

  /** Lets through what is held of the list; undefined where nothing is, or no such list is in force. */
  async accept(id: string): Promise<Reload | undefined> {
    const held = this.lists.find(({ list, use }) => list.id === id && use.waiting !== null);
    const copies = this.#settings && copiesOf(this.#settings, this.#options.env);
    const good = held && (await copies?.goodSaid(id, held.list.file));
    if (!held || !good) return undefined;
    await copies!.sayGood(id, { ...good, accepted: held.use.waiting });
    return this.#options.reload(`an update of list ${id} was accepted`);
  }

  /** Asks for the lists now, or for the one list, and brings what changed into force. */
  async refresh(id?: string): Promise<FetchOutcome[]> {
    const settings = this.#settings;
    const copies = settings && copiesOf(settings, this.#options.env);
    const lists = settings?.lists.filter((list) => list.fetched && (id === undefined || list.id === id)) ?? [];
    if (!copies || lists.length === 0) return [];
    const outcomes = await this.#fetch(settings, copies, lists, 1);
    await this.#bring(outcomes);
    return outcomes;
  }

  /** Resolves when all is done that was due. */
  idle(): Promise<void> {
    return this.#looking;
  }

  close(): void {
    this.#callOff?.();
    this.#stopped.abort();
  }

  /** Notes since when each content is in force: a copy knows it from an earlier start. */
  #date(): void {
    const before = this.#since;
    this.#since = new Map();
    for (const { list, use } of this.lists) {
      if (use.sha256 === null) continue;
      const known = before.get(key(list));
      const at = use.since ?? (known?.sha256 === use.sha256 ? known.at : this.#options.clock());
      this.#since.set(key(list), { sha256: use.sha256, at });
    }
  }

  async #keepGood(copies: Copies, list: ListSettings, source: SourceReport, use: ListUse): Promise<void> {
    const { sha256, size, signature } = use;
    if (use.state !== 'current' || sha256 === null) return;
    const before = await copies.goodSaid(list.id, list.file);
    const isSame = before?.sha256 === sha256;
    if (!isSame || before.rules !== source.rules || before.signature !== signature) {
      const { at } = this.#since.get(key(list))!;
      const good = { sha256, size, from: list.file, signature, at, rules: source.rules, accepted: null };
      // The build said why it put none there.
      if (!(await copies.has(list.id, sha256))) throw new Error('it was not written');
      await copies.sayGood(list.id, good);
    }
    // What is being fetched is there before it is said to be.
    if (this.#fetching.has(list.id)) return;
    const fetched = await copies.fetchedSaid(list.id, list.file);
    await copies.sweep(list.id, [sha256, ...(fetched ? [fetched.sha256] : [])], this.#options.clock());
  }

  /** Has every list with a URL fetched when its time comes. */
  async #follow({ lists }: Settings, copies: Copies): Promise<void> {
    const { clock, dice } = this.#options;
    const fetched = lists.filter((list) => list.fetched);
    const wanted = new Set(fetched.map(key));
    for (const known of this.#fetches.keys()) if (!wanted.has(known)) this.#fetches.delete(known);
    for (const list of fetched) {
      if (this.#fetches.has(key(list))) continue;
      const { checked = 0 } = (await copies.fetchedSaid(list.id, list.file)) ?? {};
      const due = firstDue(checked, list.fetched!.refresh, clock(), dice);
      this.#fetches.set(key(list), { checked, failures: 0, reason: '', fix: '', due });
    }
    this.#wait();
  }

  #wait(): void {
    this.#callOff?.();
    const due = Math.min(...this.#waiting().map(({ state }) => state.due));
    if (this.#stopped.signal.aborted || !Number.isFinite(due)) return;
    const { later, clock } = this.#options;
    const look = () => {
      this.#looking = this.#look();
    };
    this.#callOff = later(look, Math.min(Math.max(1, due - clock()), LONGEST_SLEEP));
  }

  async #look(): Promise<void> {
    const settings = this.#settings!;
    const now = this.#options.clock();
    const copies = copiesOf(settings, this.#options.env);
    const due = this.#waiting().filter(({ list, state }) => isDue(state.due, list.fetched!.refresh, now));
    const lists = due.map(({ list }) => list);
    if (copies) await this.#bring(await this.#fetch(settings, copies, lists, 1));
    this.#wait();
  }

  /** Lists whose time may come: those that are being fetched had theirs. */
  #waiting(): { list: ListSettings; state: FetchState }[] {
    return (this.#settings?.lists ?? []).flatMap((list) => {
      const state = this.#fetches.get(key(list));
      return state && !this.#fetching.has(list.id) ? [{ list, state }] : [];
    });
  }

  async #bring(outcomes: readonly FetchOutcome[]): Promise<void> {
    const changed = outcomes.filter(({ result }) => result === 'changed').map(({ id }) => id);
    if (changed.length > 0) await this.#options.reload(`fetched anew: ${changed.join(', ')}`);
  }

  /** Waits for what is being fetched of these lists, and for no other: a reload is not to wait for a server that it does not need. */
  async #fetch(settings: Settings, copies: Copies, lists: ListSettings[], tries: number): Promise<FetchOutcome[]> {
    const others = () => lists.flatMap(({ id }) => this.#fetching.get(id) ?? []);
    while (others().length > 0) await Promise.all(others());
    if (lists.length === 0 || this.#stopped.signal.aborted) return [];
    const order = { lists, folder: copies.folder, updates: settings.updates, env: this.#options.env, tries };
    const fetching = this.#options.fetch(order, this.#stopped.signal).catch((error) => {
      const failed = { result: 'failed', reason: reasonOf(error), fix: 'see what this machine is short of' } as const;
      return lists.map(({ id }): FetchOutcome => ({ id, ...failed }));
    });
    for (const { id } of lists) this.#fetching.set(id, fetching);
    const outcomes = await fetching;
    for (const { id } of lists) this.#fetching.delete(id);
    for (const list of lists) this.#note(list, outcomes.find(({ id }) => id === list.id)!);
    this.#wait();
    return outcomes;
  }

  #note(list: ListSettings, outcome: FetchOutcome): void {
    const { clock, dice, onFetch } = this.#options;
    // What was asked for when the process was told to end has no outcome.
    if (this.#stopped.signal.aborted) return;
    this.counts[outcome.result]++;
    const before = this.#fetches.get(key(list));
    const isFailed = outcome.result === 'failed';
    const failures = isFailed ? (before?.failures ?? 0) + 1 : 0;
    const checked = isFailed ? (before?.checked ?? 0) : clock();
    const due = nextDue(failures, list.fetched!.refresh, clock(), dice);
    this.#fetches.set(key(list), { checked, failures, reason: outcome.reason, fix: outcome.fix, due });
    onFetch(outcome);
  }

  #tell(problem: string): void {
    if (problem === this.problem) return;
    this.problem = problem;
    this.#options.onProblem(problem);
  }
}

/**
 * Whether the list has to be asked for before a policy is built. One that was never in force has: what was fetched of it
 * may be what no policy can be built with. So has one whose copy is damaged, or is not what `sha256` or `signed_by` now
 * say. Any other serves on, and no start waits for its server, unless nothing but what that has will do.
 */
async function isWanted(list: ListSettings, copies: Copies): Promise<boolean> {
  if (!(await goodOf(list, copies))) return true;
  if (list.onMissing !== 'refuse-to-start') return false;
  const fetched = await copies.fetched(list.id, list.file);
  return !fetched || isRefused(await vouched(list, { ...fetched, path: copies.path(list.id, fetched.sha256) }));
}

/** A list that has another URL is another one to whoever fetches. */
function key({ id, file }: ListSettings): string {
  return `${id} ${file}`;
}
