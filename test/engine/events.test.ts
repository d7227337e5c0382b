// What a worker writes into its ring is what the reader reads: in order, whole, and dropped where there is no room.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Client, TRANSPORT } from '../../src/engine/client.ts';
import { Counters, EVENT } from '../../src/engine/counters.ts';
import { EventAttention, EventReader } from '../../src/engine/event-reader.ts';
import { allocateEvents, NO_RCODE, RING_OCTETS, WANT } from '../../src/engine/event-ring.ts';
import { EventWriter } from '../../src/engine/events.ts';
import { Moment } from '../../src/engine/moment.ts';
import { Verdict } from '../../src/policy/decide.ts';
import { DECISION } from '../../src/policy/rule.ts';
import { Name, readName } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';

const SEED = 7;

function nameOf(text: string): Name {
  const name = new Name(SEED);
  if (!nameFromText(text, name)) throw new Error(`${text} is no name`);
  return name;
}

class World {
  readonly buffer = allocateEvents(2);
  readonly counters = new Counters(Counters.allocate(2), 0);
  readonly reader = new EventReader(this.buffer, 0);
  writer = this.nextWorker();
  readonly client = new Client();
  readonly verdict = new Verdict();
  readonly at = new Moment();

  constructor() {
    this.client.setAddress4(0x0a000001);
    Object.assign(this.verdict, { policy: 1, group: 2, facet: 3, match: 1, source: 4, depth: 2, line: 5 });
    this.verdict.decision = DECISION.BLOCK;
  }

  /** The worker that takes the ring over. */
  nextWorker(): EventWriter {
    return new EventWriter(this.buffer, 0, this.counters);
  }

  /** One event that carries its number as the line of its rule. */
  write(line: number, name: Name, alias?: Name): void {
    this.verdict.line = line;
    this.writer.write(this.verdict, 9, name, 65, alias, this.client, NO_RCODE, this.at);
  }

  /** The numbers of the events there are, each with its name's octets proved. */
  read(name: Name): number[] {
    const lines: number[] = [];
    this.reader.look();
    while (this.reader.next()) {
      const { bytes, nameAt, leadAt, line } = this.reader;
      expect(bytes.slice(nameAt, leadAt)).toEqual(name.bytes.slice(0, name.length));
      lines.push(line);
    }
    this.reader.release();
    return lines;
  }

  get dropped(): number {
    return this.counters.readEvent(EVENT.EVENTS_DROPPED);
  }
}

const word = fc.integer({ min: 0, max: 0xffffffff });
const label = fc.uint8Array({ minLength: 1, maxLength: 63 });
/** Any octets, as long as they are a name. */
const anyName = fc.array(label, { maxLength: 8 }).map((labels) => {
  const wire = [...labels.flatMap((octets) => [octets.length, ...octets]), 0];
  const name = new Name(SEED);
  return readName(Uint8Array.from(wire), 0, wire.length, name) < 0 ? nameOf('too.long.example') : name;
});

const record = fc.record({
  ms: fc.double({ min: 0, max: 4e12, noNaN: true }),
  address: fc.tuple(word, word, word, word),
  transport: fc.constantFrom(TRANSPORT.UDP, TRANSPORT.TCP),
  policy: fc.nat(254),
  group: fc.nat(4094),
  facet: fc.nat(7),
  match: fc.nat(2),
  decision: fc.constantFrom(DECISION.OBSERVE, DECISION.BLOCK),
  source: fc.nat(4095),
  depth: fc.nat(127),
  line: word,
  generation: word,
  type: fc.nat(0xffff),
  rcode: fc.constantFrom(0, 3, NO_RCODE),
  name: anyName,
  alias: fc.option(anyName, { nil: undefined }),
});

test('every field comes back as it was, whatever it was', () => {
  const world = new World();
  fc.assert(
    fc.property(record, (wanted) => {
      const { client, verdict, at, writer, reader } = world;
      client.setAddress6(...wanted.address);
      client.transport = wanted.transport;
      const { policy, group, facet, match, decision, source, depth, line } = wanted;
      Object.assign(verdict, { policy, group, facet, match, decision, source, depth, line });
      at.ms = wanted.ms;
      writer.write(verdict, wanted.generation, wanted.name, wanted.type, wanted.alias, client, wanted.rcode, at);
      writer.publish();
      reader.look();
      expect(reader.next()).toBe(true);
      const { ms, generation, type, rcode, transport } = wanted;
      expect(reader).toMatchObject({ ms, generation, type, rcode, transport, ...{ policy, group, facet, match } });
      expect(reader).toMatchObject({ decision, source, depth, line, family: client.family });
      expect([0, 1, 2, 3].map((index) => reader.address(index))).toEqual([client.a, client.b, client.c, client.d]);
      const octetsOf = (name: Name | undefined) => name?.bytes.slice(0, name.length) ?? new Uint8Array(0);
      expect(reader.bytes.slice(reader.nameAt, reader.leadAt)).toEqual(octetsOf(wanted.name));
      const aliasEnd = reader.leadAt + reader.leadLength;
      expect(reader.bytes.slice(reader.leadAt, aliasEnd)).toEqual(octetsOf(wanted.alias));
      expect(reader.next()).toBe(false);
      reader.release();
    }),
    { numRuns: 2000 },
  );
  expect(world.dropped).toBe(0);
});

test('a full ring drops and counts, keeps what it has, and takes more when that is read', () => {
  const world = new World();
  const name = nameOf('www.tiktok.com');
  const fits = Math.floor(RING_OCTETS / 72);
  for (let line = 0; line < fits + 10; line++) world.write(line, name);
  world.writer.publish();
  expect(world.dropped).toBe(10);
  expect(world.read(name)).toEqual(Array.from({ length: fits }, (_, line) => line));
  world.write(1, name);
  world.writer.publish();
  expect(world.read(name)).toEqual([1]);
  expect(world.dropped).toBe(10);
});

test('events go round the ring many times without loss, whatever their lengths', () => {
  const world = new World();
  const names = ['.', 'a.bc', 'www.tiktok.com', `${'x'.repeat(63)}.${'y'.repeat(63)}.example`].map(nameOf);
  for (let line = 0; line < 60_000; line += 3) {
    const name = names[line % names.length];
    for (let more = 0; more < 3; more++) world.write(line + more, name);
    world.writer.publish();
    expect(world.read(name)).toEqual([line, line + 1, line + 2]);
  }
  expect(world.dropped).toBe(0);
});

test('records that are skipped are counted, across the ring’s end too, and what follows is read as ever', () => {
  const names = ['.', 'a.bc', 'www.tiktok.com', `${'x'.repeat(63)}.${'y'.repeat(63)}.example`].map(nameOf);
  const lengths = fc.record({ skipped: fc.nat(9), read: fc.nat(9), name: fc.nat(3) });
  const world = new World();
  fc.assert(
    fc.property(fc.array(lengths, { minLength: 1, maxLength: 40 }), (rounds) => {
      for (const { skipped, read, name } of rounds) {
        for (let line = 0; line < skipped * 20; line++) world.write(line, names[(line + name) % 4], names[name]);
        world.writer.publish();
        world.reader.look();
        expect(world.reader.skip()).toBe(skipped * 20);
        world.reader.release();
        for (let line = 0; line < read; line++) world.write(line, names[name]);
        world.writer.publish();
        expect(world.read(names[name])).toEqual(Array.from({ length: read }, (_, line) => line));
      }
    }),
  );
  expect(world.dropped).toBe(0);
});

test('a skip ends at the last look', () => {
  const world = new World();
  const name = nameOf('a.bc');
  world.write(1, name);
  world.writer.publish();
  world.reader.look();
  world.write(2, name);
  world.writer.publish();
  expect(world.reader.skip()).toBe(1);
  expect(world.reader.skip()).toBe(0);
  expect(world.read(name)).toEqual([2]);
});

describe('a worker that dies', () => {
  const name = nameOf('www.tiktok.com');

  test('leaves what it published, and the next one writes over what it did not', () => {
    const world = new World();
    world.write(1, name);
    world.writer.publish();
    world.write(2, name, nameOf('half.written.example'));
    world.writer = world.nextWorker();
    expect(world.read(name)).toEqual([1]);
    world.write(3, name);
    world.writer.publish();
    expect(world.read(name)).toEqual([3]);
  });

  test('at the end of the ring leaves the reader in step', () => {
    const world = new World();
    const fits = Math.floor(RING_OCTETS / 72);
    for (let line = 0; line < fits; line++) world.write(line, name);
    world.writer.publish();
    expect(world.read(name)).toHaveLength(fits);
    world.write(fits, name);
    world.writer = world.nextWorker();
    expect(world.read(name)).toEqual([]);
    world.write(fits + 1, name);
    world.writer.publish();
    expect(world.read(name)).toEqual([fits + 1]);
  });

  test('does not touch the ring of another', () => {
    const world = new World();
    const other = new EventReader(world.buffer, 1);
    world.write(1, name);
    world.writer.publish();
    other.look();
    expect(other.next()).toBe(false);
  });
});

describe('the reader’s sleep', () => {
  const name = nameOf('a.example');

  test('ends with the next event that is published', async () => {
    const world = new World();
    const sleep = new EventAttention(world.buffer);
    sleep.begin();
    const rest = sleep.rest();
    expect(rest).toBeInstanceOf(Promise);
    world.write(1, name);
    world.writer.publish();
    expect(await rest).toBe('ok');
  });

  test('does not begin after an event that came in between', () => {
    const world = new World();
    const sleep = new EventAttention(world.buffer);
    sleep.begin();
    world.write(1, name);
    world.writer.publish();
    expect(sleep.rest()).toBeUndefined();
  });
});

test('a reader that wants no more has events counted, or not even that, until it wants them again', () => {
  const world = new World();
  const attention = new EventAttention(world.buffer);
  const name = nameOf('a.example');
  attention.want(WANT.COUNTS);
  world.write(1, name);
  world.write(2, name);
  attention.want(WANT.NOTHING);
  world.write(4, name);
  attention.want(WANT.HITS);
  world.write(3, name);
  world.writer.publish();
  world.reader.look();
  expect([world.reader.next(), world.reader.line, world.reader.next()]).toEqual([true, 3, false]);
  expect(world.counters.readEvent(EVENT.EVENTS_LIMITED)).toBe(2);
  expect(world.counters.readEvent(EVENT.EVENTS_DROPPED)).toBe(0);
});
