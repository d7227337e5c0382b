// Numbers that outlive a reload: upstreams, sets of upstreams, and the counters of each policy.

import { HIT_SLOTS } from '../engine/counters.ts';
import type { Route } from '../engine/sender.ts';
import type { UpstreamAddress } from '../net/upstream-sockets.ts';
import { zoneNumber } from '../net/zones.ts';
import { type CountedPair, OTHER } from '../observe/metrics-source.ts';
import type { Endpoint } from '../settings/address.ts';
import type { Settings } from '../settings/settings.ts';

/** Distinct upstreams in the life of a process. */
export const MOST_UPSTREAMS = 256;
/** Places that pairs of policy and group take first; those beyond them are for policies whose groups found none. */
const PAIR_SLOTS = 256;
/** The cache has six bits for the tag of a set of upstreams. */
const TAGS = 64;

/**
 * An upstream keeps its number for as long as the process lives, so that questions in flight over a reload still find
 * theirs; so does each set of upstreams, and each pair of policy and group its place among the counters.
 */
export class Numbers {
  readonly upstreams: UpstreamAddress[] = [];
  readonly #upstreamOf = new Map<string, number>();
  readonly #tagOf = new Map<string, number>();
  readonly #slotOf = new Map<string, number>();
  readonly #pairs: CountedPair[] = [];

  /** Route 0 for all names, then one for each forward zone. Throws RangeError beyond MOST_UPSTREAMS. */
  routes(settings: Pick<Settings, 'upstreams' | 'forward'>): Route[] {
    return [settings.upstreams, ...settings.forward.map(({ upstreams }) => upstreams)].map((endpoints) =>
      this.#route(endpoints),
    );
  }

  /**
   * Places among the counters of policy p for group g, at `g * policies + p`. A pair keeps its place for as long as the
   * process lives. Once half of them and more are taken, a policy's further groups share one; at last all share the last.
   */
  hitSlots({ policies, groups }: Pick<Settings, 'policies' | 'groups'>): Int32Array {
    const slots = new Int32Array(groups.length * policies.length).fill(HIT_SLOTS - 1);
    groups.forEach((group, g) => {
      policies.forEach(({ id }, p) => {
        // Where it is off, and takes no names that nothing else speaks of, nothing is ever counted.
        if (group.modes[id] !== 'off' || group.fallback?.policy === id)
          slots[g * policies.length + p] = this.#hitSlot(id, group.id);
      });
    });
    return slots;
  }

  /** Every place that has been given, and whose it is; OTHER for what cannot be told apart. */
  pairs(): readonly CountedPair[] {
    return this.#pairs;
  }

  #hitSlot(policy: string, group: string): number {
    return (
      this.#placeOf(policy, group, PAIR_SLOTS) ??
      this.#placeOf(policy, OTHER, HIT_SLOTS - 1) ??
      this.#placeOf(OTHER, OTHER, HIT_SLOTS)!
    );
  }

  /** The pair's place, a new one while fewer than `most` are given; undefined where there is none. */
  #placeOf(policy: string, group: string, most: number): number | undefined {
    const key = `${policy} ${group}`;
    const known = this.#slotOf.get(key);
    if (known !== undefined) return known;
    // The last one is there for all that have none, however many were given before it.
    const slot = policy === OTHER ? HIT_SLOTS - 1 : this.#pairs.length;
    if (slot >= most) return undefined;
    this.#slotOf.set(key, slot);
    this.#pairs.push({ policy, group, slot });
    return slot;
  }

  #route(endpoints: readonly Endpoint[]): Route {
    const upstreams = Int32Array.from(endpoints, (endpoint) => this.#upstream(endpoint));
    const key = upstreams.join(' ');
    const tag = this.#tagOf.get(key) ?? this.#tagOf.size % TAGS;
    this.#tagOf.set(key, tag);
    return { upstreams, tag };
  }

  #upstream({ family, octets, port, scope, text }: Endpoint): number {
    const key = `${text}%${scope} ${port}`;
    const known = this.#upstreamOf.get(key);
    if (known !== undefined) return known;
    const number = this.upstreams.length;
    if (number === MOST_UPSTREAMS) {
      throw new RangeError(`more than ${MOST_UPSTREAMS} different upstreams since the start: restart to go on`);
    }
    this.upstreams.push({ family, address: octets, port, scope: scope ? zoneNumber(scope) : 0 });
    this.#upstreamOf.set(key, number);
    return number;
  }
}
