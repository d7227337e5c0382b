/** Compares the figures of a run with those of an earlier one, and says which have become worse. */
import { amount, tableText } from './report.ts';
import type { Figure } from './suite.ts';

/** Noise between two runs of the same code stays below it. */
export const TOLERATED = 0.1;

export type Judgement = 'worse' | 'better' | 'as before' | 'missing' | 'new' | 'not judged';

/** One figure, then and now. */
export interface Comparison {
  readonly id: string;
  readonly unit: Figure['unit'];
  /** Null for one that was not measured then, or now. */
  readonly committed: number | null;
  readonly now: number | null;
  readonly judgement: Judgement;
}

/** A second is worth something else on another machine, or in another hour; a ratio within one run, or an amount of memory, is not. */
const TIMES: readonly Figure['unit'][] = ['ms', 'ns'];

/** How much worse it became, as a share of what it was: 0.1 is a tenth. Less than nothing, where it became better. */
function worsening(committed: Figure, now: Figure): number {
  // What is counted, or was nothing, has no ratio: any more of it is worse.
  if (committed.unit === 'lost' || committed.value === 0) {
    return now.value === committed.value ? 0 : (now.value - committed.value) * Number.POSITIVE_INFINITY;
  }
  const ratio = now.value / committed.value;
  return now.goal?.at === 'least' ? 1 / ratio - 1 : ratio - 1;
}

function judge(committed: Figure, now: Figure): Judgement {
  if (TIMES.includes(now.unit)) return 'not judged';
  const worse = worsening(committed, now);
  return worse > TOLERATED ? 'worse' : worse < -TOLERATED ? 'better' : 'as before';
}

/** Every figure of either run: first those committed, in their order, then new ones. */
export function compare(committed: readonly Figure[], now: readonly Figure[]): Comparison[] {
  const then = committed.map((figure): Comparison => {
    const { id, unit, value } = figure;
    const match = now.find((other) => other.id === id);
    if (match === undefined) return { id, unit, committed: value, now: null, judgement: 'missing' };
    return { id, unit, committed: value, now: match.value, judgement: judge(figure, match) };
  });
  const isNew = ({ id }: Figure) => !committed.some((figure) => figure.id === id);
  const added = now
    .filter(isNew)
    .map(({ id, unit, value }): Comparison => ({ id, unit, committed: null, now: value, judgement: 'new' }));
  return [...then, ...added];
}

/** Whether a run passes: nothing is worse. What is missing is named, as a run may be told to leave servers out. */
export function passes(comparisons: readonly Comparison[]): boolean {
  return comparisons.every(({ judgement }) => judgement !== 'worse');
}

function changeOf({ committed, now, unit }: Comparison): string {
  if (committed === null || now === null || committed === 0 || unit === 'lost') return '';
  const percent = Math.round((now / committed - 1) * 100);
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)} %`;
}

/** The table, `against` naming what is compared with, and in a line what comes of it. */
export function comparisonText(comparisons: readonly Comparison[], against: string): string {
  const written = (value: number | null, unit: string) => (value === null ? '–' : `${amount(value)} ${unit}`);
  const rows = comparisons.map((one) => [
    ...[one.id, written(one.committed, one.unit), written(one.now, one.unit), changeOf(one)],
    one.judgement === 'worse' ? 'WORSE' : one.judgement,
  ]);
  const table = tableText({
    caption: `compared with ${against}`,
    header: ['figure', 'committed', 'now', 'change', ''],
    rows,
  });
  const count = (judgement: Judgement) => comparisons.filter((one) => one.judgement === judgement).length;
  const verdict = passes(comparisons) ? 'passed' : 'FAILED';
  const limit = `${TOLERATED * 100} %`;
  return `${table}\n\n${verdict}: ${count('worse')} worse by more than ${limit}, ${count('missing')} missing, ${count('better')} better by more than ${limit}`;
}
