// No client can hold the stream server by idling, hoarding, hurrying or not reading.

import { describe, expect, test } from 'vitest';

import { ROUND } from '../../src/net/stream-turns.ts';
import { framed, queryOf, type StreamPeer, until } from '../support/stream-peer.ts';
import { type ServerUnderTest, startServer } from '../support/stream-server.ts';

function ascending(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

async function askOnce(peer: StreamPeer, id: number): Promise<void> {
  const before = peer.messages.length;
  peer.write(framed(queryOf(id, 'ask')));
  await peer.waitFor(before + 1);
  expect(peer.messages.length).toBe(before + 1);
}

function advance({ server, clock }: ServerUnderTest, milliseconds: number): void {
  clock.now += milliseconds;
  server.expire(clock.now);
}

/** Asks over another connection until the server takes nothing but that: it has stopped reading the others. */
async function settle(under: ServerUnderTest): Promise<void> {
  const sentinel = await under.connect();
  for (let taken = -1; under.count('QUERIES') !== taken; taken++) {
    taken = under.count('QUERIES');
    await askOnce(sentinel, 1);
  }
  const others = under.server.connections - 1;
  sentinel.socket.destroy();
  await until(() => under.server.connections === others);
}

describe('idling', () => {
  test('closes a connection after the limit, not before; a query starts it anew', async () => {
    const under = await startServer({ idleMs: 10_000 });
    const peer = await under.connect();
    advance(under, 9_999);
    await askOnce(peer, 1);
    advance(under, 9_999);
    expect(under.server.connections).toBe(1);
    advance(under, 1);
    await peer.waitForEnd();
    expect(under.server.connections).toBe(0);
    expect(under.count('EXPIRED')).toBe(1);
  });

  test('counts from the last complete query: single octets buy no time', async () => {
    const under = await startServer({ idleMs: 10_000 });
    const peer = await under.connect();
    // The sentinel on a second connection proves that the octets before it have been read.
    const sentinel = await under.connect();
    for (const octet of [0, 33, 1]) {
      peer.write(Buffer.from([octet]));
      await askOnce(sentinel, octet);
      advance(under, 3_000);
    }
    advance(under, 1_000);
    await peer.waitForEnd();
    expect(under.server.connections).toBe(1);
  });

  test('is not what a connection does whose query is being answered', async () => {
    const under = await startServer({ idleMs: 1_000 });
    const peer = await under.connect();
    peer.write(framed(queryOf(5, 'later')));
    await until(() => under.handler.held.length === 1);
    advance(under, 5_000);
    const { client, message } = under.handler.held[0];
    under.server.reply(client, message, message.length);
    await peer.waitFor(1);
    expect(peer.ids).toEqual([5]);
    // A query whose reply never comes must not keep the connection for ever.
    peer.write(framed(queryOf(6, 'later')));
    await until(() => under.handler.held.length === 2);
    advance(under, 30_000);
    await peer.waitForEnd();
  });

  test('is allowed for less when places are short', async () => {
    const under = await startServer({ clients: 4, idleMs: 8_000 });
    const peers = [await under.connect(), await under.connect()];
    advance(under, 2_000);
    expect(under.server.connections).toBe(2);
    peers.push(await under.connect());
    advance(under, 0);
    await Promise.all(peers.slice(0, 2).map((peer) => peer.waitForEnd()));
    expect(peers[2].hasEnded).toBe(false);
  });

  test('by 200 clients starves nobody', async () => {
    const under = await startServer({ perClient: 300 });
    const idle = await Promise.all(ascending(200).map(() => under.connect()));
    const peer = await under.connect();
    peer.write(...ascending(50).map((id) => framed(queryOf(id, 'ask'))));
    await peer.waitFor(50);
    expect(peer.ids).toEqual(ascending(50));
    expect(idle.every(({ hasEnded }) => !hasEnded)).toBe(true);
    expect(under.server.connections).toBe(201);
  });
});

describe('too many connections', () => {
  test('in all: the one that has idled longest makes room', async () => {
    const under = await startServer({ clients: 3 });
    const peers = [await under.connect(), await under.connect(), await under.connect()];
    under.clock.now += 10;
    await askOnce(peers[0], 1);
    const fourth = await under.connect();
    await peers[1].waitForEnd();
    await askOnce(fourth, 2);
    expect([peers[0].hasEnded, peers[2].hasEnded]).toEqual([false, false]);
    expect([under.count('EVICTED'), under.count('REFUSED'), under.server.connections]).toEqual([1, 0, 3]);
  });

  test('in all, every one of them busy: the new one is turned away', async () => {
    const under = await startServer({ clients: 2 });
    const peers = [await under.connect(), await under.connect()];
    for (const peer of peers) peer.write(framed(queryOf(1, 'later')));
    await until(() => under.handler.held.length === 2);
    const third = await under.connect();
    await third.waitForEnd();
    expect([under.count('EVICTED'), under.count('REFUSED'), under.server.connections]).toEqual([0, 1, 2]);
    expect(peers.map(({ hasEnded }) => hasEnded)).toEqual([false, false]);
  });

  test('of one client: its own oldest makes room, never another client’s', async () => {
    const under = await startServer({ perClient: 2 });
    const other = await under.connect('127.0.0.2');
    const peers = [await under.connect(), await under.connect(), await under.connect()];
    await peers[0].waitForEnd();
    expect([other, peers[1], peers[2]].map(({ hasEnded }) => hasEnded)).toEqual([false, false, false]);
    expect([under.count('EVICTED'), under.server.connections]).toEqual([1, 3]);
  });

  test('of one client, all busy: the new one is turned away, other clients are not', async () => {
    const under = await startServer({ perClient: 1 });
    const busy = await under.connect();
    busy.write(framed(queryOf(1, 'later')));
    await until(() => under.handler.held.length === 1);
    const second = await under.connect();
    await second.waitForEnd();
    const other = await under.connect('127.0.0.2');
    await askOnce(other, 3);
    expect([under.count('REFUSED_CLIENT'), under.server.connections]).toEqual([1, 2]);
    // The place is free again once its holder has left.
    busy.socket.resetAndDestroy();
    await until(() => under.server.connections === 1);
    await askOnce(await under.connect(), 4);
  });
});

describe('hurrying', () => {
  test('leaves no more queries outstanding than the limit; all are answered in the end', async () => {
    const under = await startServer({ pipelined: 4 });
    const peer = await under.connect();
    peer.write(...ascending(30).map((id) => framed(queryOf(id, 'later'))));
    await until(() => under.handler.held.length === 4);
    // Another client's query, sent after them, is served: nothing more was taken in between.
    await askOnce(await under.connect(), 1);
    expect(under.handler.held.length).toBe(4);
    for (let answered = 0; answered < 30; answered++) {
      await until(() => under.handler.held.length > answered);
      expect(under.handler.held.length - answered).toBeLessThanOrEqual(4);
      const { client, message } = under.handler.held[answered];
      under.server.reply(client, message, message.length);
    }
    await peer.waitFor(30);
    expect(peer.ids).toEqual(ascending(30));
  });

  test('with the FIN already sent loses nothing either', async () => {
    const under = await startServer({ pipelined: 1 });
    const peer = await under.connect();
    peer.write(...ascending(5).map((id) => framed(queryOf(id, 'later'))));
    peer.socket.end();
    for (let answered = 0; answered < 5; answered++) {
      await until(() => under.handler.held.length > answered);
      const { client, message } = under.handler.held[answered];
      under.server.reply(client, message, message.length);
    }
    await peer.waitForEnd();
    expect(peer.ids).toEqual(ascending(5));
  });
});

describe('not reading', () => {
  /** Octets that fill the socket buffers of both sides several times over. */
  const FLOOD = 400;

  test('stops the reading of further queries; a reader gets them all', async () => {
    const under = await startServer();
    const peer = await under.connect();
    peer.socket.pause();
    peer.write(...ascending(FLOOD).map((id) => framed(queryOf(id, 'vast'))));
    await settle(under);
    expect(under.handler.clients.length).toBeLessThan(FLOOD);
    peer.socket.resume();
    await peer.waitFor(FLOOD);
    expect(peer.ids).toEqual(ascending(FLOOD));
    expect(under.count('SLOW_READER')).toBe(0);
  });

  test('closes at the idle limit', async () => {
    const under = await startServer({ idleMs: 10_000 });
    const peer = await under.connect();
    peer.socket.pause();
    peer.write(...ascending(FLOOD).map((id) => framed(queryOf(id, 'vast'))));
    await settle(under);
    advance(under, 10_000);
    expect(under.server.connections).toBe(0);
  });

  test('closes when late replies pile up over the limit', async () => {
    const under = await startServer({ unsent: 100_000, pipelined: 1_000 });
    const peer = await under.connect();
    peer.socket.pause();
    peer.write(...ascending(1_000).map((id) => framed(queryOf(id, 'later'))));
    await until(() => under.handler.held.length === 1_000);
    const large = new Uint8Array(60_000);
    for (const { client } of under.handler.held) under.server.reply(client, large, large.length);
    expect([under.count('SLOW_READER'), under.server.connections]).toEqual([1, 0]);
    expect(under.count('LATE')).toBeGreaterThan(0);
  });
});

test('clients that ask without end hold up neither each other nor the loop', async () => {
  const { handler, connect } = await startServer();
  const flood = Buffer.concat(Array.from({ length: 8000 }, (_, id) => framed(queryOf(id, 'x'))));
  let inThisTurn = 0;
  let most = 0;
  let isWatching = true;
  handler.onQuery = () => {
    most = Math.max(most, ++inThisTurn);
  };
  const turn = () => {
    inThisTurn = 0;
    if (isWatching) setImmediate(turn);
  };
  turn();
  const peers = [await connect(), await connect(), await connect('127.0.0.2')];
  for (const peer of peers) peer.socket.write(flood);
  for (const peer of peers) expect(await peer.waitFor(8000)).toHaveLength(8000);
  isWatching = false;
  // What was left of one round, and the next one.
  expect(most).toBeLessThanOrEqual(2 * ROUND);
  expect(handler.clients).toHaveLength(24_000);
});
