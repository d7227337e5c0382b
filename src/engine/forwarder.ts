// Takes a question to upstream and its answer to everyone who waits: sends, matches, retries, gives up.

import { AnswerReader, CHAIN, type LongestTtl } from '../wire/answer.ts';
import { CLASS, EDE, FLAG, HEADER, MAX_MESSAGE, RCODE } from '../wire/codes.ts';
import { Name, readName } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import { CACHE, type PacketCache, STORE } from './cache.ts';
import type { Client } from './client.ts';
import { type Counters, EVENT, GAUGE, OUTCOME } from './counters.ts';
import { Failures } from './failures.ts';
import { JOIN, Pending } from './pending.ts';
import { ASKED, questionFlags, questionKey, questionType } from './question.ts';
import { type Relayable, Replies } from './replies.ts';
import { DEADLINE_MS, type Route, Sender } from './sender.ts';

/** RFC 9520 §3.1: few sends for one question. */
const MAX_SENDS = 3;
/** RFC 8767 §5: stale data after 1.8 s without an answer. */
const STALE_AFTER_MS = 1800;
/** Mismatched datagrams on a question's socket after which it is asked over TCP: somebody may be guessing (RFC 5452). */
const MISMATCH_LIMIT = 16;
const LONGEST_TICK_MS = 250;

export interface ForwarderOptions {
  seed: number;
  /** 32 unguessable bits: ids come from here (RFC 5452 §9.2). */
  random: () => number;
  /** Questions in flight at most. */
  pending: number;
  /** Upstream numbers are below this. */
  upstreams: number;
  longest: LongestTtl;
}

/** Reused tables; one for each worker. Everything it does happens inside a call with a `now`, in milliseconds. */
export class Forwarder {
  readonly pending: Pending;
  readonly sender: Sender;
  readonly replies: Replies;
  readonly #cache: PacketCache;
  readonly #counters: Counters;
  readonly #failures = new Failures();
  readonly #reader: AnswerReader;
  readonly #name: Name;
  readonly #echo: Name;
  readonly #answer = new Uint8Array(MAX_MESSAGE + 1);
  /** When each slot's waiters are served stale data, if there is any. */
  readonly #staleDue: Float64Array;
  readonly #relayable: Relayable;
  readonly #stale: Relayable;
  #nextForgive = 0;

  constructor(options: ForwarderOptions, cache: PacketCache, counters: Counters) {
    this.pending = new Pending(options.pending);
    this.replies = new Replies(options.seed, this.pending, counters);
    this.#cache = cache;
    this.#counters = counters;
    this.sender = new Sender(options.seed, options.random, options.upstreams, this.pending, counters);
    this.#reader = new AnswerReader(options.seed, options.longest);
    this.#name = new Name(options.seed);
    this.#echo = new Name(options.seed);
    this.#staleDue = new Float64Array(options.pending);
    const { targetOffset } = this.#reader;
    this.#relayable = { message: this.#answer, length: 0, targetOffset, targetCount: 0 };
    this.#stale = { message: this.#answer, length: 0, targetOffset, targetCount: 0 };
  }

  /** Whether this question failed a moment ago. */
  failedRecently(query: Query, now: number): boolean {
    return this.#failures.recent(query.name, questionKey(query), now);
  }

  /** Asks on behalf of the client; one of JOIN. */
  forward(query: Query, route: number, client: Client, now: number): number {
    const joined = this.pending.join(query, questionKey(query), route, client, now);
    if (joined === JOIN.JOINED) this.#counters.event(EVENT.JOINED);
    if (joined === JOIN.NEW) {
      this.#staleDue[this.pending.slot] = now + STALE_AFTER_MS;
      this.sender.send(this.pending.slot, now);
    }
    return joined;
  }

  /** A datagram from upstream: id, socket and question must all match, or it is nobody's (RFC 5452 §9.1). */
  handleReply(message: Uint8Array, length: number, token: number, now: number): void {
    const slot = length < HEADER ? -1 : this.pending.expecting(token, (message[0] << 8) | message[1]);
    const questionEnd = slot < 0 ? -1 : this.#matchQuestion(slot, message, length);
    if (questionEnd < 0) {
      this.#mismatch(token, now);
      return;
    }
    const upstream = this.pending.upstream[slot];
    if (questionEnd > HEADER && !this.#read(slot, message, length, questionEnd)) {
      this.#counters.event(EVENT.UPSTREAM_MALFORMED);
      this.#retry(slot, now, true);
      return;
    }
    const { sections } = this.#reader;
    if (
      questionEnd > HEADER &&
      !this.sender.upstreams.takeCookie(upstream, message, sections.cookie, sections.cookieLength)
    ) {
      this.#mismatch(token, now);
      return;
    }
    this.pending.unexpect(slot);
    this.#counters.event(EVENT.UPSTREAM_ANSWERED);
    if (this.sender.upstreams.answered(upstream, now - this.pending.sent[slot])) this.#failures.clear();
    if (message[2] & (FLAG.TC >> 8)) {
      this.#counters.event(EVENT.UPSTREAM_TRUNCATED);
      this.sender.askStream(slot, now);
      return;
    }
    this.#accept(slot, message[3] & 15, now);
  }

  /** An answer over a stream, to the question asked under `ticket`. */
  handleStreamReply(ticket: number, message: Uint8Array, length: number, now: number): void {
    const slot = this.pending.fromTicket(ticket);
    if (slot < 0) return;
    const questionEnd = length < HEADER ? -1 : this.#matchQuestion(slot, message, length);
    const whole = questionEnd > HEADER && (message[2] & (FLAG.TC >> 8)) === 0;
    if (!whole || !this.#read(slot, message, length, questionEnd)) {
      this.#counters.event(EVENT.UPSTREAM_MALFORMED);
      this.#retry(slot, now, true);
      return;
    }
    this.#counters.event(EVENT.UPSTREAM_ANSWERED);
    this.#accept(slot, message[3] & 15, now);
  }

  /** The stream could not be had, or ended without the answer. */
  handleStreamFailure(ticket: number, now: number): void {
    const slot = this.pending.fromTicket(ticket);
    if (slot < 0) return;
    this.#counters.event(EVENT.UPSTREAM_STREAM_FAILED);
    this.#retry(slot, now, true);
  }

  /**
   * Where the echoed question ends, or -1 when this message does not answer the slot's question. A bare header bearing
   * FORMERR or NOTIMP is an answer too: it is how servers without EDNS refuse an OPT (RFC 6891 §7); then HEADER.
   */
  #matchQuestion(slot: number, message: Uint8Array, length: number): number {
    if ((message[2] & ((FLAG.QR | FLAG.OPCODE) >> 8)) !== FLAG.QR >> 8) return -1;
    const rcode = message[3] & 15;
    const questions = (message[4] << 8) | message[5];
    if (questions === 0 && length === HEADER) return rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP ? HEADER : -1;
    if (questions !== 1) return -1;
    const at = readName(message, HEADER, length, this.#echo);
    if (at < 0 || at + 4 > length || !this.pending.isNamed(slot, this.#echo)) return -1;
    const type = (message[at] << 8) | message[at + 1];
    const classCode = (message[at + 2] << 8) | message[at + 3];
    return type === questionType(this.pending.key[slot]) && classCode === CLASS.IN ? at + 4 : -1;
  }

  /** Leaves the answer in the reader and in `#answer`; false when it is malformed or loops. */
  #read(slot: number, message: Uint8Array, length: number, questionEnd: number): boolean {
    const key = this.pending.key[slot];
    const dnssecOk = (questionFlags(key) & ASKED.DNSSEC_OK) !== 0;
    this.pending.readName(slot, this.#name);
    const type = questionType(key);
    return this.#reader.read(message, length, questionEnd, this.#name, type, dnssecOk, this.#answer) === CHAIN.OK;
  }

  /** An answer that is the slot's own has come; `rcode` without its extended part. */
  #accept(slot: number, rcode: number, now: number): void {
    const { pending } = this;
    const upstream = pending.upstream[slot];
    const extended = this.#reader.sections.extendedRcode;
    if ((rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP) && pending.plain[slot] === 0) {
      pending.plain[slot] = 1;
      pending.tried[slot] = 0;
      this.#retry(slot, now, false);
      return;
    }
    if (extended > 0 || (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN)) {
      this.#counters.event(EVENT.UPSTREAM_ERROR);
      if (rcode === RCODE.REFUSED) this.sender.upstreams.failed(upstream);
      this.#retry(slot, now, true);
      return;
    }
    if (pending.plain[slot] === 1) this.sender.upstreams.becamePlain(upstream, now);
    this.#complete(slot, now);
  }

  #complete(slot: number, now: number): void {
    const reader = this.#reader;
    const { judge } = this.replies;
    const ruled = judge
      ? judge.rulesTargets(this.#answer, reader.length, reader.targetOffset, reader.targetCount)
      : false;
    if (judge && reader.ttl > 0) this.#store(slot, ruled ? 0 : judge.image.generation, now);
    this.#relayable.length = reader.length;
    this.#relayable.targetCount = reader.targetCount;
    this.replies.relay(slot, this.#relayable, ruled, OUTCOME.FORWARDED, now);
    this.pending.close(slot);
  }

  #store(slot: number, generation: number, now: number): void {
    const reader = this.#reader;
    const { pending } = this;
    const key = pending.key[slot];
    pending.readName(slot, this.#name);
    const flags = cacheFlags(key, this.sender.routes[pending.route[slot]]);
    const seconds = Math.floor(now / 1000);
    const stored = this.#cache.store(
      this.#name,
      questionType(key),
      flags,
      this.#answer,
      reader.length,
      reader,
      reader.ttl,
      0,
      generation,
      seconds,
    );
    this.#counters.event(stored === STORE.OK ? EVENT.CACHE_STORED : EVENT.CACHE_SKIPPED);
  }

  /** Tries once more, while sends and time are left; `elsewhere`: only where an upstream has not been asked yet. */
  #retry(slot: number, now: number, elsewhere: boolean): void {
    const { pending } = this;
    pending.unexpect(slot);
    pending.stream[slot] = 0;
    const left =
      !elsewhere ||
      this.sender.upstreams.hasUntried(this.sender.routes[pending.route[slot]].upstreams, pending.tried[slot]);
    const inTime = now < pending.started[slot] + DEADLINE_MS;
    if (left && inTime && pending.sends[slot] < MAX_SENDS) this.sender.send(slot, now);
    else this.#fail(slot, now);
  }

  /** Nobody answered in time: stale data if there is any, else SERVFAIL; either way not asked again at once. */
  #fail(slot: number, now: number): void {
    const { pending } = this;
    if (!this.#serveStale(slot, now)) this.replies.fail(slot, EDE.NO_REACHABLE_AUTHORITY, now);
    pending.readName(slot, this.#name);
    this.#failures.remember(this.#name, pending.key[slot], now);
    pending.close(slot);
  }

  /** Gives those who wait what the cache still holds (RFC 8767); the question stays in flight. */
  #serveStale(slot: number, now: number): boolean {
    const { pending } = this;
    const key = pending.key[slot];
    pending.readName(slot, this.#name);
    const flags = cacheFlags(key, this.sender.routes[pending.route[slot]]);
    const seconds = Math.floor(now / 1000);
    if (this.#cache.find(this.#name, questionType(key), flags, seconds, this.#answer) === CACHE.MISS) return false;
    const { found } = this.#cache;
    this.#stale.length = found.length;
    this.#stale.targetOffset = found.targetOffset;
    this.#stale.targetCount = found.targetCount;
    this.replies.relay(slot, this.#stale, found.targetCount > 0, OUTCOME.STALE, now);
    return true;
  }

  /** Somebody's guess, or a reply that came too late: all questions on that socket grow wary. */
  #mismatch(token: number, now: number): void {
    const { pending } = this;
    this.#counters.event(EVENT.UPSTREAM_MISMATCHED);
    for (let index = pending.count - 1; index >= 0; index--) {
      const slot = pending.active[index];
      if (pending.token[slot] === token && ++pending.mismatches[slot] === MISMATCH_LIMIT)
        this.sender.askStream(slot, now);
    }
  }

  /** Gives up what is due; returns the milliseconds until something may be due again. */
  tick(now: number): number {
    if (now < this.sender.nextDue) return Math.min(LONGEST_TICK_MS, this.sender.nextDue - now);
    const { pending } = this;
    if (now >= this.#nextForgive) {
      this.#nextForgive = now + 1000;
      this.sender.upstreams.forgive();
    }
    this.sender.nextDue = now + LONGEST_TICK_MS;
    // Backwards: a slot that closes is replaced by the last one, which has been seen.
    for (let index = pending.count - 1; index >= 0; index--) this.#tickSlot(pending.active[index], now);
    this.#counters.gauge(GAUGE.PENDING, pending.count);
    return Math.min(LONGEST_TICK_MS, Math.max(1, this.sender.nextDue - now));
  }

  #tickSlot(slot: number, now: number): void {
    const { pending } = this;
    if (now >= this.#staleDue[slot]) {
      this.#staleDue[slot] = Number.POSITIVE_INFINITY;
      this.#serveStale(slot, now);
    }
    if (now >= pending.due[slot]) {
      this.#counters.event(EVENT.UPSTREAM_TIMEOUT);
      this.sender.upstreams.failed(pending.upstream[slot]);
      this.#retry(slot, now, false);
      return;
    }
    this.sender.nextDue = Math.min(this.sender.nextDue, pending.due[slot], this.#staleDue[slot]);
  }
}

/** What tells entries of one name and type apart: DO, CD, and whom it was asked. */
export function cacheFlags(key: number, route: Route): number {
  return questionFlags(key) | (route.tag << 2);
}
