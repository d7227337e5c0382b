// A folder with a configuration, its lists and their copies, and what a Sluis would have in force of them: built and kept
// as main does, without threads and sockets.

import type { FetchOrder, FetchOutcome } from '../../src/control/fetch-messages.ts';
import type { Reload } from '../../src/control/keeper.ts';
import { copiesOf } from '../../src/control/list-folder.ts';
import { ListKeeper } from '../../src/control/list-keeper.ts';
import { type Built, buildPolicy } from '../../src/control/policy-build.ts';
import { Copies } from '../../src/lists/copies.ts';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { Image } from '../../src/policy/image.ts';
import { Path } from '../../src/policy/match.ts';
import { DECISION } from '../../src/policy/rule.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { formatProblem, type Problem } from '../../src/settings/problems.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';
import { type Folder, folderOf } from '../support/surroundings.ts';

export const HOUR = 3_600_000;

/** What a list server has, or why it fails. */
export type Served = { text: string } | { reason: string };

export class ListWorld {
  readonly folder: Folder;
  readonly copies: Copies;
  readonly keeper: ListKeeper;
  /** By URL. */
  readonly served = new Map<string, Served>();
  /** Which lists were asked for, each time. */
  readonly asked: string[][] = [];
  /** What list servers take their time for. */
  slowness: Promise<void> | undefined;
  /** Why no process can be started. */
  breakage: Error | undefined;
  readonly problems: string[] = [];
  readonly causes: string[] = [];
  /** What is to be done, and in how many milliseconds. */
  waiting: { act: () => void; ms: number } | undefined;
  now = Date.UTC(2026, 10, 1);
  /** The last that was sound. */
  inForce: { settings: Settings; built: Built } | undefined;
  #generation = 0;

  constructor(files: Record<string, string>) {
    this.folder = folderOf(files);
    this.copies = new Copies(this.folder.at('copies'));
    this.keeper = new ListKeeper({
      env: {},
      clock: () => this.now,
      dice: () => 0.5,
      later: (act, ms) => {
        this.waiting = { act, ms };
        return () => {
          this.waiting = undefined;
        };
      },
      fetch: (order) => this.#fetch(order),
      reload: async (cause) => {
        this.causes.push(cause);
        await this.reload();
        return {} as Reload;
      },
      onFetch: () => {},
      onProblem: (problem) => this.problems.push(problem),
    });
  }

  /** Reads, fetches what is missing, builds and keeps, as a reload does. */
  async reload(): Promise<Built> {
    const { settings, problems } = loadSettings(this.folder.at('sluis.yaml'), {});
    if (!settings) throw new Error(problems.map(formatProblem).join('\n'));
    const { unfetched } = await this.keeper.prepare(settings);
    const generation = this.#generation + 1;
    const copies = copiesOf(settings, {});
    const inForce = this.inForce?.built.report.sources.filter(({ rules }) => rules > 0).map(({ id }) => id) ?? [];
    const built = await buildPolicy({ settings, seed: 7, generation, copies, isKeeping: true, unfetched, inForce });
    if (!built.image) return built;
    this.#generation = generation;
    this.inForce = { settings, built };
    await this.keeper.keep(settings, built.report.sources);
    return built;
  }

  /** Lets time pass and does what is due then. */
  async pass(ms: number): Promise<void> {
    this.now += ms;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.act();
    await this.keeper.idle();
  }

  /** Whether a name is blocked in the first group. */
  blocks(text: string): boolean {
    const image = new Image(this.inForce!.built.image!);
    const name = new Name(image.seed);
    nameFromText(text, name);
    return decide(image, 0, name, this.now / 1000, new Path(), new Verdict()) === DECISION.BLOCK;
  }

  use(id: string) {
    return this.#source(id).use!;
  }

  rules(id: string): number {
    return this.#source(id).rules;
  }

  #source(id: string) {
    return this.inForce!.built.report.sources.find((source) => source.id === id)!;
  }

  async #fetch({ lists }: FetchOrder): Promise<FetchOutcome[]> {
    if (this.breakage) throw this.breakage;
    this.asked.push(lists.map(({ id }) => id));
    await this.slowness;
    return Promise.all(
      lists.map(async ({ id, file }): Promise<FetchOutcome> => {
        const served = this.served.get(file) ?? { reason: 'nobody listens there' };
        if ('reason' in served) return { id, result: 'failed', reason: served.reason, fix: 'look at the server' };
        const before = await this.copies.fetched(id, file);
        const content = await this.copies.keep(id, asPieces(served.text));
        const said = { from: file, signature: null, at: this.now, checked: this.now, etag: null, lastModified: null };
        await this.copies.sayFetched(id, { ...content, ...said });
        return { id, result: before?.sha256 === content.sha256 ? 'unchanged' : 'changed', reason: '', fix: '' };
      }),
    );
  }
}

async function* asPieces(text: string) {
  yield Buffer.from(text);
}

/** So many names, different for each word. */
export function namesOf(word: string, count: number): string {
  return Array.from({ length: count }, (_, at) => `${word}-${at}.example\n`).join('');
}

export function told(problems: readonly Problem[]): string[] {
  return problems.map(({ severity, message }) => `${severity}: ${message}`);
}

/** A policy of two lists for everybody; `group` and `list` are more of the group, and of the first list. */
export const feedConfig = (group = '', list = '') => `
presets: []
lists: [{ id: feed, file: feed.txt${list} }, { id: other, file: other.txt }]
updates: { folder: copies }
policies: [{ id: house, title: House, authority: Us, lists: [feed, other] }]
groups: [{ id: all, match: any, modes: { house: block }${group} }]
`;

/** That policy, with 401 names in the first list and one in the other. */
export function feedWorld(): ListWorld {
  return new ListWorld({
    'sluis.yaml': feedConfig(),
    'feed.txt': `first.example\n${namesOf('feed', 400)}`,
    'other.txt': 'other.example\n',
  });
}
