/** Writes out for people what the suites found: tables, figures against their goals, doubts and failures. */
import type { Figure, Outcome, Table } from './suite.ts';

/** Lines of cells, the first column to the left and the others to the right. */
function aligned(lines: readonly (readonly string[])[]): string {
  const columns = Math.max(...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const pad = (text: string, at: number) => (at === 0 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!));
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

export function tableText({ caption, header, rows }: Table): string {
  return `${caption}\n${rows.length > 0 ? aligned([header, ...rows]) : 'nothing was measured'}`;
}

/** Three figures that count: 0.93, 12.1, 104. */
export function amount(value: number): string {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** Whether a figure is where its goal wants it; null where it has none. */
export function meetsGoal({ value, goal }: Figure): boolean | null {
  if (goal === null) return null;
  return goal.at === 'most' ? value <= goal.limit : value >= goal.limit;
}

function figureCells(figure: Figure): string[] {
  const { id, says, unit, value, min, max, goal } = figure;
  const wanted = goal === null ? '' : `${goal.at === 'most' ? '≤' : '≥'} ${amount(goal.limit)}`;
  const verdict = { true: 'met', false: 'MISSED', null: '' }[String(meetsGoal(figure))]!;
  return [`${id}: ${says}`, `${amount(value)} ${unit}`, `${amount(min)}–${amount(max)}`, wanted, verdict];
}

/** All that one suite found, as text. */
export function outcomeText({ suite, tables, figures, doubts, failures }: Outcome): string {
  const parts = tables.map(tableText);
  if (figures.length > 0) {
    parts.push(aligned([[`${suite}: figures`, 'median', 'min–max', 'goal', ''], ...figures.map(figureCells)]));
  }
  if (doubts.length > 0) parts.push(doubts.map((doubt) => `doubt: ${doubt}`).join('\n'));
  if (failures.length > 0) parts.push(failures.map((failure) => `failed: ${failure}`).join('\n'));
  return parts.join('\n\n');
}
