// A token bucket for each client prefix, in fixed memory: one client cannot take the resolver from the others.

import type { Moment } from './moment.ts';

const SLOTS = 1 << 14;

/**
 * Rates by client prefix (IPv4 /32, IPv6 /64), direct-mapped: two clients that fall on one slot share its tokens,
 * which can only be met by chance, since the place depends on a secret seed.
 */
export class RateLimit {
  readonly #rate: number;
  readonly #burst: number;
  readonly #seed: number;
  readonly #tokens: Float64Array;
  readonly #filled: Float64Array;

  /** `rate`: queries a second for one client; 0 switches the limit off. */
  constructor(rate: number, seed: number) {
    this.#rate = rate;
    this.#burst = rate * 2;
    this.#seed = seed;
    this.#tokens = new Float64Array(rate > 0 ? SLOTS : 0).fill(this.#burst);
    this.#filled = new Float64Array(rate > 0 ? SLOTS : 0);
  }

  /**
   * Takes one token of the client whose prefix is the words `a` and `b` (IPv4: `b` is 0; of a device that a forwarder
   * names, `a` is its number), at `now` milliseconds.
   */
  allow(a: number, b: number, now: Moment): boolean {
    if (this.#rate === 0) return true;
    let hash = Math.imul(a ^ this.#seed, 0x85ebca6b) ^ Math.imul(b ^ (a >>> 7), 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1);
    const slot = hash >>> 18;
    const elapsed = Math.max(0, now.ms - this.#filled[slot]);
    const tokens = Math.min(this.#burst, this.#tokens[slot] + (elapsed * this.#rate) / 1000);
    this.#filled[slot] = now.ms;
    const allowed = tokens >= 1;
    this.#tokens[slot] = allowed ? tokens - 1 : tokens;
    return allowed;
  }
}
