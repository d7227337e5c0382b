// Who asked and how to answer them, and the two interfaces between the engine and whatever moves its datagrams.

import { NO_DEVICE } from '../policy/image.ts';
import type { Moment } from './moment.ts';

/** How a question came, and so how its reply must leave. */
export const TRANSPORT = { UDP: 0, TCP: 1 } as const;

/** `handleQuery`: no reply now; one may come later through `Outlet.reply`. */
export const PENDING = -1;

/** `handleQuery`: no reply, ever. */
export const SILENCE = 0;

/** Octets in every buffer that holds a datagram: what is received and what is sent fit in this. */
export const MAX_DATAGRAM = 4096;

/** 32-bit words that hold one Client: what `save` writes and `restore` reads. */
export const CLIENT_WORDS = 16;

// Where each field stands among the words.
const FAMILY = 0;
const ADDRESS = 1;
const PORT = 5;
const SCOPE = 6;
const LISTENER = 7;
const VIA = 8;
const CONNECTION = 9;
const HAS_LOCAL = 10;
const LOCAL = 11;
const INTERFACE = 15;

/**
 * One client, reusable. Addresses are unsigned 32-bit words with the first octet highest: 10.0.0.1 is
 * `a` 0x0a000001 and b, c, d are 0. An IPv4-mapped IPv6 address is stored as the IPv4 address it is, so that policy
 * sees one client and not two. All fields live in one typed array, so that reading and storing an address above
 * 2^31 never allocates, and a pending question keeps its clients in a flat table (`save`, `restore`).
 */
export class Client {
  readonly words = new Uint32Array(CLIENT_WORDS);
  /**
   * The device of the registry that asks through this client, or NO_DEVICE. Not one of the words: it is a number of one
   * image, set for each query by the judge whose image it is, and found anew for whoever waited.
   */
  device = NO_DEVICE;

  /** 4 or 6; 0 before anything was stored. */
  get family(): number {
    return this.words[FAMILY]!;
  }
  set family(value: number) {
    this.words[FAMILY] = value;
  }

  get a(): number {
    return this.words[ADDRESS]!;
  }
  set a(value: number) {
    this.words[ADDRESS] = value;
  }

  get b(): number {
    return this.words[ADDRESS + 1]!;
  }
  set b(value: number) {
    this.words[ADDRESS + 1] = value;
  }

  get c(): number {
    return this.words[ADDRESS + 2]!;
  }
  set c(value: number) {
    this.words[ADDRESS + 2] = value;
  }

  get d(): number {
    return this.words[ADDRESS + 3]!;
  }
  set d(value: number) {
    this.words[ADDRESS + 3] = value;
  }

  get port(): number {
    return this.words[PORT]!;
  }
  set port(value: number) {
    this.words[PORT] = value;
  }

  /** Interface number of a link-local IPv6 address, else 0. */
  get scope(): number {
    return this.words[SCOPE]!;
  }
  set scope(value: number) {
    this.words[SCOPE] = value;
  }

  /** Which listen address was asked, counted from 0. */
  get listener(): number {
    return this.words[LISTENER]!;
  }
  set listener(value: number) {
    this.words[LISTENER] = value;
  }

  /** One of TRANSPORT. */
  get transport(): number {
    return this.words[VIA]!;
  }
  set transport(value: number) {
    this.words[VIA] = value;
  }

  /** Number of the stream connection; -1 for UDP. */
  get connection(): number {
    return this.words[CONNECTION]! | 0;
  }
  set connection(value: number) {
    this.words[CONNECTION] = value;
  }

  /** Whether l0…l3 and `interface` hold the local address that was asked (wildcard listeners only). */
  get hasLocal(): boolean {
    return this.words[HAS_LOCAL] !== 0;
  }
  set hasLocal(value: boolean) {
    this.words[HAS_LOCAL] = value ? 1 : 0;
  }

  get l0(): number {
    return this.words[LOCAL]!;
  }
  set l0(value: number) {
    this.words[LOCAL] = value;
  }

  get l1(): number {
    return this.words[LOCAL + 1]!;
  }
  set l1(value: number) {
    this.words[LOCAL + 1] = value;
  }

  get l2(): number {
    return this.words[LOCAL + 2]!;
  }
  set l2(value: number) {
    this.words[LOCAL + 2] = value;
  }

  get l3(): number {
    return this.words[LOCAL + 3]!;
  }
  set l3(value: number) {
    this.words[LOCAL + 3] = value;
  }

  /** Number of the interface the question came in by. */
  get interface(): number {
    return this.words[INTERFACE]!;
  }
  set interface(value: number) {
    this.words[INTERFACE] = value;
  }

  /** Stores an IPv4 address. */
  setAddress4(a: number): void {
    this.family = 4;
    this.a = a;
    this.b = 0;
    this.c = 0;
    this.d = 0;
  }

  /** Stores an IPv6 address; an IPv4-mapped one (::ffff:0:0/96) is stored as IPv4. */
  setAddress6(a: number, b: number, c: number, d: number): void {
    if (a === 0 && b === 0 && c === 0xffff) {
      this.setAddress4(d);
      return;
    }
    this.family = 6;
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /** Everything but the address: a question on a UDP listener, local address not known. */
  setDatagram(port: number, scope: number, listener: number): void {
    this.port = port;
    this.scope = scope;
    this.listener = listener;
    this.transport = TRANSPORT.UDP;
    this.connection = -1;
    this.hasLocal = false;
  }

  /** Writes the CLIENT_WORDS words of this client at `at`. */
  save(into: Uint32Array, at: number): void {
    for (let word = 0; word < CLIENT_WORDS; word++) into[at + word] = this.words[word]!;
  }

  /** Reads back what `save` wrote at `at`. */
  restore(from: Uint32Array, at: number): void {
    for (let word = 0; word < CLIENT_WORDS; word++) this.words[word] = from[at + word]!;
  }
}

/**
 * What a driver drives: implemented by the engine. Nothing here throws, waits or keeps a reference to a buffer it was
 * given. `now` is set once per batch.
 */
export interface Handler {
  /**
   * One message from a client in `message[0, length)`. Returns how many octets it wrote to `out` (at least
   * MAX_DATAGRAM long) to be sent back, SILENCE, or PENDING.
   */
  handleQuery(message: Uint8Array, length: number, client: Client, out: Uint8Array, now: Moment): number;
  /** The replies to all queries handed in since the last call have been given to the kernel: how long they took. */
  endBatch?(now: Moment): void;
  /** One datagram from upstream on the socket `token`; its source is what that socket is connected to. */
  handleReply(message: Uint8Array, length: number, token: number, now: Moment): void;
  /** Called at least when due; returns the milliseconds until it wants to be called again, at most 250. */
  tick(now: Moment): number;
  /** The host or network behind the socket `token` said that nobody listens there (ICMP). */
  upstreamError?(token: number, now: Moment): void;
}

/** What the engine asks of a driver. Messages are copied before the call returns. */
export interface Outlet {
  /** A token for a random socket connected to `upstream`, or -1 when none can be opened. */
  pickSocket(upstream: number): number;
  /** Queues a message to the upstream of `token`; false when that socket is gone or the message too long. */
  sendUpstream(token: number, message: Uint8Array, length: number): boolean;
  /** Asks `upstream` over a stream; the answer comes back under `ticket`. */
  askStream(ticket: number, upstream: number, message: Uint8Array, length: number): void;
  /** Queues a reply to a client that was PENDING. */
  reply(client: Client, message: Uint8Array, length: number): void;
}
