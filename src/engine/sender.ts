// Sends questions upstream: chooses the upstream, the socket and the id, and notes when to give the attempt up.

import { Attempts, MAX_ATTEMPTS } from './attempts.ts';
import type { Outlet } from './client.ts';
import { type Counters, EVENT } from './counters.ts';
import type { Moment } from './moment.ts';
import type { Pending } from './pending.ts';
import { writeUpstreamQuery } from './question.ts';
import { Upstreams } from './upstreams.ts';

/** Stub resolvers give up after 5 s: an answer after that helps nobody. */
export const DEADLINE_MS = 4500;
const STREAM_WAIT_MS = 2500;
/** Ids drawn until one is free on the socket. */
const ID_DRAWS = 8;

/** Upstreams for the names of one forward zone, or for all else. */
export interface Route {
  /** Numbers of upstreams, in the order of the configuration. */
  upstreams: Int32Array;
  /** 0 to 63: tells these upstreams from others in the cache, so that a change of them is not answered from before. */
  tag: number;
}

/** Everything happens inside a call with a `now`, in milliseconds. */
export class Sender {
  routes: Route[] = [];
  outlet: Outlet | undefined;
  /** When the next attempt must be given up; the forwarder's tick moves it on. */
  nextDue = 0;
  readonly upstreams: Upstreams;
  readonly attempts: Attempts;
  readonly #pending: Pending;
  readonly #counters: Counters;
  readonly #random: () => number;
  readonly #query = new Uint8Array(512);

  /** `random` gives 32 unguessable bits; upstream numbers are below `most`. */
  constructor(random: () => number, most: number, pending: Pending, counters: Counters) {
    this.upstreams = new Upstreams(most, random);
    this.attempts = new Attempts(pending.capacity);
    this.#random = random;
    this.#pending = pending;
    this.#counters = counters;
  }

  /** Whether there is an upstream that this question was not sent to yet. */
  hasUntried(slot: number): boolean {
    return this.upstreams.hasUntried(this.#routeOf(slot), this.#pending.tried[slot]);
  }

  /** Whether the slot's name is asked of this upstream now. */
  isRouted(slot: number, upstream: number): boolean {
    const route = this.#routeOf(slot);
    for (let index = 0; index < route.length; index++) if (route[index] === upstream) return true;
    return false;
  }

  /** Sends to the best upstream left. */
  send(slot: number, now: Moment): void {
    const pending = this.#pending;
    const route = this.#routeOf(slot);
    const choice = this.upstreams.choose(route, pending.tried[slot]);
    pending.tried[slot] |= 1 << (choice & 31);
    this.sendTo(slot, route[choice], now);
  }

  /**
   * Sends to this upstream; a socket that cannot be had counts as a send that was lost. Each wait is twice the one
   * before, and the last is until the deadline: a name that takes an upstream long to find is answered all the same.
   */
  sendTo(slot: number, upstream: number, now: Moment): void {
    const pending = this.#pending;
    const number = pending.sends[slot]++;
    const isLast = number + 1 === MAX_ATTEMPTS;
    pending.upstream[slot] = upstream;
    pending.stream[slot] = 0;
    pending.unreachable[slot] = 0;
    this.#wake(slot, now, isLast ? DEADLINE_MS : this.upstreams.wait(upstream) << number);
    const token = this.outlet?.pickSocket(upstream) ?? -1;
    const id = token < 0 ? -1 : this.#expect(slot, number, token);
    const attempt = slot * MAX_ATTEMPTS + number;
    this.attempts.upstream[attempt] = upstream;
    this.attempts.sent[attempt] = now.ms;
    if (id >= 0 && this.outlet?.sendUpstream(token, this.#query, this.#writeQuery(slot, id, now))) {
      this.#counters.event(EVENT.UPSTREAM_SENT);
      return;
    }
    this.#counters.event(EVENT.UPSTREAM_UNSENDABLE);
    this.attempts.drop(attempt);
  }

  #routeOf(slot: number): Int32Array {
    return this.routes[this.#pending.route[slot]].upstreams;
  }

  #expect(slot: number, number: number, token: number): number {
    for (let draw = 0; draw < ID_DRAWS; draw++) {
      const id = this.#random() & 0xffff;
      if (this.attempts.expect(slot, number, token, id)) return id;
    }
    return -1;
  }

  #writeQuery(slot: number, id: number, now: Moment): number {
    const pending = this.#pending;
    const upstream = pending.upstream[slot];
    const plain = pending.plain[slot] === upstream || this.upstreams.isPlain(upstream, now);
    return writeUpstreamQuery(this.#query, id, pending, slot, plain, upstream, this.upstreams);
  }

  #wake(slot: number, now: Moment, wait: number): void {
    const due = Math.min(now.ms + wait, this.#pending.started[slot] + DEADLINE_MS);
    this.#pending.due[slot] = due;
    if (due < this.nextDue) this.nextDue = due;
  }

  /** Asks the same upstream over a stream: its datagram was truncated, or somebody may be guessing. */
  askStream(slot: number, now: Moment): void {
    const pending = this.#pending;
    this.attempts.dropAll(slot);
    pending.stream[slot] = 1;
    pending.unreachable[slot] = 0;
    this.#counters.event(EVENT.UPSTREAM_STREAM);
    this.#wake(slot, now, STREAM_WAIT_MS);
    const length = this.#writeQuery(slot, this.#random() & 0xffff, now);
    this.outlet?.askStream(pending.ticket(slot), pending.upstream[slot], this.#query, length);
  }
}
