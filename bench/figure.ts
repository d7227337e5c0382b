/** Makes figures from rounds, and writes numbers into cells: the same way in every suite. */
import { spread } from './statistics.ts';
import type { Figure, Table } from './suite.ts';

export const atMost = (limit: number) => ({ at: 'most', limit }) as const;
export const atLeast = (limit: number) => ({ at: 'least', limit }) as const;

/** The figure that the rounds give: their median, least and most. @throws Error without a round. */
export function figureOf(
  id: string,
  says: string,
  unit: Figure['unit'],
  rounds: readonly number[],
  goal: Figure['goal'] = null,
): Figure {
  const of = spread(rounds);
  if (of === null) throw new Error(`${id}: nothing was measured`);
  return { id, says, unit, value: of.median, min: of.min, max: of.max, goal };
}

/** Round by round, a over b. @throws Error where they are not as many. */
export function ratios(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) throw new Error(`${a.length} rounds against ${b.length}`);
  return a.map((value, round) => value / b[round]!);
}

/** The median and, in brackets, least and most, with so many digits behind the point. */
export function cell(rounds: readonly number[], digits = 0): string {
  const of = spread(rounds);
  if (of === null) return '–';
  const text = (value: number) => value.toFixed(digits);
  return `${text(of.median)} (${text(of.min)}–${text(of.max)})`;
}

export function table(caption: string, header: readonly string[], rows: readonly (readonly string[])[]): Table {
  return { caption, header, rows };
}
