// Addresses in an answer, judged after its names: whatever record they stand in, fresh or cached, for each group, by dates.

import { describe, expect, it, test } from 'vitest';
import { Counters, EVENT, HIT } from '../../src/engine/counters.ts';
import { EventReader } from '../../src/engine/event-reader.ts';
import { allocateEvents } from '../../src/engine/event-ring.ts';
import { EventWriter } from '../../src/engine/events.ts';
import { ANSWER, DECISION, DECISIONS, MATCH, MODE } from '../../src/policy/rule.ts';
import { readAddress } from '../../src/settings/address.ts';
import { addressText, prefixText } from '../../src/wire/address-text.ts';
import { TYPE } from '../../src/wire/codes.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';
import type { PolicyPlan } from '../support/policy-image.ts';
import { buildReply, type RecordSpec, word } from '../support/reply-builder.ts';
import { SEED, World } from '../support/world.ts';

const START = 1_800_000_000;
const OBSERVER = '10.20.0.1';
const SHOP = 'shop.example';
const octets = (text: string) => [...readAddress(text)!.octets];

/** A world whose hits are read as the log reads them. */
class Logged extends World {
  readonly reader: EventReader;

  constructor(plan: Partial<PolicyPlan>) {
    const buffer = allocateEvents(1);
    super(
      { observing: ['10.20.0.0/16'], ...plan },
      { events: new EventWriter(buffer, 0, new Counters(Counters.allocate(1), 0)) },
    );
    this.reader = new EventReader(buffer, 0);
  }

  /** Answers what is pending with these records; how many of them the client gets. */
  bring(...records: RecordSpec[]): number {
    const { decoded } = this.asked.at(-1)!;
    const [{ name, type }] = decoded.questions;
    const numbers: Record<string, number> = { ...TYPE, UNKNOWN_65: TYPE.HTTPS };
    this.respondRaw(buildReply({ name, type: numbers[type], id: decoded.id, answer: records }));
    return this.takeSent().decoded.answers.length;
  }

  /** Asks, and answers with these records where it must be asked upstream; how many the client gets. */
  fetch(type: string, ...records: RecordSpec[]): number {
    const reply = this.ask({ name: SHOP, type });
    if (reply === undefined) throw new Error('silence');
    return reply === 'pending' ? this.bring(...records) : reply.answers.length;
  }

  /** What was written since the last call: `blocked 192.0.2.1 by 192.0.2.0/24`. */
  events(): string[] {
    this.engine.endBatch(this.moment);
    this.reader.look();
    const events: string[] = [];
    while (this.reader.next()) {
      const { decision, match, depth, isOnAddress, leadAt, leadLength, bytes, exception } = this.reader;
      const lead = bytes.slice(leadAt, leadAt + leadLength);
      expect(isOnAddress).toBe(match === MATCH.PREFIX);
      const on = isOnAddress ? `${addressText(leadLength === 4 ? 4 : 6, lead)} by ${prefixText(lead, depth)}` : 'name';
      events.push(`${exception < 0 ? DECISIONS[decision] : 'excepted'} ${on}`);
    }
    this.reader.release();
    return events;
  }
}

const a = (...texts: string[]): RecordSpec[] =>
  texts.map((text) => ({ owner: SHOP, type: TYPE.A, rdata: [octets(text)] }));
const aaaa = (...texts: string[]): RecordSpec[] =>
  texts.map((text) => ({ owner: SHOP, type: TYPE.AAAA, rdata: [octets(text)] }));
function https(key: number, ...texts: string[]): RecordSpec {
  const value = texts.flatMap(octets);
  const alpn = [...word(1), ...word(3), 2, 0x68, 0x32];
  return {
    owner: SHOP,
    type: TYPE.HTTPS,
    rdata: [word(1), [0], [...alpn, ...word(key), ...word(value.length), ...value]],
  };
}

const NETS = ['192.0.2.0/24', '!192.0.2.128/25', '2001:db8::/32'];

describe.each<[string, string, RecordSpec[], string]>([
  ['an address', 'A', a('192.0.2.1'), '192.0.2.1 by 192.0.2.0/24'],
  ['one among others', 'A', a('203.0.113.1', '192.0.2.1', '203.0.113.2'), '192.0.2.1 by 192.0.2.0/24'],
  ['the first of two', 'A', a('192.0.2.200', '192.0.2.2', '192.0.2.1'), '192.0.2.2 by 192.0.2.0/24'],
  ['an IPv6 address', 'AAAA', aaaa('2001:db8::5'), '2001:db8::5 by 2001:db8::/32'],
  ['a mapped one', 'AAAA', aaaa('::ffff:192.0.2.1'), '::ffff:c000:201 by 192.0.2.0/24'],
  ['one behind NAT64', 'AAAA', aaaa('64:ff9b::192.0.2.1'), '64:ff9b::c000:201 by 192.0.2.0/24'],
  ['an IPv4 hint', 'UNKNOWN_65', [https(4, '203.0.113.1', '192.0.2.1')], '192.0.2.1 by 192.0.2.0/24'],
  ['an IPv6 hint', 'UNKNOWN_65', [https(6, '2001:db8::5')], '2001:db8::5 by 2001:db8::/32'],
  ['a mapped hint', 'UNKNOWN_65', [https(6, '::ffff:192.0.2.1')], '::ffff:c000:201 by 192.0.2.0/24'],
])('%s', (_, type, records, told) => {
  test('is blocked with the whole reply, from upstream and from the cache', () => {
    const world = new Logged({ nets: NETS });
    expect([world.fetch(type, ...records), world.fetch(type)]).toEqual([0, 0]);
    expect(world.events()).toEqual([`block ${told}`, `block ${told}`]);
    expect(world.asked).toHaveLength(1);
    expect(world.counters.readEvent(EVENT.BLOCKED_ADDRESS)).toBe(2);
    expect(world.counters.readEvent(EVENT.BLOCKED_ALIAS)).toBe(0);
    expect(world.counters.readHit(0, HIT.BLOCKED)).toBe(2);
  });

  test('is answered and told where the group observes, from upstream and from the cache', () => {
    const world = new Logged({ nets: NETS });
    world.ask({ name: SHOP, type, from: OBSERVER });
    expect(world.bring(...records)).toBe(records.length);
    expect(world.answer({ name: SHOP, type, from: OBSERVER }).answers).toHaveLength(records.length);
    expect(world.events()).toEqual([`observe ${told}`, `observe ${told}`]);
    expect(world.counters.readEvent(EVENT.BLOCKED_ADDRESS)).toBe(0);
    // And the next, for whom it is blocked.
    expect(world.fetch(type)).toBe(0);
  });

  test('that was cached before the rule came is judged by it at once', () => {
    const world = new Logged({});
    expect([world.fetch(type, ...records), world.fetch(type)]).toEqual([records.length, records.length]);
    world.adopt({ nets: NETS, generation: 2 });
    expect(world.fetch(type)).toBe(0);
    expect(world.events()).toEqual([`block ${told}`]);
    world.adopt({ generation: 3 });
    expect(world.fetch(type)).toBe(records.length);
    expect(world.asked).toHaveLength(1);
  });

  test('is judged by the policy that came while the question was away', () => {
    const world = new Logged({});
    world.ask({ name: SHOP, type });
    world.adopt({ nets: NETS, generation: 2 });
    expect(world.bring(...records)).toBe(0);
  });
});

describe('an answer that is blocked for an address', () => {
  test('is NODATA, with an SOA of the asked name and the reason', () => {
    const world = new Logged({ nets: NETS });
    world.fetch('A', ...a('192.0.2.1'));
    expect(world.answer({ name: SHOP })).toMatchObject({
      rcode: 'NOERROR',
      answers: [],
      authorities: [{ type: 'SOA', name: SHOP, ttl: 60 }],
      errors: [{ code: 15 }],
    });
  });

  test('is the sinkhole where the policy has one', () => {
    const sinkhole = { kind: ANSWER.SINKHOLE, ede: 4, ipv4: Uint8Array.of(198, 51, 100, 53) };
    const world = new Logged({ nets: NETS, answer: sinkhole });
    world.fetch('A', ...a('192.0.2.1'));
    // Which is no answer of anybody's, and is judged by nobody: the address may be on the list itself.
    world.adopt({ nets: ['198.51.100.0/24', '192.0.2.0/24'], answer: sinkhole, generation: 2 });
    expect(world.answer({ name: SHOP }).answers).toMatchObject([{ type: 'A', data: '198.51.100.53' }]);
  });

  test('is so over TCP, and with the data that DNSSEC adds', () => {
    const world = new Logged({ nets: NETS });
    world.ask({ name: SHOP, stream: true, dnssecOk: true });
    expect(world.bring(...a('192.0.2.1'))).toBe(0);
    expect(world.answer({ name: SHOP, stream: true, dnssecOk: true }).answers).toEqual([]);
  });

  test('is so from stale data', () => {
    const world = new Logged({});
    expect(world.fetch('A', { ...a('192.0.2.1')[0], ttl: 5 })).toBe(1);
    world.now += 10_000;
    world.adopt({ nets: NETS, generation: 2 });
    expect(world.ask({ name: SHOP })).toBe('pending');
    world.pass(1_900);
    expect(world.takeSent().decoded.answers).toEqual([]);
    expect(world.events()).toEqual(['block 192.0.2.1 by 192.0.2.0/24']);
  });
});

describe('is let through', () => {
  const through = (plan: Partial<PolicyPlan>, ...texts: string[]): [number, number, string[]] => {
    const world = new Logged({ nets: NETS, ...plan });
    return [world.fetch('A', ...a(...texts)), world.fetch('A'), world.events()];
  };

  test.each<[string, Partial<PolicyPlan>, string[], number, string[]]>([
    ['an address that no rule speaks of', {}, ['203.0.113.1'], 1, []],
    ['one that the same list allows by a longer prefix', {}, ['192.0.2.129'], 1, []],
    ['what the policy allows by the asked name', { blocked: [`!${SHOP}`] }, ['192.0.2.1'], 1, []],
    [
      'what the group approves by the asked name',
      { managed: { approved: [SHOP], mode: MODE.BLOCK } },
      ['192.0.2.1'],
      1,
      [],
    ],
    [
      'what the client has an exception from, and it is told',
      { exceptions: [{ clients: ['10.0.0.1'], starts: START - 5, expires: START + 50 }] },
      ['203.0.113.1', '192.0.2.1', '192.0.2.200'],
      3,
      new Array(2).fill('excepted 192.0.2.1 by 192.0.2.0/24'),
    ],
    [
      'what the client has an exception from by the asked name, which is told',
      { blocked: [SHOP], exceptions: [{ clients: ['10.0.0.1'], starts: START - 5, expires: START + 50 }] },
      ['192.0.2.1'],
      1,
      ['excepted name', 'excepted name'],
    ],
  ])('%s', (_, plan, texts, count, events) => {
    expect(through(plan, ...texts)).toEqual([count, count, events]);
  });
});

describe('beside names', () => {
  const cname = (target: string): RecordSpec => ({ owner: SHOP, type: TYPE.CNAME, rdata: [{ name: target }] });
  const at = (owner: string, text: string): RecordSpec => ({ owner, type: TYPE.A, rdata: [octets(text)] });

  test('an address behind an alias is judged as any', () => {
    const world = new Logged({ nets: NETS });
    expect(world.fetch('A', cname('edge.example'), at('edge.example', '192.0.2.1'))).toBe(0);
    expect(world.fetch('A')).toBe(0);
    expect(world.counters.readEvent(EVENT.BLOCKED_ADDRESS)).toBe(2);
  });

  test('an alias goes first, and then decides', () => {
    const world = new Logged({ nets: NETS, blocked: ['edge.example'] });
    expect(world.fetch('A', cname('edge.example'), at('edge.example', '192.0.2.1'))).toBe(0);
    expect(world.events()).toEqual(['block name']);
    expect(world.counters.readEvent(EVENT.BLOCKED_ALIAS)).toBe(1);
  });

  test('of what is observed, the first is told, be it a name or an address', () => {
    const world = new Logged({ nets: NETS, blocked: ['edge.example'] });
    const chain = [cname('edge.example'), at('edge.example', '192.0.2.1'), at('edge.example', '192.0.2.2')];
    world.ask({ name: SHOP, from: OBSERVER });
    expect(world.bring(...chain)).toBe(3);
    expect(world.events()).toEqual(['observe name']);
    world.adopt({ nets: NETS, observing: ['10.20.0.0/16'], generation: 2 });
    expect(world.answer({ name: SHOP, from: OBSERVER }).answers).toHaveLength(3);
    expect(world.events()).toEqual(['observe 192.0.2.1 by 192.0.2.0/24']);
  });
});

describe('in the cache', () => {
  const generationOf = (world: World): number => {
    const name = new Name(SEED);
    nameFromText(SHOP, name);
    world.cache.find(name, TYPE.A, 0, START, world.out);
    return world.cache.found.generation;
  };

  test.each([
    ['a clean answer is of the policy that found it clean', '203.0.113.1', 7],
    ['an answer with an address that some rule speaks of is judged each time', '192.0.2.1', 0],
    ['also where the rule lets it through', '192.0.2.200', 0],
  ])('%s', (_, text, generation) => {
    const world = new Logged({ nets: NETS, generation: 7 });
    world.fetch('A', ...a(text));
    expect(generationOf(world)).toBe(generation);
  });
});

describe('by its dates', () => {
  test('a reply with an address that will be blocked is kept until then; others as always', () => {
    const world = new Logged({ nets: NETS, effective: START + 100 });
    world.ask({ name: SHOP });
    world.respondRaw(
      buildReply({ name: SHOP, type: TYPE.A, id: world.asked.at(-1)!.decoded.id, answer: a('192.0.2.1') }),
    );
    expect(world.takeSent().decoded.answers).toMatchObject([{ ttl: 100 }]);
    world.now += 40_000;
    expect(world.answer({ name: SHOP }).answers).toMatchObject([{ ttl: 60 }]);
    world.now += 60_000;
    expect(world.answer({ name: SHOP })).toMatchObject({ answers: [], authorities: [{ ttl: 60 }] });
    expect(new Logged({ nets: NETS, effective: START + 100 }).fetch('A', ...a('203.0.113.1'))).toBe(1);
  });

  it('in its grace it is observed', () => {
    const world = new Logged({ nets: NETS, effective: START - 10, blocks: START + 10 });
    expect(world.fetch('A', ...a('192.0.2.1'))).toBe(1);
    world.now += 10_000;
    expect(world.fetch('A')).toBe(0);
    expect(world.events().map((event) => event.split(' ')[0])).toEqual([DECISIONS[DECISION.OBSERVE], 'block']);
  });

  test('an exception that ends takes the reply with it', () => {
    const exceptions = [{ clients: ['10.0.0.1'], starts: START - 5, expires: START + 50 }];
    const world = new Logged({ nets: NETS, exceptions });
    expect(world.fetch('A', ...a('192.0.2.1'))).toBe(1);
    expect(world.answer({ name: SHOP }).answers).toMatchObject([{ ttl: 50 }]);
    world.now += 50_000;
    expect(world.fetch('A')).toBe(0);
  });
});
