// One TCP connection to an upstream: many questions under way at once, each under a fresh random id of its own.

import { connect, type Socket } from 'node:net';

import { FRAME, FrameReader, frame, LENGTH_PREFIX } from './stream-frames.ts';
import type { StreamAddress } from './stream-listener.ts';

/** Why an ask got no reply. */
export const STREAM_FAILURE = {
  /** No reply before its deadline. */
  TIMEOUT: 1,
  /** The connection was never established. */
  UNREACHABLE: 2,
  /** The upstream closed or reset before it replied. */
  CLOSED: 3,
  /** A message came whose id nobody asked under: nothing on that connection can be believed. */
  WRONG_ID: 4,
  /** A length below a header. */
  BAD_FRAME: 5,
  /** Too many questions outstanding. */
  BUSY: 6,
  /** The message or the upstream's index is none, or the client was closed. */
  REFUSED: 7,
} as const;

/** One question under way; it ends in exactly one reply or failure. */
export class Ask {
  readonly ticket: number;
  /** The caller's id, put back into the reply. */
  readonly id: number;
  /** Length and message, as sent; the id in it is the connection's. */
  readonly frame: Uint8Array;
  readonly deadline: number;
  /** It was sent once more after its connection closed; there is no third time. */
  retried = false;
  connection: UpstreamConnection | undefined;

  constructor(ticket: number, message: Uint8Array, length: number, deadline: number) {
    this.ticket = ticket;
    this.id = (message[0] << 8) | message[1];
    this.frame = frame(message, length);
    this.deadline = deadline;
  }
}

/** What an UpstreamConnection reports; all asks it held are in one of these calls, once. */
export interface UpstreamEvents {
  /** `message` holds `[0, length)` with the caller's id, until this returns. */
  onReply(ask: Ask, message: Uint8Array, length: number): void;
  /** A reply to an ask whose deadline had passed. */
  onLate(): void;
  /** The connection is gone with these asks unanswered, for this reason of STREAM_FAILURE. */
  onGone(connection: UpstreamConnection, asks: Ask[], reason: number): void;
}

/** How often a random id is drawn before the next free one is taken: a dead random source must not hang a worker. */
const DRAWS = 8;

export class UpstreamConnection {
  readonly upstream: number;
  /** Replies received: what has served before deserves a second try when it closes. */
  replies = 0;
  /** When the last ask was sent or reply received. */
  lastActive: number;
  /** No new asks: the upstream said goodbye, or let one time out. */
  retired = false;
  readonly #socket: Socket;
  readonly #events: UpstreamEvents;
  readonly #random: () => number;
  readonly #reader = new FrameReader();
  /** By id on this connection; undefined for an ask that timed out, so that its late reply is not taken for a lie. */
  readonly #asks = new Map<number, Ask | undefined>();
  #outstanding = 0;
  #isEstablished = false;
  #isGone = false;

  constructor(upstream: number, to: StreamAddress, random: () => number, events: UpstreamEvents, now: number) {
    this.upstream = upstream;
    this.lastActive = now;
    this.#random = random;
    this.#events = events;
    this.#socket = connect({ host: to.address, port: to.port, noDelay: true, autoSelectFamily: false });
    this.#attend();
  }

  /** Asks that wait for their reply. */
  get outstanding(): number {
    return this.#outstanding;
  }

  send(ask: Ask, now: number): void {
    const id = this.#freshId();
    ask.frame[LENGTH_PREFIX] = id >> 8;
    ask.frame[LENGTH_PREFIX + 1] = id & 0xff;
    ask.connection = this;
    this.#asks.set(id, ask);
    this.#outstanding++;
    this.lastActive = now;
    this.#socket.write(ask.frame);
  }

  /** Gives an ask up whose deadline has passed; the connection takes no further ones and ends with its last. */
  abandon(ask: Ask): void {
    const id = (ask.frame[LENGTH_PREFIX] << 8) | ask.frame[LENGTH_PREFIX + 1];
    if (this.#asks.get(id) !== ask) return;
    this.#asks.set(id, undefined);
    this.#outstanding--;
    this.retired = true;
    if (this.#outstanding === 0) this.end(STREAM_FAILURE.CLOSED);
  }

  /** Closes; asks still outstanding are given back for this reason. Once more is harmless. */
  end(reason: number): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.retired = true;
    this.#socket.destroy();
    const left = [...this.#asks.values()].filter((ask) => ask !== undefined);
    this.#asks.clear();
    this.#outstanding = 0;
    this.#events.onGone(this, left, reason);
  }

  #attend(): void {
    this.#socket.on('connect', () => {
      this.#isEstablished = true;
    });
    this.#socket.on('data', (segment: Uint8Array) => {
      this.#reader.feed(segment);
      this.#read();
    });
    this.#socket.on('end', () => {
      this.retired = true;
    });
    // What went wrong shows in the close that always follows.
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.end(this.#isEstablished ? STREAM_FAILURE.CLOSED : STREAM_FAILURE.UNREACHABLE));
  }

  #read(): void {
    while (!this.#isGone) {
      const length = this.#reader.next();
      if (length === FRAME.MORE) return;
      if (length === FRAME.SHORT) this.end(STREAM_FAILURE.BAD_FRAME);
      else this.#match(length);
    }
  }

  #match(length: number): void {
    const { message } = this.#reader;
    const id = (message[0] << 8) | message[1];
    const ask = this.#asks.get(id);
    if (ask === undefined) {
      if (!this.#asks.delete(id)) this.end(STREAM_FAILURE.WRONG_ID);
      else this.#events.onLate();
      return;
    }
    this.#asks.delete(id);
    this.#outstanding--;
    this.replies++;
    message[0] = ask.id >> 8;
    message[1] = ask.id & 0xff;
    this.#events.onReply(ask, message, length);
    if (this.retired && this.#outstanding === 0) this.end(STREAM_FAILURE.CLOSED);
  }

  #freshId(): number {
    let id = this.#random() & 0xffff;
    for (let draw = 1; draw < DRAWS && this.#asks.has(id); draw++) id = this.#random() & 0xffff;
    while (this.#asks.has(id)) id = (id + 1) & 0xffff;
    return id;
  }
}
