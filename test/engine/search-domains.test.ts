// A stub that tries a blocked name in its search domains is answered here; whatever else these hold is forwarded.

import { describe, expect, test } from 'vitest';
import { Counters, OUTCOME } from '../../src/engine/counters.ts';
import { EventReader } from '../../src/engine/event-reader.ts';
import { allocateEvents } from '../../src/engine/event-ring.ts';
import { EventWriter } from '../../src/engine/events.ts';
import { ANSWER, DECISION, MODE } from '../../src/policy/rule.ts';
import { textFromWire } from '../../src/wire/name-text.ts';
import { World } from '../support/world.ts';

const START = 1_800_000_000;
const plan = { blocked: ['tiktok.com', '!ok.tiktok.com'], searchDomains: ['corp.example'] };

describe('a blocked name with a search domain behind it', () => {
  test('is answered as the blocked name is, and asked of nobody', () => {
    const world = new World(plan);
    expect(world.answer({ name: 'www.tiktok.com.corp.example' })).toMatchObject({
      rcode: 'NXDOMAIN',
      authorities: [{ type: 'SOA', name: 'tiktok.com.corp.example' }],
      errors: [{ code: 15 }],
    });
    // Like the name itself, beneath which something is let through.
    expect(world.answer({ name: 'tiktok.com.corp.example', type: 'MX' }).rcode).toBe('NOERROR');
    expect(world.asked).toEqual([]);
    expect(world.counters.readOutcome(OUTCOME.BLOCKED)).toBe(2);
  });

  test('gets the addresses that the blocked name gets', () => {
    const ipv4 = Uint8Array.of(192, 0, 2, 53);
    const world = new World({ ...plan, answer: { kind: ANSWER.SINKHOLE, ede: 4, ipv4 } });
    expect(world.answer({ name: 'www.tiktok.com.corp.example' }).answers).toMatchObject([
      { name: 'www.tiktok.com.corp.example', type: 'A', data: '192.0.2.53' },
    ]);
  });

  test('is in the log with the name that is blocked beside the one that was asked', () => {
    const buffer = allocateEvents(1);
    const world = new World(plan, { events: new EventWriter(buffer, 0, new Counters(Counters.allocate(1), 0)) });
    const reader = new EventReader(buffer, 0);
    world.answer({ name: 'www.tiktok.com.corp.example' });
    world.engine.endBatch(world.moment);
    reader.look();
    expect(reader.next()).toBe(true);
    const { nameAt, nameLength, leadAt, leadLength, depth, decision } = reader;
    const names = [reader.bytes.slice(nameAt, nameAt + nameLength), reader.bytes.slice(leadAt, leadAt + leadLength)];
    expect(names.map((wire) => textFromWire(wire))).toEqual(['www.tiktok.com.corp.example', 'www.tiktok.com']);
    expect([depth, decision, reader.next()]).toEqual([2, DECISION.BLOCK, false]);
  });

  test('is forwarded where the group only observes, and where the client has an exception', () => {
    const exceptions = [{ clients: ['10.0.0.9'], starts: START, expires: START + 50 }];
    const world = new World({ ...plan, exceptions, observing: ['10.20.0.0/16'] });
    expect(world.ask({ name: 'www.tiktok.com.corp.example', from: '10.20.0.1' })).toBe('pending');
    expect(world.ask({ name: 'www.tiktok.com.corp.example', from: '10.0.0.9' })).toBe('pending');
  });

  test('is not kept beyond the moment at which it may be blocked', () => {
    const world = new World({ ...plan, effective: START + 30 });
    world.ask({ name: 'www.tiktok.com.corp.example' });
    world.respond({ answers: [{ type: 'A', name: 'www.tiktok.com.corp.example', ttl: 3600, data: '192.0.2.1' }] });
    expect(world.takeSent().decoded.answers).toMatchObject([{ ttl: 30 }]);
    world.pass(31_000);
    expect(world.answer({ name: 'www.tiktok.com.corp.example' }).rcode).toBe('NXDOMAIN');
  });

  test('is blocked for who waited for it, where the policy came meanwhile', () => {
    const world = new World({ ...plan, blocked: [] });
    world.ask({ name: 'www.tiktok.com.corp.example' });
    world.adopt({ ...plan, generation: 2 });
    world.respond({ answers: [{ type: 'A', name: 'www.tiktok.com.corp.example', ttl: 3600, data: '192.0.2.1' }] });
    expect(world.takeSent().decoded).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
  });
});

describe('what else a search domain holds', () => {
  test.each(['intranet.corp.example', 'ok.tiktok.com.corp.example', 'nottiktok.com.corp.example', 'corp.example'])(
    '%s is forwarded, and judged by what it leads to as always',
    (name) => {
      const world = new World(plan);
      expect(world.ask({ name })).toBe('pending');
      world.respond({
        answers: [
          { type: 'CNAME', name, ttl: 60, data: 'edge.tiktok.com' },
          { type: 'A', name: 'edge.tiktok.com', ttl: 60, data: '192.0.2.1' },
        ],
      });
      expect(world.takeSent().decoded).toMatchObject({ rcode: 'NOERROR', answers: [] });
      // After another's stem was blocked, and what was judged has changed places.
      expect(world.answer({ name: 'www.tiktok.com.corp.example' }).rcode).toBe('NXDOMAIN');
      expect(world.answer({ name })).toMatchObject({ rcode: 'NOERROR', answers: [] });
    },
  );

  test('meets a default by its own name alone', () => {
    const managed = { approved: ['corp.example'], mode: MODE.BLOCK };
    const world = new World({ ...plan, managed });
    expect(world.ask({ name: 'printer.corp.example' })).toBe('pending');
    expect(world.answer({ name: 'www.tiktok.com.corp.example' }).rcode).toBe('NXDOMAIN');
    expect(world.answer({ name: 'printer.example' }).rcode).toBe('NXDOMAIN');
  });
});
