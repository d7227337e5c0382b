// Entry of the thread that compiles a policy and ends.

import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { BuildStart } from './build-thread.ts';
import { buildPolicy } from './policy-build.ts';

const { settings, seed, generation }: BuildStart = workerData;
parentPort!.postMessage(
  buildPolicy({ settings, seed, generation, readOctets: readFileSync, clock: () => performance.now() }),
);
