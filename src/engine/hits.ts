// What follows from a policy's word on a name, beside the reply: a count, and an event for the log.

import type { Image } from '../policy/image.ts';
import { DECISION } from '../policy/rule.ts';
import type { Verdict } from '../policy/verdict.ts';
import type { Query } from '../wire/query.ts';
import type { Client } from './client.ts';
import { type Counters, EVENT, HIT } from './counters.ts';
import type { EventWriter } from './events.ts';
import type { Judge } from './judge.ts';
import { Moment } from './moment.ts';

/** One for each worker, shared by all of its ways to a verdict. */
export class Hits {
  readonly #counters: Counters;
  /** Undefined where nothing is logged. */
  readonly #events: EventWriter | undefined;
  /** What is to be added to `now` to have the wall clock's time; the engine keeps it. */
  readonly #skew: Moment;
  readonly #at = new Moment();
  /** Place among the counters of policy p for group g, at `g * policyCount + p`. */
  #slots: Int32Array = new Int32Array(0);

  constructor(counters: Counters, events: EventWriter | undefined, skew: Moment) {
    this.#counters = counters;
    this.#events = events;
    this.#skew = skew;
  }

  adopt(slots: Int32Array): void {
    this.#slots = slots;
  }

  /**
   * A policy allowed, observed or blocked, or an exception let through, as the judge's verdict says: on the question's
   * name, or where `onName` is false on what its answer leads to. `rcode` is that of the reply, NO_RCODE where it is not
   * known yet.
   */
  note(judge: Judge, query: Query, onName: boolean, client: Client, rcode: number, now: Moment): void {
    const { verdict, image } = judge;
    const { decision } = verdict;
    if (verdict.exception >= 0) this.#countException(image, verdict);
    else this.#counters.hit(this.#slotOf(image, verdict.group, verdict.policy), hitOf(decision));
    if (verdict.overruled >= 0)
      this.#counters.hit(this.#slotOf(image, verdict.group, verdict.overruled), HIT.OVERRULED);
    if (!onName && decision === DECISION.BLOCK)
      this.#counters.event(judge.isOnAddress ? EVENT.BLOCKED_ADDRESS : EVENT.BLOCKED_ALIAS);
    if (!this.#events || (decision < DECISION.OBSERVE && verdict.exception < 0)) return;
    this.#at.ms = now.ms + this.#skew.ms;
    const isOnAsked = onName && verdict.behind === 0;
    const lead = isOnAsked ? undefined : judge.isOnAddress ? judge.address : judge.target;
    this.#events.write(verdict, image.generation, query.name, query.type, lead, client, rcode, this.#at);
  }

  /** For the policy that it is from; and where another one watches, for that one too. */
  #countException(image: Image, { group, policy, decision, exception }: Verdict): void {
    this.#counters.hit(this.#slotOf(image, group, image.exceptionPolicies[exception]), HIT.EXCEPTED);
    if (decision === DECISION.OBSERVE) this.#counters.hit(this.#slotOf(image, group, policy), HIT.OBSERVED);
  }

  /** Hands what was noted to the log; at the end of each batch, and at each tick. */
  publish(): void {
    this.#events?.publish();
  }

  #slotOf(image: Image, group: number, policy: number): number {
    return this.#slots[group * image.policyCount + policy];
  }
}

function hitOf(decision: number): number {
  if (decision === DECISION.BLOCK) return HIT.BLOCKED;
  return decision === DECISION.OBSERVE ? HIT.OBSERVED : HIT.ALLOWED;
}
