/** What the matcher's program is given and what it gives back. */
import type { CompileStats } from '../../src/policy/compile-stats.ts';
import type { ProbeKind } from './probes.ts';

export interface MatcherInput {
  readonly names: number;
  /** Names asked for, of each kind. */
  readonly probes: number;
  readonly rounds: number;
  readonly seed: number;
}

export interface Compilation {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Resident memory at its most, above what the process held before. */
  readonly peakOctets: number;
}

/** Nanoseconds a name by round: reading it from the wire; that and `match` or `decide`; a set of strings, given strings. */
export interface Walked {
  readonly read: number[];
  readonly match: number[];
  readonly decide: number[];
  readonly strings: number[];
}

export interface MatcherResult {
  readonly compilations: readonly Compilation[];
  readonly stats: CompileStats;
  readonly imageOctets: number;
  /** Heap of the set of strings, the strings not counted: they were there before. */
  readonly setOctets: number;
  readonly walked: Readonly<Record<ProbeKind, Walked>>;
  readonly left: { kind: ProbeKind; way: 'match' | 'decide'; octets: number }[];
  /** Names on which the matcher and the set of strings differ. */
  readonly wrong: readonly string[];
  /** What the heap meter says of the smallest object there is. */
  readonly control: number;
}
