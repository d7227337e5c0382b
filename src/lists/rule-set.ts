// The rules of a list as a set of numbers: a million in a few octets each, to find what another reading of it has not.

/** What a rule turned out to be when it was met. */
export const MET = { KEPT: 0, ADDED: 1, AGAIN: 2 } as const;

const EMPTY = 0;
const BEFORE = 1;
const KEPT = 2;
const ADDED = 3;

/** Slots taken of those there are, at most. */
const LOAD = 0.6;
const FIRST_SLOTS = 1 << 12;

/**
 * Rules are known by two hashes of 32 bits: with a million of them, two are taken for one once in some ten million
 * readings. Open addressing by the first hash.
 */
export class RuleSet {
  /** Different rules that were there before, those of them that were met again, and others that were met. */
  before = 0;
  kept = 0;
  added = 0;
  #hashes = new Int32Array(2 * FIRST_SLOTS);
  #states = new Uint8Array(FIRST_SLOTS);

  /** Those that were there before and were not met. */
  get removed(): number {
    return this.before - this.kept;
  }

  /** Takes a rule that was there before. */
  remember(one: number, other: number): void {
    const slot = this.#slot(one, other);
    if (this.#states[slot] !== EMPTY) return;
    this.before++;
    this.#put(slot, one, other, BEFORE);
  }

  /** Takes a rule that is there now; one of MET. */
  meet(one: number, other: number): number {
    const slot = this.#slot(one, other);
    const state = this.#states[slot];
    if (state === KEPT || state === ADDED) return MET.AGAIN;
    if (state === BEFORE) {
      this.#states[slot] = KEPT;
      this.kept++;
      return MET.KEPT;
    }
    this.added++;
    this.#put(slot, one, other, ADDED);
    return MET.ADDED;
  }

  /** Whether a rule was there before and was not met. */
  isRemoved(one: number, other: number): boolean {
    return this.#states[this.#slot(one, other)] === BEFORE;
  }

  /** Where a rule is, or where it would be put. */
  #slot(one: number, other: number): number {
    const mask = this.#states.length - 1;
    let slot = one & mask;
    while (this.#states[slot] !== EMPTY) {
      if (this.#hashes[2 * slot] === one && this.#hashes[2 * slot + 1] === other) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #put(slot: number, one: number, other: number, state: number): void {
    this.#hashes[2 * slot] = one;
    this.#hashes[2 * slot + 1] = other;
    this.#states[slot] = state;
    if (this.before + this.added > this.#states.length * LOAD) this.#grow();
  }

  #grow(): void {
    const hashes = this.#hashes;
    const states = this.#states;
    this.#hashes = new Int32Array(2 * hashes.length);
    this.#states = new Uint8Array(2 * states.length);
    for (let slot = 0; slot < states.length; slot++) {
      if (states[slot] === EMPTY) continue;
      const free = this.#slot(hashes[2 * slot], hashes[2 * slot + 1]);
      this.#hashes[2 * free] = hashes[2 * slot];
      this.#hashes[2 * free + 1] = hashes[2 * slot + 1];
      this.#states[free] = states[slot];
    }
  }
}
