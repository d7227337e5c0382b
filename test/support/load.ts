// Runs a load client in a thread of its own, beside the server and the test.

import { Worker } from 'node:worker_threads';
import type { LoadPlan, LoadResult } from './load-client.ts';

/** Patience beyond what replacing a worker takes on a machine that is busy with other tests. */
const DEFAULTS = { sockets: 16, window: 32, patience: 6000 };

export type { LoadResult } from './load-client.ts';

/** Resolves when every question was answered or given up. */
export function runLoad(plan: Omit<LoadPlan, keyof typeof DEFAULTS> & Partial<LoadPlan>): Promise<LoadResult> {
  const workerData: LoadPlan = { ...DEFAULTS, ...plan };
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./load-client.ts', import.meta.url), { workerData });
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}
