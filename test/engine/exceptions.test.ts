// What exceptions, listeners and defaults come to on the way of a query: replies, counts, and events for the log.

import { describe, expect, it, test } from 'vitest';
import { Counters, HIT } from '../../src/engine/counters.ts';
import { EventReader } from '../../src/engine/event-reader.ts';
import { allocateEvents, NO_SOURCE } from '../../src/engine/event-ring.ts';
import { EventWriter } from '../../src/engine/events.ts';
import { ANSWER, DECISION, FACET_NONE, MODE } from '../../src/policy/rule.ts';
import { POLICY_TEXT, type PolicyPlan } from '../support/policy-image.ts';
import { World } from '../support/world.ts';

const START = 1_800_000_000;
const exceptions = [
  { clients: ['10.9.9.9'], starts: START, expires: START + 50 },
  { clients: ['10.0.0.1'], starts: START, expires: START + 50 },
];
const plan: Partial<PolicyPlan> = { blocked: ['tiktok.com', 'cdn.example'], exceptions };

/** A world whose hits are read as the log reads them. */
class Logged extends World {
  readonly reader: EventReader;

  constructor(plan: Partial<PolicyPlan>) {
    const buffer = allocateEvents(1);
    super(plan, { events: new EventWriter(buffer, 0, new Counters(Counters.allocate(1), 0)) });
    this.reader = new EventReader(buffer, 0);
  }

  /** What was written since the last call. */
  events(): { decision: number; exception: number; source: number; policy: number; group: number; facet: number }[] {
    this.engine.endBatch(this.moment);
    this.reader.look();
    const events = [];
    while (this.reader.next()) {
      const { decision, exception, source, policy, group, facet } = this.reader;
      events.push({ decision, exception, source, policy, group, facet });
    }
    this.reader.release();
    return events;
  }

  hits(): number[] {
    return [HIT.BLOCKED, HIT.OBSERVED, HIT.ALLOWED, HIT.EXCEPTED].map((hit) => this.counters.readHit(0, hit));
  }
}

/** Answers what was asked last with one address, through these aliases. */
function answer(world: World, [first, ...targets]: string[]): number {
  const names = [first, ...targets];
  const aliases = targets.map((data, index) => ({ type: 'CNAME', name: names[index], ttl: 100, data }));
  world.respond({ answers: [...aliases, { type: 'A', name: names.at(-1)!, ttl: 100, data: '192.0.2.1' }] });
  return world.takeSent().decoded.answers.length;
}

const EXCEPTED = { decision: DECISION.ALLOW, exception: 1, source: 0, policy: 0, group: 0, facet: FACET_NONE };

describe('an exception', () => {
  it('is counted and told when it lets a name through, once for each query', () => {
    const world = new Logged(plan);
    expect(world.ask({ name: 'tiktok.com' })).toBe('pending');
    expect(answer(world, ['tiktok.com'])).toBe(1);
    expect(world.answer({ name: 'tiktok.com' }).answers).toHaveLength(1);
    expect(world.events()).toEqual([EXCEPTED, EXCEPTED]);
    expect(world.hits()).toEqual([0, 0, 0, 2]);
  });

  it('is counted and told when it lets through what a stranger leads to', () => {
    const world = new Logged(plan);
    world.ask({ name: 'shop.example' });
    expect(answer(world, ['shop.example', 'edge.example', 'cdn.example', 'last.example'])).toBe(4);
    expect(world.events()).toEqual([EXCEPTED]);
    expect(world.answer({ name: 'shop.example' }).answers).toHaveLength(4);
    expect(world.events()).toEqual([EXCEPTED]);
    expect(world.hits()).toEqual([0, 0, 0, 2]);
  });

  it('on the asked name is not needed for what that leads to', () => {
    const world = new Logged(plan);
    world.ask({ name: 'tiktok.com' });
    expect(answer(world, ['tiktok.com', 'cdn.example'])).toBe(2);
    expect(world.events()).toEqual([EXCEPTED]);
  });

  it('lets nobody else through', () => {
    const world = new Logged(plan);
    expect(world.answer({ name: 'tiktok.com', from: '10.0.0.2' }).rcode).toBe('NXDOMAIN');
    expect(world.events()).toEqual([{ ...EXCEPTED, decision: DECISION.BLOCK, exception: -1 }]);
    expect(world.hits()).toEqual([1, 0, 0, 0]);
  });

  it('lets no one through to whom others have been before, from the cache', () => {
    const world = new Logged(plan);
    world.ask({ name: 'shop.example' });
    answer(world, ['shop.example', 'cdn.example']);
    expect(world.answer({ name: 'shop.example', from: '10.0.0.2' }).answers).toEqual([]);
  });

  it('is for the client that asked, where several wait for one question', () => {
    const world = new Logged(plan);
    world.ask({ name: 'shop.example' });
    world.ask({ name: 'shop.example', from: '10.0.0.2' });
    const target = { type: 'CNAME', name: 'shop.example', ttl: 9, data: 'cdn.example' };
    world.respond({ answers: [target, { type: 'A', name: 'cdn.example', ttl: 9, data: '192.0.2.1' }] });
    const records = world.sent.map(({ client, decoded }) => [client, decoded.answers.length]);
    expect(records.sort()).toEqual([
      ['10.0.0.1', 2],
      ['10.0.0.2', 0],
    ]);
  });
});

describe('a default', () => {
  const managed = (mode: number): Partial<PolicyPlan> => ({
    blocked: ['bad.example'],
    managed: { approved: ['ok.example', 'deep.under.example'], mode },
    forward: [['corp.example', 0]],
  });
  const byDefault = { exception: -1, source: NO_SOURCE, policy: 0, group: 0, facet: FACET_NONE };

  it('blocks what is not approved, as its policy answers, with an SOA of the name itself', () => {
    const world = new Logged(managed(MODE.BLOCK));
    const reply = world.answer({ name: 'www.other.test-me' });
    expect(reply).toMatchObject({
      rcode: 'NXDOMAIN',
      authorities: [{ type: 'SOA', name: 'www.other.test-me', ttl: 60 }],
      errors: [{ code: 15, text: POLICY_TEXT }],
    });
    expect(world.events()).toEqual([{ ...byDefault, decision: DECISION.BLOCK }]);
    expect(world.hits()).toEqual([1, 0, 0, 0]);
  });

  it.each(['under.example', 'example', 'arpa', 'org', '.'])(
    'denies no approved name, own zone or special name by %s',
    (name) => {
      const rcode = name === 'org' ? 'NXDOMAIN' : 'NOERROR';
      expect(new Logged(managed(MODE.BLOCK)).answer({ name })).toMatchObject({ rcode, answers: [] });
    },
  );

  it('lets what is approved through, and all that it leads to', () => {
    const world = new Logged(managed(MODE.BLOCK));
    world.ask({ name: 'ok.example' });
    expect(answer(world, ['ok.example', 'edge.test-me'])).toBe(2);
    expect(world.answer({ name: 'ok.example' }).answers).toHaveLength(2);
    expect(world.events()).toEqual([]);
  });

  it('leaves own zones and special-use names alone', () => {
    const world = new Logged(managed(MODE.BLOCK));
    world.adopt(managed(MODE.BLOCK), [0], [[1]]);
    expect(world.ask({ name: 'www.corp.example' })).toBe('pending');
    expect(answer(world, ['www.corp.example', 'edge.test-me'])).toBe(2);
    expect(world.answer({ name: 'localhost' }).answers).toHaveLength(1);
    expect(world.events()).toEqual([]);
  });

  it('that observes answers, counts and tells', () => {
    const world = new Logged(managed(MODE.OBSERVE));
    world.ask({ name: 'other.test-me' });
    expect(answer(world, ['other.test-me', 'edge.test-me'])).toBe(2);
    expect(world.events()).toEqual([{ ...byDefault, decision: DECISION.OBSERVE }]);
    expect(world.hits()).toEqual([0, 1, 0, 0]);
  });

  it('answers with addresses where its policy does', () => {
    const sinkhole = { kind: ANSWER.SINKHOLE, ipv4: Uint8Array.of(192, 0, 2, 9) };
    const world = new Logged({ ...managed(MODE.BLOCK), answer: sinkhole });
    expect(world.answer({ name: 'other.test-me' }).answers).toMatchObject([{ type: 'A', data: '192.0.2.9' }]);
  });
});

test('a group of one listener takes its clients, over UDP and TCP, and no others', () => {
  const world = new World({ blocked: ['tiktok.com'], listener: 2, observing: ['10.0.0.0/8'] });
  expect(world.answer({ name: 'tiktok.com', listener: 2 }).rcode).toBe('NXDOMAIN');
  expect(world.answer({ name: 'tiktok.com', listener: 2, stream: true }).rcode).toBe('NXDOMAIN');
  expect(world.ask({ name: 'tiktok.com', listener: 1 })).toBe('pending');
  expect(world.ask({ name: 'tiktok.com', listener: 3, from: '10.0.0.9' })).toBe('pending');
});
