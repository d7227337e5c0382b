// What every format of lists is: how its lines are told from those of others, and what reads them.

import type { Intake } from './intake.ts';
import { NEWLINE } from './line-blocks.ts';
import { isBlank } from './name-scan.ts';

/** Reads one list. What it is handed are whole lines, their ends included; only the last may lack its own. */
export interface Reader {
  /** Shown every line once before the first is taken: there where a rule may depend on lines further down. */
  survey?(block: Buffer): void;
  take(block: Buffer): void;
  /** No lines follow. */
  end?(): void;
}

export interface Format {
  /** A line of such a list without the blanks around it; of no other list, as far as that can be. Never a comment. */
  readonly looks: RegExp;
  /** `match` is that of names that have no mark of their own, where such lists leave it to whoever uses them. */
  read(intake: Intake, match: number): Reader;
}

/**
 * Takes the line at `start` of `block`: where it is not blank, `entry` is told from where to where it stands without the
 * blanks around it. Returns where the next one begins.
 */
function oneLine(block: Buffer, start: number, intake: Intake, entry: (from: number, end: number) => void): number {
  const newline = block.indexOf(NEWLINE, start);
  const stop = newline < 0 ? block.length : newline;
  let from = start;
  let end = stop;
  while (from < end && isBlank(block[from])) from++;
  while (end > from && isBlank(block[end - 1])) end--;
  intake.begin(block, start, end);
  if (from === end) intake.pass();
  else entry(from, end);
  return stop + 1;
}

/**
 * Takes every line of `block`, as `oneLine` does. Where `plain` is given it goes first: it takes a line that is as nearly
 * all are and returns where the next one begins, or takes nothing and returns -1.
 */
export function eachLine(
  block: Buffer,
  intake: Intake,
  entry: (from: number, end: number) => void,
  plain?: (block: Buffer, at: number) => number,
): void {
  for (let at = 0; at < block.length; ) {
    const next = plain ? plain(block, at) : -1;
    at = next < 0 ? oneLine(block, at, intake, entry) : next;
  }
}
