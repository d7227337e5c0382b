/** What the suite `reload` measures. */
import type { PaceResult } from '../pace.ts';

/** One round: the same load without a reload and with one. */
export interface ReloadRound {
  readonly before: PaceResult;
  readonly during: PaceResult;
  /** From the change of the file until its rules blocked. */
  readonly reloadSeconds: number;
  /** Octets resident before, the most meanwhile, and after. */
  readonly resident: { readonly before: number; readonly most: number; readonly after: number };
}
