// Upstreams that lie, stall or hang up over TCP: every ask still ends exactly once, and never with another's answer.

import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type Ending, startClient } from '../support/stream-client.ts';
import { queryOf, until } from '../support/stream-peer.ts';
import { ACTS, startUpstream } from '../support/stream-upstream.ts';

describe('on a fresh connection', () => {
  test.each([
    ['E16', 'close', 'CLOSED'],
    ['E16', 'reset', 'CLOSED'],
    ['E17', 'wrongid', 'WRONG_ID'],
    ['E19', 'zero', 'BAD_FRAME'],
    ['RFC 1035 §4.1', 'short', 'BAD_FRAME'],
    ['RFC 7766 §6.2.3', 'half', 'CLOSED'],
  ] as const)('%s: %s fails the ask as %s, without a second try', async (_, act, failure) => {
    const upstream = await startUpstream();
    const under = startClient([upstream]);
    under.ask(7, `${act}.x`);
    expect(await under.ended(1)).toEqual([{ ticket: 7, failure }]);
    expect([under.count('RETRIED'), upstream.labels.length]).toEqual([0, 1]);
    // The connection is not used again.
    under.ask(8, 'good.x');
    expect((await under.ended(2))[1].reply?.readUInt16BE(0)).toBe(8);
    expect(upstream.sockets.length).toBe(2);
  });

  test('the upstream closes before it was asked', async () => {
    const upstream = await startUpstream('127.0.0.1', (socket) => socket.end());
    const under = startClient([upstream]);
    under.ask(1, 'good.x');
    expect(await under.ended(1)).toEqual([{ ticket: 1, failure: 'CLOSED' }]);
  });

  test('nobody listens', async () => {
    const upstream = await startUpstream();
    const under = startClient([{ address: '127.0.0.9', port: upstream.port }]);
    under.ask(1, 'good.x');
    under.ask(2, 'good.x');
    expect(await under.ended(2)).toEqual([
      { ticket: 1, failure: 'UNREACHABLE' },
      { ticket: 2, failure: 'UNREACHABLE' },
    ]);
  });
});

describe('a deadline', () => {
  test.each(['hold', 'endless'])('passes with an upstream that sends %s', async (act) => {
    const upstream = await startUpstream();
    const under = startClient([upstream], { timeoutMs: 2_000 });
    under.ask(1, `${act}.x`);
    await until(() => upstream.labels.length === 1);
    under.client.expire(2_999);
    expect(under.endings).toEqual([]);
    under.client.expire(3_000);
    expect(under.endings).toEqual([{ ticket: 1, failure: 'TIMEOUT' }]);
    await until(() => upstream.sockets[0].destroyed);
  });

  test('that passed takes no other ask with it, and its late reply is known for what it is', async () => {
    const upstream = await startUpstream();
    const under = startClient([upstream], { timeoutMs: 2_000 });
    under.ask(1, 'hold-1.x');
    under.clock.now = 2_000;
    under.ask(2, 'hold-2.x');
    await until(() => upstream.labels.length === 2);
    under.client.expire(3_000);
    expect(under.endings).toEqual([{ ticket: 1, failure: 'TIMEOUT' }]);
    // No new ask joins a connection that let one time out.
    under.ask(3, 'good.x');
    await under.ended(2);
    expect(upstream.sockets.length).toBe(2);
    ACTS.release(
      upstream.sockets[0],
      queryOf(0, ''),
      [1, 0].map((at) => queryOf(upstream.ids[at], `hold-${at + 1}.x`)),
    );
    await under.ended(3);
    expect(under.endings[2].reply?.subarray(12)).toEqual(queryOf(0, 'hold-2.x').subarray(12));
    expect([under.count('LATE'), under.failed('WRONG_ID')]).toEqual([1, 0]);
    await until(() => upstream.sockets[0].destroyed);
  });

  test('of another ask frees places again', async () => {
    const upstream = await startUpstream();
    const under = startClient([upstream], { timeoutMs: 2_000, perUpstream: 1, pipelined: 1 });
    under.ask(1, 'hold.x');
    under.ask(2, 'good.x');
    expect(await under.ended(1)).toEqual([{ ticket: 2, failure: 'BUSY' }]);
    under.client.expire(3_000);
    under.ask(3, 'good.x');
    expect((await under.ended(3))[2].reply).toBeDefined();
  });
});

describe('on a connection that has served', () => {
  test.each(['close', 'reset'])('%s: the ask is tried once more on a fresh one, then fails', async (act) => {
    const upstream = await startUpstream();
    const under = startClient([upstream]);
    under.ask(1, 'good.x');
    await under.ended(1);
    under.ask(2, `${act}.x`);
    expect((await under.ended(2))[1]).toEqual({ ticket: 2, failure: 'CLOSED' });
    expect([upstream.sockets.length, under.count('RETRIED')]).toEqual([2, 1]);
    expect(upstream.labels).toEqual(['good', act, act]);
  });

  test('an upstream that hung up meanwhile costs nothing but the second try', async () => {
    const upstream = await startUpstream();
    const under = startClient([upstream]);
    under.ask(1, 'good.x');
    await under.ended(1);
    // Sent before our side has seen the reset.
    upstream.sockets[0].resetAndDestroy();
    for (const ticket of [2, 3, 4]) under.ask(ticket, `good-${ticket}.x`);
    const endings = await under.ended(4);
    expect(endings.map(({ ticket, reply }) => [ticket, reply?.readUInt16BE(0)])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
    expect([under.count('CONNECTIONS'), under.count('RETRIED')]).toEqual([2, 3]);
  });

  test('a close after one of several answers: the rest are tried again together', async () => {
    const upstream = await startUpstream();
    const under = startClient([upstream]);
    under.ask(1, 'last.x');
    under.ask(2, 'good-b.x');
    under.ask(3, 'good-c.x');
    const endings = await under.ended(3);
    expect(endings.every(({ reply }) => reply)).toBe(true);
    expect(upstream.sockets.length).toBe(2);
  });

  test('an upstream that closes after each answer is not asked a third time', async () => {
    const upstream = await startUpstream();
    const under = startClient([upstream]);
    for (const ticket of [1, 2, 3]) under.ask(ticket, `last-${ticket}.x`);
    const endings = await under.ended(3);
    expect(endings.map(({ ticket, failure }) => [ticket, failure])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 'CLOSED'],
    ]);
    expect([upstream.sockets.length, under.count('RETRIED')]).toEqual([2, 2]);
  });

  test('a wrong id fails all asks of that connection: nothing on it can be believed', async () => {
    const upstream = await startUpstream();
    const under = startClient([upstream]);
    under.ask(1, 'hold.x');
    await until(() => upstream.labels.length === 1);
    under.ask(2, 'wrongid.x');
    const endings = await under.ended(2);
    expect(endings.map(({ failure }) => failure)).toEqual(['WRONG_ID', 'WRONG_ID']);
    expect([under.failed('WRONG_ID'), under.count('DISTRUSTED')]).toEqual([2, 1]);
  });

  test('the same answer twice: the first counts, the connection goes', async () => {
    const upstream = await startUpstream();
    const under = startClient([upstream]);
    under.ask(1, 'twice.x');
    await until(() => under.count('DISTRUSTED') === 1);
    expect(under.endings.map(({ ticket, failure }) => [ticket, failure])).toEqual([[1, undefined]]);
    under.ask(2, 'good.x');
    expect((await under.ended(2))[1].reply).toBeDefined();
  });

  test('octets nobody asked for close an unused connection', async () => {
    const upstream = await startUpstream();
    const under = startClient([upstream]);
    under.ask(1, 'good.x');
    await under.ended(1);
    ACTS.wrongid(upstream.sockets[0], queryOf(upstream.ids[0], 'evil.x'), []);
    await until(() => upstream.sockets[0].destroyed);
    expect([under.endings.length, under.count('DISTRUSTED')]).toEqual([1, 1]);
  });
});

test('a callback may ask again, even from a failure of a whole connection', async () => {
  const upstream = await startUpstream();
  const under = startClient([upstream]);
  under.onEnding = ({ ticket, failure }) => {
    if (failure) under.ask(ticket + 100, 'good.x');
  };
  under.ask(1, 'hold.x');
  under.ask(2, 'zero.x');
  const endings = await under.ended(4);
  expect(endings.map(({ ticket, failure }) => [ticket, failure])).toEqual([
    [1, 'BAD_FRAME'],
    [2, 'BAD_FRAME'],
    [101, undefined],
    [102, undefined],
  ]);
});

test('a callback may close the client', async () => {
  const under = startClient([await startUpstream()]);
  under.onEnding = () => under.client.close();
  for (const ticket of [1, 2, 3]) under.ask(ticket, ticket === 3 ? 'release.x' : 'hold.x');
  const endings = await under.ended(3);
  expect(endings.map(({ ticket }) => ticket).sort()).toEqual([1, 2, 3]);
  expect(under.client.outstanding).toBe(0);
});

describe('whatever the upstream does', () => {
  const act = fc.constantFrom(...Object.keys(ACTS), 'good', 'good', 'good');
  /** How many turns of the event loop the test waits between asks. */
  const pause = fc.nat({ max: 4 });

  test('each ask ends exactly once, with its own answer or none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(act, pause), { minLength: 1, maxLength: 25 }), async (script) => {
        const under = startClient([await startUpstream()], { pipelined: 8, timeoutMs: 1_000 });
        for (const [ticket, [name, turns]] of script.entries()) {
          under.ask(ticket, `${name}-${ticket}.x`);
          for (let turn = 0; turn < turns; turn++) await nextTurn();
        }
        // Time passes with the turns of the event loop, so that what is never answered ends too.
        while (under.client.outstanding > 0) {
          await nextTurn();
          under.clock.now += 10;
          under.client.expire(under.clock.now);
        }
        await nextTurn();
        judge(
          script.map(([name], ticket) => `${name}-${ticket}.x`),
          under.endings,
        );
        under.client.close();
      }),
      { numRuns: 60 },
    );
  });

  function judge(names: string[], endings: Ending[]): void {
    expect(endings.map(({ ticket }) => ticket).sort((a, b) => a - b)).toEqual(names.map((_, ticket) => ticket));
    for (const { ticket, reply, failure } of endings) {
      expect(reply === undefined).toBe(failure !== undefined);
      if (reply === undefined) continue;
      const question = queryOf(ticket, names[ticket]).subarray(12);
      expect(reply.readUInt16BE(0)).toBe(ticket);
      expect(reply.subarray(12, 12 + question.length)).toEqual(question);
    }
  }
});
