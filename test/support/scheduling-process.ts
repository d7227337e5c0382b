// A process that tells the scheduling policies its threads have before and after it asked to run when idle.

import { readdirSync, readFileSync } from 'node:fs';
import { runWhenIdle } from '../../src/control/scheduling.ts';

/** Field 41 of proc_pid_stat(5), by thread; the name, which may hold blanks, ends with the last parenthesis. */
function policies(): number[] {
  return readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[41 - 3]);
  });
}

const before = policies();
const isIdle = runWhenIdle();
process.send!({ before, isIdle, after: policies() });
