// Remembers questions that no upstream could answer, so that a failure is not asked for again at once (RFC 9520).

import type { Name } from '../wire/name.ts';
import type { Moment } from './moment.ts';

const SLOTS = 1 << 10;
const NAME = 256;
/** RFC 9520 §3.2 allows 1 s to 5 min; we stay low, so that names come back soon after an upstream does. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 32_000;

/** Direct-mapped and bounded: a new failure takes the place of an old one. The whole question is verified. */
export class Failures {
  readonly #names = new Uint8Array(SLOTS * NAME);
  readonly #lengths = new Uint16Array(SLOTS);
  readonly #questions = new Int32Array(SLOTS);
  readonly #until = new Float64Array(SLOTS);
  readonly #backoff = new Float64Array(SLOTS);

  /** Whether this question failed so recently that it must not be asked again. `key` tells type and flags. */
  recent(name: Name, key: number, now: Moment): boolean {
    const slot = this.#slot(name, key);
    return now.ms < this.#until[slot] && this.#holds(slot, name, key);
  }

  /** Remembers a failure, twice as long as the last one of the same question. */
  remember(name: Name, key: number, now: Moment): void {
    const slot = this.#slot(name, key);
    const again = this.#holds(slot, name, key) && now.ms < this.#until[slot] + LONGEST_MS;
    this.#backoff[slot] = again ? Math.min(LONGEST_MS, this.#backoff[slot] * 2) : SHORTEST_MS;
    this.#until[slot] = now.ms + this.#backoff[slot];
    this.#questions[slot] = key;
    this.#lengths[slot] = name.length;
    for (let at = 0; at < name.length; at++) this.#names[slot * NAME + at] = name.bytes[at];
  }

  /** Forgets everything: an upstream that was lost answers again. */
  clear(): void {
    this.#until.fill(0);
    this.#lengths.fill(0);
  }

  #slot(name: Name, key: number): number {
    return (Math.imul(name.hash ^ Math.imul(key, 0x85ebca6b), 0x9e3779b1) >>> 16) & (SLOTS - 1);
  }

  #holds(slot: number, name: Name, key: number): boolean {
    if (this.#questions[slot] !== key || this.#lengths[slot] !== name.length) return false;
    for (let at = 0; at < name.length; at++) if (this.#names[slot * NAME + at] !== name.bytes[at]) return false;
    return true;
  }
}
