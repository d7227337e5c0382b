// Feeds the lists of a policy to its compiler, each from the content that may be taken: what its source has, or its last
// good copy where that is refused, is held back, or cannot be had.

import { goodOf, isRefused, type Readable, type Refused, sourceOf } from '../lists/choice.ts';
import { type Change, Comparison, isUpdate, TOLD_NAMES, telling } from '../lists/comparison.ts';
import type { Copies, GoodCopy } from '../lists/copies.ts';
import { jumpOf } from '../lists/jump.ts';
import { type FedList, feedList } from '../lists/library.ts';
import type { Protection } from '../lists/protection.ts';
import type { ListState } from '../observe/metrics-source.ts';
import type { RuleSink } from '../policy/rule.ts';
import { fileProblem, type Problem } from '../settings/problems.ts';
import type { ListSettings, Settings } from '../settings/settings.ts';

/** How a list came into the policy. */
export interface ListUse {
  state: ListState;
  /** Of what is in force, in hexadecimal; null where that is nothing. */
  sha256: string | null;
  size: number;
  /** From when that content is, in Unix milliseconds; null where it comes with this build. */
  since: number | null;
  /** Why it is not current, and what to do; empty where it is. */
  why: string;
  fix: string;
  /** What waits to be accepted, by its hash; null where nothing does. */
  waiting: string | null;
  /** Against the last good copy: what came into force, or what waits; null without a copy, or without a change. */
  change: Change | null;
  /** What vouched for the content. */
  signature: string | null;
}

const CURRENT = { state: 'current', why: '', fix: '', waiting: null, change: null } as const;
const FILL = 'fill the file, or take the list out of the configuration';

/** Why the source of a list is not taken. */
type HeldBack = Pick<ListUse, 'why' | 'fix' | 'waiting' | 'change'> & { state: Exclude<ListState, 'current'> };

/** What is known of the lists from one attempt to the next: each holds back what the one before found. */
export type HeldBackLists = ReadonlyMap<string, HeldBack>;

export interface ListBuildOptions {
  settings: Settings;
  copies: Copies | undefined;
  /** Whether nothing may be written. */
  isLooking: boolean;
  /** Why lists are not there, by their ids. */
  unfetched: Readonly<Record<string, Refused>>;
  /** Lists that hold something in the policy in force: where they cannot be had, that serves on. */
  inForce: readonly string[];
  protection: Protection;
  held: HeldBackLists;
}

/** One list on its way to the compiler. */
interface Feeding {
  list: ListSettings;
  sink: RuleSink;
  /** What passes on to a sink the rules of the list that may come into force. */
  guarded: (sink: RuleSink) => RuleSink;
  /** How many of its rules were taken so far. */
  rulesOf: () => number;
  good: (GoodCopy & Readable) | undefined;
}

type Format = FedList['format'];

/**
 * Builds until nothing more is found that may not be taken: each attempt holds back at least one list more than the one
 * before, and starts from nothing, since what was fed cannot be taken back.
 */
export async function attempted<T extends { lists: ListBuild }>(
  attempt: (held: HeldBackLists) => Promise<T>,
): Promise<T> {
  let held: HeldBackLists = new Map();
  for (;;) {
    const tried = await attempt(held);
    if (!tried.lists.isToRepeat) return tried;
    held = tried.lists.held;
  }
}

export class ListBuild {
  readonly problems: Problem[] = [];
  readonly uses = new Map<string, ListUse>();
  readonly #options: ListBuildOptions;
  /** Found in this attempt, and so to be held back in the next. */
  readonly #found = new Map<string, HeldBack>();

  constructor(options: ListBuildOptions) {
    this.#options = options;
  }

  /** Whether something was found for which all has to be built anew, without it. */
  get isToRepeat(): boolean {
    return this.#found.size > 0;
  }

  /** What to hold back in the next attempt. */
  get held(): HeldBackLists {
    return new Map([...this.#options.held, ...this.#found]);
  }

  /** Holds back what changed, for `why`: the suspects among it, or all where there is none. Whether there was any. */
  holdChanged(why: string, isSuspect: (id: string, change: Change) => boolean): boolean {
    const changed = [...this.uses].filter(([, { state, change }]) => state === 'current' && isUpdate(change));
    const suspects = changed.filter(([id, { change }]) => isSuspect(id, change!));
    for (const [id, { change, sha256 }] of suspects.length > 0 ? suspects : changed) {
      const fix = `mend the list at its source, or what the configuration says of the name; see "sluis lists status ${id}"`;
      this.#found.set(id, { state: 'held', why, fix, waiting: sha256, change });
    }
    return this.isToRepeat;
  }

  /** Feeds the list to `sink`; `rulesOf` says how many of its rules were taken so far. */
  async feed(list: ListSettings, sink: RuleSink, rulesOf: () => number): Promise<Format> {
    if (list.shipped) return this.#read({ list, sink, guarded: (to) => to, rulesOf, good: undefined }, list.file);
    const { settings, copies, isLooking, unfetched, protection, held } = this.#options;
    const good = copies && (await goodOf(list, copies));
    // A list that is only allowed blocks nothing, and may approve what is protected.
    const isBlocked = settings.policies.some(({ lists }) => lists.includes(list.id));
    const guarded = (to: RuleSink) => (isBlocked ? protection.before(to) : to);
    const feeding = { list, sink, guarded, rulesOf, good };
    const back = held.get(list.id);
    if (back) return this.#feedBack(feeding, back);
    const onUnkept = (of: ListSettings, reason: string) => this.#warnUnkept(of, reason);
    const source = await sourceOf(list, { copies, isLooking, unfetched, onUnkept });
    if (!isRefused(source)) return this.#feedSource(feeding, source);
    const { trouble, fix } = source;
    if (list.fetched && isLooking && !good) return this.#passOver(list, trouble, fix);
    const instead = this.#instead(feeding, trouble, fix);
    if (instead) return this.#feedBack(feeding, instead);
    this.problems.push(fileProblem(list.file, `list "${list.id}" cannot be read: ${trouble}`, fix));
    return list.format;
  }

  /** Whoever only looks fetches nothing. */
  #passOver(list: ListSettings, trouble: string, fix: string): Format {
    const message = `list "${list.id}" is not looked at: ${trouble}`;
    this.problems.push({ ...fileProblem(list.file, message, fix), severity: 'warning' });
    return list.format;
  }

  async #feedSource(feeding: Feeding, { path, sha256, size, signature }: Readable): Promise<Format> {
    const { list, sink, good } = feeding;
    const comparison = good && good.sha256 !== sha256 ? await this.#comparisonWith(feeding, good) : undefined;
    const since = good && !comparison ? good.at : null;
    const use: ListUse = { ...CURRENT, sha256, size, since, signature };
    this.uses.set(list.id, use);
    const told = this.problems.length;
    const format = await this.#read({ ...feeding, sink: comparison?.now(sink) ?? sink }, path);
    const error = this.problems.slice(told).find(({ severity }) => severity === 'error');
    // The same content was good before: what is wrong now is the configuration.
    const instead = error && (comparison || !good) && this.#instead(feeding, error.message, error.fix);
    if (instead) {
      this.problems.splice(told);
      this.#found.set(list.id, instead);
    } else if (comparison && !error) await this.#judge(feeding, path, comparison, use);
    else if (!good && this.#options.copies && !error) use.change = await this.#allNew(feeding, path);
    return format;
  }

  /** Knows the list as it was: by its keys, where an earlier comparison left them, else by reading it once more. */
  async #comparisonWith({ list, sink, guarded }: Feeding, good: GoodCopy & Readable): Promise<Comparison> {
    const keys = await this.#options.copies!.keys(list.id, good.sha256);
    const comparison = new Comparison(sink.seed, keys);
    if (!keys) await feedList(list, guarded(comparison.before()), { path: good.path });
    return comparison;
  }

  /** What is told of a list that was not there before: all of it came. */
  async #allNew({ list, sink, guarded, rulesOf }: Feeding, path: string): Promise<Change> {
    const addedNames: string[] = [];
    const isEnough = () => addedNames.length === TOLD_NAMES;
    await feedList(list, guarded(telling(sink.seed, addedNames)), { path, isEnough });
    return { before: 0, added: rulesOf(), removed: 0, addedNames, removedNames: [] };
  }

  /** Looks at what changed, and holds it back where that is too much. */
  async #judge({ list, guarded, good }: Feeding, path: string, comparison: Comparison, use: ListUse): Promise<void> {
    comparison.settle();
    if (!comparison.isAddedTold) {
      await feedList(list, guarded(comparison.nowAgain()), { path, isEnough: () => comparison.isAddedTold });
    }
    if (!comparison.isRemovedTold) {
      const isEnough = () => comparison.isRemovedTold;
      await feedList(list, guarded(comparison.beforeAgain()), { path: good!.path, isEnough });
    }
    use.change = comparison.change;
    const { copies, isLooking } = this.#options;
    if (!isLooking) await copies!.keepKeys(list.id, use.sha256!, comparison.keys);
    const jump = good!.accepted === use.sha256 ? undefined : jumpOf(use.change, this.#options.settings.guard);
    if (jump === undefined) return;
    const { id } = list;
    const fix = `see what would change with "sluis lists status ${id}", then "sluis lists accept ${id}", or mend the list`;
    this.#found.set(id, { state: 'held', why: jump, fix, waiting: use.sha256, change: use.change });
  }

  /** What is done where the source cannot be taken; undefined where the policy cannot be without it. */
  #instead({ list, good }: Feeding, why: string, fix: string): HeldBack | undefined {
    const back = { why, fix, waiting: null, change: null };
    if (good && list.onMissing !== 'refuse-to-start') return { state: 'stale', ...back };
    const isOpen = list.onMissing === 'open' && !this.#options.inForce.includes(list.id);
    return isOpen ? { state: 'missing', ...back } : undefined;
  }

  /** Feeds the last good copy in place of what the source has, or nothing, and says so. */
  async #feedBack(feeding: Feeding, back: HeldBack): Promise<Format> {
    const { list, good } = feeding;
    const { sha256 = null, size = 0, at: since = null, signature = null } = good ?? {};
    const warn = (message: string) => {
      const problem = fileProblem(list.file, `list "${list.id}": ${message}`, back.fix);
      this.problems.push({ ...problem, severity: 'warning' });
    };
    if (!good || back.state === 'missing') {
      this.uses.set(list.id, { sha256: null, size: 0, since: null, signature: null, ...back });
      warn(`${back.why}; on_missing_policy is open, so it is as if it held nothing`);
      return list.format;
    }
    this.uses.set(list.id, { sha256, size, since, signature, ...back });
    const held = back.state === 'held' ? 'an update is held: ' : '';
    warn(`${held}${back.why}; its last good copy serves on, in force since ${new Date(good.at).toISOString()}`);
    return this.#read(feeding, good.path);
  }

  /** Feeds what is at `path`; a list that holds nothing would open the gate in silence. */
  async #read({ list, sink, guarded, rulesOf }: Feeding, path: string): Promise<Format> {
    const { format, problems } = await feedList(list, guarded(sink), { path });
    this.problems.push(...problems);
    if (rulesOf() === 0 && problems.length === 0) {
      this.problems.push(fileProblem(list.file, `list "${list.id}" holds no rule that can be used`, FILL));
    }
    return format;
  }

  #warnUnkept(list: ListSettings, reason: string): void {
    const message = `no copy of list "${list.id}" can be kept in ${this.#options.copies?.folder}: ${reason}`;
    const fix = 'make room there, or let this user write there; the list is in force all the same';
    this.problems.push({ ...fileProblem(list.file, message, fix), severity: 'warning' });
  }
}
