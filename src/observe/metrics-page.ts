// Writes the page of the documentation that lists every metric, from the table that exposes them.

import { OUTCOME_MEANINGS } from './metrics-engine.ts';
import type { MetricRow } from './metrics-row.ts';
import { METRICS } from './metrics-table.ts';
import type { MetricSummary } from './prometheus.ts';

const OPENING = `# Metrics

<!-- Generated from the table in src/observe/metrics-table.ts: change that, then run
     \`npx vitest run test/observe/metrics-page.test.ts -u\`. -->

\`GET /metrics\` on the admin address gives these in the text format of Prometheus. Counters are sums over all workers,
and count on when a worker is replaced; they begin at 0 with the process. A label never holds a client, a queried name or
the text of a rule. A node exposes at most 2,000 series, with 255 policies.`;

const PROCESS_OPENING = `## The process

Of the whole process: its CPU and memory include every worker. \`sluis_nodejs_…\` speak of the main thread alone, which
touches no query; its event loop's lag includes the 20 ms between two looks at it.`;

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function labelCell(labels: MetricRow['labels'] = {}): string {
  return Object.entries(labels)
    .map(([label, values]) => {
      if (label === 'outcome') return '`outcome`: [see below](#outcomes)';
      return `\`${label}\`: ${typeof values === 'string' ? values : values.map((value) => `\`${value}\``).join(' ')}`;
    })
    .join('; ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

function section(title: string, rows: readonly MetricRow[]): string {
  const cells = rows.map(({ name, type, help, labels }) => [`\`${name}\``, type, help, labelCell(labels)]);
  return `## ${title}\n\n${table(['metric', 'type', 'meaning', 'labels'], cells)}`;
}

function outcomes(): string {
  const cells = Object.entries(OUTCOME_MEANINGS).map(([outcome, meaning]) => [`\`${outcome}\``, meaning]);
  return `## Outcomes\n\nEvery query ends in exactly one.\n\n${table(['outcome', 'meaning'], cells)}`;
}

/** The page as Markdown; `summaries` is what an instance of Metrics exposes, those of the process included. */
export function metricsPage(summaries: readonly MetricSummary[]): string {
  const ours = new Set(Object.values(METRICS).flatMap((rows) => rows.map(({ name }) => name)));
  const process = summaries
    .filter(({ name }) => !ours.has(name))
    .map(({ name, type, help }) => [`\`${name}\``, type, help]);
  const sections = Object.entries(METRICS).map(([title, rows]) => section(title, rows));
  const last = `${PROCESS_OPENING}\n\n${table(['metric', 'type', 'meaning'], process)}`;
  return `${[OPENING, ...sections, outcomes(), last].join('\n\n')}\n`;
}
