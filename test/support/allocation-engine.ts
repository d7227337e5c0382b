// The engine's whole operations for the allocation test: a query in, a reply out, with and without an upstream between.

import { PacketCache } from '../../src/engine/cache.ts';
import { Client, MAX_DATAGRAM, type Outlet, PENDING } from '../../src/engine/client.ts';
import { Counters } from '../../src/engine/counters.ts';
import { Engine } from '../../src/engine/engine.ts';
import { EventReader } from '../../src/engine/event-reader.ts';
import { allocateEvents } from '../../src/engine/event-ring.ts';
import { EventWriter } from '../../src/engine/events.ts';
import { Moment } from '../../src/engine/moment.ts';
import { MODE } from '../../src/policy/rule.ts';
import { LONGEST_TTL } from '../../src/wire/answer.ts';
import { OPTION, TYPE } from '../../src/wire/codes.ts';
import { type PolicyPlan, policyImage } from './policy-image.ts';
import { buildQuery, option } from './query-builder.ts';
import { buildReply, type ReplySpec } from './reply-builder.ts';

const SEED = 0x5eed;
const TOKEN = 7;

/** Keeps the last question, and counts replies; allocates nothing. */
class Loop implements Outlet {
  readonly id = new Uint8Array(2);
  replies = 0;

  pickSocket(): number {
    return TOKEN;
  }

  sendUpstream(_token: number, message: Uint8Array): boolean {
    this.id[0] = message[0];
    this.id[1] = message[1];
    return true;
  }

  askStream(): void {}

  reply(): void {
    this.replies++;
  }
}

function clientAt(a: number): Client {
  const client = new Client();
  client.setAddress4(a);
  client.setDatagram(5353, 0, 0);
  return client;
}

const member = clientAt(0x0a000001);
const stranger = clientAt(0xc0000201);

/** One engine, with clock and dice of its own that make no garbage. */
class Bench {
  readonly loop = new Loop();
  readonly engine: Engine;
  readonly out = new Uint8Array(MAX_DATAGRAM);
  readonly now = new Moment();
  readonly hits: EventReader;
  #random = 1;

  constructor(plan: Partial<PolicyPlan> = {}) {
    this.now.ms = 1_800_000_000_000.5;
    const counters = new Counters(Counters.allocate(1), 0);
    const cache = new PacketCache(PacketCache.allocate(1 << 20), 0);
    const random = () => {
      this.#random = Math.imul(this.#random, 1664525) + 1013904223;
      return this.#random;
    };
    const events = allocateEvents(1);
    this.hits = new EventReader(events, 0);
    const times = { longest: LONGEST_TTL, wallClock: () => 1_800_000_000_000 };
    const options = { seed: SEED, random, pending: 64, upstreams: 2, queriesPerSecond: 1e9, ...times };
    const writer = new EventWriter(events, 0, counters);
    this.engine = new Engine({ ...options, events: writer }, cache, counters);
    this.engine.attach(this.loop);
    const image = policyImage({ seed: SEED, blocked: ['tiktok.com', '!ok.tiktok.com'], ...plan });
    const hitSlots = Int32Array.of(0);
    this.engine.adopt({ image, routes: [{ upstreams: Int32Array.of(0, 1), tag: 0 }], hitSlots });
  }

  ask(message: Uint8Array, client: Client): number {
    return this.engine.handleQuery(message, message.length, client, this.out, this.now);
  }

  /** The upstream's answer to what was asked last. */
  answer(reply: Uint8Array): void {
    reply[0] = this.loop.id[0];
    reply[1] = this.loop.id[1];
    this.engine.handleReply(reply, reply.length, TOKEN, this.now);
  }
}

const address = (name: string, owner: string, ttl: number): ReplySpec => ({
  name,
  type: TYPE.A,
  answer: [
    ...(owner === name ? [] : [{ owner: name, type: TYPE.CNAME, ttl, rdata: [{ name: owner }] }]),
    { owner, type: TYPE.A, ttl, rdata: [[192, 0, 2, 1]] },
  ],
});

function asking(name: string, client: Client, opt = true): () => boolean {
  const bench = new Bench();
  const message = buildQuery({ name, ...(opt && { opt: { flags: 0x8000 } }) });
  return () => bench.ask(message, client) > 0;
}

/** As `asking`, and the log of hits reads of each that it is there. */
function logged(name: string, plan: Partial<PolicyPlan> = {}, options: number[] = []): () => boolean {
  const bench = new Bench(plan);
  const message = buildQuery({ name, opt: { options } });
  return () => {
    bench.ask(message, member);
    bench.engine.endBatch(bench.now);
    bench.hits.look();
    const isThere = bench.hits.next();
    bench.hits.release();
    return isThere;
  };
}

/** A policy with dates to come: every reply that it speaks of is looked at for its TTLs. */
const DATED: Partial<PolicyPlan> = {
  expires: 1_800_000_050,
  exceptions: [{ clients: ['10.0.0.1'], starts: 1_799_999_000, expires: 1_800_000_040 }],
};
/** And one under which only `example.com` is approved. */
const MANAGED: Partial<PolicyPlan> = {
  blocks: 1_800_000_100,
  managed: { approved: ['example.com'], mode: MODE.BLOCK },
  expires: 1_800_000_200,
};

/** Rules on addresses: of `192.0.2.1` an allow, so that each answer with it is judged, and let through. */
const NETS: Partial<PolicyPlan> = { nets: ['192.0.2.0/24', '!192.0.2.1', '2001:db8:bad::/48'] };

/** A service with hints of both families; `network` is the third word of the IPv6 one. */
const service = (name: string, network: number, ttl: number): ReplySpec => ({
  name,
  type: TYPE.HTTPS,
  answer: [
    {
      owner: name,
      type: TYPE.HTTPS,
      ttl,
      rdata: [
        [0, 1, 0, 0, 1, 0, 3, 2, 0x68, 0x32, 0, 4, 0, 8, 203, 0, 113, 1, 192, 0, 2, 1],
        [0, 6, 0, 16, 0x20, 0x01, 0x0d, 0xb8, network >> 8, network & 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
      ],
    },
  ],
});

/** A registry whose devices the client names. */
const NAMED: Partial<PolicyPlan> = {
  blocking: ['10.9.0.0/16'],
  devices: [{ id: 'laptop', mac: '00:00:5e:00:53:01', group: 'blocking' }],
  macFrom: ['10.0.0.1'],
  idFrom: ['10.0.0.1'],
};
const BY_MAC = option(OPTION.MAC_TEXT, [...Buffer.from('00:00:5e:00:53:01')]);
const BY_ID = option(OPTION.DEVICE_ID, [...Buffer.from('laptop')]);

/** Asked once, then from the cache. */
function cached(spec: ReplySpec, plan: Partial<PolicyPlan> = {}): () => boolean {
  const bench = new Bench(plan);
  const message = buildQuery({ name: spec.name, type: spec.type });
  bench.ask(message, member);
  bench.answer(buildReply(spec));
  return () => bench.ask(message, member) > 0;
}

/** A TTL of 0 is never cached: each query goes upstream and comes back. */
function forwarded(spec: ReplySpec, plan: Partial<PolicyPlan> = {}, options: number[] = []): () => boolean {
  const bench = new Bench(plan);
  const message = buildQuery({ name: spec.name, type: spec.type, opt: { flags: 0x8000, options } });
  const reply = buildReply(spec);
  return () => {
    const before = bench.loop.replies;
    if (bench.ask(message, member) !== PENDING) return false;
    bench.answer(reply);
    bench.engine.tick(bench.now);
    bench.engine.endBatch(bench.now);
    return bench.loop.replies === before + 1;
  };
}

export const ENGINE_OPERATIONS: Record<string, () => boolean> = {
  'handleQuery, blocked': asking('www.tiktok.com', member),
  'handleQuery, blocked and logged': logged('www.tiktok.com'),
  'handleQuery, refused': asking('www.example.com', stranger),
  'handleQuery, special-use': asking('localhost', member, false),
  'handleQuery, cached': cached(address('www.example.com', 'www.example.com', 3600)),
  'handleQuery, cached alias that a rule stands on': cached(address('www.example.com', 'ok.tiktok.com', 3600)),
  'handleQuery, cached, by an exception': cached(address('www.tiktok.com', 'www.tiktok.com', 3600), DATED),
  'handleQuery, cached, approved': cached(address('www.example.com', 'www.example.com', 3600), MANAGED),
  'handleQuery, cached, judged by address': cached(address('www.example.com', 'www.example.com', 3600), NETS),
  'handleQuery, cached, blocked for a hint': cached(service('www.example.com', 0x0bad, 3600), NETS),
  'handleQuery and handleReply, blocked for a hint': forwarded(service('www.example.com', 0x0bad, 0), NETS),
  'handleQuery, not approved and logged': logged('www.example.net', { ...MANAGED, blocks: null }),
  'handleQuery, of a device by MAC, blocked and logged': logged('www.tiktok.com', NAMED, BY_MAC),
  'handleQuery, of a device by id, blocked and logged': logged('www.tiktok.com', NAMED, BY_ID),
  'handleQuery and handleReply, of a device': forwarded(address('www.example.com', 'www.example.com', 0), NAMED, [
    ...BY_MAC,
    ...BY_ID,
  ]),
  'handleQuery and handleReply, by an exception': forwarded(address('www.tiktok.com', 'www.tiktok.com', 0), DATED),
  'handleQuery and handleReply, not approved': forwarded(address('example.net', 'cdn.tiktok.com', 0), MANAGED),
  'handleQuery and handleReply': forwarded(address('www.example.com', 'www.example.com', 0)),
  'handleQuery and handleReply, alias': forwarded(address('www.example.com', 'cdn.example.net', 0)),
};
