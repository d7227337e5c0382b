// The portable driver's sockets towards upstreams: node:dgram, random ports, connected, replaced often (RFC 5452 §9).

import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { DATAGRAM } from './datagram-counters.ts';
import { formatAddress } from './sockaddr.ts';
import type { UpstreamAddress } from './upstream-sockets.ts';
import { zoneName } from './zones.ts';

const MAX_USES = 512;
const MAX_AGE = 30_000;
const DRAIN_TIME = 10_000;
const RETRY_INTERVAL = 100;
const BIND_TRIES = 8;
const LOWEST_PORT = 1024;
const PORTS = 65536 - LOWEST_PORT;
const LAST_TOKEN = 2 ** 31 - 1;

/** One connected socket. */
export interface UpstreamSocket {
  socket: Socket;
  token: number;
  uses: number;
  openedAt: number;
  outstanding: number;
}

/** What the driver wants to know of what its sockets hear. */
export interface UpstreamEvents {
  message(message: Uint8Array, token: number): void;
  unreachable(token: number): void;
}

/** A place in the pool: its socket, and whether the next one is being opened. */
interface Place {
  current: UpstreamSocket | undefined;
  isOpening: boolean;
  retryAt: number;
}

/**
 * Opening takes a turn of the event loop here, so a socket is replaced in the background, and used until the next one
 * is ready.
 */
export class PortableUpstreams {
  readonly #events: UpstreamEvents;
  readonly #random: () => number;
  readonly #clock: () => number;
  readonly #counters: Float64Array;
  readonly #open = new Map<number, UpstreamSocket>();
  #targets: readonly UpstreamAddress[] = [];
  #pools: Place[][] = [];
  #lastToken = 0;
  #isClosed = false;

  constructor(events: UpstreamEvents, random: () => number, clock: () => number, counters: Float64Array) {
    this.#events = events;
    this.#random = random;
    this.#clock = clock;
    this.#counters = counters;
  }

  /** Takes these upstreams from now on; resolves when the first sockets are open or have failed. */
  async setUpstreams(upstreams: readonly UpstreamAddress[], perUpstream: number): Promise<void> {
    for (const place of this.#pools.flat()) if (place.current !== undefined) this.#retire(place.current);
    this.#targets = upstreams;
    this.#pools = upstreams.map(() =>
      Array.from({ length: Math.max(1, perUpstream) }, () => ({ current: undefined, isOpening: false, retryAt: 0 })),
    );
    await Promise.all(this.#pools.flatMap((pool, upstream) => pool.map((place) => this.#fill(place, upstream))));
  }

  /** The token of a random open socket to `upstream`, or -1. */
  pick(upstream: number): number {
    const pool = this.#pools[upstream];
    if (pool === undefined) return -1;
    const now = this.#clock();
    const place = pool[this.#random() % pool.length]!;
    const isWorn = place.current === undefined || isSpent(place.current, now);
    if (isWorn && !place.isOpening && now >= place.retryAt) void this.#fill(place, upstream);
    const chosen = place.current ?? pool.find(({ current }) => current !== undefined)?.current;
    if (chosen === undefined) return -1;
    chosen.uses++;
    return chosen.token;
  }

  /** The open socket of a token. */
  find(token: number): UpstreamSocket | undefined {
    return this.#open.get(token);
  }

  /** Closes every socket, for good. */
  close(): void {
    this.#isClosed = true;
    for (const open of this.#open.values()) open.socket.close();
    this.#open.clear();
    this.#pools = [];
  }

  async #fill(place: Place, upstream: number): Promise<void> {
    place.isOpening = true;
    const opened = await this.#connect(this.#targets[upstream]!);
    place.isOpening = false;
    if (opened === undefined) {
      this.#counters[DATAGRAM.SOCKETS_FAILED]! += 1;
      place.retryAt = this.#clock() + RETRY_INTERVAL;
      return;
    }
    this.#counters[DATAGRAM.SOCKETS_OPENED]! += 1;
    if (place.current !== undefined) this.#retire(place.current);
    place.current = opened;
    // The upstreams may have changed meanwhile: then nobody picks from this place any more.
    if (!this.#pools.some((pool) => pool.includes(place))) this.#retire(opened);
  }

  /** Reads on until late answers have had their time. */
  #retire(old: UpstreamSocket): void {
    setTimeout(() => this.#drop(old), old.outstanding === 0 ? 0 : DRAIN_TIME).unref();
  }

  #drop(old: UpstreamSocket): void {
    if (this.#open.delete(old.token)) old.socket.close();
  }

  async #connect(target: UpstreamAddress): Promise<UpstreamSocket | undefined> {
    const socket = createSocket({ type: target.family === 4 ? 'udp4' : 'udp6', lookup: literal });
    const token = this.#nextToken();
    try {
      await this.#bindRandom(socket, target.family === 4 ? '0.0.0.0' : '::');
      await connected(socket, addressText(target), target.port);
    } catch {
      socket.close();
      return undefined;
    }
    if (this.#isClosed) {
      socket.close();
      return undefined;
    }
    const opened: UpstreamSocket = { socket, token, uses: 0, openedAt: this.#clock(), outstanding: 0 };
    this.#open.set(token, opened);
    this.#listen(opened);
    return opened;
  }

  /** What came between bind and connect may come from anybody: the source is compared, though the kernel filters. */
  #listen(opened: UpstreamSocket): void {
    const remote = opened.socket.remoteAddress();
    opened.socket.on('message', (message, source) => {
      if (source.port !== remote.port || source.address !== remote.address) {
        this.#counters[DATAGRAM.UPSTREAM_STRANGER]! += 1;
        return;
      }
      opened.outstanding = Math.max(0, opened.outstanding - 1);
      this.#events.message(message, opened.token);
    });
    opened.socket.on('error', () => this.#events.unreachable(opened.token));
  }

  async #bindRandom(socket: Socket, address: string): Promise<void> {
    for (let attempt = 0; attempt < BIND_TRIES; attempt++) {
      if (await bound(socket, address, LOWEST_PORT + (this.#random() % PORTS)).then(yes, no)) return;
    }
    await bound(socket, address, 0);
  }

  /** A token comes round after two thousand million sockets. */
  #nextToken(): number {
    this.#lastToken = this.#lastToken === LAST_TOKEN ? 0 : this.#lastToken + 1;
    return this.#lastToken;
  }
}

function isSpent(socket: UpstreamSocket, now: number): boolean {
  return socket.uses >= MAX_USES || now - socket.openedAt >= MAX_AGE;
}

const yes = () => true;
const no = () => false;

/** Binds; rejects with the system's error. Exclusive: never shared, not even within a cluster. */
export function bound(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      socket.off('error', failed);
      resolve();
    };
    const failed = (error: Error) => {
      socket.off('listening', done);
      reject(error);
    };
    socket.once('listening', done);
    socket.once('error', failed);
    socket.bind({ address, port, exclusive: true });
  });
}

function connected(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.connect(port, address, ((error?: Error) => (error ? reject(error) : resolve())) as () => void);
  });
}

function addressText({ address, scope = 0 }: UpstreamAddress): string {
  return scope === 0 ? formatAddress(address) : `${formatAddress(address)}%${zoneName(scope)}`;
}

/** Stands in for DNS: every address is one already, and it answers at once, so that sends keep their order. */
export function literal(
  address: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, address, isIPv6(address) ? 6 : 4);
}
