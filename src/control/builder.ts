// Starts the process that reads the configuration and compiles its policy; by itself, so that a start can begin with it.

import { type ChildProcess, fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { GENTLE } from './build-messages.ts';
import { entryAt } from './entry.ts';

/**
 * A process that loads its code and waits for its order; `isGentle`: it runs only when nothing else wants the core. It
 * ends when this process does, or when it is told.
 */
export function startBuilder(isGentle = false): ChildProcess {
  const entry = fileURLToPath(entryAt('./build-entry'));
  const builder = fork(entry, isGentle ? [GENTLE] : [], {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
  });
  const stop = () => builder.kill('SIGKILL');
  process.once('exit', stop);
  builder.once('exit', () => process.off('exit', stop));
  return builder;
}
