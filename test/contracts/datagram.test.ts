// What both datagram drivers must do, each asked over loopback while it runs in a worker thread of its own.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { DATAGRAM } from '../../src/net/datagram-counters.ts';
import { isBatchedAvailable } from '../../src/net/syscalls.ts';
import {
  ask,
  CONTROL,
  connect,
  type Driver,
  type DriverKind,
  exchange,
  idOf,
  message,
  ORDER,
  scriptedUpstream,
  startDriver,
} from '../support/datagram-driver.ts';

const missing = isBatchedAvailable();
const open: { close(): unknown }[] = [];
const running: Driver[] = [];

afterEach(async () => {
  for (const socket of open.splice(0)) socket.close();
  for (const driver of running.splice(0)) {
    await driver.worker.terminate();
    driver.release();
  }
});

async function start(kind: DriverKind, addresses: string[], upstream?: number): Promise<Driver> {
  const driver = await startDriver(kind, addresses, upstream);
  running.push(driver);
  return driver;
}

async function client(port: number, address?: string): Promise<Socket> {
  const socket = await connect(port, address);
  open.push(socket);
  return socket;
}

async function upstream(script: Parameters<typeof scriptedUpstream>[0]): Promise<Socket> {
  const socket = await scriptedUpstream(script);
  open.push(socket);
  return socket;
}

const range = (count: number) => Array.from({ length: count }, (_, at) => at);

function contract(kind: DriverKind): void {
  it('answers each of 5,000 queries from eight clients once, with its own octets', async () => {
    const driver = await start(kind, ['127.0.0.1']);
    const perClient = await Promise.all(
      range(8).map(async (number) => {
        const ids = range(625).map((at) => number * 625 + at);
        const sent = ids.map((id) => message(ORDER.ECHO, id, id % 400));
        return { sent, replies: await exchange(await client(driver.ports[0]!), sent) };
      }),
    );
    for (const { sent, replies } of perClient) {
      const byId = new Map(replies.map((reply) => [idOf(reply), reply]));
      expect(byId.size).toBe(sent.length);
      for (const query of sent) expect([...byId.get(idOf(query))!.subarray(1)]).toEqual([...query.subarray(1)]);
    }
    expect(driver.counters[DATAGRAM.QUERIES]).toBe(5000);
    expect(driver.counters[DATAGRAM.REPLY_FAILED]! + driver.counters[DATAGRAM.REPLY_CONGESTED]!).toBe(0);
  });

  it.each(['127.0.0.1', '::1'])('tells the handler who asked on %s, and where', async (address) => {
    const driver = await start(kind, ['127.0.0.1', address]);
    const socket = await client(driver.ports[1]!, address);
    const told = JSON.parse(new TextDecoder().decode(await ask(socket, message(ORDER.DESCRIBE, 0))));
    const isFour = address === '127.0.0.1';
    expect(told).toMatchObject({ family: isFour ? 4 : 6, a: isFour ? 0x7f000001 : 0, d: isFour ? 0 : 1 });
    expect(told).toMatchObject({ port: socket.address().port, listener: 1, transport: 0, connection: -1 });
  });

  it.each(['0.0.0.0', '::'])('answers on the wildcard %s', async (address) => {
    const driver = await start(kind, [address]);
    const socket = await client(driver.ports[0]!, address === '::' ? '::1' : '127.0.0.1');
    expect(idOf(await ask(socket, message(ORDER.ECHO, 7)))).toBe(7);
  });

  it('is silent where the handler is, and for what is no message', async () => {
    const driver = await start(kind, ['127.0.0.1']);
    const socket = await client(driver.ports[0]!);
    const replies: number[] = [];
    socket.on('message', (reply) => replies.push(idOf(reply)));
    socket.send(message(ORDER.SILENCE, 1));
    socket.send(new Uint8Array(0));
    await ask(socket, message(ORDER.ECHO, 2));
    expect(replies).toEqual([2]);
  });

  it('sends what was pending when the tick replies', async () => {
    const driver = await start(kind, ['127.0.0.1', '::1']);
    for (const [listener, address] of ['127.0.0.1', '::1'].entries()) {
      const socket = await client(driver.ports[listener]!, address);
      const sent = range(300).map((id) => message(ORDER.LATER, id + listener * 1000, 40));
      const replies = await exchange(socket, sent, 100);
      expect(new Set(replies.map(idOf))).toEqual(new Set(sent.map(idOf)));
    }
  });

  it('drops a datagram over 4,096 octets and answers one of 4,096', async () => {
    const driver = await start(kind, ['127.0.0.1']);
    const socket = await client(driver.ports[0]!);
    const replies: number[] = [];
    socket.on('message', (reply) => replies.push(reply.length));
    socket.send(message(ORDER.ECHO, 1, 4094));
    await ask(socket, message(ORDER.ECHO, 2, 4093));
    expect(replies).toEqual([4096]);
    expect(driver.counters[DATAGRAM.QUERY_OVERSIZED]).toBe(1);
  });

  it('forwards 2,000 questions by changing random ports and brings each answer to who asked', async () => {
    const ports = new Set<number>();
    const peer = await upstream((bytes, port, reply) => {
      ports.add(port);
      reply(bytes);
    });
    const driver = await start(kind, ['127.0.0.1'], peer.address().port);
    const asking = await client(driver.ports[0]!);
    const askFrom = (first: number, count: number) =>
      exchange(
        asking,
        range(count).map((at) => message(ORDER.FORWARD, first + at, 30)),
      );
    const replies = await askFrom(0, 2000);
    expect(new Set(replies.map(idOf)).size).toBe(2000);
    expect(driver.counters[DATAGRAM.UPSTREAM_SENT]).toBe(2000);
    expect(driver.counters[DATAGRAM.UPSTREAM_RECEIVED]).toBe(2000);
    const opened = () => driver.counters[DATAGRAM.SOCKETS_OPENED]!;
    // One that was still being opened when the last question left is asked from by the next.
    for (let more = 0; more < 20 && ports.size !== opened(); more++) await askFrom(2000 + more * 64, 64);
    expect(ports.size).toBe(opened());
    expect(ports.size).toBeGreaterThanOrEqual(4);
    const sorted = [...ports].sort((one, other) => one - other);
    expect(sorted.at(-1)! - sorted[0]!).toBeGreaterThan(sorted.length);
  });

  it('hears no answer from another port or address than the upstream it asked', async () => {
    const otherPort = createSocket('udp4').bind(0, '127.0.0.1');
    open.push(otherPort);
    const forged = (bytes: Uint8Array) => Uint8Array.from([...bytes.subarray(0, 3), 0xbad & 0xff]);
    const send = (socket: Socket, bytes: Uint8Array, port: number) =>
      new Promise<void>((resolve) => {
        socket.send(bytes, port, '127.0.0.1', () => resolve());
      });
    const peer = await upstream((bytes, port, reply) => {
      void Promise.all([send(otherPort, forged(bytes), port), send(otherAddress, forged(bytes), port)]).then(() =>
        reply(bytes),
      );
    });
    const otherAddress = createSocket('udp4').bind(peer.address().port, '127.0.0.2');
    open.push(otherAddress);
    await once(otherAddress, 'listening');
    const driver = await start(kind, ['127.0.0.1'], peer.address().port);
    const sent = range(50).map((id) => message(ORDER.FORWARD, id));
    const replies = await exchange(await client(driver.ports[0]!), sent, 1);
    expect(replies.map((reply) => reply.length)).toEqual(sent.map((query) => query.length));
    expect(driver.control[CONTROL.HEARD]).toBe(50);
  });

  it('drops an answer over 4,096 octets', async () => {
    const peer = await upstream((bytes, _port, reply) => {
      reply(message(ORDER.FORWARD, idOf(bytes), 4094));
      reply(bytes);
    });
    const driver = await start(kind, ['127.0.0.1'], peer.address().port);
    const reply = await ask(await client(driver.ports[0]!), message(ORDER.FORWARD, 5));
    expect(reply.length).toBe(3);
    expect(driver.counters[DATAGRAM.UPSTREAM_OVERSIZED]).toBe(1);
  });

  it('says when nobody listens upstream, and goes on', async () => {
    const gone = await scriptedUpstream(() => {});
    const { port } = gone.address();
    gone.close();
    const driver = await start(kind, ['127.0.0.1'], port);
    const socket = await client(driver.ports[0]!);
    const told = once(driver.worker, 'message');
    socket.send(message(ORDER.FORWARD, 1));
    expect((await told)[0]).toBe('unreachable');
    expect(idOf(await ask(socket, message(ORDER.ECHO, 2)))).toBe(2);
    expect(driver.counters[DATAGRAM.UPSTREAM_UNREACHABLE]).toBeGreaterThanOrEqual(1);
  });

  it('refuses what cannot be sent: too long, an unknown upstream, a token of no socket', async () => {
    const driver = await start(kind, ['127.0.0.1'], 9);
    const socket = await client(driver.ports[0]!);
    expect([...(await ask(socket, message(ORDER.BAD_TOKENS, 1)))]).toEqual([1, 1, 1]);
    socket.send(message(ORDER.TOO_LONG, 2));
    expect(idOf(await ask(socket, message(ORDER.ECHO, 3)))).toBe(3);
    expect(driver.counters[DATAGRAM.REPLY_FAILED]).toBe(1);
    expect(driver.counters[DATAGRAM.UPSTREAM_SENT]).toBe(0);
  });

  it('changes to another upstream when told, while it runs', async () => {
    const first = await upstream((bytes, _port, reply) => reply(Uint8Array.of(...bytes, 1)));
    const second = await upstream((bytes, _port, reply) => reply(Uint8Array.of(...bytes, 2)));
    const driver = await start(kind, ['127.0.0.1'], first.address().port);
    const socket = await client(driver.ports[0]!);
    expect((await ask(socket, message(ORDER.FORWARD, 1)))[3]).toBe(1);
    driver.control[CONTROL.NEXT_UPSTREAM] = second.address().port;
    const polled = once(driver.worker, 'message');
    driver.wake();
    await polled;
    // The portable driver opens its sockets in the background: until one is there, it picks none and is silent.
    let reply: Uint8Array | undefined;
    for (let id = 2; reply === undefined && id < 5000; id++) {
      const heard = once(socket, 'message') as Promise<[Uint8Array]>;
      socket.send(message(ORDER.FORWARD, id));
      socket.send(message(ORDER.ECHO, id));
      const [bytes] = await heard;
      if (bytes.length === 4) reply = bytes;
    }
    expect(reply?.[3]).toBe(2);
  });

  it('calls poll at each wake and ends with code 0 when poll says stop', async () => {
    const driver = await start(kind, ['127.0.0.1']);
    for (const count of [1, 2, 3]) {
      const polled = once(driver.worker, 'message');
      driver.wake();
      expect((await polled)[0]).toBe('polled');
      expect(driver.control[CONTROL.POLLS]).toBe(count);
    }
    expect(await driver.stop()).toBe(0);
  });

  it('lets an error of the handler end the worker', async () => {
    const driver = await start(kind, ['127.0.0.1']);
    const failed = once(driver.worker, 'error');
    (await client(driver.ports[0]!)).send(message(ORDER.FAIL, 1));
    expect((await failed)[0]).toMatchObject({ message: 'a bug' });
  });
}

describe.skipIf(missing !== undefined)(`batched driver${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  contract('batched');
});

describe('portable driver', () => {
  contract('portable');
});
