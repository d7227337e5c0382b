// The table of all metrics: what is exposed, what is documented, and what alerts may rest on.

import { ENGINE_ROWS } from './metrics-engine.ts';
import type { MetricRow } from './metrics-row.ts';
import { SOCKET_ROWS } from './metrics-sockets.ts';
import { STATE_ROWS } from './metrics-state.ts';

/** Every metric of our own, by what it speaks of. Those of the process come from prom-client. */
export const METRICS: Record<string, readonly MetricRow[]> = {
  'Queries, decisions, upstreams, cache': ENGINE_ROWS,
  'Policy, reloads, workers': STATE_ROWS,
  Sockets: SOCKET_ROWS,
};

/**
 * What is kept of prom-client's default metrics, under our prefix: those of fixed size, in base units and named as
 * promtool likes. In each group one metric sets the others when it is asked, so it has to stay: the CPU's user seconds,
 * resident memory, the plain lag, the heap's total. Garbage collection is left out: its observer sees one of several.
 */
export const PROCESS_METRICS = [
  'process_cpu_user_seconds_total',
  'process_cpu_system_seconds_total',
  'process_cpu_seconds_total',
  'process_start_time_seconds',
  'process_resident_memory_bytes',
  'process_virtual_memory_bytes',
  'process_open_fds',
  'process_max_fds',
  'nodejs_eventloop_lag_seconds',
  'nodejs_eventloop_lag_max_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_heap_size_total_bytes',
  'nodejs_heap_size_used_bytes',
  'nodejs_external_memory_bytes',
].map((name) => `sluis_${name}`);
