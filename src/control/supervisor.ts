// Keeps the data plane running: opens its sockets, starts its workers, hands them each policy, replaces the dead.

import { MessageChannel } from 'node:worker_threads';
import { PacketCache } from '../engine/cache.ts';
import { Counters } from '../engine/counters.ts';
import type { Adoption } from '../engine/engine.ts';
import { allocateEvents } from '../engine/event-ring.ts';
import { refuseShared } from '../net/datagram-portable.ts';
import { wake } from '../net/sockets.ts';
import type { StreamLimits } from '../net/stream-server.ts';
import type { UpstreamAddress } from '../net/upstream-sockets.ts';
import type { LongestTtl } from '../wire/answer.ts';
import type { BatchedStart, Endpoint, PortableStart, StreamStart, WorkerStart } from '../workers/messages.ts';
import { entryAt } from './entry.ts';
import { clearSeat, closeSeat, listenAt, openSeat, type Seat } from './seats.ts';
import { RefusedError, Thread } from './thread.ts';
import { Watchdog } from './watchdog.ts';

/** Questions in flight for each worker. */
const PENDING = 4096;

/** Ports drawn for a listen address that leaves the port to the kernel. */
const PORT_DRAWS = 5;

/** Where the workers' code is; tests put entries of their own in place of it. */
export interface Entries {
  batched: URL;
  portable: URL;
  stream: URL;
}

const ENTRIES: Entries = {
  batched: entryAt('../workers/batched-worker'),
  portable: entryAt('../workers/portable-worker'),
  stream: entryAt('../workers/stream-worker'),
};

export interface SupervisorOptions {
  listen: Endpoint[];
  driver: 'batched' | 'portable';
  /** Datagram workers. */
  datagram: number;
  seed: number;
  cacheBytes: number;
  /** Seconds past its end that an answer may still be given. */
  stale: number;
  queriesPerSecond: number;
  longest: LongestTtl;
  limits: StreamLimits;
  mostUpstreams: number;
  onEvent: (event: SupervisorEvent) => void;
  entries?: Partial<Entries>;
}

export interface SupervisorEvent {
  kind: 'worker-ended' | 'worker-restarted';
  worker: string;
  reason: string;
}

/** What metrics and health read of a worker. */
export interface WorkerView {
  kind: 'datagram' | 'stream';
  index: number;
  counters: Counters;
}

export class Supervisor {
  readonly workers: WorkerView[];
  readonly cache: SharedArrayBuffer;
  /** The rings of policy hits, one for each worker. */
  readonly events: SharedArrayBuffer;
  /** Where clients are served, UDP and TCP alike. */
  endpoints: Endpoint[] = [];
  readonly #options: SupervisorOptions;
  readonly #entries: Entries;
  readonly #counters: SharedArrayBuffer;
  readonly #watchdog: Watchdog;
  readonly #seats: Seat[] = [];
  readonly #datagrams: Thread[] = [];
  #stream: Thread | undefined;
  #adoption: Adoption | undefined;
  #upstreams: UpstreamAddress[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#entries = { ...ENTRIES, ...options.entries };
    this.cache = PacketCache.allocate(options.cacheBytes);
    this.#counters = Counters.allocate(options.datagram + 1);
    this.#watchdog = new Watchdog(() => this.#threads(), Counters.sleeper(this.#counters));
    this.events = allocateEvents(options.datagram + 1);
    this.workers = Array.from({ length: options.datagram + 1 }, (_, index) => ({
      kind: index < options.datagram ? 'datagram' : 'stream',
      index,
      counters: new Counters(this.#counters, index),
    }));
  }

  /** Opens every socket, starts every worker and waits for their policy. A ListenError or RefusedError leaves nothing open. */
  async start(): Promise<void> {
    for (let draws = PORT_DRAWS; ; draws--) {
      try {
        await this.#open();
        break;
      } catch (error) {
        await this.close();
        if (draws === 1 || !this.#mayDrawAgain(error)) throw error;
      }
    }
    for (let index = 0; index < this.#datagrams.length; index++) this.#connect(index);
    this.#watchdog.start();
  }

  async #open(): Promise<void> {
    const isBatched = this.#options.driver === 'batched';
    if (isBatched) this.#openSeats();
    else await this.#startPortable();
    this.#stream = this.#streamThread();
    [this.endpoints] = await Promise.all([this.#stream.start(), isBatched && this.#startBatched()]);
  }

  /** A port that the kernel chose for UDP may be taken for TCP: then another is drawn. */
  #mayDrawAgain(error: unknown): boolean {
    const taken = error instanceof RefusedError && error.report.code === 'EADDRINUSE';
    return taken && this.#options.listen.some(({ port }) => port === 0);
  }

  /** Hands every worker the next policy and its upstreams; each takes it between two batches. */
  adopt(adoption: Adoption, upstreams: UpstreamAddress[]): void {
    this.#adoption = adoption;
    this.#upstreams = upstreams;
    for (const thread of this.#threads()) thread.post({ type: 'adopt', adoption, upstreams });
  }

  /** Has every worker give back what only starting needed; a worker that is started again later does not wait for that. */
  settle(): void {
    for (const thread of this.#threads()) thread.post({ type: 'settle' });
  }

  restarts(): { datagram: number; stream: number } {
    const datagram = this.#datagrams.reduce((sum, thread) => sum + thread.restarts, 0);
    return { datagram, stream: this.#stream?.restarts ?? 0 };
  }

  /** Whether clients are heard: over UDP main itself holds the batched workers' sockets, whoever reads them. */
  listening(): { udp: boolean; tcp: boolean } {
    const udp = this.#seats.length > 0 || this.#datagrams.some((thread) => thread.isReady);
    return { udp, tcp: this.#stream?.isReady ?? false };
  }

  /** By worker: how often it was started again, and for how many milliseconds it has shown no life. */
  health(): { restarts: number; silence: number }[] {
    return this.#threads().map((thread) => ({ restarts: thread.restarts, silence: thread.silence() }));
  }

  /** Ends every worker, then closes every socket. */
  async close(): Promise<void> {
    this.#watchdog.stop();
    await Promise.all(this.#threads().map((thread) => thread.stop()));
    this.#datagrams.length = 0;
    this.#stream = undefined;
    this.endpoints = [];
    for (const seat of this.#seats.splice(0)) closeSeat(seat);
  }

  #threads(): Thread[] {
    return this.#stream ? [...this.#datagrams, this.#stream] : this.#datagrams;
  }

  #openSeats(): void {
    const { listen, datagram } = this.#options;
    for (let index = 0; index < datagram; index++) this.#seats.push(openSeat());
    for (const endpoint of listen) this.endpoints.push(listenAt(endpoint, this.#seats));
  }

  async #startBatched(): Promise<void> {
    this.#seats.forEach((seat, index) => {
      const start = (): BatchedStart => ({ ...this.#startOf(index), kind: 'batched', ...seat });
      const wakeSeat = () => wake(seat.wakeFd);
      this.#datagrams.push(this.#datagramThread(index, this.#entries.batched, start, wakeSeat));
    });
    await Promise.all(this.#datagrams.map((thread) => thread.start()));
  }

  /** The first binds what the kernel chose for port 0; the others bind the same. */
  async #startPortable(): Promise<void> {
    const { listen, datagram } = this.#options;
    for (const { address, port } of listen) await refuseShared(address, port);
    this.endpoints = listen;
    for (let index = 0; index < datagram; index++) {
      const start = (): PortableStart => ({
        ...this.#startOf(index),
        kind: 'portable',
        listeners: this.endpoints,
        reusePort: datagram > 1,
      });
      const thread = this.#datagramThread(index, this.#entries.portable, start, () => {});
      this.#datagrams.push(thread);
      this.endpoints = await thread.start();
    }
  }

  #startOf(worker: number): WorkerStart {
    const { seed, stale, mostUpstreams, queriesPerSecond, longest } = this.#options;
    return {
      worker,
      seed,
      stale,
      mostUpstreams,
      queriesPerSecond,
      longest,
      pending: PENDING,
      cache: this.cache,
      counters: this.#counters,
      events: this.events,
      upstreams: this.#upstreams,
      adoption: this.#adoption,
    };
  }

  #datagramThread(index: number, entry: URL, workerData: () => object, wakeThread: () => void): Thread {
    return this.#thread(index, `datagram worker ${index}`, entry, workerData, wakeThread, () => this.#connect(index));
  }

  #streamThread(): Thread {
    const index = this.#options.datagram;
    const { limits } = this.#options;
    const start = (): StreamStart => ({ ...this.#startOf(index), kind: 'stream', listeners: this.endpoints, limits });
    const reconnect = () => {
      for (let datagram = 0; datagram < this.#datagrams.length; datagram++) this.#connect(datagram);
    };
    return this.#thread(index, 'stream worker', this.#entries.stream, start, () => {}, reconnect);
  }

  #thread(
    index: number,
    name: string,
    entry: URL,
    workerData: () => object,
    wakeThread: () => void,
    onRestart: () => void,
  ): Thread {
    return new Thread({
      entry,
      name,
      counters: this.workers[index].counters,
      workerData,
      wake: wakeThread,
      onEnd: (reason) => {
        const seat = this.#seats[index];
        if (seat) clearSeat(seat);
        PacketCache.releaseLock(this.cache, index);
        this.#options.onEvent({ kind: 'worker-ended', worker: name, reason });
      },
      onRestart: () => {
        onRestart();
        this.#options.onEvent({ kind: 'worker-restarted', worker: name, reason: '' });
      },
    });
  }

  /** Gives a datagram worker and the stream worker a line of their own. */
  #connect(index: number): void {
    const { port1, port2 } = new MessageChannel();
    const wakeFd = this.#seats[index]?.wakeFd ?? -1;
    this.#stream?.post({ type: 'connect', port: port1, worker: index, wakeFd }, [port1]);
    this.#datagrams[index].post({ type: 'connect', port: port2, worker: index, wakeFd }, [port2]);
  }
}
