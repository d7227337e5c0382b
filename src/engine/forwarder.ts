// Takes questions upstream and brings their answers home: matches, retries, gives up.

import type { LongestTtl } from '../wire/answer.ts';
import { FLAG, HEADER, RCODE } from '../wire/codes.ts';
import { Name } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import { MAX_ATTEMPTS } from './attempts.ts';
import type { PacketCache } from './cache.ts';
import type { Client } from './client.ts';
import { type Counters, EVENT, GAUGE } from './counters.ts';
import { Failures } from './failures.ts';
import type { Hits } from './hits.ts';
import type { Judge } from './judge.ts';
import type { Moment } from './moment.ts';
import { JOIN, Pending } from './pending.ts';
import { matchQuestion, questionKey } from './question.ts';
import { Relay } from './relay.ts';
import { DEADLINE_MS, type Route, Sender } from './sender.ts';

/** RFC 8767 §5: stale data after 1.8 s without an answer. */
const STALE_AFTER_MS = 1800;
/**
 * Mismatched datagrams on a question's socket after which it is asked over TCP: somebody may be guessing (RFC 5452).
 * Late answers are not among them.
 */
const MISMATCH_LIMIT = 32;
/** The longest between two ticks, while questions are in flight and when none is. Each is a sign of life to main. */
const LONGEST_TICK_MS = 250;
const LONGEST_REST_MS = 2000;

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
  readonly relay: Relay;
  readonly #counters: Counters;
  readonly #failures = new Failures();
  readonly #name: Name;
  /** When each slot's waiters are served stale data, if there is any. */
  readonly #staleDue: Float64Array;
  #nextForgive = 0;

  constructor(options: ForwarderOptions, cache: PacketCache, counters: Counters, hits: Hits) {
    const { seed, random, upstreams, longest } = options;
    this.pending = new Pending(options.pending);
    this.sender = new Sender(random, upstreams, this.pending, counters);
    this.relay = new Relay(seed, longest, this.pending, cache, counters, hits);
    this.#counters = counters;
    this.#name = new Name(seed);
    this.#staleDue = new Float64Array(options.pending);
  }

  /** Takes other routes from now on; what is in flight goes on by the route that its name has now. */
  adopt(judge: Judge, routes: Route[]): void {
    const { pending } = this;
    this.sender.routes = routes;
    this.relay.adopt(judge, routes);
    // They were failures of the upstreams there were: the new ones are asked.
    this.#failures.clear();
    for (let index = 0; index < pending.count; index++) {
      const slot = pending.active[index];
      pending.readName(slot, this.#name);
      pending.route[slot] = judge.routeOf(this.#name);
      pending.tried[slot] = 0;
    }
  }

  /** Whether this question failed a moment ago. */
  failedRecently(query: Query, now: Moment): boolean {
    return this.#failures.recent(query.name, questionKey(query), now);
  }

  /** Asks on behalf of the client; one of JOIN. */
  forward(query: Query, route: number, client: Client, now: Moment): number {
    const joined = this.pending.join(query, questionKey(query), route, client, now);
    if (joined === JOIN.JOINED) this.#counters.event(EVENT.JOINED);
    if (joined === JOIN.JOINED || joined === JOIN.NEW) {
      const { slot } = this.pending;
      // Once stale data was given, whoever asks next waits for it as long as the first did.
      if (joined === JOIN.NEW || this.#staleDue[slot] === Number.POSITIVE_INFINITY) {
        this.#staleDue[slot] = now.ms + STALE_AFTER_MS;
        this.sender.nextDue = Math.min(this.sender.nextDue, this.#staleDue[slot]);
      }
      if (joined === JOIN.NEW) this.sender.send(slot, now);
    }
    return joined;
  }

  /** A datagram from upstream: id, socket and question must all match, or it is nobody's (RFC 5452 §9.1). */
  handleReply(message: Uint8Array, length: number, token: number, now: Moment): void {
    const id = length < HEADER ? -1 : (message[0] << 8) | message[1];
    const { attempts, upstreams } = this.sender;
    const attempt = attempts.find(token, id);
    const slot = attempts.slotOf(attempt);
    const { name } = this.relay;
    const questionEnd = attempt < 0 ? -1 : matchQuestion(message, length, this.pending, slot, name);
    if (questionEnd < 0) {
      this.#mismatch(token, id, now);
      return;
    }
    const upstream = attempts.upstream[attempt];
    const whole = questionEnd > HEADER && this.relay.read(slot, message, length, questionEnd);
    const { sections } = this.relay;
    if (whole && !upstreams.takeCookie(upstream, message, sections.cookie, sections.cookieLength)) {
      this.#mismatch(token, id, now);
      return;
    }
    const sent = attempts.sent[attempt];
    attempts.drop(attempt);
    this.#counters.event(EVENT.UPSTREAM_ANSWERED);
    if (upstreams.answered(upstream, now.ms - sent)) this.#failures.clear();
    // TC first: what was cut off within a record is not malformed, and none of it is used.
    if (message[2] & (FLAG.TC >> 8)) this.#askStream(slot, upstream, now);
    else if (questionEnd > HEADER && !whole) this.#refuseMalformed(slot, now);
    else this.#accept(slot, upstream, message[3] & 15, now);
  }

  /** An answer over a stream, to the question asked under `ticket`. */
  handleStreamReply(ticket: number, message: Uint8Array, length: number, now: Moment): void {
    const slot = this.pending.fromTicket(ticket);
    if (slot < 0) return;
    const { name } = this.relay;
    const questionEnd = length < HEADER ? -1 : matchQuestion(message, length, this.pending, slot, name);
    const whole = questionEnd > HEADER && (message[2] & (FLAG.TC >> 8)) === 0;
    this.pending.stream[slot] = 0;
    if (!whole || !this.relay.read(slot, message, length, questionEnd)) {
      this.#refuseMalformed(slot, now);
      return;
    }
    this.#counters.event(EVENT.UPSTREAM_ANSWERED);
    this.#accept(slot, this.pending.upstream[slot], message[3] & 15, now);
  }

  /** The stream could not be had, or ended without the answer. */
  handleStreamFailure(ticket: number, now: Moment): void {
    const slot = this.pending.fromTicket(ticket);
    if (slot < 0) return;
    this.pending.stream[slot] = 0;
    this.#counters.event(EVENT.UPSTREAM_STREAM_FAILED);
    this.#goElsewhere(slot, now);
  }

  #refuseMalformed(slot: number, now: Moment): void {
    this.#counters.event(EVENT.UPSTREAM_MALFORMED);
    this.#goElsewhere(slot, now);
  }

  #askStream(slot: number, upstream: number, now: Moment): void {
    this.#counters.event(EVENT.UPSTREAM_TRUNCATED);
    this.pending.upstream[slot] = upstream;
    this.sender.askStream(slot, now);
  }

  /** An answer that is the slot's own has come from `upstream`; `rcode` without its extended part. */
  #accept(slot: number, upstream: number, rcode: number, now: Moment): void {
    const { pending } = this;
    if ((rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP) && this.#askPlain(slot, upstream, now)) return;
    const extended = this.relay.sections.extendedRcode;
    if (rcode + (extended << 4) === RCODE.BADCOOKIE && this.#mayAsk(slot, now)) {
      // RFC 7873 §5.3: it came with the cookie to ask by.
      this.sender.sendTo(slot, upstream, now);
      return;
    }
    if ((rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) || extended > 0) {
      this.#counters.event(EVENT.UPSTREAM_ERROR);
      if (rcode === RCODE.REFUSED) this.sender.upstreams.failed(upstream);
      this.#goElsewhere(slot, now);
      return;
    }
    if (pending.plain[slot] === upstream) this.sender.upstreams.becamePlain(upstream, now);
    // A reload may have taken the name to other upstreams: what is kept under their tag must be theirs.
    this.relay.give(slot, this.sender.isRouted(slot, upstream), now);
    this.#close(slot);
  }

  /** Asks the same upstream once more, without EDNS (RFC 6891 §7); false when that was done. */
  #askPlain(slot: number, upstream: number, now: Moment): boolean {
    const { pending } = this;
    if (pending.plain[slot] === upstream || pending.sends[slot] >= MAX_ATTEMPTS) return false;
    pending.plain[slot] = upstream;
    this.sender.sendTo(slot, upstream, now);
    return true;
  }

  /** This answer is none: another upstream may have one, or an earlier attempt; else nobody has. */
  #goElsewhere(slot: number, now: Moment): void {
    if (this.#mayAsk(slot, now) && this.sender.hasUntried(slot)) this.sender.send(slot, now);
    else if (!this.sender.attempts.anyOpen(slot)) this.#fail(slot, now);
  }

  #mayAsk(slot: number, now: Moment): boolean {
    return this.pending.sends[slot] < MAX_ATTEMPTS && now.ms < this.pending.started[slot] + DEADLINE_MS;
  }

  /** Nobody answered: stale data if there is any, else SERVFAIL; either way not asked again at once. */
  #fail(slot: number, now: Moment): void {
    const { pending } = this;
    if (!this.relay.giveStale(slot, now)) this.relay.fail(slot, now);
    pending.readName(slot, this.#name);
    this.#failures.remember(this.#name, pending.key[slot], now);
    this.#close(slot);
  }

  #close(slot: number): void {
    this.sender.attempts.dropAll(slot);
    this.pending.close(slot);
  }

  /** Somebody's guess: all questions on that socket grow wary. */
  #mismatch(token: number, id: number, now: Moment): void {
    const { pending } = this;
    const { attempts } = this.sender;
    if (attempts.isLate(token, id)) {
      this.#counters.event(EVENT.UPSTREAM_LATE);
      return;
    }
    this.#counters.event(EVENT.UPSTREAM_MISMATCHED);
    for (let index = pending.count - 1; index >= 0; index--) {
      const slot = pending.active[index];
      if (!attempts.uses(slot, token) || ++pending.mismatches[slot] < MISMATCH_LIMIT) continue;
      pending.mismatches[slot] = 0;
      this.sender.askStream(slot, now);
    }
  }

  /**
   * Nobody listens at the other end of this socket (ICMP): what was sent there is sent to another upstream at once. With
   * no other, the time limits hold as always, for such a message can be forged.
   */
  upstreamError(token: number, now: Moment): void {
    const { pending } = this;
    const { attempts } = this.sender;
    for (let index = pending.count - 1; index >= 0; index--) {
      const slot = pending.active[index];
      // An earlier attempt was given up already.
      const isLatest = attempts.usesAt(slot, pending.sends[slot] - 1, token);
      if (!isLatest || pending.unreachable[slot] === 1) continue;
      pending.unreachable[slot] = 1;
      this.#counters.event(EVENT.UPSTREAM_UNREACHABLE);
      this.sender.upstreams.failed(pending.upstream[slot]);
      if (this.#mayAsk(slot, now) && this.sender.hasUntried(slot)) this.sender.send(slot, now);
    }
  }

  /** Sends again or gives up what is due; returns the whole milliseconds until something may be due again. */
  tick(now: Moment): number {
    const { pending } = this;
    if (now.ms < this.sender.nextDue) return this.#untilDue(now);
    if (now.ms >= this.#nextForgive) {
      this.#nextForgive = now.ms + 1000;
      this.sender.upstreams.forgive();
    }
    this.sender.nextDue = now.ms + LONGEST_REST_MS;
    // Backwards: a slot that closes is replaced by the last one, which has been seen.
    for (let index = pending.count - 1; index >= 0; index--) this.#tickSlot(pending.active[index], now);
    this.#counters.gauge(GAUGE.PENDING, pending.count);
    return this.#untilDue(now);
  }

  /** Whole milliseconds, at least one: a wait of none would be a busy loop. */
  #untilDue(now: Moment): number {
    const longest = this.pending.count === 0 ? LONGEST_REST_MS : LONGEST_TICK_MS;
    return Math.min(longest, Math.max(1, Math.ceil(this.sender.nextDue - now.ms)));
  }

  #tickSlot(slot: number, now: Moment): void {
    const { pending } = this;
    if (now.ms >= this.#staleDue[slot]) {
      this.#staleDue[slot] = Number.POSITIVE_INFINITY;
      this.relay.giveStale(slot, now);
    }
    if (now.ms >= pending.due[slot]) {
      if (pending.unreachable[slot] === 0) {
        this.#counters.event(EVENT.UPSTREAM_TIMEOUT);
        this.sender.upstreams.failed(pending.upstream[slot]);
      }
      if (!this.#mayAsk(slot, now)) {
        this.#fail(slot, now);
        return;
      }
      this.sender.send(slot, now);
    }
    this.sender.nextDue = Math.min(this.sender.nextDue, pending.due[slot], this.#staleDue[slot]);
  }
}
