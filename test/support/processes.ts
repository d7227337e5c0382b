// Finds the processes that this one started, so that a test can end one as the system would.

import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** The process started by this one that calls itself so; throws where there is none. */
export function childCalled(title: string): number {
  for (const task of readdirSync('/proc/self/task')) {
    for (const pid of readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean)) {
      if (titleOf(pid) === title) return Number(pid);
    }
  }
  throw new Error(`process ${process.pid} has no child called "${title}"`);
}

function titleOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0.*$/s, '');
  } catch {
    return '';
  }
}
