// Questions in flight: who is asked and how often, what counts as an answer, and what clients get when there is none.

import { describe, expect, it, test } from 'vitest';
import { EVENT, OUTCOME } from '../../src/engine/counters.ts';
import { encodeQuery, World } from '../support/world.ts';

const A = (name: string, data = '192.0.2.1', ttl = 100) => ({ type: 'A', name, ttl, data });

const upstreamsOf = (world: World) => world.asked.map(({ upstream }) => upstream);

describe('the question upstream', () => {
  it('is written anew: canonical name, our own size, DO and CD alone taken over, no option of the client', () => {
    const world = new World();
    world.ask({ name: 'MiXed.Example', dnssecOk: true, flags: 0x0130 });
    const { decoded, message } = world.asked[0];
    expect(decoded).toMatchObject({ rd: true, cd: true, ad: false, questions: [{ name: 'mixed.example', type: 'A' }] });
    expect(decoded.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, flags: 0x8000 }]);
    const options = decoded.additionals[0].options!;
    expect(options.map(({ code }) => code)).toEqual([10]);
    expect(message.length).toBe(12 + 15 + 4 + 11 + 4 + 8);
  });

  it('is asked once for all who ask the same, and each gets the reply in its own case and id', () => {
    const world = new World();
    world.ask({ name: 'a.example', id: 1, from: '10.0.0.1' });
    world.ask({ name: 'A.example', id: 2, from: '10.0.0.2' });
    world.ask({ name: 'a.Example', id: 3, from: '10.0.0.3', edns: false });
    expect(world.asked).toHaveLength(1);
    world.respond({ answers: [A('a.example')] });
    const replies = world.sent.map(({ client, decoded }) => [client, decoded.id, decoded.questions[0].name]);
    expect(replies.sort()).toEqual([
      ['10.0.0.1', 1, 'a.example'],
      ['10.0.0.2', 2, 'A.example'],
      ['10.0.0.3', 3, 'a.Example'],
    ]);
    expect(world.counters.readEvent(EVENT.JOINED)).toBe(2);
  });

  it('repeated by the same client over UDP gets one reply; over a stream each gets its own', () => {
    const world = new World();
    world.ask({ name: 'a.example', id: 1 });
    expect(world.ask({ name: 'a.example', id: 1 })).toBeUndefined();
    world.ask({ name: 'a.example', id: 1, stream: true });
    world.ask({ name: 'a.example', id: 1, stream: true });
    world.respond({ answers: [A('a.example')] });
    expect(world.sent).toHaveLength(3);
    expect(world.counters.readOutcome(OUTCOME.DUPLICATE)).toBe(1);
  });
});

describe('an upstream that is slow', () => {
  it('is followed by the next one, twice, and still heard', () => {
    const world = new World();
    world.ask({ name: 'far.example' });
    world.pass(2500);
    expect(upstreamsOf(world)).toHaveLength(3);
    expect(new Set(upstreamsOf(world).slice(0, 2)).size).toBe(2);
    world.respond({ answers: [A('far.example')] }, world.asked[0]);
    expect(world.takeSent().decoded.answers).toHaveLength(1);
    world.respond({ answers: [A('far.example', '203.0.113.1')] }, world.asked[1]);
    expect(world.sent).toEqual([]);
    expect(world.counters.readEvent(EVENT.UPSTREAM_LATE)).toBe(1);
    expect(world.counters.readEvent(EVENT.UPSTREAM_MISMATCHED)).toBe(0);
    expect(world.answer({ name: 'far.example' }).answers).toMatchObject([{ data: '192.0.2.1' }]);
  });

  it('that never answers costs three sends and 4.5 s, then SERVFAIL, which is remembered with back-off', () => {
    const world = new World();
    world.ask({ name: 'gone.example' });
    world.pass(4400);
    expect(world.sent).toEqual([]);
    world.pass(200);
    expect(world.asked).toHaveLength(3);
    expect(world.takeSent().decoded).toMatchObject({ rcode: 'SERVFAIL', errors: [{ code: 22 }] });
    expect(world.answer({ name: 'gone.example' }).rcode).toBe('SERVFAIL');
    expect(world.counters.readOutcome(OUTCOME.FAILED_RECENTLY)).toBe(1);
    world.pass(1100);
    expect(world.ask({ name: 'gone.example' })).toBe('pending');
    world.pass(5000);
    world.pass(1100);
    expect(world.answer({ name: 'gone.example' }).rcode).toBe('SERVFAIL');
    world.pass(1000);
    expect(world.ask({ name: 'gone.example' })).toBe('pending');
  });

  it('that nobody listens at is followed by the next one at once, and with no other by the time limit', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    world.engine.upstreamError(world.asked[0].token, world.moment);
    expect(new Set(upstreamsOf(world))).toEqual(new Set([0, 1]));
    world.engine.upstreamError(world.asked[1].token, world.moment);
    expect(world.asked).toHaveLength(2);
    expect(world.sent).toEqual([]);
    world.respond({ answers: [A('a.example')] });
    expect(world.takeSent().decoded.answers).toHaveLength(1);
    world.engine.upstreamError(world.asked[1].token, world.moment);
    expect(world.counters.readEvent(EVENT.UPSTREAM_UNREACHABLE)).toBe(2);
    expect(world.counters.readEvent(EVENT.UPSTREAM_TIMEOUT)).toBe(0);
  });

  it('that nobody listens at is counted once for each send, by the network or by the time limit', () => {
    const world = new World({}, {}, [0]);
    world.ask({ name: 'a.example' });
    world.engine.upstreamError(world.asked[0].token, world.moment);
    world.engine.upstreamError(world.asked[0].token, world.moment);
    world.pass(5000);
    expect(world.asked).toHaveLength(3);
    expect(world.counters.readEvent(EVENT.UPSTREAM_UNREACHABLE)).toBe(1);
    expect(world.counters.readEvent(EVENT.UPSTREAM_TIMEOUT)).toBe(2);
  });

  it('is asked less than one that answers', () => {
    const world = new World();
    for (let round = 0; round < 30; round++) {
      world.ask({ name: `n${round}.example` });
      const asked = world.asked.at(-1)!;
      if (asked.upstream === 0) world.pass(400);
      world.respond({ answers: [A(`n${round}.example`)] });
    }
    const asked = upstreamsOf(world);
    expect(asked.filter((upstream) => upstream === 0).length).toBeLessThan(6);
  });

  it('lets stale data be given after 1.8 s, and its answer refresh the cache', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    world.respond({ answers: [A('a.example', '192.0.2.1', 10)] });
    world.takeSent();
    world.pass(20_000);
    expect(world.ask({ name: 'a.example' })).toBe('pending');
    world.pass(1700);
    expect(world.sent).toEqual([]);
    world.pass(200);
    expect(world.takeSent().decoded).toMatchObject({
      answers: [{ ttl: 30, data: '192.0.2.1' }],
      errors: [{ code: 3 }],
    });
    world.respond({ answers: [A('a.example', '192.0.2.2')] });
    expect(world.answer({ name: 'a.example' }).answers).toMatchObject([{ data: '192.0.2.2', ttl: 100 }]);
  });
});

describe('when there is no room', () => {
  it('answers SERVFAIL, and serves on', () => {
    const world = new World({}, { pending: 4 });
    for (let number = 0; number < 4; number++) {
      expect(world.ask({ name: `n${number}.example`, from: `10.0.0.${number}` })).toBe('pending');
    }
    expect(world.answer({ name: 'n4.example', from: '10.0.0.4' }).rcode).toBe('SERVFAIL');
    expect(world.counters.readOutcome(OUTCOME.OVERLOADED)).toBe(1);
    world.respond({ answers: [A('n3.example')] });
    expect(world.ask({ name: 'n4.example', from: '10.0.0.9' })).toBe('pending');
  });

  it('one client with slow names leaves room for the others', () => {
    const world = new World({}, { pending: 64 });
    const ask = (number: number, from: string) => world.ask({ name: `n${number}.example`, from });
    const greedy = Array.from({ length: 64 }, (_, number) => ask(number, '10.0.0.1'));
    expect(greedy.filter((reply) => reply === 'pending')).toHaveLength(32);
    expect(ask(64, '10.0.0.2')).toBe('pending');
    world.pass(5000);
    expect(ask(65, '10.0.0.1')).toBe('pending');
  });

  it('a socket that cannot be had is a send that was lost', () => {
    const world = new World();
    world.socketsFail = true;
    expect(world.ask({ name: 'a.example' })).toBe('pending');
    world.socketsFail = false;
    world.pass(400);
    world.respond({ answers: [A('a.example')] });
    expect(world.takeSent().decoded.answers).toHaveLength(1);
    expect(world.counters.readEvent(EVENT.UPSTREAM_UNSENDABLE)).toBe(1);
  });
});

test('what is in flight over a reload goes on by the routes there are now', () => {
  const world = new World({}, {}, [0]);
  world.adopt({ forward: [['intern.example', 0]] }, [0], [[5]]);
  world.ask({ name: 'a.intern.example' });
  world.adopt({ generation: 2 }, [1]);
  world.pass(400);
  expect(upstreamsOf(world)).toEqual([5, 1]);
  world.respond({ answers: [A('a.intern.example')] });
  expect(world.takeSent().decoded.answers).toHaveLength(1);
});

test('a question of 255 octets goes through', () => {
  const name = [63, 63, 63, 61].map((length) => 'a'.repeat(length)).join('.');
  const world = new World();
  world.give(encodeQuery({ name }));
  world.respond({ answers: [A(name)] });
  expect(world.takeSent().decoded.answers).toHaveLength(1);
});

test('an answer of upstreams that a reload took from a name is given to those who wait, and kept for nobody', () => {
  const world = new World({}, {}, [0]);
  world.ask({ name: 'a.intern.example' });
  world.adopt({ generation: 2, forward: [['intern.example', 0]] }, [0], [[5]]);
  world.respond({ answers: [A('a.intern.example', '203.0.113.66')] });
  expect(world.takeSent().decoded.answers).toHaveLength(1);
  expect(world.ask({ name: 'a.intern.example' })).toBe('pending');
  expect(upstreamsOf(world)).toEqual([0, 5]);
  world.respond({ answers: [A('a.intern.example')] });
  expect(world.answer({ name: 'a.intern.example' }).answers).toMatchObject([{ data: '192.0.2.1' }]);
});
