// What is known of each upstream: how fast it answers, whether it takes EDNS, and the cookies exchanged with it.

import type { Moment } from './moment.ts';

/** RFC 7873 §4: a client cookie is 8 octets, a server cookie 8 to 32. */
const CLIENT_COOKIE = 8;
const SHORTEST_WITH_SERVER = 16;
const MAX_COOKIE = 40;
const FIRST_RTT_MS = 100;
const SLOWEST_MS = 8000;
/** A reply is waited for this long at least and at most before the first attempt is followed by another. */
const SHORTEST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 1000;
/** Timeouts in a row after which an upstream counts as lost. */
const LOST_AFTER = 3;
/** An upstream without EDNS is asked with it again after this long. */
const PLAIN_MS = 900_000;

/** State by upstream number; numbers are given by control and never used again for another address. */
export class Upstreams {
  readonly #rtt: Float64Array;
  readonly #timeouts: Int32Array;
  readonly #plainUntil: Float64Array;
  readonly #cookies: Uint8Array;
  readonly #cookieLengths: Uint8Array;

  /** `random` gives 32 unguessable bits; `most` is how many upstreams there can ever be. */
  constructor(most: number, random: () => number) {
    this.#rtt = new Float64Array(most).fill(FIRST_RTT_MS);
    this.#timeouts = new Int32Array(most);
    this.#plainUntil = new Float64Array(most);
    this.#cookies = new Uint8Array(most * MAX_COOKIE);
    this.#cookieLengths = new Uint8Array(most).fill(CLIENT_COOKIE);
    for (let upstream = 0; upstream < most; upstream++) {
      for (let at = 0; at < CLIENT_COOKIE; at++) this.#cookies[upstream * MAX_COOKIE + at] = random();
    }
  }

  /** Whether an upstream of `route` is not in the bit set `tried`: bit n stands for its upstream n. */
  hasUntried(route: Int32Array, tried: number): boolean {
    for (let index = 0; index < route.length; index++) if (!(tried & (1 << (index & 31)))) return true;
    return false;
  }

  /** The place in `route` of the quickest that is not in `tried`, or of the quickest once all are. */
  choose(route: Int32Array, tried: number): number {
    let best = -1;
    const left = this.hasUntried(route, tried) ? tried : 0;
    for (let index = 0; index < route.length; index++) {
      if (left & (1 << (index & 31))) continue;
      if (best < 0 || this.#rtt[route[index]] < this.#rtt[route[best]]) best = index;
    }
    return best;
  }

  /** How long to wait for this upstream at first, in whole milliseconds. */
  wait(upstream: number): number {
    return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, Math.ceil(this.#rtt[upstream] * 3)));
  }

  /** It answered after `ms`. True when it had been lost. */
  answered(upstream: number, ms: number): boolean {
    const wasLost = this.#timeouts[upstream] >= LOST_AFTER;
    this.#timeouts[upstream] = 0;
    this.#rtt[upstream] = wasLost ? ms : this.#rtt[upstream] * 0.8 + ms * 0.2;
    return wasLost;
  }

  /** It did not answer, or not with an answer: others are asked first for a while. */
  failed(upstream: number): void {
    this.#timeouts[upstream]++;
    this.#rtt[upstream] = Math.min(SLOWEST_MS, this.#rtt[upstream] * 2);
  }

  /** Once a second, or two at rest: what is not asked is slowly forgiven, so that it is tried again. */
  forgive(): void {
    for (let upstream = 0; upstream < this.#rtt.length; upstream++) {
      if (this.#rtt[upstream] > FIRST_RTT_MS) this.#rtt[upstream] *= 0.93;
    }
  }

  isPlain(upstream: number, now: Moment): boolean {
    return now.ms < this.#plainUntil[upstream];
  }

  /** It answered FORMERR or NOTIMP to an OPT and well without: RFC 6891 §6.2.2. */
  becamePlain(upstream: number, now: Moment): void {
    this.#plainUntil[upstream] = now.ms + PLAIN_MS;
  }

  cookieLength(upstream: number): number {
    return this.#cookieLengths[upstream];
  }

  /** Writes our cookie, and the server's once known, at `at`; returns the offset after. */
  putCookie(upstream: number, out: Uint8Array, at: number): number {
    const from = upstream * MAX_COOKIE;
    const length = this.#cookieLengths[upstream];
    for (let index = 0; index < length; index++) out[at + index] = this.#cookies[from + index];
    return at + length;
  }

  /**
   * Takes the COOKIE option of a reply: false when it does not bear our client cookie or has a length that no cookie has
   * (RFC 7873 §5.3: the reply is not from whom we asked, and what it says would be sent back to whom we do ask).
   * A reply without the option is `length` 0 and passes.
   */
  takeCookie(upstream: number, message: Uint8Array, at: number, length: number): boolean {
    if (length === 0) return true;
    if (length !== CLIENT_COOKIE && (length < SHORTEST_WITH_SERVER || length > MAX_COOKIE)) return false;
    const from = upstream * MAX_COOKIE;
    for (let index = 0; index < CLIENT_COOKIE; index++)
      if (message[at + index] !== this.#cookies[from + index]) return false;
    for (let index = CLIENT_COOKIE; index < length; index++) this.#cookies[from + index] = message[at + index];
    this.#cookieLengths[upstream] = length;
    return true;
  }
}
