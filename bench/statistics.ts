/** The little statistics a handful of rounds allows: median, least and greatest, nothing that pretends to more. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The median of an even count is the mean of the middle two. Null where there is nothing to summarise. */
export function spread(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1]!;
  const lower = sorted[(sorted.length - 1) >> 1]!;
  return { median: (lower + upper) / 2, min: sorted[0]!, max: sorted[sorted.length - 1]! };
}
