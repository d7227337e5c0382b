// The stream server takes queries and sends replies as RFC 7766 asks, whatever order they come in.

import { expect, test } from 'vitest';

import { TRANSPORT } from '../../src/engine/client.ts';
import { ListenError } from '../../src/net/listen-error.ts';
import { STREAM_COUNTERS } from '../../src/net/stream-counters.ts';
import { STREAM_LIMITS, StreamServer } from '../../src/net/stream-server.ts';
import { EchoHandler } from '../support/stream-handler.ts';
import { connectPeer, framed, queryOf, until } from '../support/stream-peer.ts';
import { startServer } from '../support/stream-server.ts';

function ascending(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

test('a query is answered on its connection, and the connection stays', async () => {
  const { connect, handler, clock } = await startServer();
  const peer = await connect();
  clock.now = 4321.5;
  peer.write(framed(queryOf(7, 'www.example.com')));
  const [reply] = await peer.waitFor(1);
  expect(reply.readUInt16BE(0)).toBe(7);
  expect(reply.subarray(12)).toEqual(queryOf(7, 'www.example.com').subarray(12));
  expect(handler.times).toEqual([4321.5]);
  peer.write(framed(queryOf(8, 'www.example.com')));
  await peer.waitFor(2);
  expect(peer.ids).toEqual([7, 8]);
});

test('a query cut in two waits for its rest, whatever other clients ask meanwhile', async () => {
  const { connect, handler } = await startServer();
  const [slow, quick] = [await connect(), await connect()];
  const cut = framed(queryOf(1, 'cut-in-two.example.com'));
  // After its length alone, and in the middle of its name.
  for (const [round, at] of [2, 25].entries()) {
    slow.socket.write(Buffer.concat([framed(queryOf(0, 'first')), cut.subarray(0, at)]));
    await slow.waitFor(2 * round + 1);
    quick.write(framed(queryOf(2, 'whole.example.com')));
    const other = await quick.waitFor(round + 1);
    expect(other.at(-1)!.subarray(12)).toEqual(queryOf(2, 'whole.example.com').subarray(12));
    slow.socket.write(cut.subarray(at));
    const replies = await slow.waitFor(2 * round + 2);
    expect(replies.at(-1)!.subarray(12)).toEqual(cut.subarray(14));
  }
  expect(handler.clients).toHaveLength(6);
});

test('the engine is told who asks', async () => {
  const listeners = ['127.0.0.1', '::1'].map((address) => ({ address, port: 0 }));
  const { handler, addresses } = await startServer({}, listeners);
  expect(addresses.map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);
  for (const to of addresses) {
    const peer = await connectPeer(to);
    peer.write(framed(queryOf(1, 'who')));
    await peer.waitFor(1);
    const { localPort } = peer.socket;
    peer.socket.destroy();
    const client = handler.clients.at(-1);
    const isSecond = to.address === '::1';
    expect(client).toMatchObject({
      family: isSecond ? 6 : 4,
      a: isSecond ? 0 : 0x7f000001,
      d: isSecond ? 1 : 0,
      port: localPort,
      listener: isSecond ? 1 : 0,
      transport: TRANSPORT.TCP,
    });
    expect(client?.connection).toBeGreaterThanOrEqual(0);
  }
});

test('replies that come later go out as each is known, in any order', async () => {
  const { server, handler, connect } = await startServer();
  const peer = await connect();
  peer.write(...ascending(5).map((id) => framed(queryOf(id, id === 2 ? 'now' : 'later'))));
  await peer.waitFor(1);
  expect(peer.ids).toEqual([2]);
  for (const at of [3, 0, 2, 1]) server.reply(handler.held[at].client, handler.held[at].message, 31);
  await peer.waitFor(5);
  expect(peer.ids).toEqual([2, 4, 0, 3, 1]);
});

test('a late reply reaches nobody once its connection is gone, however many have come since', async () => {
  const { server, handler, connect, count } = await startServer();
  const peer = await connect();
  peer.write(framed(queryOf(1, 'later')));
  await until(() => handler.held.length === 1);
  // A FIN would leave it half open, waiting for this very reply.
  peer.socket.resetAndDestroy();
  await until(() => server.connections === 0);
  const strangers = await Promise.all(ascending(3).map(() => connect()));
  server.reply(handler.held[0].client, handler.held[0].message, handler.held[0].message.length);
  expect(count('LATE')).toBe(1);
  for (const stranger of strangers) stranger.write(framed(queryOf(9, 'mine')));
  for (const stranger of strangers) expect((await stranger.waitFor(1)).length).toBe(1);
  expect(strangers.map(({ ids }) => ids)).toEqual([[9], [9], [9]]);
});

test('a client that sends its FIN after its queries gets every answer, then ours', async () => {
  const { server, handler, connect } = await startServer();
  const peer = await connect();
  peer.write(...['a', 'later', 'b', 'later'].map((name, id) => framed(queryOf(id, name))));
  peer.socket.end();
  await peer.waitFor(2);
  await until(() => handler.held.length === 2);
  expect(peer.hasEnded).toBe(false);
  for (const { client, message } of handler.held) server.reply(client, message, message.length);
  await peer.waitForEnd();
  expect(peer.ids).toEqual([0, 2, 1, 3]);
  await until(() => server.connections === 0);
});

test('a query settled in silence later does not hold up the end', async () => {
  const { server, handler, connect } = await startServer();
  const peer = await connect();
  peer.write(framed(queryOf(1, 'later')));
  peer.socket.end();
  await until(() => handler.held.length === 1);
  server.reply(handler.held[0].client, handler.held[0].message, 0);
  await peer.waitForEnd();
  expect(peer.messages).toEqual([]);
});

test('silence for a query leaves the connection open', async () => {
  const { connect, count } = await startServer();
  const peer = await connect();
  peer.write(framed(queryOf(1, 'silent')), framed(queryOf(2, 'loud')));
  await peer.waitFor(1);
  expect(peer.ids).toEqual([2]);
  expect(peer.hasEnded).toBe(false);
  expect(count('SILENT')).toBe(1);
});

test('the largest messages pass in both directions', async () => {
  const { connect } = await startServer();
  const peer = await connect();
  const longest = Buffer.concat([queryOf(3, 'long'), Buffer.alloc(65535)]).subarray(0, 65535);
  peer.write(framed(longest), framed(queryOf(4, 'vast')));
  const replies = await peer.waitFor(2);
  expect(replies.map((reply) => reply.length)).toEqual([65535, 60_000]);
});

test('a reply given while another query is in the engine is sent to its own client', async () => {
  const { server, handler, connect } = await startServer({ pipelined: 1 });
  const waiting = await connect();
  const asking = await connect();
  waiting.write(framed(queryOf(1, 'later')), framed(queryOf(2, 'next')));
  await until(() => handler.held.length === 1);
  handler.onQuery = (label) => {
    const held = label === 'trigger' ? handler.held.pop() : undefined;
    if (held) server.reply(held.client, held.message, held.message.length);
  };
  asking.write(framed(queryOf(11, 'first')), framed(queryOf(12, 'trigger')), framed(queryOf(13, 'last')));
  await asking.waitFor(3);
  await waiting.waitFor(2);
  expect(asking.ids).toEqual([11, 12, 13]);
  expect(waiting.ids).toEqual([1, 2]);
});

test('a port in use is reported with its address, and nothing stays open', async () => {
  const { addresses } = await startServer();
  const listeners = [{ address: '127.0.0.1', port: 0 }, addresses[0]];
  const options = { listeners, limits: STREAM_LIMITS, clock: () => 0 };
  const second = new StreamServer(options, new EchoHandler(), new Float64Array(STREAM_COUNTERS));
  const failure = await second.listen().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ListenError);
  expect(failure).toMatchObject({ code: 'EADDRINUSE', ...addresses[0] });
  expect((failure as Error).message).toContain(`127.0.0.1:${addresses[0].port}: the address is in use`);
});

test('an address that is not ours is reported', async () => {
  const options = { listeners: [{ address: '2001:db8::1', port: 0 }], limits: STREAM_LIMITS, clock: () => 0 };
  const server = new StreamServer(options, new EchoHandler(), new Float64Array(STREAM_COUNTERS));
  await expect(server.listen()).rejects.toMatchObject({
    address: '2001:db8::1',
    port: 0,
    code: /EADDRNOTAVAIL|EINVAL/,
  });
});

test.each([
  ['dns.example', 53],
  ['', 53],
])('%j is no address to listen on', async (address, port) => {
  const options = { listeners: [{ address, port }], limits: STREAM_LIMITS, clock: () => 0 };
  const server = new StreamServer(options, new EchoHandler(), new Float64Array(STREAM_COUNTERS));
  await expect(server.listen()).rejects.toMatchObject({ code: 'EINVAL', address, port });
});

test('0.0.0.0 and :: listen on one port side by side', async () => {
  const first = await startServer({}, [{ address: '0.0.0.0', port: 0 }]);
  const { port } = first.addresses[0];
  const second = await startServer({}, [{ address: '::', port }]);
  const peer = await connectPeer({ address: '::1', port });
  peer.write(framed(queryOf(1, 'six')));
  await peer.waitFor(1);
  peer.socket.destroy();
  expect([first.count('QUERIES'), second.count('QUERIES')]).toEqual([0, 1]);
});

test('closing ends every connection and frees the port', async () => {
  const { server, addresses, connect } = await startServer();
  const peers = await Promise.all([connect(), connect()]);
  await server.close();
  await Promise.all(peers.map((peer) => peer.waitForEnd()));
  expect(server.connections).toBe(0);
  await startServer({}, addresses);
});
