// Seeded random numbers for fuzzing: a failure comes back with the same seed.

/** A xorshift32 generator; `below(n)` gives an integer in [0, n). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(bound: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % bound;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  octets(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** A copy with 1 to 4 defects: octets changed, cut out, doubled, or cut off; values that hurt come more often. */
  mutate(valid: Uint8Array, most: number): Uint8Array {
    const octets = [...valid];
    for (let left = 1 + this.below(4); left > 0 && octets.length > 0; left--) {
      const at = this.below(octets.length);
      const kind = this.below(10);
      if (kind < 4) octets[at] = this.below(256);
      else if (kind < 6) octets[at] = this.pick([0, 1, 11, 12, 13, 41, 63, 64, 0x7f, 0x80, 0xc0, 0xff]);
      else if (kind === 6) octets.splice(at, 1 + this.below(4));
      else if (kind === 7) octets.splice(at, 0, ...octets.slice(at, at + 1 + this.below(24)));
      else if (kind === 8) octets.splice(at, 2, 0xc0 | this.below(2), this.below(256));
      else octets.length = at;
    }
    return Uint8Array.from(octets.slice(0, most));
  }
}
