// The rules of a list as a set of numbers: a million in a few octets each, to find what another reading of it has not.

/** What a rule turned out to be when it was met. */
export const MET = { KEPT: 0, ADDED: 1, AGAIN: 2 } as const;

/** What a slot holds, in the low bits of its second word. */
const STATE_BITS = 3;
const EMPTY = 0;
const BEFORE = 1;
const KEPT = 2;
const ADDED = 3;

/** Slots taken of those there are, at most. */
const LOAD = 0.6;
const FIRST_SLOTS = 1 << 12;

/**
 * Rules are known by two hashes, of 32 bits and of the upper 30: with a million of them, two are taken for one once in some four
 * million readings. Open addressing by the first; a slot is two words side by side, as each search is far away in memory.
 */
export class RuleSet {
  /** Different rules that were there before, those of them that were met again, and others that were met. */
  before = 0;
  kept = 0;
  added = 0;
  #slots = new Int32Array(2 * FIRST_SLOTS);

  /** Those that were there before and were not met. */
  get removed(): number {
    return this.before - this.kept;
  }

  /** Makes room for so many more rules. */
  expect(rules: number): void {
    let slots = this.#slots.length / 2;
    while (this.before + this.added + rules > slots * LOAD) slots *= 2;
    if (2 * slots > this.#slots.length) this.#grow(slots);
  }

  /** Takes a rule that was there before. */
  remember(one: number, other: number): void {
    const slot = this.#find(one, other);
    if ((this.#slots[slot + 1] & STATE_BITS) !== EMPTY) return;
    this.before++;
    this.#put(slot, one, other, BEFORE);
  }

  /** Takes a rule that is there now; one of MET. */
  meet(one: number, other: number): number {
    const slot = this.#find(one, other);
    const state = this.#slots[slot + 1] & STATE_BITS;
    if (state === KEPT || state === ADDED) return MET.AGAIN;
    if (state === BEFORE) {
      this.#slots[slot + 1] = (other & ~STATE_BITS) | KEPT;
      this.kept++;
      return MET.KEPT;
    }
    this.added++;
    this.#put(slot, one, other, ADDED);
    return MET.ADDED;
  }

  /** Whether a rule was there before and was not met. */
  isRemoved(one: number, other: number): boolean {
    return (this.#slots[this.#find(one, other) + 1] & STATE_BITS) === BEFORE;
  }

  /** Where a rule is, or where it would be put. */
  #find(one: number, other: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (2 * one) & mask;
    for (;;) {
      const held = slots[slot + 1];
      if ((held & STATE_BITS) === EMPTY) return slot;
      if (slots[slot] === one && (held ^ other) >>> 2 === 0) return slot;
      slot = (slot + 2) & mask;
    }
  }

  #put(slot: number, one: number, other: number, state: number): void {
    this.#slots[slot] = one;
    this.#slots[slot + 1] = (other & ~STATE_BITS) | state;
    const slots = this.#slots.length / 2;
    if (this.before + this.added > slots * LOAD) this.#grow(2 * slots);
  }

  #grow(count: number): void {
    const slots = this.#slots;
    this.#slots = new Int32Array(2 * count);
    for (let slot = 0; slot < slots.length; slot += 2) {
      if ((slots[slot + 1] & STATE_BITS) === EMPTY) continue;
      const free = this.#find(slots[slot], slots[slot + 1]);
      this.#slots[free] = slots[slot];
      this.#slots[free + 1] = slots[slot + 1];
    }
  }
}
