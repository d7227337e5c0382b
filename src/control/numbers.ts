// Numbers that outlive a reload: upstreams, sets of upstreams, and the counters of each policy.

import { HIT_SLOTS } from '../engine/counters.ts';
import type { Route } from '../engine/sender.ts';
import type { UpstreamAddress } from '../net/upstream-sockets.ts';
import { zoneNumber } from '../net/zones.ts';
import type { Endpoint } from '../settings/address.ts';
import type { Settings } from '../settings/settings.ts';

/** Distinct upstreams in the life of a process. */
export const MOST_UPSTREAMS = 256;
/** The cache has six bits for the tag of a set of upstreams. */
const TAGS = 64;

/**
 * An upstream keeps its number for as long as the process lives, so that questions in flight over a reload still find
 * theirs; so does each set of upstreams, and each policy its place among the counters.
 */
export class Numbers {
  readonly upstreams: UpstreamAddress[] = [];
  readonly #upstreamOf = new Map<string, number>();
  readonly #tagOf = new Map<string, number>();
  readonly #slotOf = new Map<string, number>();

  /** Route 0 for all names, then one for each forward zone. Throws RangeError beyond MOST_UPSTREAMS. */
  routes(settings: Pick<Settings, 'upstreams' | 'forward'>): Route[] {
    return [settings.upstreams, ...settings.forward.map(({ upstreams }) => upstreams)].map((endpoints) =>
      this.#route(endpoints),
    );
  }

  /** Places among the counters, by policy index; policies beyond the last place share it. */
  hitSlots(ids: readonly string[]): Int32Array {
    return Int32Array.from(ids, (id) => {
      const slot = this.#slotOf.get(id) ?? Math.min(this.#slotOf.size, HIT_SLOTS - 1);
      this.#slotOf.set(id, slot);
      return slot;
    });
  }

  /** Every policy counted so far. */
  policies(): { id: string; slot: number }[] {
    return [...this.#slotOf].map(([id, slot]) => ({ id, slot }));
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
