// A device that a forwarder names: judged, counted, limited and logged for itself, whatever changes while it waits.

import { describe, expect, it, test } from 'vitest';
import { Counters, EVENT } from '../../src/engine/counters.ts';
import { EventReader } from '../../src/engine/event-reader.ts';
import { allocateEvents, OF_DEVICE } from '../../src/engine/event-ring.ts';
import { EventWriter } from '../../src/engine/events.ts';
import { NO_DEVICE } from '../../src/policy/image.ts';
import { OPTION } from '../../src/wire/codes.ts';
import type { PolicyPlan } from '../support/policy-image.ts';
import { type EdnsOptions, type QueryPlan, World } from '../support/world.ts';

const FORWARDER = '10.0.0.2';
const BANNED = 'www.tiktok.com';
const LAPTOP = '00:00:5e:00:53:01';
const PHONE = '00:00:5e:00:53:02';
const octets = (text: string) => new TextEncoder().encode(text);
const macOf = (text: string) => Uint8Array.from(text.split(':'), (octet) => Number.parseInt(octet, 16));
const byMac = (mac: string): EdnsOptions => [[OPTION.MAC, macOf(mac)]];
const byId = (id: string): EdnsOptions => [[OPTION.DEVICE_ID, octets(id)]];

/** The forwarders' networks are observed; service devices are blocked, wherever they are named. */
const PLAN: Partial<PolicyPlan> = {
  blocked: ['tiktok.com'],
  blocking: [],
  observing: ['10.0.0.0/8'],
  devices: [
    { id: 'laptop', mac: LAPTOP, group: 'blocking' },
    { id: 'phone', mac: PHONE },
    { id: 'site', group: 'blocking' },
  ],
  macFrom: [FORWARDER, '10.9.0.0/24'],
  idFrom: ['10.0.0.3', '10.9.0.0/24'],
};

function fateOf(world: World, plan: Omit<QueryPlan, 'name'>): string {
  const reply = world.ask({ name: BANNED, from: FORWARDER, ...plan });
  if (reply === 'pending') return 'asked';
  return reply?.rcode === 'NXDOMAIN' ? 'blocked' : String(reply?.rcode);
}

function counts(world: World): number[] {
  const { DEVICES_NAMED, DEVICES_UNKNOWN, DEVICES_MALFORMED } = EVENT;
  return [DEVICES_NAMED, DEVICES_UNKNOWN, DEVICES_MALFORMED].map((event) => world.counters.readEvent(event));
}

const NOTHING = [0, 0, 0];
const KNOWN = [1, 0, 0];
const UNKNOWN = [0, 1, 0];
const MALFORMED = [0, 0, 1];
const BOTH = '10.9.0.7';

describe('a query', () => {
  test.each<[string, string, EdnsOptions, string, number[]]>([
    ['without a word of a device is of the forwarder', FORWARDER, [], 'asked', NOTHING],
    ['of a device by MAC', FORWARDER, byMac(LAPTOP), 'blocked', KNOWN],
    ['of a device by MAC as text', FORWARDER, [[OPTION.MAC_TEXT, octets(LAPTOP)]], 'blocked', KNOWN],
    ['of a device by MAC in base64', FORWARDER, [[OPTION.MAC_TEXT, octets('AABeAFMB')]], 'blocked', KNOWN],
    ['of a device by id', '10.0.0.3', byId('laptop'), 'blocked', KNOWN],
    ['of a device that has no MAC', '10.0.0.3', byId('site'), 'blocked', KNOWN],
    ['of a device in no group of its own', FORWARDER, byMac(PHONE), 'asked', KNOWN],
    ['of a device that nobody knows', FORWARDER, byMac('00:00:5e:00:53:99'), 'asked', UNKNOWN],
    ['of an id that nobody has', '10.0.0.3', byId('Laptop'), 'asked', UNKNOWN],
    ['of an id, from one believed on MACs', FORWARDER, byId('laptop'), 'asked', NOTHING],
    ['of a MAC, from one believed on ids', '10.0.0.3', byMac(LAPTOP), 'asked', NOTHING],
    ['of a device, from one not believed', '10.0.0.4', [...byMac(LAPTOP), ...byId('laptop')], 'asked', NOTHING],
    ['of a malformed MAC, from one not believed', '10.0.0.4', [[OPTION.MAC, octets('x')]], 'asked', NOTHING],
    ['of a MAC of five octets', FORWARDER, [[OPTION.MAC, macOf(LAPTOP).slice(1)]], 'asked', MALFORMED],
    ['of a MAC that is none', FORWARDER, [[OPTION.MAC_TEXT, octets('00:00:5e:00:53:0g')]], 'asked', MALFORMED],
    ['of a MAC said twice', FORWARDER, [...byMac(LAPTOP), ...byMac(LAPTOP)], 'asked', MALFORMED],
    ['of two MACs', FORWARDER, [...byMac(PHONE), [OPTION.MAC_TEXT, octets(LAPTOP)]], 'asked', MALFORMED],
    ['of an empty id', '10.0.0.3', byId(''), 'asked', MALFORMED],
    ['of an id of 64 octets', '10.0.0.3', byId('l'.repeat(64)), 'asked', MALFORMED],
    ['of an id said twice', '10.0.0.3', [...byId('laptop'), ...byId('laptop')], 'asked', MALFORMED],
    ['of both goes by the MAC', BOTH, [...byId('laptop'), ...byMac(PHONE)], 'asked', KNOWN],
    ['also where that is unknown', BOTH, [...byId('laptop'), ...byMac('00:00:5e:00:53:99')], 'asked', UNKNOWN],
    ['also where that is none', BOTH, [...byId('laptop'), [OPTION.MAC, octets('')]], 'asked', MALFORMED],
    ['of both, and believed on ids alone', '10.0.0.3', [...byMac(PHONE), ...byId('laptop')], 'blocked', KNOWN],
  ])('%s', (_, from, options, fate, counted) => {
    const world = new World(PLAN);
    expect([fateOf(world, { from, options }), counts(world)]).toEqual([fate, counted]);
    expect([fateOf(world, { from, options, stream: true }), fate]).toEqual([fate, fate]);
  });

  it('says nothing of a device where no registry is in the image', () => {
    const world = new World({ ...PLAN, devices: [] });
    expect([fateOf(world, { options: byMac(LAPTOP) }), counts(world)]).toEqual(['asked', NOTHING]);
  });

  it('is counted by what it says before its class or type is refused, and not before there is a policy', () => {
    const world = new World(null);
    fateOf(world, { options: byMac(LAPTOP) });
    expect(counts(world)).toEqual(NOTHING);
    world.adopt(PLAN);
    expect(world.answer({ name: 'a', type: 'AXFR', from: FORWARDER, options: byMac(LAPTOP) }).rcode).toBe('REFUSED');
    expect(counts(world)).toEqual(KNOWN);
  });

  it('goes upstream without what it says', () => {
    const world = new World(PLAN);
    const options = [...byMac(PHONE), ...byId('phone')];
    expect(world.ask({ name: 'a.example', from: BOTH, options })).toBe('pending');
    expect(world.ask({ name: 'b.example', from: '192.0.2.1', options })).not.toBe('pending');
    expect(world.ask({ name: 'c.example', from: '10.0.0.4', options })).toBe('pending');
    for (const { message } of world.asked) {
      const sent = Buffer.from(message);
      expect(sent.includes(Buffer.from(macOf(PHONE)))).toBe(false);
      expect(sent.includes('phone')).toBe(false);
      expect(sent.includes(Buffer.of(OPTION.MAC >> 8, OPTION.MAC & 255))).toBe(false);
    }
    expect(world.asked).toHaveLength(2);
  });
});

describe('an exception', () => {
  const during = { starts: 1_799_999_000, expires: 1_800_001_000 };
  const excepted = { ...PLAN, exceptions: [{ clients: [], devices: [0], ...during }] };

  it('for a device is for it alone, however it is named', () => {
    const world = new World(excepted);
    expect(fateOf(world, { options: byMac(LAPTOP) })).toBe('asked');
    expect(fateOf(world, { from: '10.0.0.3', options: byId('laptop') })).toBe('asked');
    expect(fateOf(world, { from: '10.0.0.3', options: byId('site') })).toBe('blocked');
  });

  it('ends for a device as for anybody', () => {
    const world = new World(excepted);
    world.now = during.expires * 1000;
    expect(fateOf(world, { options: byMac(LAPTOP) })).toBe('blocked');
  });
});

describe('while a question is away', () => {
  const wait = (world: World, plan: Omit<QueryPlan, 'name'> = {}) => {
    expect(fateOf(world, plan)).toBe('asked');
    return (next: Partial<PolicyPlan>): string => {
      world.adopt({ ...PLAN, generation: 2, ...next });
      world.respond({ answers: [{ type: 'A', name: BANNED, ttl: 60, data: '192.0.2.1' }] });
      return world.takeSent().decoded.rcode === 'NXDOMAIN' ? 'blocked' : 'answered';
    };
  };
  const laptop = { id: 'laptop', mac: LAPTOP, group: 'blocking' } as const;
  const phone = { id: 'phone', mac: PHONE, group: 'blocking' } as const;
  const strangers = [{ id: 'a', mac: '00:00:5e:00:53:0a' }, { id: 'b' }, { id: 'c', mac: '00:00:5e:00:53:0c' }];

  test.each<[string, string, EdnsOptions, Partial<PolicyPlan>, string]>([
    ['the device is banned', FORWARDER, byMac(PHONE), { devices: [laptop, phone] }, 'blocked'],
    ['and has another number', FORWARDER, byMac(PHONE), { devices: [...strangers, phone, laptop] }, 'blocked'],
    ['and is named by id', '10.0.0.3', byId('phone'), { devices: [...strangers, phone] }, 'blocked'],
    [
      'another takes its number, and is banned',
      FORWARDER,
      byMac(PHONE),
      { devices: [laptop, { ...laptop, id: 'x', mac: LAPTOP.replace('01', '77') }, { id: 'phone', mac: PHONE }] },
      'answered',
    ],
    [
      'its MAC goes to another, who is banned',
      FORWARDER,
      byMac(PHONE),
      { devices: [{ id: 'phone' }, { ...laptop, mac: PHONE }] },
      'blocked',
    ],
    [
      'its MAC goes away, and it is banned',
      FORWARDER,
      byMac(PHONE),
      { devices: [{ ...phone, mac: LAPTOP }] },
      'answered',
    ],
    [
      'it gets another id, and is banned',
      FORWARDER,
      byMac(PHONE),
      { devices: [{ ...phone, id: 'mobile' }] },
      'blocked',
    ],
    [
      'it was unknown, and is banned',
      FORWARDER,
      byMac('00:00:5e:00:53:99'),
      { devices: [{ ...phone, mac: '00:00:5e:00:53:99' }] },
      'blocked',
    ],
    ['nobody believed it, and it is banned', '10.0.0.4', byMac(LAPTOP), { macFrom: ['10.0.0.4'] }, 'blocked'],
    ['and it was an id', '10.0.0.4', byId('laptop'), { idFrom: ['10.0.0.4'] }, 'blocked'],
    [
      'it was malformed, and stays so',
      FORWARDER,
      [...byMac(PHONE), ...byMac(LAPTOP)],
      { devices: [laptop, phone] },
      'answered',
    ],
    [
      'it was an id too long for any',
      '10.0.0.3',
      byId('l'.repeat(200)),
      { devices: [{ ...laptop, id: 'l'.repeat(63) }] },
      'answered',
    ],
  ])('%s', (_, from, options, next, fate) => {
    expect(wait(new World(PLAN), { from, options })(next)).toBe(fate);
  });

  it('its forwarder is believed no more', () => {
    const world = new World({ ...PLAN, exceptions: [{ clients: [], devices: [0], starts: 0, expires: 2e9 }] });
    const options = byMac(LAPTOP);
    const [observing, blocking] = [[] as string[], ['10.0.0.0/8']];
    // What let it through was its exception, which it has no longer.
    expect(wait(world, { options })({ observing, blocking, macFrom: [] })).toBe('blocked');
  });

  it('each who waits is judged as the device that it is', () => {
    const world = new World({
      ...PLAN,
      devices: [
        { id: 'laptop', mac: LAPTOP },
        { id: 'phone', mac: PHONE },
      ],
    });
    const asked: [id: number, options: EdnsOptions][] = [
      [1, byMac(LAPTOP)],
      [2, byMac(PHONE)],
      [3, []],
      [4, byMac(LAPTOP)],
    ];
    for (const [id, options] of asked) expect(fateOf(world, { id, options })).toBe('asked');
    world.adopt({ ...PLAN, generation: 2 });
    world.respond({ answers: [{ type: 'A', name: BANNED, ttl: 60, data: '192.0.2.1' }] });
    const fates = world.sent.map(({ decoded }) => [decoded.id, decoded.rcode]);
    expect(Object.fromEntries(fates)).toEqual({ 1: 'NXDOMAIN', 2: 'NOERROR', 3: 'NOERROR', 4: 'NXDOMAIN' });
  });
});

describe('a forwarder is a whole office', () => {
  it('so each of its devices has a rate of its own, and what it does not name has one together', () => {
    const world = new World(PLAN, { queriesPerSecond: 2 });
    const ask = (options: EdnsOptions) =>
      world.ask({ name: BANNED, type: 'ANY', from: FORWARDER, options }) as { tc: boolean };
    const rest = [[], byMac('00:00:5e:00:53:99'), [[OPTION.MAC, octets('x')]], []] as EdnsOptions[];
    expect([1, 2, 3, 4, 5].map(() => ask(byMac(LAPTOP)).tc)).toEqual([false, false, false, false, true]);
    expect([1, 2, 3, 4, 5].map(() => ask(byMac(PHONE)).tc)).toEqual([false, false, false, false, true]);
    expect(rest.map((options) => ask(options).tc)).toEqual([false, false, false, false]);
    expect(rest.map((options) => ask(options).tc)).toEqual([true, true, true, true]);
    world.pass(1000);
    expect(ask(byMac(LAPTOP)).tc).toBe(false);
  });

  it('so one device with slow names leaves room for the others', () => {
    const world = new World(PLAN, { pending: 64 });
    const ask = (number: number, options: EdnsOptions) =>
      world.ask({ name: `n${number}.example`, from: FORWARDER, options });
    const greedy = Array.from({ length: 64 }, (_, number) => ask(number, byMac(LAPTOP)));
    expect(greedy.filter((reply) => reply === 'pending')).toHaveLength(32);
    expect(ask(64, byMac(LAPTOP))).toMatchObject({ rcode: 'SERVFAIL' });
    expect(ask(65, byMac(PHONE))).toBe('pending');
    expect(ask(66, [])).toBe('pending');
    // The places are given back, whatever became of the device's number.
    world.adopt({ ...PLAN, generation: 2, devices: [{ id: 'x' }, { id: 'laptop', mac: LAPTOP }] });
    world.pass(9000);
    world.sent.length = 0;
    for (const mac of [LAPTOP, PHONE]) {
      const again = Array.from({ length: 20 }, (_, number) => ask(100 + number, byMac(mac)));
      expect(again.every((reply) => reply === 'pending')).toBe(true);
    }
  });
});

test('a hit is of the device, by its number in the image that decided, and of the forwarder where there is none', () => {
  const buffer = allocateEvents(1);
  const events = new EventWriter(buffer, 0, new Counters(Counters.allocate(1), 0));
  const reader = new EventReader(buffer, 0);
  const world = new World(PLAN, { events });
  const next = (): object => {
    world.engine.endBatch(world.moment);
    reader.look();
    expect(reader.next()).toBe(true);
    const { device, family, generation } = reader;
    return { device, family, generation };
  };
  fateOf(world, { options: byMac(LAPTOP) });
  expect(next()).toEqual({ device: 0, family: OF_DEVICE, generation: 1 });
  fateOf(world, { from: '10.0.0.3', options: byId('site') });
  expect(next()).toEqual({ device: 2, family: OF_DEVICE, generation: 1 });
  fateOf(world, { options: byMac('00:00:5e:00:53:99') });
  expect(next()).toEqual({ device: NO_DEVICE, family: 4, generation: 1 });
  expect(reader.address(0)).toBe(0x0a000002);
  // Blocked when its answer comes, under the next policy.
  expect(fateOf(world, { id: 9, options: byMac(PHONE) })).toBe('asked');
  expect(next()).toEqual({ device: 1, family: OF_DEVICE, generation: 1 });
  world.adopt({
    ...PLAN,
    generation: 2,
    devices: [{ id: 'x' }, { id: 'y' }, { id: 'phone', mac: PHONE, group: 'blocking' }],
  });
  world.respond({ answers: [{ type: 'A', name: BANNED, ttl: 60, data: '192.0.2.1' }] });
  expect(next()).toEqual({ device: 2, family: OF_DEVICE, generation: 2 });
});
