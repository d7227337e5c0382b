// One running Sluis: the policy's keeper, the data plane's supervisor, and the watch on the files, put together.

import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { STREAM_LIMITS } from '../net/stream-server.ts';
import { isBatchedAvailable } from '../net/syscalls.ts';
import type { HitLog } from '../observe/hit-log.ts';
import type { Problem } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { type OnHitLog, openHitLog } from './hit-log.ts';
import { Keeper, type KeeperOptions, type Reload } from './keeper.ts';
import { MOST_UPSTREAMS } from './numbers.ts';
import { type Entries, Supervisor, type SupervisorEvent, type SupervisorOptions } from './supervisor.ts';
import { Watch } from './watch.ts';

export interface ResolverOptions {
  file: string;
  env: Record<string, string | undefined>;
  onReload: KeeperOptions['onReload'];
  onWorker: (event: SupervisorEvent) => void;
  onHitLog: OnHitLog;
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

export class Resolver {
  readonly keeper: Keeper;
  readonly supervisor: Supervisor;
  /** Which datagram driver runs; why not the batched one, where that was not chosen. */
  readonly driver: 'batched' | 'portable';
  readonly driverReason: string;
  /** Undefined where policy hits are not logged. */
  readonly hitLog: HitLog | undefined;
  readonly #watch: Watch;

  private constructor(options: ResolverOptions, settings: Settings, seed: number) {
    const chosen = chooseDriver(settings.workers.driver);
    this.driver = chosen.driver;
    this.driverReason = chosen.reason;
    this.supervisor = new Supervisor(
      supervisorOptions(settings, seed, chosen.driver, {
        onEvent: (event) => {
          this.hitLog?.wake();
          options.onWorker(event);
        },
        ...(options.entries && { entries: options.entries }),
      }),
    );
    this.hitLog = openHitLog(settings.log.hits, options.env, this.supervisor, options.onHitLog);
    this.keeper = new Keeper({
      file: options.file,
      env: options.env,
      seed,
      adopt: (adoption, upstreams) => {
        this.hitLog?.adopt(adoption.image);
        this.supervisor.adopt(adoption, upstreams);
      },
      onReload: options.onReload,
      onFiles: (files) => this.#watch.follow(files),
      clock: Date.now,
    });
    this.#watch = new Watch((files) => void this.reload(`a change of ${files.join(', ')}`));
  }

  /**
   * Reads the configuration in `file`, compiles the policy, opens the sockets; resolves when queries are answered.
   * Rejects with ConfigurationError, ListenError or RefusedError, and leaves nothing open.
   */
  static async start(options: ResolverOptions, settings: Settings): Promise<Resolver> {
    const resolver = new Resolver(options, settings, randomBytes(4).readInt32LE());
    try {
      // The first policy before the first socket: nothing is answered that no policy judged.
      const first = await resolver.keeper.reload('start');
      if (first.result === 'failed') throw new ConfigurationError(first.reason, first.problems);
      await resolver.supervisor.start();
    } catch (error) {
      await resolver.close();
      throw error;
    }
    return resolver;
  }

  /** Brings the files as they are now into force; the old policy serves until then, and on when they are not sound. */
  reload(cause: string): Promise<Reload> {
    this.hitLog?.reopen();
    return this.keeper.reload(cause);
  }

  async close(): Promise<void> {
    this.#watch.close();
    await this.supervisor.close();
    this.hitLog?.close();
  }
}

function chooseDriver(wanted: Settings['workers']['driver']): { driver: 'batched' | 'portable'; reason: string } {
  if (wanted === 'portable') return { driver: 'portable', reason: 'workers.driver says so' };
  const reason = isBatchedAvailable();
  if (reason === undefined) return { driver: 'batched', reason: '' };
  if (wanted === 'auto') return { driver: 'portable', reason };
  throw new ConfigurationError(`workers.driver is batched, but ${reason}`, []);
}

function supervisorOptions(
  settings: Settings,
  seed: number,
  driver: 'batched' | 'portable',
  hooks: Pick<SupervisorOptions, 'onEvent' | 'entries'>,
): SupervisorOptions {
  const { cache, limits, workers, listen, log } = settings;
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
    logHits: log.hits.to !== 'off',
    ...hooks,
  };
}
