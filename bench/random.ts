/** Seeded randomness for the benchmark: the same seed gives the same questions on every machine. */

/** A source of 32-bit unsigned integers that depends on the seed alone. */
export type Random = () => number;

/**
 * xorshift32 (Marsaglia, 2003): plenty for shaping a workload, of no use for anything an attacker may guess.
 * A seed of 0 would stay 0 for ever, so it is replaced.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

/** A number in [0, 1). */
export function unit(random: Random): number {
  return random() / 0x1_0000_0000;
}

/**
 * A sampler over 0 … size-1 in which rank r has weight 1/(r+1)^exponent: Zipf's law, which popular names follow.
 * Costs one binary search a sample.
 */
export function zipfSampler(size: number, exponent: number, random: Random): () => number {
  const cumulative = new Float64Array(size);
  let total = 0;
  for (let rank = 0; rank < size; rank++) {
    total += (rank + 1) ** -exponent;
    cumulative[rank] = total;
  }
  return () => {
    const target = unit(random) * total;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
