/** What can be done with a record that there is: draw it, write the README from it, compare a new one with it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { drawChart } from './chart.ts';
import { compare, comparisonText, passes } from './check.ts';
import { fromRoot, newestWith, ROOT, readRecord } from './earlier.ts';
import { CHART_PATH, readmeSection, withSection } from './readme.ts';
import type { RunRecord } from './record.ts';

/** Writes the chart beside the record and as the README's. Returns both paths, from the root of the checkout. */
export function draw(file: string): string[] {
  const path = resolve(file);
  const chart = drawChart(readRecord(path));
  const beside = path.replace(/(\.json)?$/, '.svg');
  for (const target of [beside, join(ROOT, CHART_PATH)]) writeFileSync(target, chart);
  return [fromRoot(beside), CHART_PATH];
}

/** Writes the README's section. Returns its path. @throws Error where the record or the place is missing. */
export function writeReadme(file: string): string {
  const path = resolve(file);
  const readme = join(ROOT, 'README.md');
  const section = readmeSection(readRecord(path), fromRoot(path));
  writeFileSync(readme, withSection(readFileSync(readme, 'utf8'), section));
  return 'README.md';
}

/** A record to compare with, and what to call it. */
export interface Earlier {
  readonly record: RunRecord;
  readonly path: string;
}

/**
 * The record of a file, or the newest committed one that has these suites.
 * @throws Error where there is none: found before anything is measured, it costs nobody half an hour.
 */
export function earlierFor(file: string | null, suites: readonly string[]): Earlier {
  if (file !== null) return { record: readRecord(resolve(file)), path: file };
  const newest = newestWith(suites);
  if (newest === null) throw new Error(`no committed record in bench/results has ${suites.join(', ')}: name a file`);
  return newest;
}

/** Compares the suites both have. Returns the text to print and whether the new run passes. */
export function check(now: RunRecord, { record, path }: Earlier): { text: string; passed: boolean } {
  const suites = now.outcomes.map(({ suite }) => suite);
  const figuresOf = ({ outcomes }: RunRecord) =>
    outcomes.filter(({ suite }) => suites.includes(suite)).flatMap(({ figures }) => figures);
  const comparisons = compare(figuresOf(record), figuresOf(now));
  return { text: comparisonText(comparisons, path), passed: passes(comparisons) };
}
