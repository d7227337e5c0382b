// Entry of the thread that compiles a policy and ends.

import { parentPort, workerData } from 'node:worker_threads';
import { type BuildOptions, buildPolicy } from './policy-build.ts';

const options: BuildOptions = workerData;
parentPort!.postMessage(buildPolicy(options));
