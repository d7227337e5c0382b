// The life of one query: access, special names, policy, cache, upstream; every step an early return with its outcome.

import { Image, NO_DEVICE } from '../policy/image.ts';
import { DECISION } from '../policy/rule.ts';
import { SPECIAL } from '../policy/special-names.ts';
import { CLASS, EDE, FLAG, HEADER, RCODE, TYPE } from '../wire/codes.ts';
import { PARSE, parseQuery, Query } from '../wire/query.ts';
import { finishRelayed, isTruncated, rcodeOf, writeAny, writeBare, writeEmpty, writeTruncated } from '../wire/reply.ts';
import { writeBlocked } from './blocked.ts';
import { CACHE, type PacketCache } from './cache.ts';
import { type Client, type Handler, type Outlet, PENDING, SILENCE, TRANSPORT } from './client.ts';
import { type Counters, EVENT, GAUGE, OUTCOME } from './counters.ts';
import { NO_RCODE } from './event-ring.ts';
import type { EventWriter } from './events.ts';
import { Forwarder, type ForwarderOptions } from './forwarder.ts';
import { Hits } from './hits.ts';
import { Judge, type Leads } from './judge.ts';
import { RateLimit } from './limits.ts';
import { Moment } from './moment.ts';
import { NAMED } from './naming.ts';
import { JOIN } from './pending.ts';
import { cacheFlags, questionKey } from './question.ts';
import type { Route } from './sender.ts';
import { writeSpecial } from './special.ts';
import { limitTtl, limitTtls, NO_LIMIT } from './ttls.ts';

export interface EngineOptions extends ForwarderOptions {
  /** Queries a second for one client; 0: no limit. */
  queriesPerSecond: number;
  /** Unix milliseconds as the system has them now: policy dates follow it when it is set, time limits do not. */
  wallClock: () => number;
  /** Where policy hits go for the log; without it, they are counted alone. */
  events?: EventWriter | undefined;
}

/** What a worker adopts in one step, between two batches. */
export interface Adoption {
  /** Checked by the sender with `checkContents`. */
  image: SharedArrayBuffer;
  /** Route 0 is for all names; route n + 1 for forward zone n of the image. */
  routes: Route[];
  /** Place among the counters of policy p for group g, at `g * policies + p`. */
  hitSlots: Int32Array;
}

/** In place of the second word of an address, for devices: no network of that number is routed. */
const DEVICE_PREFIX = -1;

/** One for each worker. Nothing here throws, waits or allocates on the way of a query; time comes in as `now`. */
export class Engine implements Handler {
  readonly forwarder: Forwarder;
  readonly #query: Query;
  readonly #cache: PacketCache;
  /** Of the answer that the cache found last. */
  readonly #leads: Leads;
  readonly #counters: Counters;
  readonly #limit: RateLimit;
  readonly #hits: Hits;
  /** Undefined until the first image: then nothing is answered that no policy judged. */
  #judge: Judge | undefined;
  #routes: Route[] = [];
  readonly #batchStart = new Moment();
  /** Milliseconds that the last tick left until the next. */
  #sleep = 0;
  readonly #wallClock: () => number;
  readonly #skew = new Moment();

  constructor(options: EngineOptions, cache: PacketCache, counters: Counters) {
    this.#hits = new Hits(counters, options.events, this.#skew);
    this.forwarder = new Forwarder(options, cache, counters, this.#hits);
    this.#query = new Query(options.seed);
    this.#cache = cache;
    const { targetOffset } = cache.found;
    const none = { message: new Uint8Array(0), length: 0, targetCount: 0, ttlFrom: 0, ttlCount: 0 };
    this.#leads = { ...none, targetOffset, ttlOffset: targetOffset };
    this.#counters = counters;
    this.#wallClock = options.wallClock;
    this.#limit = new RateLimit(options.queriesPerSecond, options.random());
  }

  /** Where replies and questions go: the driver that calls this engine. */
  attach(outlet: Outlet): void {
    this.forwarder.sender.outlet = outlet;
    this.forwarder.relay.replies.outlet = outlet;
  }

  /** Takes the next policy into force; what is in flight will be judged by it. */
  adopt(adoption: Adoption): void {
    const judge = new Judge(new Image(adoption.image), this.#skew);
    this.#judge = judge;
    this.#routes = adoption.routes;
    this.#hits.adopt(adoption.hitSlots);
    this.forwarder.adopt(judge, adoption.routes);
    this.#counters.event(EVENT.IMAGES_ADOPTED);
    this.#counters.gauge(GAUGE.GENERATION, judge.image.generation);
  }

  handleQuery(message: Uint8Array, length: number, client: Client, out: Uint8Array, now: Moment): number {
    this.#batchStart.ms = now.ms;
    this.#counters.beginWork(now);
    const query = this.#query;
    const parsed = parseQuery(message, length, query);
    if (parsed !== PARSE.OK) return this.#rejectMessage(parsed, out);
    const judge = this.#judge;
    if (!judge) return this.#reply(OUTCOME.NOT_READY, writeEmpty(query, out, RCODE.SERVFAIL, EDE.NOT_READY));
    const group = judge.groupOf(client, query);
    if (judge.named !== NAMED.NOBODY) this.#countNamed(judge.named);
    if (group < 0) return this.#reply(OUTCOME.REFUSED_CLIENT, writeEmpty(query, out, RCODE.REFUSED, EDE.PROHIBITED));
    const stream = client.transport === TRANSPORT.TCP;
    // A client over its rate is sent to TCP, where its address is proved; nothing is amplified towards a forged one.
    if (!stream && !this.#isWithinRate(client, now)) return this.#reply(OUTCOME.LIMITED, writeTruncated(query, out));
    if (query.class !== CLASS.IN || isMeta(query.type)) return this.#rejectQuestion(out);
    return this.#answer(judge, group, client, stream, out, now);
  }

  #countNamed(named: number): void {
    const { DEVICES_NAMED, DEVICES_UNKNOWN, DEVICES_MALFORMED } = EVENT;
    const isKnown = named === NAMED.KNOWN;
    this.#counters.event(isKnown ? DEVICES_NAMED : named === NAMED.UNKNOWN ? DEVICES_UNKNOWN : DEVICES_MALFORMED);
  }

  /** A forwarder is a whole office: of a device that it names, the rate is the device's and not its own. */
  #isWithinRate({ a, b, device }: Client, now: Moment): boolean {
    return device === NO_DEVICE ? this.#limit.allow(a, b, now) : this.#limit.allow(device, DEVICE_PREFIX, now);
  }

  /** Names in the order of docs/ARCHITECTURE.md: special-use, policy, ANY, cache, upstream. */
  #answer(judge: Judge, group: number, client: Client, stream: boolean, out: Uint8Array, now: Moment): number {
    const query = this.#query;
    const decision = judge.judgeName(group, query.name, now);
    const { path, verdict } = judge;
    const { special, specialDepth, forward } = path;
    if (special > 0) {
      const length = writeSpecial(query, out, special, specialDepth, stream);
      // A name beneath is absent whatever a policy says of it: that it was asked for is what the policy wants to know.
      if (special !== SPECIAL.LOOPBACK && decision >= DECISION.OBSERVE && verdict.depth > specialDepth)
        this.#hits.note(judge, query, true, client, rcodeOf(out), now);
      return this.#reply(OUTCOME.LOCAL, length);
    }
    if (decision === DECISION.BLOCK) return this.#block(judge, true, client, stream, out, now);
    if (verdict.policy >= 0) this.#hits.note(judge, query, true, client, NO_RCODE, now);
    if (query.type === TYPE.ANY) return this.#reply(OUTCOME.LOCAL, this.#writeAny(judge, out, now));
    const answered = this.#answerFromCache(judge, group, client, forward + 1, stream, out, now);
    return answered > 0 ? answered : this.#forward(forward + 1, client, out, now);
  }

  /** Writes the blocked reply, as the judge's verdict says: on the asked name, or on what its answer leads to. */
  #block(judge: Judge, onName: boolean, client: Client, stream: boolean, out: Uint8Array, now: Moment): number {
    const query = this.#query;
    const length = writeBlocked(query, out, judge.image, judge.verdict, onName, stream, judge.longestTtl(now));
    this.#hits.note(judge, query, onName, client, rcodeOf(out), now);
    return this.#reply(OUTCOME.BLOCKED, length);
  }

  #answerFromCache(
    judge: Judge,
    group: number,
    client: Client,
    route: number,
    stream: boolean,
    out: Uint8Array,
    now: Moment,
  ): number {
    const query = this.#query;
    const cache = this.#cache;
    const flags = cacheFlags(questionKey(query), this.#routes[route].tag);
    const state = cache.find(query.name, query.type, flags, Math.floor(now.ms / 1000), out);
    if (state === CACHE.MISS) return 0;
    // Too large for a datagram of ours: over TCP it fits.
    if (state === CACHE.LARGE) return this.#reply(OUTCOME.CACHED, this.#truncated(writeTruncated(query, out)));
    const stale = state === CACHE.STALE;
    if (stale && !this.forwarder.failedRecently(query, now)) return 0;
    const { found } = cache;
    const decision = this.#judgeCached(judge, group, out, now);
    if (decision === DECISION.BLOCK) return this.#block(judge, false, client, stream, out, now);
    if (decision > DECISION.PASS) this.#hits.note(judge, query, false, client, NO_RCODE, now);
    const longest = judge.longestTtl(now);
    if (longest < NO_LIMIT) limitTtls(out, found.targetOffset, found.targetCount, found.ttlCount, longest);
    const length = finishRelayed(query, out, found.length, stream, stale);
    if (isTruncated(out)) this.#truncated(length);
    return this.#reply(stale ? OUTCOME.STALE : OUTCOME.CACHED, length);
  }

  /** Decides on what the answer just found leads to: where it was clean under this very generation, it still is. */
  #judgeCached(judge: Judge, group: number, out: Uint8Array, now: Moment): number {
    const { found } = this.#cache;
    const { generation, hasAddresses } = judge.image;
    if (judge.verdict.approved || found.generation === generation) return DECISION.PASS;
    if (found.targetCount === 0 && !hasAddresses) return DECISION.PASS;
    const leads = this.#leads;
    leads.message = out;
    leads.length = found.length;
    leads.targetCount = found.targetCount;
    leads.ttlFrom = found.targetCount;
    leads.ttlCount = found.ttlCount;
    return judge.judgeLeads(group, leads, now);
  }

  #writeAny(judge: Judge, out: Uint8Array, now: Moment): number {
    const length = writeAny(this.#query, out);
    limitTtl(out, ttlOfFirst(this.#query), judge.longestTtl(now));
    return length;
  }

  #truncated(length: number): number {
    this.#counters.event(EVENT.REPLIES_TRUNCATED);
    return length;
  }

  #forward(route: number, client: Client, out: Uint8Array, now: Moment): number {
    const query = this.#query;
    // RD=0 asks for what is held here, and nothing more (RFC 1035 §4.1.1).
    if (!(query.flags & FLAG.RD)) return this.#reply(OUTCOME.REFUSED_QUESTION, writeEmpty(query, out, RCODE.REFUSED));
    if (this.forwarder.failedRecently(query, now)) {
      return this.#reply(OUTCOME.FAILED_RECENTLY, writeEmpty(query, out, RCODE.SERVFAIL, EDE.NO_REACHABLE_AUTHORITY));
    }
    const joined = this.forwarder.forward(query, route, client, now);
    if (joined === JOIN.FULL) return this.#reply(OUTCOME.OVERLOADED, writeEmpty(query, out, RCODE.SERVFAIL));
    if (joined === JOIN.DUPLICATE) return this.#reply(OUTCOME.DUPLICATE, SILENCE);
    return PENDING;
  }

  /** A message that is no query we take: silence, or the rcode its defect deserves. */
  #rejectMessage(parsed: number, out: Uint8Array): number {
    const query = this.#query;
    switch (parsed) {
      case PARSE.OPCODE:
        return this.#reply(OUTCOME.NOTIMP, writeBare(query, out, RCODE.NOTIMP));
      case PARSE.NO_QUESTION:
        return this.#reply(OUTCOME.FORMERR, writeBare(query, out, RCODE.FORMERR));
      case PARSE.MALFORMED:
        return this.#reply(OUTCOME.FORMERR, writeEmpty(query, out, RCODE.FORMERR));
      case PARSE.BAD_VERSION:
        return this.#reply(OUTCOME.BADVERS, writeEmpty(query, out, RCODE.BADVERS));
      default:
        return this.#reply(OUTCOME.DROPPED, SILENCE);
    }
  }

  /** A class or type that is never forwarded; REFUSED, so that no class is a way round policy. */
  #rejectQuestion(out: Uint8Array): number {
    const query = this.#query;
    if (query.class === CLASS.IN && query.type === TYPE.NXNAME) {
      return this.#reply(OUTCOME.FORMERR, writeEmpty(query, out, RCODE.FORMERR, EDE.INVALID_QUERY_TYPE));
    }
    return this.#reply(OUTCOME.REFUSED_QUESTION, writeEmpty(query, out, RCODE.REFUSED));
  }

  #reply(outcome: number, length: number): number {
    this.#counters.outcome(outcome);
    return length;
  }

  handleReply(message: Uint8Array, length: number, token: number, now: Moment): void {
    this.forwarder.handleReply(message, length, token, now);
  }

  handleStreamReply(ticket: number, message: Uint8Array, length: number, now: Moment): void {
    this.forwarder.handleStreamReply(ticket, message, length, now);
  }

  handleStreamFailure(ticket: number, now: Moment): void {
    this.forwarder.handleStreamFailure(ticket, now);
  }

  upstreamError(token: number, now: Moment): void {
    this.forwarder.upstreamError(token, now);
  }

  tick(now: Moment): number {
    this.#skew.ms = this.#wallClock() - now.ms;
    this.#hits.publish();
    this.#sleep = this.forwarder.tick(now);
    this.#counters.beat(now, this.#sleep);
    return this.#sleep;
  }

  /** The replies of the batch that began with the last `handleQuery` have been sent. */
  endBatch(now: Moment): void {
    this.#counters.endBatch(now.ms - this.#batchStart.ms);
    // The next tick may be as far off as it was: not every driver ticks after each batch.
    this.#counters.beat(now, this.#sleep);
    this.#hits.publish();
  }
}

/** Where the TTL stands of a first answer that is owned, by a pointer, by the question's name. */
function ttlOfFirst(query: Query): number {
  return HEADER + query.name.length + 4 + 6;
}

/** Types that are not asked of data: 0, OPT, and the Q and meta types 128–255 but ANY (RFC 6895 §3.1). */
export function isMeta(type: number): boolean {
  return type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255 && type !== TYPE.ANY);
}
