// Entry of a datagram worker on batched system calls: it blocks in the kernel, and hears messages when it is woken.

import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { BatchedDatagram } from '../net/datagram.ts';
import { withFirstPolicy } from './first-policy.ts';
import type { BatchedStart, Order, Report } from './messages.ts';
import { randomWords } from './random.ts';
import { reclaim, settle } from './reclaim.ts';
import { StreamLine } from './stream-line.ts';
import { buildEngine, clock, SOCKETS_PER_UPSTREAM } from './worker-engine.ts';

const start = withFirstPolicy<BatchedStart>(workerData);
const main = parentPort!;
const random = randomWords();
const { engine, counters } = buildEngine(start, random);
const line = new StreamLine(engine);

const driver = new BatchedDatagram(
  {
    listeners: start.listeners,
    upstreams: start.upstreams,
    wakeFd: start.wakeFd,
    socketsPerUpstream: SOCKETS_PER_UPSTREAM,
    random,
    clock,
    owned: new Int32Array(start.owned),
    askStream: line.ask,
  },
  counters.sockets,
);
engine.attach(driver);

function obey(order: Order): boolean {
  switch (order.type) {
    case 'adopt':
      driver.setUpstreams(order.upstreams);
      engine.adopt(order.adoption);
      reclaim();
      return true;
    case 'connect':
      line.port = order.port;
      return true;
    case 'settle':
      settle();
      return true;
    case 'stop':
      return false;
  }
}

function takeAnswers(port: MessagePort): void {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    line.take(next.message);
  }
}

/** Called after each wake: nothing else reaches a thread that blocks. */
function poll(): boolean {
  for (let next = receiveMessageOnPort(main); next; next = receiveMessageOnPort(main)) {
    if (!obey(next.message as Order)) return false;
  }
  if (line.port) takeAnswers(line.port);
  return true;
}

main.postMessage({ type: 'ready', endpoints: [] } satisfies Report);
driver.run(engine, poll);
driver.close();
