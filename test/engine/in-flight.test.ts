// What may change or come amiss while a question is away, and that each waiter gets a reply made for it.

import { describe, expect, it, test } from 'vitest';
import { Attempts } from '../../src/engine/attempts.ts';
import { EVENT, OUTCOME } from '../../src/engine/counters.ts';
import { World } from '../support/world.ts';

const A = (name: string, data = '192.0.2.1', ttl = 100) => ({ type: 'A', name, ttl, data });
const RCODES = { SERVFAIL: 0x8182, REFUSED: 0x8185 };

describe('a policy that comes while a question is away', () => {
  it('refuses those who are in no group any more', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    world.adopt({ blocking: ['172.16.0.0/12'], generation: 2 });
    world.respond({ answers: [A('a.example')] });
    expect(world.takeSent().decoded).toMatchObject({ rcode: 'REFUSED', answers: [], errors: [{ code: 18 }] });
    expect(world.counters.readOutcome(OUTCOME.REFUSED_CLIENT)).toBe(1);
  });

  it('sends the question on to the first upstream of its new zone', () => {
    const world = new World({}, {}, [0]);
    world.ask({ name: 'a.intern.example' });
    world.adopt({ forward: [['intern.example', 0]], generation: 2 }, [0], [[5, 6]]);
    world.pass(400);
    expect(world.asked.map(({ upstream }) => upstream)).toEqual([0, 5]);
  });
});

it('answers special-use names before it looks at policy', () => {
  const world = new World({ blocked: ['localhost'] });
  expect(world.answer({ name: 'localhost' }).answers).toMatchObject([{ data: '127.0.0.1' }]);
});

describe('an answer', () => {
  it('of another class is nobody’s', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    world.respond({ questions: [{ type: 'A', class: 'CH', name: 'a.example' }], answers: [A('a.example')] });
    expect(world.sent).toEqual([]);
    expect(world.counters.readEvent(EVENT.UPSTREAM_MISMATCHED)).toBe(1);
  });

  it.each([
    ['records', [A('a.example')]],
    ['none', []],
  ])('with an extended error code and %s is none', (_, answers) => {
    const world = new World({}, {}, [0]);
    world.ask({ name: 'a.example' });
    const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 1, flags: 0, options: [] };
    world.respond({ answers, additionals: [opt] } as never);
    expect(world.takeSent().decoded).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
  });

  it('with TTL 0 is given and not offered to the cache', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    world.respond({ answers: [A('a.example', '192.0.2.1', 0)] });
    expect(world.takeSent().decoded.answers).toHaveLength(1);
    expect(world.counters.readEvent(EVENT.CACHE_SKIPPED)).toBe(0);
    expect(world.ask({ name: 'a.example' })).toBe('pending');
  });

  it('that is truncated over TCP too is none', () => {
    const world = new World({}, {}, [0]);
    world.ask({ name: 'a.example' });
    world.respond({ flags: 0x8380 } as never);
    world.respond({ flags: 0x8380, answers: [A('a.example')] } as never);
    expect(world.takeSent().decoded).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
  });

  it('to an earlier question of the same name and place reaches nobody', () => {
    const world = new World({}, {}, [0]);
    world.ask({ name: 'a.example' });
    world.respond({ flags: 0x8380 } as never);
    const late = world.asked.at(-1)!;
    world.pass(8000);
    world.sent.length = 0;
    expect(world.ask({ name: 'a.example' })).toBe('pending');
    world.respond({ flags: 0x8380 } as never);
    world.respond({ answers: [A('a.example', '203.0.113.66')] }, late);
    expect(world.sent).toEqual([]);
    world.respond({ answers: [A('a.example')] });
    expect(world.takeSent().decoded.answers).toMatchObject([{ data: '192.0.2.1' }]);
  });
});

describe('an upstream that answers with an error', () => {
  it('is followed by two others at most', () => {
    const world = new World({}, {}, [0, 1, 2, 3]);
    world.ask({ name: 'a.example' });
    for (let round = 0; round < 4 && world.sent.length === 0; round++)
      world.respond({ flags: RCODES.SERVFAIL } as never);
    expect(world.asked).toHaveLength(3);
    expect(world.takeSent().decoded.rcode).toBe('SERVFAIL');
  });

  it('does not end the wait for one that is slow', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    world.pass(400);
    world.respond({ flags: RCODES.SERVFAIL } as never, world.asked[1]);
    expect(world.sent).toEqual([]);
    world.respond({ answers: [A('a.example')] }, world.asked[0]);
    expect(world.takeSent().decoded.answers).toHaveLength(1);
  });

  it('REFUSED is not asked first again', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    const [first] = world.asked;
    world.respond({ flags: RCODES.REFUSED } as never);
    world.respond({ answers: [A('a.example')] });
    world.ask({ name: 'b.example' });
    expect(world.asked.at(-1)!.upstream).not.toBe(first.upstream);
  });
});

test('failures are forgotten when the upstream that was lost answers again', () => {
  const world = new World({}, {}, [0]);
  world.ask({ name: 'a.example' });
  world.pass(4600);
  world.ask({ name: 'b.example' });
  expect(world.answer({ name: 'a.example' }).rcode).toBe('SERVFAIL');
  world.respond({ answers: [A('b.example')] });
  expect(world.ask({ name: 'a.example' })).toBe('pending');
});

test('who asks after stale data was given waits no longer for it than the first', () => {
  const world = new World({}, {}, [0]);
  world.ask({ name: 'a.example' });
  world.respond({ answers: [A('a.example', '192.0.2.1', 10)] });
  world.pass(20_000);
  world.ask({ name: 'a.example' });
  world.pass(1850);
  world.sent.length = 0;
  expect(world.ask({ name: 'a.example', id: 2 })).toBe('pending');
  world.pass(1700);
  expect(world.sent).toEqual([]);
  world.pass(150);
  expect(world.takeSent().decoded).toMatchObject({ id: 2, answers: [{ ttl: 30 }], errors: [{ code: 3 }] });
});

test('each waiter gets a reply of the size it takes, with its own flags', () => {
  const world = new World();
  const data = Array.from({ length: 3 }, () => 'x'.repeat(200));
  world.ask({ name: 'a.example', type: 'TXT', id: 1, size: 512 });
  world.ask({ name: 'a.example', type: 'TXT', id: 2, size: 1232 });
  world.ask({ name: 'a.example', type: 'TXT', id: 3, size: 512 });
  world.respond({ answers: [{ type: 'TXT', name: 'a.example', ttl: 100, data }] });
  const replies = world.sent.map(({ decoded: { id, rd, tc, answers } }) => [id, rd, tc, answers.length]);
  expect(replies.sort()).toEqual([
    [1, true, true, 0],
    [2, true, false, 1],
    [3, true, true, 0],
  ]);
});

test('the reply to a query with DO has DO, and the next without has not', () => {
  const world = new World();
  for (const dnssecOk of [true, false]) {
    world.ask({ name: 'a.example', dnssecOk });
    world.respond({ answers: [A('a.example')] });
    expect(world.takeSent().decoded.additionals).toMatchObject([{ flags: dnssecOk ? 0x8000 : 0 }]);
  }
});

describe('attempts', () => {
  it('are told apart by socket and id both, and none takes the place of another', () => {
    const attempts = new Attempts(4);
    expect(attempts.expect(0, 0, 7, 99)).toBe(true);
    expect(attempts.expect(1, 0, 8, 99)).toBe(true);
    expect(attempts.expect(2, 0, 7, 99)).toBe(false);
    expect(attempts.slotOf(attempts.find(7, 99))).toBe(0);
    expect(attempts.slotOf(attempts.find(8, 99))).toBe(1);
    expect(attempts.find(8, 98)).toBe(-1);
    for (let token = 9; token < 60; token++) expect(attempts.find(token, 99)).toBe(-1);
    attempts.dropAll(0);
    expect(attempts.find(7, 99)).toBe(-1);
    expect(attempts.isLate(7, 99)).toBe(true);
    expect(attempts.isLate(8, 99)).toBe(false);
    expect(attempts.slotOf(attempts.find(8, 99))).toBe(1);
  });

  it('that share a bucket are each found and let go, whatever the order', () => {
    const attempts = new Attempts(1);
    for (const [number, id] of [1, 2, 3].entries()) expect(attempts.expect(0, number, 5, id)).toBe(true);
    attempts.drop(attempts.find(5, 2));
    expect([1, 2, 3].map((id) => attempts.find(5, id) >= 0)).toEqual([true, false, true]);
    attempts.drop(attempts.find(5, 1));
    expect([1, 2, 3].map((id) => attempts.find(5, id) >= 0)).toEqual([false, false, true]);
    expect(attempts.anyOpen(0)).toBe(true);
    attempts.drop(attempts.find(5, 3));
    expect(attempts.anyOpen(0)).toBe(false);
  });
});
