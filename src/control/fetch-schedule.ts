// When each list is to be fetched again: on time, later where its server fails, and never all at once.

/** What is remembered of a list that is fetched. */
export interface FetchState {
  /** When it was last asked for with success, in Unix milliseconds; 0 for never. */
  checked: number;
  /** How often in a row that failed since, and why it did last. */
  failures: number;
  reason: string;
  fix: string;
  /** When it is to be asked for next, in Unix milliseconds. */
  due: number;
}

/** After a first failure; then twice as long each time, up to its ordinary time. */
const FIRST_RETRY_MS = 60_000;
/** What was due while nothing ran is fetched soon after the start, and spread over this. */
const SOON_MS = 30_000;

/** `dice` gives a number from 0 to 1. */
export function firstDue(checked: number, refresh: number, now: number, dice: () => number): number {
  return Math.max(checked + refresh * 1000, now + SOON_MS * dice());
}

/** Servers of popular lists are asked by many at a full hour: each time is off by up to a tenth. */
export function nextDue(failures: number, refresh: number, now: number, dice: () => number): number {
  const ordinary = refresh * 1000;
  const wait = failures === 0 ? ordinary : Math.min(ordinary, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
  return now + wait * (0.9 + 0.2 * dice());
}

/** Whether it is time: also where that is much further off than any time set now, which is so once a clock was set back. */
export function isDue(due: number, refresh: number, now: number): boolean {
  return due <= now || due > now + 2 * refresh * 1000;
}
