/** The chart shows what the record says, to scale, and is well-formed whatever names a record holds. */
import { expect, it } from 'vitest';
import { drawChart } from '../../bench/chart.ts';
import { costsOf } from '../../bench/costs.ts';
import { benchRecord, measurementsOf } from '../support/bench-record.ts';

const hits = measurementsOf('hits', {
  unbound: [
    [2, 5],
    [2, 6],
    [2, 5.5],
  ],
  sluis: [[1, 4]],
  floor: [[0, 4]],
});
const record = benchRecord([...hits, ...measurementsOf('misses', { sluis: [[4, 6]], dnsdist: [[9, 11]] })]);

/** Elements of one kind with their attributes, and the text of those that have one. */
function elements(svg: string, name: string): { attributes: Record<string, string>; words: string }[] {
  return [...svg.matchAll(new RegExp(`<${name}((?: [a-z0-9-]+="[^"]*")*)(?:/>|>([^<]*)</${name}>)`, 'g'))].map(
    ([, attributes, words]) => ({
      attributes: Object.fromEntries(
        [...attributes!.matchAll(/([a-z0-9-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value!]),
      ),
      words: words ?? '',
    }),
  );
}

it('costs are medians, the cheapest first, and their parts come to the whole', () => {
  expect(costsOf(record, 'hits')).toMatchObject([
    { peer: 'floor', total: { median: 4 } },
    { peer: 'sluis', user: 1, system: 4, total: { median: 5 } },
    { peer: 'unbound', user: 2, system: 5.5, total: { median: 7.5, min: 7, max: 8 } },
  ]);
  expect(costsOf(record, 'tcp')).toEqual([]);
});

it('names every server with its version, and prints its cost', () => {
  const words = elements(drawChart(record), 'text').map(({ words: text }) => text);
  for (const expected of ['Sluis', 'Unbound 1.17', 'dnsdist 1.7', '5.00', '7.50', '10.0', '20.0']) {
    expect(words).toContain(expected);
  }
  expect(words.at(-1)).toBe('2026-11-22, 2 cores of an AMD EPYC, Linux 6.18; commit be98b7d; npm run bench');
});

it('draws bars to scale: user and system one behind the other, all from the same zero', () => {
  const bars = elements(drawChart(record), 'rect').map(({ attributes }) => attributes);
  const classes = bars.map((bar) => bar.class);
  // Behind the card and the legend: Sluis and Unbound, then Sluis and dnsdist.
  expect(classes.slice(5)).toEqual([
    'own-user',
    'own-system',
    'user',
    'system',
    'own-user',
    'own-system',
    'user',
    'system',
  ]);
  const [ownUser, ownSystem, user, system] = bars
    .slice(5)
    .map(({ x, width }) => ({ x: Number(x), width: Number(width) }));
  expect(user!.x).toBe(ownUser!.x);
  expect(ownSystem!.x).toBeCloseTo(ownUser!.x + ownUser!.width, 0);
  expect(ownUser!.width / user!.width).toBeCloseTo(1 / 2, 1);
  expect(ownSystem!.width / system!.width).toBeCloseTo(4 / 5.5, 1);
});

it('draws the floor as a line where there is one', () => {
  const floors = (svg: string) => elements(svg, 'line').filter(({ attributes }) => attributes.class === 'floor').length;
  expect(floors(drawChart(record))).toBe(1);
  expect(floors(drawChart(benchRecord(measurementsOf('hits', { sluis: [[1, 4]] }))))).toBe(0);
});

it('says what was not measured', () => {
  expect(drawChart(benchRecord([])).match(/was not measured/g)).toHaveLength(2);
});

it('stays inside the drawing, and knows its theme by itself', () => {
  const svg = drawChart(record);
  const [, width, height] = svg.match(/viewBox="0 0 (\d+) (\d+)"/)!.map(Number);
  for (const name of ['text', 'line', 'rect']) {
    for (const { attributes } of elements(svg, name)) {
      for (const [key, most] of [
        ['x', width],
        ['x1', width],
        ['x2', width],
        ['y', height],
        ['y1', height],
        ['y2', height],
      ] as const) {
        if (attributes[key] === undefined) continue;
        expect(Number(attributes[key])).toBeGreaterThanOrEqual(0);
        expect(Number(attributes[key])).toBeLessThanOrEqual(most!);
      }
    }
  }
  expect(svg).toContain('prefers-color-scheme: dark');
});

it('escapes every text', () => {
  const peer = `<script>"&'`;
  const svg = drawChart({ ...benchRecord(measurementsOf('hits', { [peer]: [[1, 1]] })), commit: '<b>&' });
  expect(svg).not.toMatch(/<script|<b>/);
  expect(svg).toContain('&lt;script&gt;&quot;&amp;&#39;');
});

it('is the same text for the same record', () => expect(drawChart(record)).toBe(drawChart(structuredClone(record))));
