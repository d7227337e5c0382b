// The page that lists the metrics is what the table says now.

import process from 'node:process';
import { expect, it } from 'vitest';
import { OUTCOME } from '../../src/engine/counters.ts';
import { metricsPage } from '../../src/observe/metrics-page.ts';
import { METRICS } from '../../src/observe/metrics-table.ts';
import { Metrics } from '../../src/observe/prometheus.ts';
import { metricsWorld } from './metrics-world.ts';

const page = metricsPage(new Metrics(metricsWorld()).summaries());

it('holds every metric and every outcome', () => {
  for (const { name } of Object.values(METRICS).flat()) expect(page).toContain(`| \`${name}\` |`);
  for (const name of Object.keys(OUTCOME)) expect(page).toContain(`| \`${name.toLowerCase()}\` |`);
});

it('has as many cells in every row as in its head', () => {
  const widths = page.split('\n\n').filter((block) => block.startsWith('|'));
  expect(widths.length).toBe(Object.keys(METRICS).length + 2);
  for (const block of widths) {
    const counts = block
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/(?<!\\)\|/).length);
    expect(new Set(counts).size).toBe(1);
  }
});

// prom-client knows memory and file descriptors of the process on Linux only, and the page is of Linux.
it.skipIf(process.platform !== 'linux')('is docs/metrics.md (vitest -u writes it; skipped outside Linux)', async () => {
  await expect(page).toMatchFileSnapshot('../../docs/metrics.md');
});
