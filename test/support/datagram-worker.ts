// A worker that runs a datagram driver under a handler which does what the first octet of each message says.

import { parentPort, workerData } from 'node:worker_threads';
import { Client, type Handler, PENDING, SILENCE } from '../../src/engine/client.ts';
import { BatchedDatagram } from '../../src/net/datagram.ts';
import { DATAGRAM } from '../../src/net/datagram-counters.ts';
import { PortableDatagram } from '../../src/net/datagram-portable.ts';
import { CONTROL, ORDER, type WorkerSetup } from './datagram-driver.ts';

const setup = workerData as WorkerSetup;
const driver = setup.kind === 'batched' ? batched() : portable();
/** Clients and messages that wait, by the id in octets 1 and 2; those of ORDER.LATER are answered by the tick. */
const waiting = new Map<number, { client: Client; message: Uint8Array }>();
const late: number[] = [];

function random(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

function batched(): BatchedDatagram {
  const { listeners, upstreams, wakeFd, owned, counters } = setup;
  const own = { socketsPerUpstream: 4, random, askStream };
  return new BatchedDatagram({ listeners, upstreams, wakeFd, owned, ...own }, counters);
}

function portable(): PortableDatagram {
  const { listeners, upstreams, counters } = setup;
  const own = { socketsPerUpstream: 4, random, askStream, reusePort: true };
  return new PortableDatagram({ listeners, upstreams, ...own }, counters);
}

function askStream(ticket: number, upstream: number, message: Uint8Array, length: number): void {
  parentPort!.postMessage({ ticket, upstream, message: message.slice(0, length) });
}

function keep(message: Uint8Array, length: number, client: Client): number {
  const words = new Uint32Array(16);
  client.save(words, 0);
  const kept = new Client();
  kept.restore(words, 0);
  const id = (message[1]! << 8) | message[2]!;
  waiting.set(id, { client: kept, message: message.slice(0, length) });
  return id;
}

function describe(client: Client, out: Uint8Array): number {
  const { family, a, b, c, d, port, listener, transport, connection, hasLocal, l0, l3 } = client;
  const text = JSON.stringify({ family, a, b, c, d, port, listener, transport, connection, hasLocal, l0, l3 });
  return new TextEncoder().encodeInto(text, out).written;
}

const handler: Handler = {
  handleQuery(message, length, client, out) {
    if (length === 0) return SILENCE;
    switch (message[0]) {
      case ORDER.ECHO:
        out.set(message.subarray(0, length));
        out[0] = ORDER.ECHO | 0x80;
        return length;
      case ORDER.DESCRIBE:
        return describe(client, out);
      case ORDER.COUNT:
        new DataView(out.buffer, out.byteOffset).setUint32(0, setup.counters[DATAGRAM.QUERIES]!);
        return 4;
      case ORDER.LATER:
        late.push(keep(message, length, client));
        return PENDING;
      case ORDER.FORWARD:
        keep(message, length, client);
        return driver.sendUpstream(driver.pickSocket(0), message, length) ? PENDING : SILENCE;
      case ORDER.TOO_LONG: {
        driver.reply(client, new Uint8Array(5000), 5000);
        return driver.sendUpstream(driver.pickSocket(0), new Uint8Array(5000), 5000) ? PENDING : SILENCE;
      }
      case ORDER.BAD_TOKENS:
        out[0] = driver.pickSocket(99) === -1 ? 1 : 0;
        out[1] = driver.sendUpstream(-1, message, length) ? 0 : 1;
        out[2] = driver.sendUpstream(0x7fffffff, message, length) ? 0 : 1;
        return 3;
      case ORDER.FAIL:
        throw new Error('a bug');
      default:
        return SILENCE;
    }
  },
  handleReply(message, length) {
    Atomics.add(setup.control, CONTROL.HEARD, 1);
    const entry = waiting.get((message[1]! << 8) | message[2]!);
    if (entry !== undefined) driver.reply(entry.client, message, length);
  },
  tick() {
    for (const id of late.splice(0)) {
      const { client, message } = waiting.get(id)!;
      driver.reply(client, message, message.length);
    }
    return 250;
  },
  upstreamError() {
    Atomics.add(setup.control, CONTROL.ERRORS, 1);
    parentPort!.postMessage('unreachable');
  },
};

function poll(): boolean {
  Atomics.add(setup.control, CONTROL.POLLS, 1);
  parentPort!.postMessage('polled');
  const next = setup.control[CONTROL.NEXT_UPSTREAM]!;
  if (next !== 0) driver.setUpstreams([{ ...setup.upstreams[0]!, port: next }]);
  return setup.control[CONTROL.STOP] === 0;
}

if (driver instanceof BatchedDatagram) {
  parentPort!.postMessage({ listening: setup.listeners });
  driver.run(handler, poll);
} else {
  parentPort!.on('message', () => driver.wake());
  const listening = await driver.listen();
  parentPort!.postMessage({ listening });
  await driver.run(handler, poll);
  parentPort!.close();
}
driver.close();
