// Tells main whether a worker that opens its own sockets has them.

import type { MessagePort } from 'node:worker_threads';
import { ListenError } from '../net/listen-error.ts';
import type { Endpoint, Report } from './messages.ts';

async function open(listen: () => Promise<Endpoint[]>): Promise<Report> {
  try {
    return { type: 'ready', endpoints: await listen() };
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    const { code, address, port, message } = error;
    return { type: 'refused', code, address, port, message };
  }
}

/**
 * The report that the worker is ready, for when it runs. Where a socket is refused, says so and ends the thread: without
 * its sockets it would look alive and answer nobody; ended, it is started again.
 */
export async function readyOrEnd(main: MessagePort, listen: () => Promise<Endpoint[]>): Promise<Report> {
  const report = await open(listen);
  if (report.type === 'refused') {
    main.postMessage(report);
    process.exit();
  }
  return report;
}
