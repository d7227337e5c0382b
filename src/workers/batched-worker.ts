// Entry of a datagram worker on batched system calls: it blocks in the kernel, and hears messages when it is woken.

import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { BatchedDatagram } from '../net/datagram.ts';
import type { BatchedStart, Order, Report, StreamAnswer, StreamAsk } from './messages.ts';
import { randomWords } from './random.ts';
import { reclaim } from './reclaim.ts';
import { buildEngine, clock, moment } from './worker-engine.ts';

const SOCKETS_PER_UPSTREAM = 8;

const start: BatchedStart = workerData;
const main = parentPort!;
const random = randomWords();
const { engine, counters } = buildEngine(start, random);
let stream: MessagePort | undefined;

const driver = new BatchedDatagram(
  {
    listeners: start.listeners,
    upstreams: start.upstreams,
    wakeFd: start.wakeFd,
    socketsPerUpstream: SOCKETS_PER_UPSTREAM,
    random,
    clock,
    owned: new Int32Array(start.owned),
    askStream: (ticket, upstream, message, length) => {
      const ask: StreamAsk = { ticket, upstream, message: message.slice(0, length) };
      // Without a stream worker (it is being replaced) the question runs into its time limit, and is asked again.
      stream?.postMessage(ask);
    },
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
      stream = order.port;
      return true;
    case 'stop':
      return false;
  }
}

function takeAnswers(port: MessagePort): void {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const { ticket, message } = next.message as StreamAnswer;
    if (message) engine.handleStreamReply(ticket, message, message.length, moment());
    else engine.handleStreamFailure(ticket, moment());
  }
}

/** Called after each wake: nothing else reaches a thread that blocks. */
function poll(): boolean {
  for (let next = receiveMessageOnPort(main); next; next = receiveMessageOnPort(main)) {
    if (!obey(next.message as Order)) return false;
  }
  if (stream) takeAnswers(stream);
  return true;
}

main.postMessage({ type: 'ready', endpoints: [] } satisfies Report);
driver.run(engine, poll);
driver.close();
