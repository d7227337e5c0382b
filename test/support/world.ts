// An engine in memory with clients and scripted upstreams around it: no socket, no clock, no chance.

import * as dnsPacket from 'dns-packet';
import { PacketCache } from '../../src/engine/cache.ts';
import { Client, type Outlet, PENDING, TRANSPORT } from '../../src/engine/client.ts';
import { Counters } from '../../src/engine/counters.ts';
import { type Adoption, Engine, type EngineOptions } from '../../src/engine/engine.ts';
import { Moment } from '../../src/engine/moment.ts';
import type { Sleeper } from '../../src/engine/sleep.ts';
import { readAddress } from '../../src/settings/address.ts';
import { LONGEST_TTL } from '../../src/wire/answer.ts';
import { OPTION } from '../../src/wire/codes.ts';
import { type DecodedReply, decodeReply } from './decode.ts';
import { type PolicyPlan, policyImage } from './policy-image.ts';

export const SEED = 0x5eed;
const RD = 0x0100;
const RA = 0x0080;

/** What an upstream was asked, and where the answer must go. */
export interface Asked {
  upstream: number;
  token: number;
  /** -1 for a datagram. */
  ticket: number;
  message: Uint8Array;
  decoded: DecodedReply;
}

/** A reply that left for a client after it had waited. */
export interface Sent {
  client: string;
  message: Uint8Array;
  decoded: DecodedReply;
}

export type EdnsOptions = [code: number, data: Uint8Array][];

export interface QueryPlan {
  name: string;
  type?: string;
  class?: string;
  from?: string;
  id?: number;
  stream?: boolean;
  listener?: number;
  flags?: number;
  /** False: without OPT. */
  edns?: boolean;
  size?: number;
  dnssecOk?: boolean;
  /** Whether the client asks for structured errors. */
  structured?: boolean;
  /** Other options, by code. */
  options?: EdnsOptions;
}

/** The bytes of a query. */
export function encodeQuery(plan: QueryPlan): Uint8Array {
  const additionals =
    plan.edns === false
      ? []
      : [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: plan.size ?? 1232,
            flags: plan.dnssecOk ? 0x8000 : 0,
            options: [
              ...(plan.structured ? [{ code: OPTION.STRUCTURED_ERROR, data: Buffer.alloc(0) }] : []),
              ...(plan.options ?? []).map(([code, data]) => ({ code, data: Buffer.from(data) })),
            ],
          },
        ];
  return dnsPacket.encode({
    type: 'query',
    id: plan.id ?? 4711,
    flags: plan.flags ?? RD,
    questions: [{ type: plan.type ?? 'A', class: plan.class ?? 'IN', name: plan.name }],
    additionals,
  });
}

function setAddress(client: Client, text: string): void {
  const { octets } = readAddress(text)!;
  const words = new DataView(octets.buffer, octets.byteOffset);
  if (octets.length === 4) client.setAddress4(words.getUint32(0));
  else client.setAddress6(words.getUint32(0), words.getUint32(4), words.getUint32(8), words.getUint32(12));
}

export class World implements Outlet {
  readonly engine: Engine;
  readonly counters: Counters;
  readonly cache: PacketCache;
  readonly moment = new Moment();
  /** How far the wall clock has been set forward since the engine began, in milliseconds. */
  skew = 0;
  /** Unix milliseconds. */
  get now(): number {
    return this.moment.ms;
  }

  set now(ms: number) {
    this.moment.ms = ms;
  }

  readonly asked: Asked[] = [];
  /** The sleep of a main that looks after this worker. */
  readonly mainSleep: Sleeper;
  readonly sent: Sent[] = [];
  /** What the sockets are said to do. */
  socketsFail = false;
  readonly out = new Uint8Array(65536);
  #nextToken = 100;
  #random = 1;
  readonly #upstreamOf = new Map<number, number>();

  /** What was adopted last; with `null` for a plan, nothing. */
  adoption: Adoption | undefined;

  constructor(plan: Partial<PolicyPlan> | null = {}, options: Partial<EngineOptions> = {}, upstreams = [0, 1]) {
    this.now = 1_800_000_000_000;
    const shared = Counters.allocate(1);
    this.counters = new Counters(shared, 0);
    this.mainSleep = Counters.sleeper(shared);
    this.cache = new PacketCache(PacketCache.allocate(1 << 20), 0);
    const random = () => {
      this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
      return this.#random;
    };
    this.engine = new Engine(
      {
        seed: SEED,
        random,
        pending: 64,
        upstreams: 8,
        queriesPerSecond: 0,
        longest: LONGEST_TTL,
        wallClock: () => this.now + this.skew,
        ...options,
      },
      this.cache,
      this.counters,
    );
    this.engine.attach(this);
    if (plan) this.adopt(plan, upstreams);
  }

  adopt(plan: Partial<PolicyPlan>, upstreams = [0, 1], zoneUpstreams: number[][] = []): void {
    const routes = [upstreams, ...zoneUpstreams].map((list, tag) => ({ upstreams: Int32Array.from(list), tag }));
    const image = policyImage({ seed: SEED, ...plan });
    this.adoption = { image, routes, hitSlots: new Int32Array(2) };
    this.engine.adopt(this.adoption);
  }

  pickSocket(upstream: number): number {
    if (this.socketsFail) return -1;
    this.#upstreamOf.set(++this.#nextToken, upstream);
    return this.#nextToken;
  }

  sendUpstream(token: number, message: Uint8Array, length: number): boolean {
    this.#note(this.#upstreamOf.get(token) ?? -1, token, -1, message.slice(0, length));
    return true;
  }

  askStream(ticket: number, upstream: number, message: Uint8Array, length: number): void {
    this.#note(upstream, -1, ticket, message.slice(0, length));
  }

  reply(client: Client, message: Uint8Array, length: number): void {
    const copy = message.slice(0, length);
    const octets = [24, 16, 8, 0].map((shift) => (client.a >>> shift) & 255);
    this.sent.push({ client: octets.join('.'), message: copy, decoded: decodeReply(copy) });
  }

  #note(upstream: number, token: number, ticket: number, message: Uint8Array): void {
    this.asked.push({ upstream, token, ticket, message, decoded: decodeReply(message) });
  }

  /** Hands in raw bytes; the raw reply, `undefined` for silence, or 'pending'. */
  give(
    message: Uint8Array,
    from = '10.0.0.1',
    stream = false,
    room = 65536,
    listener = 0,
  ): Uint8Array | undefined | 'pending' {
    const out = this.out.subarray(0, room);
    const client = new Client();
    setAddress(client, from);
    client.setDatagram(5353, 0, listener);
    if (stream) {
      client.transport = TRANSPORT.TCP;
      client.connection = 1;
    }
    const length = this.engine.handleQuery(message, message.length, client, out, this.moment);
    if (length === PENDING) return 'pending';
    return length === 0 ? undefined : out.slice(0, length);
  }

  /** Asks, and decodes a reply that comes at once. */
  ask(plan: QueryPlan): DecodedReply | undefined | 'pending' {
    const reply = this.give(encodeQuery(plan), plan.from, plan.stream, undefined, plan.listener);
    return reply === undefined || reply === 'pending' ? reply : decodeReply(reply);
  }

  /** Asks for what must be answered at once. */
  answer(plan: QueryPlan): DecodedReply {
    const reply = this.ask(plan);
    if (reply === undefined || reply === 'pending') throw new Error(`no reply to ${plan.name}: ${reply ?? 'silence'}`);
    return reply;
  }

  /** Answers what the upstream was last asked, or `asked`, with these records. */
  respond(records: dnsPacket.OraclePacket, asked = this.asked.at(-1)!): void {
    const message = dnsPacket.encode({
      type: 'response',
      id: asked.decoded.id,
      flags: RD | RA,
      questions: asked.decoded.questions,
      ...records,
    });
    this.respondRaw(message, asked);
  }

  respondRaw(message: Uint8Array, asked = this.asked.at(-1)!): void {
    if (asked.ticket >= 0) this.engine.handleStreamReply(asked.ticket, message, message.length, this.moment);
    else this.engine.handleReply(message, message.length, asked.token, this.moment);
  }

  /** Lets time pass, ticking as a driver would. */
  pass(ms: number): void {
    const end = this.now + ms;
    while (this.now < end) {
      const wait = this.engine.tick(this.moment);
      this.now = Math.min(end, this.now + wait);
    }
    this.engine.tick(this.moment);
  }

  /** The only reply sent since the last call. */
  takeSent(): Sent {
    if (this.sent.length !== 1) throw new Error(`expected one reply, got ${this.sent.length}`);
    return this.sent.pop()!;
  }
}
