// Questions in flight and the clients that wait for them, in flat tables of fixed size.

import { type Name, readName } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import { type Client, TRANSPORT } from './client.ts';
import type { Moment } from './moment.ts';
import { Waiters } from './waiters.ts';

const NAME = 256;
const NONE = -1;

/** What `join` did. */
export const JOIN = { NEW: 0, JOINED: 1, DUPLICATE: 2, FULL: 3 } as const;

/**
 * Slots of questions, found by question, so that the same one is asked once (RFC 5452 §5); each with a list of
 * waiters. What is sent for a slot and when is the sender's to set.
 */
export class Pending {
  readonly capacity: number;
  /** Slots in use are `active[0, count)`. */
  readonly active: Int32Array;
  count = 0;

  /** Type and flags: what besides the name tells questions apart. */
  readonly key: Int32Array;
  readonly route: Int32Array;
  /** Who was asked last. */
  readonly upstream: Int32Array;
  readonly sends: Int32Array;
  /** Upstreams tried, one bit each for the first 32. */
  readonly tried: Int32Array;
  /** Datagrams on this question's socket that did not match it. */
  readonly mismatches: Int32Array;
  /** 1 while asked over a stream. */
  readonly stream: Uint8Array;
  /** The upstream that refused EDNS to this question and is asked without, or -1. */
  readonly plain: Int32Array;
  /** 1 once the network said that nobody listens where it was last sent: its time limit is then no news. */
  readonly unreachable: Uint8Array;
  readonly started: Float64Array;
  /** When this attempt is given up, in milliseconds. */
  readonly due: Float64Array;
  /** Changes when a slot is used again: what keeps a late stream answer from the next question. */
  readonly generation: Uint16Array;

  readonly #names: Uint8Array;
  readonly #lengths: Uint16Array;
  readonly #hashes: Int32Array;
  readonly #activeAt: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;
  readonly #buckets: Int32Array;
  readonly #next: Int32Array;
  readonly #firstWaiter: Int32Array;
  readonly #waiters: Waiters;

  constructor(capacity: number) {
    this.capacity = capacity;
    const words = () => new Int32Array(capacity);
    this.active = words();
    this.key = words();
    this.route = words();
    this.upstream = words();
    this.sends = words();
    this.tried = words();
    this.mismatches = words();
    this.stream = new Uint8Array(capacity);
    this.plain = words();
    this.unreachable = new Uint8Array(capacity);
    this.started = new Float64Array(capacity);
    this.due = new Float64Array(capacity);
    this.generation = new Uint16Array(capacity);
    this.#names = new Uint8Array(capacity * NAME);
    this.#lengths = new Uint16Array(capacity);
    this.#hashes = words();
    this.#activeAt = words();
    this.#free = Int32Array.from({ length: capacity }, (_, index) => capacity - 1 - index);
    this.#freeCount = capacity;
    let buckets = 1;
    while (buckets < capacity * 2) buckets *= 2;
    this.#buckets = new Int32Array(buckets).fill(NONE);
    this.#next = words();
    this.#firstWaiter = words();
    this.#waiters = new Waiters(capacity * 2);
  }

  /** The slot that the last `join` found or made. */
  slot = NONE;

  /** Puts the client with its query among those who wait for its question; one of JOIN. */
  join(query: Query, key: number, route: number, client: Client, now: Moment): number {
    let slot = this.#find(query.name, key, route);
    const found = slot !== NONE;
    // Over a stream nothing is lost, so nothing is repeated: each query there gets a reply of its own.
    const repeats = found && client.transport === TRANSPORT.UDP;
    if (repeats && this.#waiters.holds(this.#firstWaiter[slot], client, query.id)) return JOIN.DUPLICATE;
    if ((!found && this.#freeCount === 0) || this.#isGreedy(client)) return JOIN.FULL;
    const waiter = this.#waiters.add(query, client, now);
    if (waiter === NONE) return JOIN.FULL;
    if (!found) slot = this.#open(query.name, key, route, now);
    this.#waiters.next[waiter] = this.#firstWaiter[slot];
    this.#firstWaiter[slot] = waiter;
    this.slot = slot;
    return found ? JOIN.JOINED : JOIN.NEW;
  }

  /** One client with slow names must not take the places of all others: past half, a quarter is the most. */
  #isGreedy(client: Client): boolean {
    const isPressed = this.count * 2 >= this.capacity || this.#waiters.count >= this.capacity;
    return isPressed && this.#waiters.share(client) * 4 >= this.capacity;
  }

  #bucket(hash: number, key: number): number {
    return (Math.imul(hash ^ Math.imul(key, 0x85ebca6b), 0x9e3779b1) >>> 8) & (this.#buckets.length - 1);
  }

  #find(name: Name, key: number, route: number): number {
    let slot = this.#buckets[this.#bucket(name.hash, key)];
    while (slot !== NONE && !this.#asks(slot, name, key, route)) slot = this.#next[slot];
    return slot;
  }

  #asks(slot: number, name: Name, key: number, route: number): boolean {
    if (this.#hashes[slot] !== name.hash || this.key[slot] !== key || this.route[slot] !== route) return false;
    return this.isNamed(slot, name);
  }

  /** Whether the slot's question has this name. */
  isNamed(slot: number, name: Name): boolean {
    if (this.#lengths[slot] !== name.length) return false;
    const from = slot * NAME;
    for (let at = 0; at < name.length; at++) if (this.#names[from + at] !== name.bytes[at]) return false;
    return true;
  }

  /** Reads the slot's canonical name into `name`. */
  readName(slot: number, name: Name): void {
    readName(this.#names, slot * NAME, slot * NAME + NAME, name);
  }

  /** Writes the slot's canonical name at `start`; returns the offset after. */
  putName(slot: number, out: Uint8Array, start: number): number {
    const from = slot * NAME;
    const length = this.#lengths[slot];
    for (let at = 0; at < length; at++) out[start + at] = this.#names[from + at];
    return start + length;
  }

  #open(name: Name, key: number, route: number, now: Moment): number {
    const slot = this.#free[--this.#freeCount];
    this.#activeAt[slot] = this.count;
    this.active[this.count++] = slot;
    this.key[slot] = key;
    this.route[slot] = route;
    this.started[slot] = now.ms;
    this.sends[slot] = 0;
    this.tried[slot] = 0;
    this.mismatches[slot] = 0;
    this.stream[slot] = 0;
    this.plain[slot] = NONE;
    this.#lengths[slot] = name.length;
    this.#hashes[slot] = name.hash;
    for (let at = 0; at < name.length; at++) this.#names[slot * NAME + at] = name.bytes[at];
    this.#firstWaiter[slot] = NONE;
    const bucket = this.#bucket(name.hash, key);
    this.#next[slot] = this.#buckets[bucket];
    this.#buckets[bucket] = slot;
    return slot;
  }

  /** What a stream is asked under: the slot, and the generation that makes it this question's alone. */
  ticket(slot: number): number {
    return this.generation[slot] * this.capacity + slot;
  }

  /** The slot of a ticket, or -1 when its question has ended. */
  fromTicket(ticket: number): number {
    const slot = ticket % this.capacity;
    return this.stream[slot] === 1 && this.ticket(slot) === ticket ? slot : NONE;
  }

  /**
   * Takes the next waiter off the slot: fills `query`, `client` and when it `asked`; false when none is left. The
   * query's `raw` is good until the next `join`.
   */
  takeWaiter(slot: number, query: Query, client: Client, asked: Moment): boolean {
    const waiter = this.#firstWaiter[slot];
    if (waiter === NONE) return false;
    this.#firstWaiter[slot] = this.#waiters.next[waiter];
    this.#waiters.take(waiter, query, client, asked);
    return true;
  }

  /** Ends a question whose waiters have been taken. */
  close(slot: number): void {
    this.stream[slot] = 0;
    this.generation[slot]++;
    const bucket = this.#bucket(this.#hashes[slot], this.key[slot]);
    unlink(this.#buckets, this.#next, bucket, slot);
    const last = this.active[--this.count];
    const at = this.#activeAt[slot];
    this.active[at] = last;
    this.#activeAt[last] = at;
    this.#free[this.#freeCount++] = slot;
  }
}

function unlink(heads: Int32Array, next: Int32Array, bucket: number, slot: number): void {
  if (heads[bucket] === slot) {
    heads[bucket] = next[slot];
    return;
  }
  let at = heads[bucket];
  while (at !== NONE && next[at] !== slot) at = next[at];
  if (at !== NONE) next[at] = next[slot];
}
