/** Writes the part of the README that says what a run found: the chart, the costs, and the goals, met or not. */
import { type Cost, costsOf, lostBy, placeOf, titleWithVersion, workloadsOf } from './costs.ts';
import type { RunRecord } from './record.ts';
import { amount, meetsGoal } from './report.ts';
import type { Figure } from './suite.ts';

const OPENING = '<!-- bench -->';
const CLOSING = '<!-- /bench -->';
/** From the README on. */
export const CHART_PATH = 'docs/bench.svg';

/** The workloads that make a column, in this order, where they were measured. */
const COLUMNS: Readonly<Record<string, string>> = {
  hits: 'cached, 15 % blocked',
  million: '… by a million rules',
  tcp: '… over TCP',
  misses: 'all forwarded',
};

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

const microseconds = (cost: Cost | undefined) =>
  cost === undefined ? '' : `${cost.total.median.toFixed(cost.total.median < 10 ? 2 : 1)} µs`;

/** Servers by rows, the cheapest at cache hits first, and workloads by columns. */
function costTable(record: RunRecord): string {
  const workloads = workloadsOf(record).filter((name) => name in COLUMNS);
  const columns = Object.keys(COLUMNS).filter((name) => workloads.includes(name));
  const costs = columns.map((name) => costsOf(record, name));
  const peers = [...new Set(costs.flat().map(({ peer }) => peer))];
  const rows = peers.map((peer) => {
    const cells = [titleWithVersion(peer, record)];
    for (const column of costs) cells.push(microseconds(column.find((cost) => cost.peer === peer)));
    return peer === 'sluis' ? cells.map((cell) => (cell === '' ? '' : `**${cell}**`)) : cells;
  });
  return tableOf(['CPU for an answer', ...columns.map((name) => COLUMNS[name]!)], rows);
}

const WORDS = { true: 'met', false: '**not met**' } as const;

function goalRow(figure: Figure): string[] {
  const { says, unit, value, min, max, goal } = figure;
  const limit = `at ${goal!.at} ${amount(goal!.limit)} ${unit}`;
  const measured = `${amount(value)} ${unit}${min === max ? '' : ` (${amount(min)} to ${amount(max)})`}`;
  return [says, limit, measured, WORDS[`${meetsGoal(figure)!}`]];
}

function goals(record: RunRecord): string[] {
  const figures = record.outcomes.flatMap((outcome) => outcome.figures).filter(({ goal }) => goal !== null);
  if (figures.length === 0) return [];
  const met = figures.filter((figure) => meetsGoal(figure)).length;
  const says = met === figures.length ? `All ${met} goals are met:` : `${met} of ${figures.length} goals are met:`;
  return [says, tableOf(['what', 'goal', 'median (range)', ''], figures.map(goalRow))];
}

/** What a reader has to know before the numbers count for anything. */
function introduction(record: RunRecord, resultPath: string): string {
  const { rounds, seconds } = record.options;
  const lost = lostBy(record, 'sluis');
  const count = rounds === 1 ? 'one round' : `medians of ${rounds} interleaved rounds`;
  return [
    `Measured ${placeOf(record)}: ${count} of ${seconds} s, each server on one core with the load on the other,`,
    `CPU counted in the server and in the kernel; Sluis lost ${lost === 0 ? 'no query' : lost.toLocaleString('en')}`,
    `([the run](${resultPath}), \`${record.command.trim().replace(/ --$/, '')}\`). The C floor only flips a bit and echoes.`,
    'dnsdist is as Debian ships it with a packet cache; batched, it also receives many datagrams with one call.',
  ].join(' ');
}

/** The section, its marks included; `resultPath` leads from the README to the record. */
export function readmeSection(record: RunRecord, resultPath: string): string {
  const chart = `![CPU for one answered query, Sluis and other servers: a bar chart of the table below](${CHART_PATH})`;
  const parts = [chart, introduction(record, resultPath), costTable(record), ...goals(record)];
  const doubts = record.outcomes.flatMap((outcome) => [...outcome.doubts, ...outcome.failures]);
  if (doubts.length > 0) parts.push(`In doubt, or not measured (${doubts.length}): see the run.`);
  return `${OPENING}\n${parts.join('\n\n')}\n${CLOSING}`;
}

/** What stands between the marks in a text, them included; null without them. */
export function sectionOf(text: string): string | null {
  const [from, to] = [text.indexOf(OPENING), text.indexOf(CLOSING)];
  return from < 0 || to < from ? null : text.slice(from, to + CLOSING.length);
}

/** The text with another section. @throws Error without the marks. */
export function withSection(text: string, section: string): string {
  const old = sectionOf(text);
  if (old === null) throw new Error(`there is no ${OPENING} … ${CLOSING} to write between`);
  return text.replace(old, () => section);
}
