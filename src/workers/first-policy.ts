// A worker that is started before there is a policy waits for the first: it is heard by nobody until it can judge.

import process from 'node:process';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { Order, WorkerStart } from './messages.ts';

/** How often the thread looks, in milliseconds. */
const LOOK_MS = 5;

/** What to start with once there is a policy. The thread's code is loaded by then; one told to stop ends here. */
export function withFirstPolicy<Start extends WorkerStart>(start: Start): Start {
  const never = new Int32Array(new SharedArrayBuffer(4));
  let ready = start;
  while (!ready.adoption) {
    const order = receiveMessageOnPort(parentPort!)?.message as Order | undefined;
    if (order?.type === 'stop') process.exit();
    if (order?.type === 'adopt') ready = { ...start, adoption: order.adoption, upstreams: order.upstreams };
    else Atomics.wait(never, 0, 0, LOOK_MS);
  }
  return ready;
}
