// The one place that knows prom-client: the table of metrics as a registry, read when it is scraped and never before.

import { type Counter, collectDefaultMetrics, Registry } from 'prom-client';
import type { MetricRow, Sample } from './metrics-row.ts';
import { type MetricsSource, type Scrape, scrape } from './metrics-source.ts';
import { METRICS, PROCESS_METRICS } from './metrics-table.ts';

const PREFIX = 'sluis_';
/** Milliseconds between two looks at the event loop: prom-client's own 10 would be most of what an idle Sluis does. */
const LAG_PRECISION_MS = 500;

/** What the documentation needs to know of a metric. */
export interface MetricSummary {
  name: string;
  type: string;
  help: string;
}

/** What prom-client writes: what its own metrics return from `get()`. */
interface Reading {
  name: string;
  help: string;
  type: string;
  values: { labels: Sample['labels']; value: number; metricName: string }[];
}

function readRow(row: MetricRow, from: Scrape): Reading {
  const { name, help, type } = row;
  const values = row.from(from).map(({ labels, value, suffix = '' }) => ({ labels, value, metricName: name + suffix }));
  return { name, help, type, values };
}

/** The exposition for Prometheus. Each instance watches the process: one is enough for a process. */
export class Metrics {
  readonly #source: MetricsSource;
  readonly #registry = new Registry();
  #scrape: Scrape | undefined;

  constructor(source: MetricsSource) {
    this.#source = source;
    for (const row of Object.values(METRICS).flat()) this.#register(row);
    collectDefaultMetrics({ register: this.#registry, prefix: PREFIX, eventLoopMonitoringPrecision: LAG_PRECISION_MS });
    const kept = new Set([
      ...PROCESS_METRICS,
      ...Object.values(METRICS).flatMap((rows) => rows.map(({ name }) => name)),
    ]);
    for (const { name } of this.#registry.getMetricsAsArray()) {
      if (!kept.has(name)) this.#registry.removeSingleMetric(name);
    }
  }

  /** Of what `expose` gives. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in the text format of Prometheus. Rejects with what the source throws. */
  async expose(): Promise<string> {
    this.#scrape = scrape(this.#source);
    // The registry asks every row before it first waits, so a scrape at the same time cannot come between.
    return this.#registry.metrics();
  }

  /** Everything exposed, in order. */
  summaries(): MetricSummary[] {
    return this.#registry.getMetricsAsArray().map(({ name, type, help }) => ({ name, type: String(type), help }));
  }

  /**
   * prom-client's classes add up what they are told; ours is added up elsewhere, and a histogram cannot be told its
   * buckets. The registry asks no more of a metric than a name and `get`, which its types do not say.
   */
  #register(row: MetricRow): void {
    const { name, help, type } = row;
    const metric = { name, help, type, get: () => readRow(row, this.#scrape ?? scrape(this.#source)) };
    this.#registry.registerMetric(metric as unknown as Counter);
  }
}
