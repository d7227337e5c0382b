// Reads an upstream's answer, keeps it in the cache, and gives it to everyone who waits; stale data or SERVFAIL instead.

import { AnswerReader, CHAIN, type LongestTtl, MAX_TARGETS } from '../wire/answer.ts';
import { EDE, MAX_MESSAGE } from '../wire/codes.ts';
import { Name } from '../wire/name.ts';
import { MAX_RECORDS, type Sections } from '../wire/sections.ts';
import { CACHE, type PacketCache, STORE } from './cache.ts';
import { type Counters, EVENT, OUTCOME } from './counters.ts';
import type { Hits } from './hits.ts';
import type { Judge } from './judge.ts';
import type { Moment } from './moment.ts';
import type { Pending } from './pending.ts';
import { ASKED, cacheFlags, questionFlags, questionType } from './question.ts';
import { type Relayable, Replies } from './replies.ts';
import type { Route } from './sender.ts';

/** The generation under which answers are stored that lead to where a rule stands: of no image, so they are judged anew. */
const RULED = 0;

/** Reused; what was read last is what `give` gives. */
export class Relay {
  /** The name of the question at hand: whoever calls `read` has put it there, as `matchQuestion` does. */
  readonly name: Name;
  readonly replies: Replies;
  readonly #pending: Pending;
  readonly #cache: PacketCache;
  readonly #counters: Counters;
  readonly #reader: AnswerReader;
  readonly #answer = new Uint8Array(MAX_MESSAGE + 1);
  readonly #fresh: Relayable;
  readonly #stale: Relayable;
  #judge: Judge | undefined;
  #routes: Route[] = [];

  constructor(seed: number, longest: LongestTtl, pending: Pending, cache: PacketCache, counters: Counters, hits: Hits) {
    this.name = new Name(seed);
    this.replies = new Replies(this.name, pending, counters, hits);
    this.#pending = pending;
    this.#cache = cache;
    this.#counters = counters;
    this.#reader = new AnswerReader(seed, longest);
    const { targetOffset, ttlOffset } = this.#reader;
    const message = this.#answer;
    const words = new Int32Array(message.buffer);
    const none = { message, words, length: 0, targetCount: 0, ttlFrom: 0, ttlCount: 0 };
    this.#fresh = { ...none, targetOffset, ttlOffset };
    this.#stale = { ...none, targetOffset: new Uint16Array(MAX_TARGETS), ttlOffset: new Uint16Array(MAX_RECORDS) };
  }

  /** What the answer read last says beside its chain: extended rcode, cookie. */
  get sections(): Sections {
    return this.#reader.sections;
  }

  adopt(judge: Judge, routes: Route[]): void {
    this.#judge = judge;
    this.#routes = routes;
    this.replies.judge = judge;
  }

  /** Reads the answer to the slot's question, whose echo ends at `questionEnd`; false when it is malformed or loops. */
  read(slot: number, message: Uint8Array, length: number, questionEnd: number): boolean {
    const key = this.#pending.key[slot];
    const dnssecOk = (questionFlags(key) & ASKED.DNSSEC_OK) !== 0;
    const type = questionType(key);
    return this.#reader.read(message, length, questionEnd, this.name, type, dnssecOk, this.#answer) === CHAIN.OK;
  }

  /** Keeps the answer read last where `storable`, and gives it to all who wait for the slot's question. */
  give(slot: number, storable: boolean, now: Moment): void {
    const { length, targetCount, ttl, ttlCount } = this.#reader;
    const judge = this.#judge;
    if (!judge) return;
    this.#fresh.length = length;
    this.#fresh.targetCount = targetCount;
    this.#fresh.ttlCount = ttlCount;
    const ruled = judge.rulesLeads(this.#fresh);
    if (storable && ttl > 0) this.#store(slot, ruled ? RULED : judge.image.generation, now);
    this.replies.relay(slot, this.#fresh, ruled, OUTCOME.FORWARDED, now);
  }

  #store(slot: number, generation: number, now: Moment): void {
    const reader = this.#reader;
    const key = this.#pending.key[slot];
    const type = questionType(key);
    const flags = cacheFlags(key, this.#routes[this.#pending.route[slot]].tag);
    const seconds = Math.floor(now.ms / 1000);
    const { length, ttl } = reader;
    const stored = this.#cache.store(this.name, type, flags, this.#answer, length, reader, ttl, generation, seconds);
    this.#counters.event(stored === STORE.OK ? EVENT.CACHE_STORED : EVENT.CACHE_SKIPPED);
  }

  /** Gives those who wait what the cache still holds (RFC 8767); false when it holds nothing. */
  giveStale(slot: number, now: Moment): boolean {
    const key = this.#pending.key[slot];
    const flags = cacheFlags(key, this.#routes[this.#pending.route[slot]].tag);
    const seconds = Math.floor(now.ms / 1000);
    this.#pending.readName(slot, this.name);
    if (this.#cache.find(this.name, questionType(key), flags, seconds, this.#answer) === CACHE.MISS) return false;
    const { length, targetCount, targetOffset, ttlCount } = this.#cache.found;
    // A copy: what stands in `found` is good until the next query, and one may come while these replies leave.
    for (let index = 0; index < targetCount; index++) this.#stale.targetOffset[index] = targetOffset[index];
    for (let index = 0; index < ttlCount; index++) this.#stale.ttlOffset[index] = targetOffset[targetCount + index];
    this.#stale.length = length;
    this.#stale.targetCount = targetCount;
    this.#stale.ttlCount = ttlCount;
    this.replies.relay(slot, this.#stale, true, OUTCOME.STALE, now);
    return true;
  }

  /** Answers all who wait SERVFAIL. */
  fail(slot: number, now: Moment): void {
    this.#pending.readName(slot, this.name);
    this.replies.fail(slot, EDE.NO_REACHABLE_AUTHORITY, now);
  }
}
