// Writes policy hits into the worker's ring, for the log.

import { NO_DEVICE } from '../policy/image.ts';
import { FACET_NONE } from '../policy/rule.ts';
import type { Verdict } from '../policy/verdict.ts';
import type { Name } from '../wire/name.ts';
import type { Client } from './client.ts';
import { type Counters, EVENT } from './counters.ts';
import {
  HEAD,
  NAMES,
  NO_SOURCE,
  OF_DEVICE,
  RECORD,
  Ring,
  SLEEP,
  TAIL,
  UNIT,
  UNITS,
  WANT,
  WANTED,
} from './event-ring.ts';
import type { Moment } from './moment.ts';
import { ASLEEP, wakeSleeper } from './sleep.ts';

/** A name or an address: `bytes[0, length)`. */
interface Octets {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/**
 * The worker's end. A record is whole before HEAD tells of it, so the reader never sees half of one, whoever dies: what
 * was written since is written over by the worker that follows. A full ring drops and counts, and never waits.
 */
export class EventWriter {
  readonly #ring: Ring;
  readonly #counters: Counters;
  /** Units ever written and read, modulo 2^32; `#tail` as last looked at, `#published` as the reader knows. */
  #head: number;
  #tail: number;
  #published: number;

  constructor(buffer: SharedArrayBuffer, worker: number, counters: Counters) {
    this.#ring = new Ring(buffer, worker);
    this.#counters = counters;
    this.#head = Atomics.load(this.#ring.places, HEAD);
    this.#tail = Atomics.load(this.#ring.places, TAIL);
    this.#published = this.#head;
  }

  /**
   * Lets the reader see what was written since the last call. Once for a batch and not for each event: what the store
   * waits for is most of an event's cost. The reader says that it sleeps before it looks a last time, and this looks
   * whether it does after the store: none is missed.
   */
  publish(): void {
    if (this.#published === this.#head) return;
    this.#published = this.#head;
    const { places, shared } = this.#ring;
    Atomics.store(places, HEAD, this.#head);
    // A look first: it sleeps seldom while there are events, and a swap is dearer.
    if (Atomics.load(shared, SLEEP) === ASLEEP) wakeSleeper(shared, SLEEP);
  }

  /**
   * Records that a policy blocked, or would have, or that an exception let through; `verdict` says which. `lead` is what
   * the verdict is on, where that is not `name`: a name or an address that an answer led to, or the name before a search
   * domain; `rcode` the answer's, or NO_RCODE.
   */
  write(
    verdict: Verdict,
    generation: number,
    name: Name,
    type: number,
    lead: Octets | undefined,
    client: Client,
    rcode: number,
    at: Moment,
  ): void {
    // As good as atomic: a batch late is no matter.
    const wanted = this.#ring.shared[WANTED];
    if (wanted !== WANT.HITS) {
      if (wanted === WANT.COUNTS) this.#counters.event(EVENT.EVENTS_LIMITED);
      return;
    }
    const leadLength = lead ? lead.length : 0;
    const units = (NAMES + name.length + leadLength + UNIT - 1) >>> 3;
    const unit = this.#reserve(units);
    if (unit < 0) {
      this.#counters.event(EVENT.EVENTS_DROPPED);
      return;
    }
    const { words, times } = this.#ring;
    const word = unit * 2;
    words[word + RECORD.OCTETS] = units * UNIT;
    words[word + RECORD.GENERATION] = generation;
    times[unit + RECORD.TIME / 2] = at.ms;
    const family = this.#putClient(word + RECORD.ADDRESS, client);
    this.#putRule(word, verdict);
    words[word + RECORD.LINE] = verdict.line;
    words[word + RECORD.QUESTION] = type | (name.length << 16) | (leadLength << 24);
    words[word + RECORD.WAY] = rcode | (family << 8) | (client.transport << 16);
    words[word + RECORD.EXCEPTION] = verdict.exception + 1;
    this.#copy(name, unit * UNIT + NAMES);
    if (lead) this.#copy(lead, unit * UNIT + NAMES + name.length);
    this.#head = (this.#head + units) | 0;
  }

  /** Who asked; returns what is to stand as the family. */
  #putClient(word: number, client: Client): number {
    const { words } = this.#ring;
    const isDevice = client.device !== NO_DEVICE;
    words[word] = isDevice ? client.device : client.a;
    words[word + 1] = isDevice ? 0 : client.b;
    words[word + 2] = isDevice ? 0 : client.c;
    words[word + 3] = isDevice ? 0 : client.d;
    return isDevice ? OF_DEVICE : client.family;
  }

  #putRule(word: number, verdict: Verdict): void {
    const { words } = this.#ring;
    const where = verdict.policy | (verdict.group << 8) | (verdict.decision << 25);
    if (verdict.source < 0) {
      words[word + RECORD.WHERE] = where | (FACET_NONE << 20);
      words[word + RECORD.SOURCE] = NO_SOURCE;
      return;
    }
    words[word + RECORD.WHERE] = where | (verdict.facet << 20) | (verdict.match << 23);
    words[word + RECORD.SOURCE] = verdict.source | (verdict.depth << 16);
  }

  /** Where `units` units may be written in one piece, or -1 where the ring has no room for them. */
  #reserve(units: number): number {
    const at = this.#head & (UNITS - 1);
    const skipped = at + units > UNITS ? UNITS - at : 0;
    if (!this.#hasRoom(skipped + units)) return -1;
    if (skipped === 0) return at;
    this.#ring.words[at * 2 + RECORD.OCTETS] = 0;
    this.#head = (this.#head + skipped) | 0;
    return 0;
  }

  #hasRoom(units: number): boolean {
    if (((this.#head - this.#tail) | 0) + units <= UNITS) return true;
    this.#tail = Atomics.load(this.#ring.places, TAIL);
    return ((this.#head - this.#tail) | 0) + units <= UNITS;
  }

  #copy({ bytes: from, length }: Octets, to: number): void {
    const { bytes } = this.#ring;
    for (let at = 0; at < length; at++) bytes[to + at] = from[at];
  }
}
