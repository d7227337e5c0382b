// The stream client asks upstreams over few connections, and says how every ask ended.

import { expect, test } from 'vitest';

import { StreamClient, UPSTREAM_COUNTERS } from '../../src/net/stream-client.ts';
import { startClient } from '../support/stream-client.ts';
import { queryOf, until } from '../support/stream-peer.ts';
import { ACTS, startUpstream } from '../support/stream-upstream.ts';

function ascending(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

test.each(['127.0.0.1', '::1'])('an upstream on %s answers under the caller’s id', async (host) => {
  const under = startClient([await startUpstream(host)]);
  under.ask(0x1234, 'good.example');
  const [{ ticket, reply }] = await under.ended(1);
  expect(ticket).toBe(0x1234);
  expect(reply?.readUInt16BE(0)).toBe(0x1234);
  expect(reply?.subarray(12)).toEqual(queryOf(0, 'good.example').subarray(12));
});

test('each upstream is asked over its own connections', async () => {
  const upstreams = [await startUpstream(), await startUpstream()];
  const under = startClient(upstreams);
  under.ask(1, 'a.example', 0);
  under.ask(2, 'b.example', 1);
  await under.ended(2);
  expect(upstreams.map(({ labels }) => labels)).toEqual([['a'], ['b']]);
});

test('one connection serves question after question', async () => {
  const upstream = await startUpstream();
  const under = startClient([upstream]);
  for (const ticket of ascending(5)) {
    under.ask(ticket, 'good.example');
    await under.ended(ticket + 1);
  }
  expect(upstream.sockets.length).toBe(1);
  expect(under.count('CONNECTIONS')).toBe(1);
});

test('questions at once share connections, each under a fresh id of its own', async () => {
  const upstream = await startUpstream();
  const under = startClient([upstream], { pipelined: 40 });
  for (const ticket of ascending(60)) under.ask(ticket, 'good.example');
  const endings = await under.ended(60);
  expect(endings.map(({ ticket }) => ticket).sort((a, b) => a - b)).toEqual(ascending(60));
  for (const { ticket, reply } of endings) expect(reply?.readUInt16BE(0)).toBe(ticket);
  expect(upstream.sockets.length).toBe(2);
  // The callers' ids 0 to 59 do not show on the wire, a few hits by chance apart.
  expect(upstream.ids.filter((id) => id < 60).length).toBeLessThan(30);
});

test('two callers with the same id get each their own answer', async () => {
  const under = startClient([await startUpstream()]);
  const endings = new Map<number, Buffer | undefined>();
  under.onEnding = ({ ticket, reply }) => endings.set(ticket, reply);
  for (const [ticket, name] of [
    [1, 'hold-a.x'],
    [2, 'hold-b.x'],
    [3, 'release.x'],
  ] as const) {
    const query = queryOf(77, name);
    under.client.ask(ticket, 0, query, query.length);
  }
  await under.ended(3);
  expect([...endings.keys()].sort()).toEqual([1, 2, 3]);
  for (const [ticket, name] of [
    [1, 'hold-a.x'],
    [2, 'hold-b.x'],
  ] as const) {
    expect(endings.get(ticket)?.readUInt16BE(0)).toBe(77);
    expect(endings.get(ticket)?.subarray(12)).toEqual(queryOf(77, name).subarray(12));
  }
});

test('replies out of order find their asks', async () => {
  const under = startClient([await startUpstream()]);
  for (const ticket of ascending(10)) under.ask(ticket, ticket < 9 ? `hold-${ticket}.x` : 'release.x');
  const endings = await under.ended(10);
  expect(endings.map(({ ticket }) => ticket)).toEqual(ascending(10).reverse());
  for (const { ticket, reply } of endings.slice(1)) {
    expect(reply?.subarray(12)).toEqual(queryOf(0, `hold-${ticket}.x`).subarray(12));
  }
});

test('a random source that always says the same still gives distinct ids', async () => {
  const upstream = await startUpstream();
  const under = startClient([upstream], { random: () => 0xffff_ffff, perUpstream: 1 });
  for (const ticket of ascending(4)) under.ask(ticket, ticket < 3 ? 'hold.x' : 'release.x');
  await under.ended(4);
  expect(upstream.ids).toEqual([0xffff, 0, 1, 2]);
});

test('a reply of 65535 octets and one in two segments come whole', async () => {
  const under = startClient([await startUpstream()]);
  under.ask(1, 'large.x');
  under.ask(2, 'split.x');
  const endings = await under.ended(2);
  const lengths = new Map(endings.map(({ ticket, reply }) => [ticket, reply?.length]));
  expect(lengths.get(1)).toBe(65535);
  expect(lengths.get(2)).toBe(queryOf(2, 'split.x').length);
});

test('an unused connection is closed after the idle limit, not before', async () => {
  const upstream = await startUpstream();
  const under = startClient([upstream], { idleMs: 5_000 });
  under.ask(1, 'good.x');
  await under.ended(1);
  under.client.expire(5_999);
  under.ask(2, 'good.x');
  await under.ended(2);
  expect(upstream.sockets.length).toBe(1);
  under.client.expire(6_000);
  await until(() => upstream.sockets[0].destroyed);
  under.ask(3, 'good.x');
  await under.ended(3);
  expect(upstream.sockets.length).toBe(2);
  expect(under.endings.every(({ reply }) => reply)).toBe(true);
});

test('idling starts with the last reply', async () => {
  const upstream = await startUpstream();
  const under = startClient([upstream], { idleMs: 5_000, timeoutMs: 60_000 });
  under.ask(1, 'hold.x');
  await until(() => upstream.labels.length === 1);
  under.clock.now = 9_000;
  ACTS.good(upstream.sockets[0], queryOf(upstream.ids[0], 'hold.x'), []);
  await under.ended(1);
  under.client.expire(13_999);
  under.ask(2, 'good.x');
  await under.ended(2);
  expect(upstream.sockets.length).toBe(1);
});

test('asks beyond all places fail as busy, and not from within ask', async () => {
  const upstream = await startUpstream();
  const under = startClient([upstream], { perUpstream: 2, pipelined: 3 });
  for (const ticket of ascending(8)) under.ask(ticket, `hold-${ticket}.x`);
  expect(under.endings).toEqual([]);
  expect(under.client.outstanding).toBe(6);
  expect(await under.ended(2)).toEqual([
    { ticket: 6, failure: 'BUSY' },
    { ticket: 7, failure: 'BUSY' },
  ]);
  expect(under.failed('BUSY')).toBe(2);
});

test.each([
  ['an unknown upstream', 9, queryOf(1, 'x')],
  ['a message shorter than a header', 0, new Uint8Array(11)],
  ['a message longer than a frame', 0, new Uint8Array(65536)],
])('%s is refused', async (_, upstream, message) => {
  const under = startClient([await startUpstream()]);
  under.client.ask(5, upstream, message, message.length);
  expect(under.endings).toEqual([]);
  expect(await under.ended(1)).toEqual([{ ticket: 5, failure: 'REFUSED' }]);
});

test('closing ends every ask, and later ones too', async () => {
  const under = startClient([await startUpstream()]);
  under.ask(1, 'hold.x');
  under.client.close();
  under.ask(2, 'good.x');
  expect(await under.ended(2)).toEqual([
    { ticket: 1, failure: 'REFUSED' },
    { ticket: 2, failure: 'REFUSED' },
  ]);
  expect(under.client.outstanding).toBe(0);
});

test('an upstream by name is refused at once: looking it up would ask ourselves', () => {
  const options = { timeoutMs: 1, idleMs: 1, perUpstream: 1, pipelined: 1, random: () => 0, clock: () => 0 };
  const upstreams = [{ address: 'dns.example', port: 53 }];
  const make = () =>
    new StreamClient(
      { ...options, upstreams },
      () => {},
      () => {},
      new Float64Array(UPSTREAM_COUNTERS),
    );
  expect(make).toThrow(TypeError);
});
