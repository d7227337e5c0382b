// Asks upstreams over TCP (RFC 7766 §6.2): few connections, reused and pipelined; each ask ends exactly once.

import { isIP } from 'node:net';

import { HEADER, MAX_MESSAGE } from '../wire/codes.ts';
import type { StreamAddress } from './stream-listener.ts';
import { Ask, STREAM_FAILURE, UpstreamConnection, type UpstreamEvents } from './stream-upstream.ts';

/** Where each fate is counted in the array given to StreamClient. */
export const UPSTREAM_COUNTER = {
  ASKED: 0,
  REPLIES: 1,
  CONNECTIONS: 2,
  /** Asks sent once more, their connection having been closed under them. */
  RETRIED: 3,
  /** Replies after their ask's deadline. */
  LATE: 4,
  /** Connections closed for a wrong id or a bad frame, whether or not an ask was outstanding on them. */
  DISTRUSTED: 5,
  /** Asks that failed stand after these, at FAILED + STREAM_FAILURE.…; nothing is counted at FAILED itself. */
  FAILED: 5,
} as const;

/** How long an array of counters StreamClient needs. */
export const UPSTREAM_COUNTERS = UPSTREAM_COUNTER.FAILED + Object.keys(STREAM_FAILURE).length + 1;

export interface StreamClientOptions {
  /** IP addresses as text; asks name them by index. */
  upstreams: readonly StreamAddress[];
  /** Milliseconds from ask to failure, a second try included. */
  timeoutMs: number;
  /** Milliseconds an unused connection is kept. */
  idleMs: number;
  /** Connections to one upstream; as many again may be draining after a timeout. */
  perUpstream: number;
  /** Asks outstanding on one connection; a second connection is opened from half of it on. */
  pipelined: number;
  /** A cryptographic random uint32. */
  random: () => number;
  /** Milliseconds, on the same scale as `expire`. */
  clock: () => number;
}

export type OnReply = (ticket: number, message: Uint8Array, length: number) => void;
export type OnFailure = (ticket: number, reason: number) => void;

/** Neither callback is ever called from within `ask`; both may call `ask`. A message given to OnReply is lent. */
export class StreamClient {
  readonly #options: StreamClientOptions;
  readonly #counters: Float64Array;
  readonly #onReply: OnReply;
  readonly #onFailure: OnFailure;
  readonly #connections: UpstreamConnection[][];
  /** All asks under way. They have one timeout, so the order of insertion is the order of deadlines. */
  readonly #asks = new Set<Ask>();
  readonly #events: UpstreamEvents;
  #isClosed = false;

  /** Throws a TypeError when an upstream is not an IP address: looking one up would ask ourselves. */
  constructor(options: StreamClientOptions, onReply: OnReply, onFailure: OnFailure, counters: Float64Array) {
    const name = options.upstreams.find(({ address }) => isIP(address) === 0);
    if (name) throw new TypeError(`upstream is not an IP address: ${name.address}`);
    this.#options = options;
    this.#onReply = onReply;
    this.#onFailure = onFailure;
    this.#counters = counters;
    this.#connections = options.upstreams.map(() => []);
    this.#events = {
      onReply: (ask, message, length) => this.#answer(ask, message, length),
      onLate: () => this.#counters[UPSTREAM_COUNTER.LATE]++,
      onGone: (connection, asks, reason) => this.#lose(connection, asks, reason),
    };
  }

  /** Asks under way. */
  get outstanding(): number {
    return this.#asks.size;
  }

  /**
   * Asks an upstream, by index; copies the message `[0, length)`. Ends in one OnReply, with the id as given here, or one
   * OnFailure. The reply is matched by connection and id only: whether it answers the question is the caller's to see.
   */
  ask(ticket: number, upstream: number, message: Uint8Array, length: number): void {
    this.#counters[UPSTREAM_COUNTER.ASKED]++;
    if (this.#isClosed || !this.#connections[upstream] || length < HEADER || length > MAX_MESSAGE) {
      this.#refuse(ticket, STREAM_FAILURE.REFUSED);
      return;
    }
    const now = this.#options.clock();
    const connection = this.#choose(upstream, now);
    if (connection === undefined) {
      this.#refuse(ticket, STREAM_FAILURE.BUSY);
      return;
    }
    const ask = new Ask(ticket, message, length, now + this.#options.timeoutMs);
    this.#asks.add(ask);
    connection.send(ask, now);
  }

  /** Fails what is overdue and closes connections long unused; called by the worker's coarse timer. */
  expire(now: number): void {
    for (const ask of this.#asks) {
      if (ask.deadline > now) break;
      ask.connection?.abandon(ask);
      this.#fail(ask, STREAM_FAILURE.TIMEOUT);
    }
    for (const connection of this.#connections.flat()) {
      if (connection.outstanding === 0 && now - connection.lastActive >= this.#options.idleMs) {
        connection.end(STREAM_FAILURE.CLOSED);
      }
    }
  }

  /** Closes every connection; asks under way fail as REFUSED. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections.flat()) connection.end(STREAM_FAILURE.REFUSED);
  }

  /** The least busy connection that still takes asks, or a new one; undefined when all places are taken. */
  #choose(upstream: number, now: number): UpstreamConnection | undefined {
    const { perUpstream, pipelined } = this.#options;
    const all = this.#connections[upstream];
    let open = 0;
    let best: UpstreamConnection | undefined;
    for (const connection of all) {
      if (connection.retired) continue;
      open++;
      if (best === undefined || connection.outstanding < best.outstanding) best = connection;
    }
    if (best !== undefined && best.outstanding * 2 < pipelined) return best;
    if (open < perUpstream && all.length < 2 * perUpstream) return this.#open(upstream, now);
    return best !== undefined && best.outstanding < pipelined ? best : undefined;
  }

  #open(upstream: number, now: number): UpstreamConnection {
    const { upstreams, random } = this.#options;
    const connection = new UpstreamConnection(upstream, upstreams[upstream], random, this.#events, now);
    this.#connections[upstream].push(connection);
    this.#counters[UPSTREAM_COUNTER.CONNECTIONS]++;
    return connection;
  }

  #answer(ask: Ask, message: Uint8Array, length: number): void {
    if (!this.#asks.delete(ask)) return;
    this.#counters[UPSTREAM_COUNTER.REPLIES]++;
    if (ask.connection) ask.connection.lastActive = this.#options.clock();
    this.#onReply(ask.ticket, message, length);
  }

  #lose(connection: UpstreamConnection, asks: Ask[], reason: number): void {
    const siblings = this.#connections[connection.upstream];
    siblings.splice(siblings.indexOf(connection), 1);
    if (reason === STREAM_FAILURE.WRONG_ID || reason === STREAM_FAILURE.BAD_FRAME) {
      this.#counters[UPSTREAM_COUNTER.DISTRUSTED]++;
    }
    // RFC 7766 §6.2.4: an upstream that closes a connection it has served races with the next question on it. That is
    // no failure yet. Whoever is failed may ask again or close us, so everything else comes first.
    const isRace = reason === STREAM_FAILURE.CLOSED && connection.replies > 0;
    if (isRace)
      this.#retry(
        connection.upstream,
        asks.filter(({ retried }) => !retried),
      );
    for (const ask of asks) if (ask.connection === connection) this.#fail(ask, reason);
  }

  /** All on one fresh connection, each for the only time. */
  #retry(upstream: number, asks: Ask[]): void {
    if (asks.length === 0) return;
    const now = this.#options.clock();
    const fresh = this.#open(upstream, now);
    for (const ask of asks) {
      ask.retried = true;
      this.#counters[UPSTREAM_COUNTER.RETRIED]++;
      fresh.send(ask, now);
    }
  }

  #fail(ask: Ask, reason: number): void {
    if (!this.#asks.delete(ask)) return;
    this.#counters[UPSTREAM_COUNTER.FAILED + reason]++;
    this.#onFailure(ask.ticket, reason);
  }

  #refuse(ticket: number, reason: number): void {
    this.#counters[UPSTREAM_COUNTER.FAILED + reason]++;
    // Not from within ask: the caller may still be writing down what it asked.
    queueMicrotask(() => this.#onFailure(ticket, reason));
  }
}
