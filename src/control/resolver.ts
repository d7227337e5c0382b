// One running Sluis: the policy's keeper, the data plane's supervisor, and the watch on the files, put together.

import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { STREAM_LIMITS } from '../net/stream-server.ts';
import { isBatchedAvailable } from '../net/syscalls.ts';
import type { HitLog } from '../observe/hit-log.ts';
import type { Learning } from '../observe/learning.ts';
import type { Problem } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { Accountability } from './accountability.ts';
import type { Alert } from './calendar.ts';
import type { DateChange } from './date-change.ts';
import { fetchAside } from './fetch-process.ts';
import { closeHits, type HitHooks, type Hits, openHits } from './hit-log.ts';
import { Keeper, type KeeperOptions, type Reload } from './keeper.ts';
import { later } from './later.ts';
import { ListKeeper, type ListKeeperOptions } from './list-keeper.ts';
import { MOST_UPSTREAMS } from './numbers.ts';
import { type Entries, Supervisor, type SupervisorEvent, type SupervisorOptions } from './supervisor.ts';
import { Watch } from './watch.ts';

export interface ResolverOptions extends HitHooks {
  file: string;
  /** The process that is to compile the first policy, where it was started before this. */
  builder?: ChildProcess;
  env: Record<string, string | undefined>;
  onReload: KeeperOptions['onReload'];
  /** Told what came of each list that was asked for, and what is wrong with the copies, and an empty text when it is over. */
  onFetch: ListKeeperOptions['onFetch'];
  onCopies: ListKeeperOptions['onProblem'];
  onWorker: (event: SupervisorEvent) => void;
  /** Told what is wrong with the audit log, and an empty text when it is over. */
  onAudit: (problem: string) => void;
  /** Told each alert when it begins. */
  onAlert: (alert: Alert) => void;
  /** Told each date that changes answers when it comes. */
  onChange: (change: DateChange) => void;
  entries?: Partial<Entries>;
}

/** The configuration does not allow a start; `problems` say where and how to mend it. */
export class ConfigurationError extends Error {
  readonly problems: Problem[];

  constructor(reason: string, problems: Problem[]) {
    super(reason);
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/** The threads that answer, as the first policy's settings want them. */
interface DataPlane {
  supervisor: Supervisor;
  driver: 'batched' | 'portable';
  reason: string;
  hits: Hits;
}

export class Resolver {
  readonly keeper: Keeper;
  readonly accountability: Accountability;
  readonly lists: ListKeeper;
  readonly #watch: Watch;
  #plane: DataPlane | undefined;
  #started: Promise<void> | undefined;

  private constructor(options: ResolverOptions, seed: number) {
    // A copy: an environment itself cannot be handed to a thread.
    const env = { ...options.env };
    const { file, onAudit, onAlert, onChange } = options;
    this.accountability = new Accountability({ file, env, clock: Date.now, onAudit, onAlert, onChange });
    this.lists = new ListKeeper({
      env,
      clock: Date.now,
      dice: Math.random,
      later,
      fetch: fetchAside,
      reload: (cause) => this.reload(cause),
      onFetch: options.onFetch,
      onProblem: options.onCopies,
    });
    this.keeper = new Keeper({
      file,
      builder: options.builder,
      env,
      seed,
      adopt: (adoption, upstreams) => {
        this.#plane!.hits.reader.adopt(adoption.image);
        this.#plane!.supervisor.adopt(adoption, upstreams);
      },
      onFirstSettings: (settings) => {
        this.#plane = planDataPlane(options, settings, seed);
        this.#started = this.#plane.supervisor.start();
        // Whoever waits for it hears of its failure, after that of the policy.
        this.#started.catch(() => {});
      },
      onReload: (reload, inForce) => {
        options.onReload(reload, inForce);
        this.accountability.note(reload, inForce);
      },
      onFiles: (files) => this.#watch.follow(files),
      prepare: (settings) => this.lists.prepare(settings),
      keep: (settings, { sources }) => this.lists.keep(settings, sources),
      isAudited: () => this.accountability.audit !== undefined,
      clock: Date.now,
      resident: () => process.memoryUsage.rss(),
    });
    this.#watch = new Watch(
      (files) => void this.reload(`a change of ${files.join(', ')}`),
      () => this.keeper.expectReload(),
    );
  }

  /**
   * Reads the configuration in `file`, compiles the policy and opens the sockets; resolves when queries are answered.
   * Rejects with ConfigurationError, ListenError or RefusedError, and leaves nothing open.
   */
  static async start(options: ResolverOptions): Promise<Resolver> {
    const resolver = new Resolver(options, randomBytes(4).readInt32LE());
    try {
      // Threads load their code while the policy is compiled, and answer once they have it: nothing that it has not judged.
      const first = await resolver.keeper.reload('start');
      if (first.result === 'failed') throw new ConfigurationError(first.reason, first.problems);
      await resolver.#started;
    } catch (error) {
      await resolver.close();
      throw error;
    }
    return resolver;
  }

  /** There once it has started, as are the driver and its reason. */
  get supervisor(): Supervisor {
    return this.#plane!.supervisor;
  }

  /** Which datagram driver runs. */
  get driver(): 'batched' | 'portable' {
    return this.#plane!.driver;
  }

  /** Why not the batched driver, where that was not chosen; else empty. */
  get driverReason(): string {
    return this.#plane!.reason;
  }

  /** Undefined where policy hits are not logged. */
  get hitLog(): HitLog | undefined {
    return this.#plane?.hits.log;
  }

  /** Undefined where nothing is to be learnt. */
  get learning(): Learning | undefined {
    return this.#plane?.hits.learning;
  }

  /** Brings the files as they are now into force; the old policy serves until then, and on when they are not sound. */
  reload(cause: string): Promise<Reload> {
    this.hitLog?.reopen();
    return this.keeper.reload(cause);
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.lists.close();
    await this.#plane?.supervisor.close();
    if (this.#plane) await closeHits(this.#plane.hits);
    await this.accountability.close();
  }
}

function planDataPlane(options: ResolverOptions, settings: Settings, seed: number): DataPlane {
  const chosen = chooseDriver(settings.workers.driver);
  const onEvent = (event: SupervisorEvent) => {
    plane.hits.reader.wake();
    options.onWorker(event);
  };
  const hooks = { onEvent, ...(options.entries && { entries: options.entries }) };
  const supervisor = new Supervisor(supervisorOptions(settings, seed, chosen.driver, hooks));
  const plane = { ...chosen, supervisor, hits: openHits(settings, options.env, supervisor, options) };
  return plane;
}

function chooseDriver(wanted: Settings['workers']['driver']): Pick<DataPlane, 'driver' | 'reason'> {
  if (wanted === 'portable') return { driver: 'portable', reason: 'workers.driver says so' };
  const reason = isBatchedAvailable();
  if (reason === undefined) return { driver: 'batched', reason: '' };
  if (wanted === 'auto') return { driver: 'portable', reason };
  throw new Error(`workers.driver is batched, but ${reason}`);
}

function supervisorOptions(
  settings: Settings,
  seed: number,
  driver: 'batched' | 'portable',
  hooks: Pick<SupervisorOptions, 'onEvent' | 'entries'>,
): SupervisorOptions {
  const { cache, limits, workers, listen } = settings;
  return {
    listen: listen.dns.map(({ text, scope, port }) => ({ address: scope ? `${text}%${scope}` : text, port })),
    driver,
    datagram: workers.datagram === 'auto' ? availableParallelism() : workers.datagram,
    seed,
    cacheBytes: cache.size,
    stale: cache.stale,
    queriesPerSecond: limits.queriesPerSecond,
    longest: { positive: cache.maxTtl, negative: cache.maxNegativeTtl },
    limits: {
      ...STREAM_LIMITS,
      clients: limits.tcpClients,
      perClient: limits.tcpPerClient,
      pipelined: limits.tcpPipelined,
      idleMs: limits.tcpIdle * 1000,
    },
    mostUpstreams: MOST_UPSTREAMS,
    ...hooks,
  };
}
