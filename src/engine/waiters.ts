// The clients that wait for a question in flight, in flat tables: what each reply needs, and the question as written.

import { NO_DEVICE } from '../policy/image.ts';
import { MOST_ID_OCTETS, MOST_MAC_OCTETS, OPTION_HEADER, optionSize } from '../wire/device-option.ts';
import { type Query, SAID_TWICE } from '../wire/query.ts';
import { CLIENT_WORDS, type Client } from './client.ts';
import type { Moment } from './moment.ts';

const NAME = 256;
/** A waiter's octets: the question's name, and behind it the options that name the device, each with its header. */
const MAC_AT = NAME;
const ID_AT = MAC_AT + OPTION_HEADER + MOST_MAC_OCTETS;
const STRIDE = ID_AT + OPTION_HEADER + MOST_ID_OCTETS;
const NONE = -1;
/** A client's repeated query is looked for among this many waiters; beyond them it is just one more. */
const DUPLICATE_SEARCH = 16;
/**
 * Clients are counted by a hash of their address, or of the device that a forwarder names; two that meet share a count,
 * which matters under pressure alone.
 */
const SHARES = 1 << 12;

/** Lists of waiters, threaded through `next`; a list is the number of its first waiter, or -1. */
export class Waiters {
  readonly next: Int32Array;
  /** How many wait, in all lists. */
  count = 0;
  readonly #clients: Uint32Array;
  readonly #ids: Uint16Array;
  readonly #flags: Uint16Array;
  readonly #sizes: Uint16Array;
  /** Bits: 1 with EDNS, 2 where the client reads structured errors. */
  readonly #edns: Uint8Array;
  readonly #asked: Float64Array;
  readonly #octets: Uint8Array;
  /** By waiter, where its options stand among its octets: 0 for none, SAID_TWICE for what names no device. */
  readonly #macs: Int16Array;
  readonly #deviceIds: Int16Array;
  readonly #shares = new Uint16Array(SHARES);
  /** By waiter, where it is counted. */
  readonly #shareOf: Uint16Array;
  #firstFree = 0;

  constructor(capacity: number) {
    this.next = Int32Array.from({ length: capacity }, (_, index) => (index + 1 < capacity ? index + 1 : NONE));
    this.#clients = new Uint32Array(capacity * CLIENT_WORDS);
    this.#ids = new Uint16Array(capacity);
    this.#flags = new Uint16Array(capacity);
    this.#sizes = new Uint16Array(capacity);
    this.#edns = new Uint8Array(capacity);
    this.#asked = new Float64Array(capacity);
    this.#octets = new Uint8Array(capacity * STRIDE);
    this.#macs = new Int16Array(capacity);
    this.#deviceIds = new Int16Array(capacity);
    this.#shareOf = new Uint16Array(capacity);
  }

  add(query: Query, client: Client, now: Moment): number {
    const waiter = this.#firstFree;
    if (waiter === NONE) return NONE;
    this.#firstFree = this.next[waiter];
    client.save(this.#clients, waiter * CLIENT_WORDS);
    this.#shareOf[waiter] = shareOf(client);
    this.#shares[this.#shareOf[waiter]]++;
    this.count++;
    this.#ids[waiter] = query.id;
    this.#flags[waiter] = query.flags;
    this.#sizes[waiter] = query.udpSize;
    this.#edns[waiter] = (query.hasEdns ? 1 : 0) | (query.structured ? 2 : 0);
    this.#asked[waiter] = now.ms;
    const { raw, rawOffset } = query;
    const start = waiter * STRIDE;
    for (let at = 0; at < query.name.length; at++) this.#octets[start + at] = raw[rawOffset + at];
    this.#macs[waiter] = this.#keep(raw, query.macAt, start, MAC_AT, MOST_MAC_OCTETS);
    this.#deviceIds[waiter] = this.#keep(raw, query.idAt, start, ID_AT, MOST_ID_OCTETS);
    return waiter;
  }

  /** Keeps an option as it was said: by whatever policy is in force when the answer comes, the same device is found. */
  #keep(raw: Uint8Array, option: number, start: number, at: number, most: number): number {
    if (option <= 0) return option;
    const size = optionSize(raw, option);
    if (size > most) return SAID_TWICE;
    for (let octet = 0; octet < OPTION_HEADER + size; octet++) this.#octets[start + at + octet] = raw[option + octet];
    return at;
  }

  /** How many of this client's queries wait. */
  share(client: Client): number {
    return this.#shares[shareOf(client)];
  }

  /** Whether the same client asked under the same id among the first waiters of a list. */
  holds(first: number, client: Client, id: number): boolean {
    let waiter = first;
    for (let left = DUPLICATE_SEARCH; waiter !== NONE && left > 0; left--) {
      if (this.#ids[waiter] === id && this.#isFrom(waiter, client)) return true;
      waiter = this.next[waiter];
    }
    return false;
  }

  #isFrom(waiter: number, client: Client): boolean {
    // Devices are told apart by where they are counted: no reply of one is another's.
    if (this.#shareOf[waiter] !== shareOf(client)) return false;
    const from = waiter * CLIENT_WORDS;
    for (let word = 0; word < CLIENT_WORDS; word++) {
      if (this.#clients[from + word] !== client.words[word]) return false;
    }
    return true;
  }

  take(waiter: number, query: Query, client: Client, asked: Moment): void {
    client.restore(this.#clients, waiter * CLIENT_WORDS);
    this.#shares[this.#shareOf[waiter]]--;
    this.count--;
    query.id = this.#ids[waiter];
    query.flags = this.#flags[waiter];
    query.udpSize = this.#sizes[waiter];
    query.hasEdns = (this.#edns[waiter] & 1) !== 0;
    query.structured = (this.#edns[waiter] & 2) !== 0;
    query.raw = this.#octets;
    query.rawOffset = waiter * STRIDE;
    const mac = this.#macs[waiter];
    const id = this.#deviceIds[waiter];
    query.macAt = mac <= 0 ? mac : query.rawOffset + mac;
    query.idAt = id <= 0 ? id : query.rawOffset + id;
    this.next[waiter] = this.#firstFree;
    this.#firstFree = waiter;
    asked.ms = this.#asked[waiter];
  }
}

/** IPv6 clients are counted by /64, which one host can have all of; a device that is named, for itself. */
function shareOf({ a, b, device }: Client): number {
  const hash =
    device === NO_DEVICE ? Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0x9e3779b1) : Math.imul(device + 1, 0xc2b2ae35);
  return (hash >>> 12) & (SHARES - 1);
}
