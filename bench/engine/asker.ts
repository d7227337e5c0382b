/** Asks an engine in process as the batched driver does: 64 queries, then the answers of an upstream that is no socket. */
import { PacketCache } from '../../src/engine/cache.ts';
import { Client, MAX_DATAGRAM, type Outlet, PENDING } from '../../src/engine/client.ts';
import { Counters } from '../../src/engine/counters.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Moment } from '../../src/engine/moment.ts';
import { Image } from '../../src/policy/image.ts';
import { LONGEST_TTL } from '../../src/wire/answer.ts';
import { HASH_SEED } from '../policy.ts';
import { NEW_LABEL, NEW_LABEL_AT, type Traffic } from './traffic.ts';

/** What the batched driver reads, and what it keeps to be sent. */
export const BATCH = 64;
const SEND_SLOTS = 2 * BATCH;
const TOKEN = 7;
const NOON = 1_800_000_000_000;
const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** Behind the question: a pointer to its name, A, IN, a TTL of an hour, four octets of address. */
const RECORD = Uint8Array.of(0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 192, 0, 2, 1);

const slots = (count: number) => {
  const buffer = new ArrayBuffer(count * MAX_DATAGRAM);
  return Array.from({ length: count }, (_, slot) => new Uint8Array(buffer, slot * MAX_DATAGRAM, MAX_DATAGRAM));
};

/** An upstream that answers at once: each question it is sent lies answered in `messages`. */
class Upstream implements Outlet {
  readonly messages = slots(BATCH);
  readonly lengths = new Int32Array(BATCH);
  count = 0;
  replies = 0;

  pickSocket(): number {
    return TOKEN;
  }

  sendUpstream(_token: number, message: Uint8Array): boolean {
    const to = this.messages[this.count]!;
    let end = 12;
    while (message[end]! > 0) end += message[end]! + 1;
    end += 5;
    for (let at = 0; at < end; at++) to[at] = message[at]!;
    to[2] = 0x81;
    to[3] = 0x80;
    to[7] = 1;
    to[11] = 0;
    for (let at = 0; at < RECORD.length; at++) to[end + at] = RECORD[at]!;
    this.lengths[this.count++] = end + RECORD.length;
    return true;
  }

  askStream(): void {}

  reply(): void {
    this.replies++;
  }
}

/** What several askers have in common. */
export interface Shared {
  readonly image: SharedArrayBuffer;
  readonly cache: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

export class Asker {
  readonly #engine: Engine;
  readonly #upstream = new Upstream();
  readonly #queries = slots(BATCH);
  readonly #outs = slots(SEND_SLOTS);
  readonly #clients = Array.from({ length: BATCH }, () => new Client());
  readonly #lengths = new Int32Array(BATCH);
  readonly #now = new Moment();
  /** The state of the dice, and how many new names were asked: typed, so that neither is ever boxed. */
  readonly #state: Uint32Array;
  #out = 0;
  #at = 0;
  /** Replies without the upstream, and with it. */
  readonly answered = { here: 0, upstream: 0 };

  /** `worker` counts from 0; new names of different workers differ. */
  constructor({ image, cache, counters }: Shared, worker: number) {
    this.#state = Uint32Array.of(worker + 1, worker * 0x4000_0000);
    const state = this.#state;
    const random = () => {
      state[0] = Math.imul(state[0]!, 1664525) + 1013904223;
      return state[0]!;
    };
    this.#engine = new Engine(
      {
        seed: HASH_SEED,
        random,
        pending: 4096,
        upstreams: 2,
        queriesPerSecond: 1_000_000,
        longest: LONGEST_TTL,
        wallClock: () => NOON,
      },
      new PacketCache(cache, worker),
      new Counters(counters, worker),
    );
    this.#engine.attach(this.#upstream);
    const routes = [{ upstreams: Int32Array.of(0, 1), tag: 0 }];
    const hitSlots = Int32Array.from(new Image(image).modes.keys());
    this.#engine.adopt({ image, routes, hitSlots });
    this.#now.ms = NOON;
  }

  /** Lays the next 64 questions of `traffic` ready, as the kernel would; the whole cost of asking that is no engine's. */
  lay({ bytes, starts, clients }: Traffic, areNew: boolean): void {
    const count = starts.length - 1;
    for (let slot = 0; slot < BATCH; slot++) {
      const at = this.#at;
      this.#at = at + 1 === count ? 0 : at + 1;
      const start = starts[at]!;
      const length = starts[at + 1]! - start;
      const query = this.#queries[slot]!;
      for (let octet = 0; octet < length; octet++) query[octet] = bytes[start + octet]!;
      if (areNew) this.#rename(query);
      this.#lengths[slot] = length;
      const client = this.#clients[slot]!;
      client.setAddress4(clients[at]!);
      client.setDatagram(5353, 0, 0);
    }
    // Later by a little, so that no limit is met and nothing cached ends.
    this.#now.ms += 0.01;
  }

  #rename(query: Uint8Array): void {
    let number = this.#state[1]++;
    for (let digit = 0; digit < NEW_LABEL.length; digit++) {
      query[NEW_LABEL_AT + digit] = DIGITS[number & 15]!;
      number >>>= 4;
    }
  }

  /** Has the questions that lie ready answered; returns how many were. */
  ask(): number {
    const { answered } = this;
    const before = this.#upstream.replies;
    let here = 0;
    for (let slot = 0; slot < BATCH; slot++) {
      this.#out = (this.#out + 1) % SEND_SLOTS;
      const out = this.#outs[this.#out]!;
      const length = this.#lengths[slot]!;
      const given = this.#engine.handleQuery(this.#queries[slot]!, length, this.#clients[slot]!, out, this.#now);
      if (given !== PENDING) here++;
    }
    this.#answerPending();
    this.#engine.endBatch(this.#now);
    this.#engine.tick(this.#now);
    const upstream = this.#upstream.replies - before;
    answered.here += here;
    answered.upstream += upstream;
    return here + upstream;
  }

  #answerPending(): void {
    const upstream = this.#upstream;
    for (let at = 0; at < upstream.count; at++) {
      this.#engine.handleReply(upstream.messages[at]!, upstream.lengths[at]!, TOKEN, this.#now);
    }
    upstream.count = 0;
  }
}
