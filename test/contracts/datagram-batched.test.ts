// What only the batched driver promises: the source address of replies, and sockets that outlive their worker.

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { DATAGRAM } from '../../src/net/datagram-counters.ts';
import { closeListener, closeOrphans, openListeners } from '../../src/net/sockets.ts';
import { isBatchedAvailable } from '../../src/net/syscalls.ts';
import {
  ask,
  connect,
  type Driver,
  exchange,
  idOf,
  message,
  ORDER,
  scriptedUpstream,
  startDriver,
  startWorker,
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

async function start(addresses: string[], upstream?: number): Promise<Driver> {
  const driver = await startDriver('batched', addresses, upstream);
  running.push(driver);
  return driver;
}

const range = (count: number) => Array.from({ length: count }, (_, at) => at);
const descriptors = () => readdirSync('/proc/self/fd').length;

describe.skipIf(missing !== undefined)(`batched driver${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  // The client sockets are connected: a reply from another address than the one asked never reaches them.
  it.each([
    ['0.0.0.0', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.2'],
    ['0.0.0.0', '127.0.0.3'],
    ['::', '::1'],
  ])('bound to %s, answers from %s when that was asked, at once and later', async (wildcard, asked) => {
    const driver = await start([wildcard]);
    const socket = await connect(driver.ports[0]!, asked);
    open.push(socket);
    expect(idOf(await ask(socket, message(ORDER.ECHO, 1)))).toBe(1);
    expect(idOf(await ask(socket, message(ORDER.LATER, 2)))).toBe(2);
    const told = JSON.parse(new TextDecoder().decode(await ask(socket, message(ORDER.DESCRIBE, 3))));
    expect(told.hasLocal).toBe(true);
    if (wildcard === '::') expect([told.l0, told.l3]).toEqual([0, 1]);
    else expect(told.l0 & 0xff).toBe(Number(asked.at(-1)));
  });

  it('leaves queries waiting in the socket to the worker that replaces a dead one', async () => {
    const driver = await start(['127.0.0.1']);
    const socket = await connect(driver.ports[0]!);
    open.push(socket);
    expect(idOf(await ask(socket, message(ORDER.ECHO, 1)))).toBe(1);
    await driver.worker.terminate();
    closeOrphans(driver.setup.owned);
    const sent = range(100).map((id) => message(ORDER.ECHO, id + 100));
    await Promise.all(sent.map((bytes) => new Promise((resolve) => socket.send(bytes, resolve))));
    const replies: number[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on('message', (reply) => {
        replies.push(idOf(reply));
        if (replies.length === 100) resolve();
      });
    });
    running.push(await startWorker(driver.setup));
    running.shift();
    await all;
    expect(replies).toEqual(sent.map(idOf));
  });

  it('lets the other listeners have their turn while one is flooded', async () => {
    const driver = await start(['127.0.0.1', '127.0.0.1']);
    const [flooding, waiting] = await Promise.all(driver.ports.map((port) => connect(port)));
    open.push(flooding!, waiting!);
    await driver.worker.terminate();
    closeOrphans(driver.setup.owned);
    const flood = range(1000).map((id) => message(ORDER.SILENCE, id));
    await Promise.all(flood.map((bytes) => new Promise((resolve) => flooding!.send(bytes, resolve))));
    const reply = ask(waiting!, message(ORDER.COUNT, 1));
    running.push(await startWorker(driver.setup));
    running.shift();
    // Four batches of 64 at most before the other one's.
    expect(Buffer.from(await reply).readUInt32BE()).toBeLessThanOrEqual(4 * 64 + 1);
  });

  it('leaves nothing open when a worker died in the middle of forwarding', async () => {
    const peer = await scriptedUpstream((bytes, _port, reply) => reply(bytes));
    open.push(peer);
    const driver = await start(['127.0.0.1'], peer.address().port);
    const socket = await connect(driver.ports[0]!);
    open.push(socket);
    await exchange(
      socket,
      range(100).map((id) => message(ORDER.FORWARD, id)),
    );
    await driver.worker.terminate();
    const before = descriptors();
    const opened = driver.counters[DATAGRAM.SOCKETS_OPENED]!;
    expect(closeOrphans(driver.setup.owned)).toBe(opened + 1);
    expect(before - descriptors()).toBe(opened + 1);
    expect(closeOrphans(driver.setup.owned)).toBe(0);
  });

  it('keeps few sockets open however many questions it forwards', async () => {
    const peer = await scriptedUpstream((bytes, _port, reply) => reply(bytes));
    open.push(peer);
    const driver = await start(['127.0.0.1'], peer.address().port);
    const socket = await connect(driver.ports[0]!);
    open.push(socket);
    const replies = await exchange(
      socket,
      range(10_000).map((id) => message(ORDER.FORWARD, id)),
    );
    expect(new Set(replies.map(idOf)).size).toBe(10_000);
    expect(driver.counters[DATAGRAM.SOCKETS_OPENED]).toBeGreaterThan(12);
    // Four in use, and retired ones until their last answer is in.
    expect([...driver.setup.owned].filter((fd) => fd >= 0).length).toBeLessThanOrEqual(1 + 4 + 4);
  });

  it('shares one address between workers, each with its own socket', async () => {
    const listeners = openListeners({ address: '127.0.0.1', port: 0, count: 2 });
    const first = await start(['127.0.0.1']);
    const second = await start(['127.0.0.1']);
    expect(listeners[0]!.port).toBe(listeners[1]!.port);
    for (const listener of [...first.setup.listeners, ...second.setup.listeners]) closeListener(listener);
    await Promise.all([first, second].map(({ worker }) => worker.terminate()));
    const pair = await Promise.all(
      [first, second].map((driver, at) => startWorker({ ...driver.setup, listeners: [listeners[at]!] })),
    );
    running.splice(0, 2, ...pair);
    for (const client of range(16)) {
      const socket = await connect(listeners[0]!.port);
      open.push(socket);
      const replies = await exchange(socket, [message(ORDER.ECHO, client), message(ORDER.ECHO, client)]);
      expect(replies.map(idOf)).toEqual([client, client]);
    }
    const answered = pair.map(({ counters }) => counters[DATAGRAM.QUERIES]!);
    expect(answered[0]! + answered[1]!).toBe(32);
    expect(Math.min(...answered)).toBeGreaterThan(0);
  });

  it('does not die of a worker error: the sockets serve the next one', async () => {
    const driver = await start(['127.0.0.1']);
    const socket = await connect(driver.ports[0]!);
    open.push(socket);
    const failed = once(driver.worker, 'error');
    socket.send(message(ORDER.FAIL, 1));
    await failed;
    closeOrphans(driver.setup.owned);
    running.push(await startWorker(driver.setup));
    running.shift();
    expect(idOf(await ask(socket, message(ORDER.ECHO, 2)))).toBe(2);
  });
});
