// Holds the README's figures and its chart to the newest committed run of the benchmark.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawChart } from '../../bench/chart.ts';
import { newestWith } from '../../bench/earlier.ts';
import { CHART_PATH, readmeSection, sectionOf } from '../../bench/readme.ts';
import { ROOT } from '../support/documents.ts';

const newest = newestWith(['wire']);
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

it('the README has a place for them', () => expect(sectionOf(read('README.md'))).not.toBeNull());

describe.skipIf(newest === null)('the newest committed run (skipped: none by suites is committed yet)', () => {
  // `npm run bench -- --readme FILE --draw FILE` writes both.
  it('gives the section of the README', () => {
    expect(sectionOf(read('README.md'))).toBe(readmeSection(newest!.record, newest!.path));
  });

  it('gives the chart', () => expect(read(CHART_PATH)).toBe(drawChart(newest!.record)));
});
