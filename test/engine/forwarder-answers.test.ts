// What counts as an answer from upstream, what is dropped as nobody's, and what is asked for over TCP.

import { describe, expect, it } from 'vitest';
import { EVENT } from '../../src/engine/counters.ts';
import { World } from '../support/world.ts';

const A = (name: string, data = '192.0.2.1', ttl = 100) => ({ type: 'A', name, ttl, data });
const upstreamsOf = (world: World) => world.asked.map(({ upstream }) => upstream);

/** Answers with the cookie that was sent and `octets` more. */
function lengthen(world: World, octets: number): void {
  const [sent] = world.asked[0].decoded.additionals[0].options!;
  const options = [{ code: 10, data: Buffer.concat([sent.data!, Buffer.alloc(octets, 7)]) }];
  const additionals = [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options }];
  world.respond({ answers: [A('a.example', '203.0.113.66')], additionals });
}

describe('what is no answer', () => {
  const answers = [A('a.example', '203.0.113.66')];

  it.each([
    ['another id', (world: World) => world.respond({ id: 0xffff & ~world.asked[0].decoded.id, answers } as never)],
    ['another name', (world: World) => world.respond({ questions: [{ type: 'A', name: 'b.example' }], answers })],
    ['another type', (world: World) => world.respond({ questions: [{ type: 'AAAA', name: 'a.example' }], answers })],
    ['no question', (world: World) => world.respond({ questions: [], answers })],
    ['QR=0', (world: World) => world.respond({ type: 'query', answers })],
    ['11 octets', (world: World) => world.respondRaw(new Uint8Array(11))],
    [
      'another cookie',
      (world: World) => {
        const options = [{ code: 10, data: Buffer.alloc(16, 7) }];
        world.respond({ answers, additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options }] });
      },
    ],
    ['our cookie, and five octets that no server may put behind it', (world: World) => lengthen(world, 5)],
    ['our cookie, and more behind it than any server may', (world: World) => lengthen(world, 33)],
  ])('with %s is dropped and counted, and the true one is still taken', (_, lie) => {
    const world = new World();
    world.ask({ name: 'a.example' });
    lie(world);
    expect(world.sent).toEqual([]);
    expect(world.counters.readEvent(EVENT.UPSTREAM_MISMATCHED)).toBe(1);
    world.respond({ answers: [A('a.example')] });
    expect(world.takeSent().decoded.answers).toMatchObject([{ data: '192.0.2.1' }]);
  });

  it('after many mismatches the question is asked over TCP, where nobody can guess', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    for (let guess = 0; guess < 40; guess++) world.respond({ id: guess, answers } as never, world.asked[0]);
    const asked = world.asked.at(-1)!;
    expect(asked.ticket).toBeGreaterThanOrEqual(0);
    world.respond({ answers }, world.asked[0]);
    expect(world.sent).toEqual([]);
    world.respond({ answers: [A('a.example')] });
    expect(world.takeSent().decoded.answers).toMatchObject([{ data: '192.0.2.1' }]);
  });

  it.each(['SERVFAIL', 'REFUSED', 'NOTAUTH'])(
    '%s sends the question to the next upstream, and on to nobody twice',
    (rcode) => {
      const codes = { SERVFAIL: 2, REFUSED: 5, NOTAUTH: 9 } as Record<string, number>;
      const world = new World();
      world.ask({ name: 'a.example' });
      world.respond({ flags: 0x8180 | codes[rcode] } as never);
      expect(new Set(upstreamsOf(world))).toEqual(new Set([0, 1]));
      world.respond({ flags: 0x8180 | codes[rcode] } as never);
      expect(world.asked).toHaveLength(2);
      expect(world.takeSent().decoded.rcode).toBe('SERVFAIL');
    },
  );

  it('FORMERR to an OPT is asked of the same upstream without, which is remembered', () => {
    const world = new World({}, {}, [4]);
    world.ask({ name: 'a.example' });
    world.respondRaw(
      Uint8Array.of(world.asked[0].message[0], world.asked[0].message[1], 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0),
    );
    expect(world.asked[1]).toMatchObject({ upstream: 4, decoded: { additionals: [] } });
    world.respond({ answers: [A('a.example')] });
    expect(world.takeSent().decoded.answers).toHaveLength(1);
    world.ask({ name: 'b.example' });
    expect(world.asked[2].decoded.additionals).toEqual([]);
  });
});

describe('a truncated answer', () => {
  it('is asked for over TCP, and its partial data is not used', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    world.respond({ flags: 0x8380, answers: [A('a.example', '203.0.113.66')] } as never);
    expect(world.sent).toEqual([]);
    expect(world.asked[1].ticket).toBeGreaterThanOrEqual(0);
    world.respond({ answers: [A('a.example')] });
    expect(world.takeSent().decoded.answers).toMatchObject([{ data: '192.0.2.1' }]);
  });

  it('goes to the next upstream where TCP fails', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    world.respond({ flags: 0x8380 } as never);
    world.engine.handleStreamFailure(world.asked[1].ticket, world.moment);
    expect(upstreamsOf(world)).toHaveLength(3);
    expect(world.asked[2].upstream).not.toBe(world.asked[0].upstream);
    world.respond({ answers: [A('a.example')] });
    expect(world.takeSent().decoded.answers).toHaveLength(1);
  });

  it('that comes over TCP after its question has ended reaches nobody', () => {
    const world = new World({}, {}, [0]);
    world.ask({ name: 'a.example' });
    world.respond({ flags: 0x8380 } as never);
    const late = world.asked.at(-1)!;
    world.pass(5000);
    world.takeSent();
    world.ask({ name: 'b.example' });
    world.respond({ answers: [A('a.example')] }, late);
    expect(world.sent).toEqual([]);
  });
});
