// Upstreams that are honest and odd: lying counts in truncated answers, no EDNS, demands for cookies, changes of route.

import { expect, it, test } from 'vitest';
import { EVENT } from '../../src/engine/counters.ts';
import { encodeQuery, World } from '../support/world.ts';

const A = (name: string, data = '192.0.2.1', ttl = 100) => ({ type: 'A', name, ttl, data });
const cookieOf = (world: World) => world.asked.at(-1)!.decoded.additionals[0]!.options![0].data!;

it('asks over TCP for a truncated answer that was cut off within a record', () => {
  const world = new World();
  world.ask({ name: 'a.example' });
  const { message } = world.asked[0];
  const cut = Uint8Array.of(message[0], message[1], 0x83, 0x80, 0, 1, 0, 9, 0, 0, 0, 0, ...message.slice(12, 27), 0xc0);
  world.respondRaw(cut);
  expect(world.asked).toHaveLength(2);
  expect(world.asked[1].ticket).toBeGreaterThanOrEqual(0);
  expect(world.counters.readEvent(EVENT.UPSTREAM_MALFORMED)).toBe(0);
});

it('takes only the upstream that refused EDNS for one without', () => {
  const world = new World();
  world.ask({ name: 'a.example' });
  world.pass(500);
  const [first, second] = world.asked;
  world.respond({ flags: 0x8181 } as never, second);
  expect(world.asked[2]).toMatchObject({ upstream: second.upstream, decoded: { additionals: [] } });
  world.respond({ answers: [A('a.example')] }, first);
  expect(world.takeSent().decoded.answers).toHaveLength(1);
  for (let round = 0; round < 4; round++) {
    world.ask({ name: `n${round}.example` });
    world.pass(1200);
  }
  const later = world.asked.slice(3).filter(({ upstream }) => upstream === first.upstream);
  expect(later.length).toBeGreaterThan(0);
  for (const { decoded } of later) expect(decoded.additionals).toHaveLength(1);
});

it('asks another upstream with EDNS when the one that refused it does not answer without', () => {
  const world = new World();
  world.ask({ name: 'a.example' });
  world.respond({ flags: 0x8181 } as never);
  expect(world.asked[1].decoded.additionals).toEqual([]);
  world.pass(1200);
  const other = world.asked.find(({ upstream }) => upstream !== world.asked[0].upstream)!;
  expect(other.decoded.additionals).toHaveLength(1);
});

it('asks again with the cookie that an upstream demands', () => {
  const world = new World({}, {}, [4]);
  world.ask({ name: 'a.example' });
  const mine = cookieOf(world);
  const data = Buffer.concat([mine, Buffer.alloc(8, 7)]);
  const options = [{ code: 10, data }];
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 1, flags: 0, options };
  world.respond({ flags: 0x8187, additionals: [opt] } as never);
  expect(world.sent).toEqual([]);
  expect(world.asked[1].upstream).toBe(4);
  expect(cookieOf(world)).toEqual(data);
  world.respond({ answers: [A('a.example')] });
  expect(world.takeSent().decoded.answers).toHaveLength(1);
});

it('gives up on an upstream that demands another cookie each time', () => {
  const world = new World({}, {}, [4]);
  world.ask({ name: 'a.example' });
  for (let round = 0; round < 5 && world.sent.length === 0; round++) {
    const data = Buffer.concat([cookieOf(world).subarray(0, 8), Buffer.alloc(8, round)]);
    const options = [{ code: 10, data }];
    const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 1, flags: 0, options };
    world.respond({ flags: 0x8187, additionals: [opt] } as never);
  }
  expect(world.asked).toHaveLength(3);
  expect(world.takeSent().decoded.rcode).toBe('SERVFAIL');
});

test('a failure at the old upstreams is not held against new ones', () => {
  const world = new World({}, {}, [0]);
  world.ask({ name: 'a.example' });
  world.respond({ flags: 0x8182 } as never);
  expect(world.takeSent().decoded.rcode).toBe('SERVFAIL');
  world.adopt({ generation: 2 }, [1]);
  expect(world.ask({ name: 'a.example' })).toBe('pending');
});

test('a question that went back to datagrams is guarded against guesses again', () => {
  const world = new World({}, {}, [0]);
  world.ask({ name: 'a.example' });
  const guess = (times = 40) => {
    const { token } = world.asked.at(-1)!;
    const forged = encodeQuery({ name: 'a.example' });
    for (let time = 0; time < times; time++) world.engine.handleReply(forged, forged.length, token, world.moment);
  };
  guess();
  expect(world.asked.at(-1)!.ticket).toBeGreaterThanOrEqual(0);
  world.engine.handleStreamFailure(world.asked.at(-1)!.ticket, world.moment);
  world.takeSent();

  world.pass(2000);
  world.ask({ name: 'a.example' });
  guess();
  world.pass(2600);
  guess(1);
  expect(world.asked.at(-1)!.ticket).toBe(-1);
  guess();
  expect(world.asked.at(-1)!.ticket).toBeGreaterThanOrEqual(0);
});

/** As a stream does, which reads on once it was sent a reply: a query that comes while another's waiters are answered. */
class Eager extends World {
  interject: (() => void) | undefined;

  override reply(...reply: Parameters<World['reply']>): void {
    super.reply(...reply);
    this.interject?.();
  }
}

it('judges stale data by its own targets, whatever is asked while it is given out', () => {
  const world = new Eager({ blocked: ['tiktok.com'], observing: ['10.9.0.0/16'] });
  const alias = (name: string, data: string, ttl: number) => ({ type: 'CNAME', name, ttl, data });
  world.ask({ name: 'shop.example', from: '10.9.0.1' });
  world.respond({ answers: [alias('shop.example', 'www.tiktok.com', 10), A('www.tiktok.com', '192.0.2.1', 10)] });
  world.ask({ name: 'a.long.name.that.moves.marks.example', from: '10.9.0.1' });
  const other = 'a.long.name.that.moves.marks.example';
  world.respond({ answers: [alias(other, 'b.example', 9000), A('b.example', '192.0.2.1', 9000)] });
  world.sent.length = 0;
  world.pass(20_000);
  // The last to wait is the first to be answered: one who may pass, then one who may not.
  world.ask({ name: 'shop.example', from: '10.0.0.1' });
  world.ask({ name: 'shop.example', from: '10.9.0.1', id: 2 });
  world.interject = () => void world.give(encodeQuery({ name: other }), '10.9.0.1', true);
  world.pass(1900);
  const replies = world.sent.map(({ client, decoded }) => [client, decoded.answers.length]);
  expect(replies).toEqual([
    ['10.9.0.1', 2],
    ['10.0.0.1', 0],
  ]);
});

test('one client that repeats one slow question under many ids leaves room for others', () => {
  const world = new World({}, { pending: 64 });
  for (let id = 0; id < 200; id++) world.ask({ name: 'slow.example', id, from: '10.0.0.1' });
  expect(world.ask({ name: 'b.example', from: '10.0.0.2' })).toBe('pending');
  expect(world.ask({ name: 'slow.example', from: '10.0.0.2' })).toBe('pending');
});
