/** Tables and figures of an answer's stages: messages next to other libraries' work, and the packet cache. */
import { cell, figureOf, ratios, table } from '../figure.ts';
import { spread } from '../statistics.ts';
import type { Figure, Table } from '../suite.ts';
import type { CacheScene, CodecContest } from './result.ts';

export function codecTable(contests: readonly CodecContest[]): Table {
  const rows = contests.flatMap(({ title, octets, contestants }) =>
    Object.entries(contestants).map(([name, times], at) => [
      at === 0 ? `${title} (${octets} octets)` : '',
      name,
      cell(times),
      cell(ratios(times, contestants.sluis!), 1),
    ]),
  );
  return table('messages; ns of CPU, median (min–max)', ['what', 'by', 'ns', '× sluis'], rows);
}

export function cacheTable(scenes: readonly CacheScene[]): Table {
  const rows = scenes.map(({ title, hit, miss, store, octetsAnEntry, found, octetsLeft }) => [
    title,
    ...[hit, miss, store].map((times) => cell(times)),
    octetsAnEntry.toFixed(0),
    `${(found * 100).toFixed(1)} %`,
    octetsLeft.toFixed(2),
  ]);
  const header = ['held', 'hit', 'miss', 'store', 'octets an entry', 'found', 'octets left'];
  return table('the packet cache; ns of CPU, median (min–max)', header, rows);
}

/** Each message against the better of the other libraries: the lowest median. */
export function codecFigures(contests: readonly CodecContest[]): Figure[] {
  return contests.map(({ title, contestants: { sluis, ...others } }) => {
    const rivals = Object.entries(others).filter(([name]) => !name.startsWith('sluis'));
    const median = (times: readonly number[]) => spread(times)!.median;
    const [name, best] = rivals.reduce((a, b) => (median(b[1]) < median(a[1]) ? b : a));
    return figureOf(`engine/${idOf(title)}`, `${title}, against ${name}`, '×', ratios(sluis!, best));
  });
}

/** A title as an id: words by hyphens. */
function idOf(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
