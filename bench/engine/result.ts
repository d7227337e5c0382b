/** What the engine's programs are given and what they give back. */
import type { Kind } from './traffic.ts';

export interface AnswersInput {
  readonly names: number;
  readonly rounds: number;
  readonly seed: number;
}

/** One kind of question in one world: nanoseconds a question by round, laying it ready not counted. */
export interface Answers {
  readonly world: string;
  readonly kind: Kind;
  readonly nanoseconds: readonly number[];
  /** Octets of heap that one question leaves. */
  readonly octets: number;
  /** The share of the questions that went upstream, 0 to 1. */
  readonly upstream: number;
}

export interface AnswersResult {
  readonly answers: readonly Answers[];
  /** What laying a question ready takes, nanoseconds by round; it is taken from the others. */
  readonly laying: readonly number[];
  /** What the heap meter says of the smallest object there is. */
  readonly control: number;
}

export interface ScalingInput {
  readonly names: number;
  readonly rounds: number;
  readonly seed: number;
  /** The length of each measurement. */
  readonly milliseconds: number;
}

/** Questions answered a second by round: by each thread alone, and by both at once. */
export interface Scaling {
  readonly what: string;
  readonly alone: readonly (readonly [number, number])[];
  readonly together: readonly number[];
}

export type ScalingResult = readonly Scaling[];

export interface CodecInput {
  readonly rounds: number;
}

/** One message, read or written by several libraries: nanoseconds a call of this thread's CPU, by round. */
export interface CodecContest {
  readonly title: string;
  readonly octets: number;
  readonly contestants: Readonly<Record<string, readonly number[]>>;
}

export interface CacheInput {
  readonly rounds: number;
}

/** One filling of the packet cache: nanoseconds of CPU a call by round, the loop around it not counted. */
export interface CacheScene {
  readonly title: string;
  readonly hit: readonly number[];
  readonly miss: readonly number[];
  readonly store: readonly number[];
  readonly octetsAnEntry: number;
  /** The share of what was asked for that was found, 0 to 1. */
  readonly found: number;
  /** Octets of heap a call leaves. */
  readonly octetsLeft: number;
}
