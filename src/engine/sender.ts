// Sends questions upstream: chooses the upstream, the socket and the id, and notes when to give the attempt up.

import { Name } from '../wire/name.ts';
import type { Outlet } from './client.ts';
import { type Counters, EVENT } from './counters.ts';
import type { Pending } from './pending.ts';
import { writeUpstreamQuery } from './question.ts';
import { Upstreams } from './upstreams.ts';

/** Stub resolvers give up after 5 s: an answer after that helps nobody. */
export const DEADLINE_MS = 4500;
const STREAM_WAIT_MS = 2500;
const ID_ATTEMPTS = 8;

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
  readonly #pending: Pending;
  readonly #counters: Counters;
  readonly #random: () => number;
  readonly #name: Name;
  readonly #query = new Uint8Array(512);

  /** `random` gives 32 unguessable bits; upstream numbers are below `most`. */
  constructor(seed: number, random: () => number, most: number, pending: Pending, counters: Counters) {
    this.upstreams = new Upstreams(most, random);
    this.#random = random;
    this.#pending = pending;
    this.#counters = counters;
    this.#name = new Name(seed);
  }

  /** Sends to the best upstream left; a socket that cannot be had counts as a send that was lost. */
  send(slot: number, now: number): void {
    const pending = this.#pending;
    const route = this.routes[pending.route[slot]].upstreams;
    const choice = this.upstreams.choose(route, pending.tried[slot]);
    const upstream = route[choice];
    pending.upstream[slot] = upstream;
    pending.tried[slot] |= 1 << (choice & 31);
    pending.sends[slot]++;
    pending.sent[slot] = now;
    pending.stream[slot] = 0;
    this.#wake(slot, now, this.upstreams.wait(upstream));
    const token = this.outlet?.pickSocket(upstream) ?? -1;
    const id = token < 0 ? -1 : this.#expect(slot, token);
    if (id < 0 || !this.#sendTo(slot, token, id, now)) {
      this.#counters.event(EVENT.UPSTREAM_UNSENDABLE);
      pending.unexpect(slot);
      return;
    }
    this.#counters.event(EVENT.UPSTREAM_SENT);
  }

  #expect(slot: number, token: number): number {
    for (let attempt = 0; attempt < ID_ATTEMPTS; attempt++) {
      const id = this.#random() & 0xffff;
      if (this.#pending.expect(slot, token, id)) return id;
    }
    return -1;
  }

  #sendTo(slot: number, token: number, id: number, now: number): boolean {
    return this.outlet?.sendUpstream(token, this.#query, this.#writeQuery(slot, id, now)) ?? false;
  }

  #writeQuery(slot: number, id: number, now: number): number {
    const pending = this.#pending;
    const upstream = pending.upstream[slot];
    const plain = pending.plain[slot] === 1 || this.upstreams.isPlain(upstream, now);
    pending.readName(slot, this.#name);
    return writeUpstreamQuery(this.#query, id, this.#name, pending.key[slot], plain, upstream, this.upstreams);
  }

  #wake(slot: number, now: number, wait: number): void {
    const due = Math.min(now + wait, this.#pending.started[slot] + DEADLINE_MS);
    this.#pending.due[slot] = due;
    if (due < this.nextDue) this.nextDue = due;
  }

  /** Asks the same upstream over a stream: its datagram was truncated, or somebody may be guessing. */
  askStream(slot: number, now: number): void {
    const pending = this.#pending;
    pending.unexpect(slot);
    pending.stream[slot] = 1;
    this.#counters.event(EVENT.UPSTREAM_STREAM);
    this.#wake(slot, now, STREAM_WAIT_MS);
    const length = this.#writeQuery(slot, this.#random() & 0xffff, now);
    this.outlet?.askStream(pending.ticket(slot), pending.upstream[slot], this.#query, length);
  }
}
