// Entry of a datagram worker on node:dgram: where koffi or Linux is missing, and where the settings ask for it.

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { PortableDatagram } from '../net/datagram-portable.ts';
import { ListenError } from '../net/listen-error.ts';
import type { Order, PortableStart, Report, StreamAnswer, StreamAsk } from './messages.ts';
import { randomWords } from './random.ts';
import { reclaim } from './reclaim.ts';
import { buildEngine, clock, moment } from './worker-engine.ts';

const SOCKETS_PER_UPSTREAM = 8;

const start: PortableStart = workerData;
const main = parentPort!;
const random = randomWords();
const { engine, counters } = buildEngine(start, random);
let stream: MessagePort | undefined;

const driver = new PortableDatagram(
  {
    listeners: start.listeners,
    reusePort: start.reusePort,
    upstreams: start.upstreams,
    socketsPerUpstream: SOCKETS_PER_UPSTREAM,
    random,
    clock,
    askStream: (ticket, upstream, message, length) => {
      const ask: StreamAsk = { ticket, upstream, message: message.slice(0, length) };
      stream?.postMessage(ask);
    },
  },
  counters.sockets,
);
engine.attach(driver);

function takeAnswer({ ticket, message }: StreamAnswer): void {
  if (message) engine.handleStreamReply(ticket, message, message.length, moment());
  else engine.handleStreamFailure(ticket, moment());
}

function obey(order: Order): void {
  switch (order.type) {
    case 'adopt':
      driver.setUpstreams(order.upstreams);
      engine.adopt(order.adoption);
      reclaim();
      return;
    case 'connect':
      stream = order.port;
      stream.on('message', takeAnswer);
      return;
    case 'stop':
      driver.close();
      process.exit();
  }
}

async function open(): Promise<Report> {
  try {
    return { type: 'ready', endpoints: await driver.listen() };
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    const { code, address, port, message } = error;
    return { type: 'refused', code, address, port, message };
  }
}

main.on('message', obey);
const report = await open();
if (report.type === 'refused') {
  // A worker without its sockets would look alive and answer nobody: ended, it is started again.
  main.postMessage(report);
  process.exit();
}
void driver.run(engine, () => true);
main.postMessage(report);
