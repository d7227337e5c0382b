// Answers those who wait for one question: policy once more on the name and on what the answer leads to, then the reply.

import { DECISION } from '../policy/rule.ts';
import { CLASS, EDE, MAX_MESSAGE, RCODE } from '../wire/codes.ts';
import type { Name } from '../wire/name.ts';
import { Query } from '../wire/query.ts';
import { finishRelayed, isTruncated, rcodeOf, writeEmpty } from '../wire/reply.ts';
import { writeBlocked } from './blocked.ts';
import { Client, type Outlet, TRANSPORT } from './client.ts';
import { type Counters, EVENT, OUTCOME } from './counters.ts';
import { NO_RCODE } from './event-ring.ts';
import type { Hits } from './hits.ts';
import type { Judge, Leads } from './judge.ts';
import { Moment } from './moment.ts';
import type { Pending } from './pending.ts';
import { ASKED, questionFlags, questionType } from './question.ts';
import { limitTtls, NO_LIMIT } from './ttls.ts';

/** An answer ready to be given: a canonical message without OPT, where policy must look in it, and where its TTLs are. */
export interface Relayable extends Leads {
  /** The octets of the message as words. */
  words: Int32Array;
}

/** Copies `length` octets, and up to three more; a loop, since a view for `set` would be allocated for each reply. */
function copyMessage(from: Int32Array, to: Int32Array, length: number): void {
  const words = (length + 3) >> 2;
  for (let at = 0; at < words; at++) to[at] = from[at];
}

/** Writes replies to waiting clients; reused. */
export class Replies {
  /** Set by the engine when it adopts an image. */
  judge: Judge | undefined;
  outlet: Outlet | undefined;
  readonly query: Query;
  readonly #pending: Pending;
  readonly #counters: Counters;
  readonly #hits: Hits;
  readonly #client = new Client();
  /** When the client at hand asked. */
  readonly #asked = new Moment();
  readonly #out = new Uint8Array(MAX_MESSAGE + 1);
  readonly #outWords = new Int32Array(this.#out.buffer);

  /** `name` is of whoever calls, and holds the name of the slot's question when it is called. */
  constructor(name: Name, pending: Pending, counters: Counters, hits: Hits) {
    this.query = new Query(name.seed, name);
    this.query.class = CLASS.IN;
    this.#pending = pending;
    this.#counters = counters;
    this.#hits = hits;
  }

  /** Takes every waiter of the slot and answers it; `ruled` tells whether any rule stands on what the answer leads to. */
  relay(slot: number, answer: Relayable, ruled: boolean, outcome: number, now: Moment): void {
    this.#begin(slot);
    const stale = outcome === OUTCOME.STALE;
    while (this.#take(slot)) {
      if (this.#replyByPolicy(answer, ruled, now)) continue;
      copyMessage(answer.words, this.#outWords, answer.length);
      const longest = this.judge ? this.judge.longestTtl(now) : NO_LIMIT;
      if (longest < NO_LIMIT) limitTtls(this.#out, answer.ttlOffset, answer.ttlFrom, answer.ttlCount, longest);
      const stream = this.#client.transport === TRANSPORT.TCP;
      this.#send(finishRelayed(this.query, this.#out, answer.length, stream, stale), outcome, now);
    }
  }

  /** Answers every waiter of the slot SERVFAIL. */
  fail(slot: number, ede: number, now: Moment): void {
    this.#begin(slot);
    while (this.#take(slot)) {
      this.#send(writeEmpty(this.query, this.#out, RCODE.SERVFAIL, ede), OUTCOME.FAILED, now);
    }
  }

  #begin(slot: number): void {
    const key = this.#pending.key[slot];
    this.query.type = questionType(key);
    this.query.dnssecOk = (questionFlags(key) & ASKED.DNSSEC_OK) !== 0;
  }

  #take(slot: number): boolean {
    return this.#pending.takeWaiter(slot, this.query, this.#client, this.#asked);
  }

  /** The policy may have changed while the question was away: the name is judged again, for each client's own group. */
  #replyByPolicy(answer: Relayable, ruled: boolean, now: Moment): boolean {
    const judge = this.judge;
    if (!judge) return false;
    const group = judge.groupOf(this.#client, this.query);
    if (group < 0) {
      this.#send(writeEmpty(this.query, this.#out, RCODE.REFUSED, EDE.PROHIBITED), OUTCOME.REFUSED_CLIENT, now);
      return true;
    }
    let onName = true;
    let decision = judge.judgeName(group, this.query.name, now);
    if (ruled && decision !== DECISION.BLOCK && !judge.verdict.approved) {
      onName = false;
      decision = judge.judgeLeads(group, answer, now);
      const tells = decision === DECISION.OBSERVE || decision === DECISION.ALLOW;
      if (tells) this.#hits.note(judge, this.query, false, this.#client, NO_RCODE, now);
    }
    if (decision !== DECISION.BLOCK) return false;
    const stream = this.#client.transport === TRANSPORT.TCP;
    const { image, verdict } = judge;
    const length = writeBlocked(this.query, this.#out, image, verdict, onName, stream, judge.longestTtl(now));
    this.#hits.note(judge, this.query, onName, this.#client, rcodeOf(this.#out), now);
    this.#send(length, OUTCOME.BLOCKED, now);
    return true;
  }

  #send(length: number, outcome: number, now: Moment): void {
    if (isTruncated(this.#out)) this.#counters.event(EVENT.REPLIES_TRUNCATED);
    this.outlet?.reply(this.#client, this.#out, length);
    this.#counters.outcomeAfter(outcome, this.#asked, now);
  }
}
