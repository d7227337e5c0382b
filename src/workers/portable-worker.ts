// Entry of a datagram worker on node:dgram: where koffi or Linux is missing, and where the configuration asks for it.

import { parentPort, workerData } from 'node:worker_threads';
import { PortableDatagram } from '../net/datagram-portable.ts';
import { withFirstPolicy } from './first-policy.ts';
import type { Order, PortableStart } from './messages.ts';
import { randomWords } from './random.ts';
import { reclaim, settle } from './reclaim.ts';
import { readyOrEnd } from './report.ts';
import { StreamLine } from './stream-line.ts';
import { buildEngine, clock, SOCKETS_PER_UPSTREAM } from './worker-engine.ts';

const start = withFirstPolicy<PortableStart>(workerData);
const main = parentPort!;
const random = randomWords();
const { engine, counters } = buildEngine(start, random);
const line = new StreamLine(engine);

const driver = new PortableDatagram(
  {
    listeners: start.listeners,
    reusePort: start.reusePort,
    upstreams: start.upstreams,
    socketsPerUpstream: SOCKETS_PER_UPSTREAM,
    random,
    clock,
    askStream: line.ask,
  },
  counters.sockets,
);
engine.attach(driver);

function obey(order: Order): void {
  switch (order.type) {
    case 'adopt':
      driver.setUpstreams(order.upstreams);
      engine.adopt(order.adoption);
      reclaim();
      return;
    case 'connect':
      line.port = order.port;
      line.port.on('message', line.take);
      return;
    case 'settle':
      settle();
      return;
    case 'stop':
      driver.close();
      process.exit();
  }
}

main.on('message', obey);
const report = await readyOrEnd(main, () => driver.listen());
void driver.run(engine, () => true);
main.postMessage(report);
