// A thread that tells the scheduling policy it has before and after it asked to run when idle.

import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { runWhenIdle } from '../../src/workers/scheduling.ts';

/** Field 41 of proc_pid_stat(5); the name, which may hold blanks, ends with the last parenthesis. */
function policy(): number {
  const stat = readFileSync('/proc/thread-self/stat', 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[41 - 3]);
}

const before = policy();
const isIdle = runWhenIdle();
parentPort!.postMessage({ before, isIdle, after: policy() });
