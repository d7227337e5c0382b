// Entry of the stream worker: TCP from clients, and TCP to upstreams for every worker, on Node's event loop.

import { parentPort, workerData } from 'node:worker_threads';
import { type Outlet, TRANSPORT } from '../engine/client.ts';
import { GAUGE } from '../engine/counters.ts';
import { DATAGRAM_COUNTERS } from '../net/datagram-counters.ts';
import { PortableDatagram } from '../net/datagram-portable.ts';
import { formatAddress } from '../net/sockaddr.ts';
import { STREAM_COUNTERS } from '../net/stream-counters.ts';
import { StreamServer } from '../net/stream-server.ts';
import type { UpstreamAddress } from '../net/upstream-sockets.ts';
import { withFirstPolicy } from './first-policy.ts';
import type { Endpoint, Order, StreamStart } from './messages.ts';
import { randomWords } from './random.ts';
import { reclaim, settle } from './reclaim.ts';
import { readyOrEnd } from './report.ts';
import { StreamAsks } from './stream-asks.ts';
import { buildEngine, clock, moment, SOCKETS_PER_UPSTREAM } from './worker-engine.ts';

/** How often what takes too long is looked for, and when nobody is connected. */
const EXPIRE_MS = 250;
const RESTING_EXPIRE_MS = 2000;
const RECLAIM_MS = 500;

const start = withFirstPolicy<StreamStart>(workerData);
const main = parentPort!;
const random = randomWords();
const { engine, counters } = buildEngine(start, random);
const serverCounters = counters.sockets.subarray(DATAGRAM_COUNTERS, DATAGRAM_COUNTERS + STREAM_COUNTERS);
const clientCounters = counters.sockets.subarray(DATAGRAM_COUNTERS + STREAM_COUNTERS);

const asks = new StreamAsks(random, clock, clientCounters);
asks.setUpstreams(start.upstreams.map(endpointOf));
const server = new StreamServer({ listeners: start.listeners, limits: start.limits, clock }, engine, serverCounters);
const datagrams = new PortableDatagram(
  {
    listeners: [],
    reusePort: false,
    upstreams: start.upstreams,
    socketsPerUpstream: SOCKETS_PER_UPSTREAM,
    random,
    clock,
    askStream: askHere,
  },
  counters.sockets,
);
const outlet: Outlet = {
  pickSocket: (upstream) => datagrams.pickSocket(upstream),
  sendUpstream: (token, message, length) => datagrams.sendUpstream(token, message, length),
  askStream: askHere,
  reply: (client, message, length) => {
    if (client.transport === TRANSPORT.TCP) server.reply(client, message, length);
  },
};
engine.attach(outlet);

function endpointOf({ address, port }: UpstreamAddress): Endpoint {
  return { address: formatAddress(address), port };
}

function askHere(ticket: number, upstream: number, message: Uint8Array, length: number): void {
  asks.ask(ticket, upstream, message, length, (asked, answer, size) => {
    if (answer) engine.handleStreamReply(asked, answer, size, moment());
    else engine.handleStreamFailure(asked, moment());
  });
}

function expire(): void {
  const now = clock();
  server.expire(now);
  asks.expire(now);
  counters.gauge(GAUGE.STREAM_CLIENTS, server.connections);
  setTimeout(expire, server.connections + asks.outstanding > 0 ? EXPIRE_MS : RESTING_EXPIRE_MS);
}

async function stop(): Promise<void> {
  asks.close();
  datagrams.close();
  await server.close();
  process.exit();
}

function obey(order: Order): void {
  switch (order.type) {
    case 'adopt':
      datagrams.setUpstreams(order.upstreams);
      asks.setUpstreams(order.upstreams.map(endpointOf));
      engine.adopt(order.adoption);
      // After the datagram workers: threads that collect at once take each other's core.
      setTimeout(reclaim, RECLAIM_MS);
      return;
    case 'connect':
      asks.serve(order.port, order.wakeFd);
      return;
    case 'settle':
      settle();
      return;
    case 'stop':
      void stop();
  }
}

main.on('message', obey);
const report = await readyOrEnd(main, async () => {
  await datagrams.listen();
  return server.listen();
});
datagrams.run(engine, () => true);
expire();
main.postMessage(report);
