/** Writes the rows of a workload out as a table. */
import type { Spread } from '../statistics.ts';
import type { Table } from '../suite.ts';
import type { Row } from './rows.ts';
import type { Workload } from './workloads.ts';

const times = (value: Spread | null) => (value === null ? '–' : `${value.median.toFixed(2)}×`);
const whole = (value: number) => Math.round(value).toLocaleString('en');
const percent = (value: number) => `${Math.round(value * 100)} %`;
/** Seconds as milliseconds, two figures at least. */
const milliseconds = ({ median }: Spread) => (median * 1000).toFixed(median < 0.01 ? 2 : 1);

const COLUMNS: readonly [string, (row: Row) => string][] = [
  ['server', ({ peer }) => peer],
  ['µs CPU/answer', ({ cost }) => cost.median.toFixed(2)],
  ['min–max', ({ cost: { min, max } }) => `${min.toFixed(2)}–${max.toFixed(2)}`],
  ['user', ({ user }) => user.median.toFixed(2)],
  ['system', ({ system }) => system.median.toFixed(2)],
  ['answers/s', ({ answers }) => whole(answers.median)],
  ['core busy', ({ busy }) => percent(busy.median)],
  ['lost', ({ lost }) => whole(lost)],
  ['MiB', ({ resident }) => whole(resident.median / 2 ** 20)],
  ['p50 ms', ({ latency }) => milliseconds(latency.p50)],
  ['p99', ({ latency }) => milliseconds(latency.p99)],
  ['p99.9', ({ latency }) => milliseconds(latency.p999)],
  ['× floor', ({ timesFloor }) => times(timesFloor)],
  ['sluis ÷ it', ({ sluisTimesIt }) => times(sluisTimesIt)],
];

/** `setting` says how it was measured. */
export function tableOf(workload: Workload, rows: readonly Row[], setting: string): Table {
  return {
    caption: `${workload.name}: ${workload.says}; ${setting}`,
    header: COLUMNS.map(([title]) => title),
    rows: rows.map((row) => COLUMNS.map(([, text]) => text(row))),
  };
}
