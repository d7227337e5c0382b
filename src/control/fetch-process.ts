// Has lists fetched in a process of its own, which ends when all is known of them.

import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { entryAt } from './entry.ts';
import { AT_ONCE, type FetchOrder, type FetchOutcome } from './fetch-messages.ts';

/** Beyond the time that servers have: for what is not waiting for them. */
const GRACE_MS = 30_000;

/** What comes of fetching; one for each list of the order. Never rejects. `signal` ends it. */
export function fetchAside(order: FetchOrder, signal: AbortSignal): Promise<FetchOutcome[]> {
  const outcomes = new Map<string, FetchOutcome>();
  const { timeout } = order.updates;
  const rounds = Math.ceil(order.lists.length / AT_ONCE);
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(entryAt('./fetch-entry')), [], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    let said = '';
    const stop = () => child.kill('SIGKILL');
    const timer = setTimeout(stop, rounds * timeout * 1000 + GRACE_MS);
    signal.addEventListener('abort', stop);
    process.once('exit', stop);
    child.stderr!.on('data', (text: Buffer) => {
      said = `${said}${text}`.slice(-2000);
    });
    child.on('message', (message) => {
      const outcome = message as FetchOutcome;
      outcomes.set(outcome.id, outcome);
    });
    child.once('error', (error) => {
      said = error.message;
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      process.off('exit', stop);
      const reason = `the process that fetches ended with ${code ?? 'a signal'}${said ? `: ${said.trim()}` : ''}`;
      resolve(order.lists.map(({ id }) => outcomes.get(id) ?? { id, result: 'failed', reason, fix: 'see the log' }));
    });
    child.send(order, () => {});
  });
}
