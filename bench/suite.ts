/** What a suite of the benchmark gives back, so that one place can print, keep, compare and draw what all of them found. */

/** One figure that stands for something anywhere: a ratio within this run, or an amount an issue sets a limit to. */
export interface Figure {
  /** Stable, for comparing runs: `hits/sluis-per-floor`, `memory/policy-megabytes`. */
  readonly id: string;
  /** What it is, in words for the table. */
  readonly says: string;
  readonly unit: '×' | 'ms' | 'ns' | 'MiB' | 'octets' | '%' | 'lost';
  /** The median of the rounds, with the least and the most seen. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** The limit set for it, and on which side of it good lies; null where none is set. */
  readonly goal: { readonly at: 'most' | 'least'; readonly limit: number } | null;
}

/** One table for a person: a caption, a header and rows of cells, numbers already written out. */
export interface Table {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Outcome {
  readonly suite: string;
  /** What each program that took part says of its version. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  /** Everything measured, as it goes into the result file. */
  readonly measurements: readonly unknown[];
  /** What makes the figures doubtful. Empty is good. */
  readonly doubts: readonly string[];
  /** What could not be measured at all, and why. */
  readonly failures: readonly string[];
}

/** A suite: what `--only NAME` runs. */
export interface Suite<Options> {
  readonly name: string;
  /** One line for `--help`. */
  readonly says: string;
  /** `progress` shows one line while it runs. @throws nothing: what fails is in `failures`. */
  run(options: Options, progress: (line: string) => void): Promise<Outcome>;
}
