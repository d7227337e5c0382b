/** Draws what an answer cost each server as an SVG that reads in light and in dark, from the record of a run. */
import { type Cost, costsOf, placeOf, titleWithVersion } from './costs.ts';
import type { RunRecord } from './record.ts';

const PANELS = [
  { workload: 'hits', title: 'Answered from the cache', says: '15 % of the questions are for blocked names' },
  { workload: 'misses', title: 'Not in the cache', says: 'every question is forwarded to an upstream' },
] as const;
type Panel = (typeof PANELS)[number];

/** In pixels of the drawing; those who show it scale it. */
const WIDTH = 960;
const MARGIN = 32;
const HEAD = 96;
const FOOT = 44;
const GUTTER = 36;
const PANEL_HEAD = 68;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - GUTTER) / 2;
const LABEL_WIDTH = 168;
const VALUE_WIDTH = 46;
const BAR_WIDTH = PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH;
const ROW = 30;
const BAR = 18;

const STYLE = `
  svg { font-family: -apple-system, BlinkMacSystemFont, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
  .card { fill: #ffffff; stroke: #d1d9e0; }
  text { fill: #1f2328; font-size: 13px; }
  .title { font-size: 21px; font-weight: 600; }
  .panel { font-size: 15px; font-weight: 600; }
  .quiet { fill: #59636e; font-size: 12px; }
  .own { font-weight: 700; }
  .number { font-variant-numeric: tabular-nums; }
  .user { fill: #8b98a5; }
  .system { fill: #c5ced6; }
  .own-user { fill: #0a6e8a; }
  .own-system { fill: #57b6cf; }
  .range { stroke: #1f2328; stroke-opacity: .55; stroke-width: 1.25; }
  .floor { stroke: #b35900; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .floor-text { fill: #b35900; font-size: 12px; }
  .axis { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    .card { fill: #0d1117; stroke: #3d444d; }
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .user { fill: #6e7985; }
    .system { fill: #414a54; }
    .own-user { fill: #22a2c3; }
    .own-system { fill: #166078; }
    .range { stroke: #f0f6fc; }
    .floor { stroke: #f0a04b; }
    .floor-text { fill: #f0a04b; }
    .axis { stroke: #3d444d; }
  }
`;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
const px = (value: number) => String(Math.round(value * 10) / 10);

function text(
  x: number,
  y: number,
  words: string,
  className = '',
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  const style = className === '' ? '' : ` class="${className}"`;
  return `<text x="${px(x)}" y="${px(y)}"${style} text-anchor="${anchor}">${escaped(words)}</text>`;
}

function rectangle(x: number, y: number, width: number, className: string): string {
  return `<rect x="${px(x)}" y="${px(y)}" width="${px(Math.max(width, 0))}" height="${BAR}" class="${className}"/>`;
}

function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" class="${className}"/>`;
}

/** The step of an axis up to `most`: 1, 2 or 5 times a power of ten, three to six of them. */
function stepOf(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 3));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => most / step <= 6)!;
}

/** A server of a panel: its name, its bar of user and system time, the range of its rounds, and its median. */
function row(cost: Cost, title: string, left: number, top: number, scale: number): string[] {
  const own = cost.peer === 'sluis' ? 'own-' : '';
  const { min, max, median } = cost.total;
  const start = left + LABEL_WIDTH;
  const [userEnd, end, middle] = [start + cost.user * scale, start + median * scale, top + BAR / 2];
  const [from, to] = [start + min * scale, start + max * scale];
  return [
    text(start - 10, middle + 4.5, title, own ? 'own' : '', 'end'),
    rectangle(start, top, userEnd - start, `${own}user`),
    rectangle(userEnd, top, end - userEnd, `${own}system`),
    line(from, middle, to, middle, 'range'),
    text(Math.max(end, to) + 8, middle + 4.5, median.toFixed(median < 10 ? 2 : 1), own ? 'own number' : 'number'),
  ];
}

function axis(left: number, top: number, bottom: number, most: number, scale: number): string[] {
  const parts: string[] = [];
  const step = stepOf(most);
  for (let value = 0; value <= most; value += step) {
    const x = left + LABEL_WIDTH + value * scale;
    const words = value + step > most ? `${value} µs` : String(value);
    parts.push(line(x, top, x, bottom, 'axis'), text(x, bottom + 17, words, 'quiet number', 'middle'));
  }
  return parts;
}

function panel(record: RunRecord, { workload, title, says }: Panel, left: number, top: number): string[] {
  const costs = costsOf(record, workload);
  const parts = [text(left, top + 16, title, 'panel'), text(left, top + 34, says, 'quiet')];
  const floor = costs.find(({ peer }) => peer === 'floor')?.total.median;
  const servers = costs.filter(({ peer }) => peer !== 'floor');
  if (servers.length === 0) return [...parts, text(left, top + PANEL_HEAD + 14, 'was not measured', 'quiet')];
  const most = Math.max(...servers.map(({ total }) => total.max));
  const scale = BAR_WIDTH / most;
  const [first, bottom] = [top + PANEL_HEAD, top + PANEL_HEAD + servers.length * ROW];
  parts.push(...axis(left, first - 6, bottom, most, scale));
  servers.forEach((cost, index) => {
    parts.push(...row(cost, titleWithVersion(cost.peer, record), left, first + index * ROW, scale));
  });
  if (floor === undefined) return parts;
  const x = left + LABEL_WIDTH + floor * scale;
  const words = `${floor.toFixed(2)}: a C program that only echoes`;
  return [...parts, line(x, first - 8, x, bottom, 'floor'), text(x + 5, first - 10, words, 'floor-text')];
}

/** What the colours mean, from right to left at the top. */
function legend(right: number, y: number): string[] {
  const entry = (x: number, name: string, words: string) => [
    rectangle(x, y - 14, 12, `own-${name}`),
    rectangle(x + 13, y - 14, 12, name),
    text(x + 33, y, words, 'quiet'),
  ];
  return [...entry(right - 268, 'user', 'the server itself'), ...entry(right - 120, 'system', 'in the kernel')];
}

/** The rounds of the run, as people count them. */
function roundsOf({ options }: RunRecord): string {
  return options.rounds === 1 ? 'one round' : `median of ${options.rounds} rounds, with the range of all`;
}

/**
 * The chart of a run: CPU for an answered query, of every server, for cache hits and for misses, as the text of an SVG.
 * It has a ground of its own, so that it reads wherever it is shown. The same record gives the same text.
 */
export function drawChart(record: RunRecord): string {
  const rows = Math.max(
    1,
    ...PANELS.map(({ workload }) => costsOf(record, workload).filter(({ peer }) => peer !== 'floor').length),
  );
  const height = HEAD + PANEL_HEAD + rows * ROW + 24 + FOOT;
  const title = 'What one answer costs in CPU';
  const subtitle = `Microseconds, server on one core, less is better; ${roundsOf(record)}`;
  const changed = record.uncommittedChanges ? ' and changes' : '';
  const source = `${placeOf(record)}; commit ${record.commit}${changed}; npm run bench`;
  const parts = [
    `<rect x=".5" y=".5" width="${WIDTH - 1}" height="${height - 1}" rx="8" class="card"/>`,
    text(MARGIN, 44, title, 'title'),
    text(MARGIN, 66, subtitle, 'quiet'),
    ...legend(WIDTH - MARGIN, 44),
    ...PANELS.flatMap((one, index) => panel(record, one, MARGIN + index * (PANEL_WIDTH + GUTTER), HEAD)),
    text(MARGIN, height - 18, source, 'quiet'),
  ];
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`;
  return `${head}\n<title>${escaped(`${title}. ${subtitle}. ${source}`)}</title>\n<style>${STYLE}</style>\n${parts.join('\n')}\n</svg>\n`;
}
