/** What the suite `memory` measures. */
import type { Memory } from '../smaps.ts';

/** `cold`: rules it never saw; `warm`: the same again; `six`: six rules. */
export type Rules = 'cold' | 'warm' | 'six';

/** One start of one server. */
export interface Start {
  readonly server: string;
  readonly kind: Rules;
  readonly readySeconds: number;
  /** The most its first process had held when it was ready, octets. */
  readonly most: number;
}

/** One server that has had its rules for ten seconds. */
export interface Held {
  readonly server: string;
  readonly kind: Rules;
  readonly memory: Memory;
}

/** The default configuration, at rest. */
export interface Rest {
  readonly memory: Memory;
  /** CPU in ten seconds of nobody asking: ticks of 10 ms as the kernel counts them, and as its scheduler does. */
  readonly ticks: number;
  readonly ranMilliseconds: number;
}
