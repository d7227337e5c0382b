// The portable driver: the same contract as the batched one, on node:dgram, wherever koffi or Linux is missing.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { Client, type Handler, MAX_DATAGRAM, type Outlet } from '../engine/client.ts';
import { Moment } from '../engine/moment.ts';
import { DATAGRAM } from './datagram-counters.ts';
import { explainListenError, listenEndpoint } from './listen-error.ts';
import { readPeer } from './peer-address.ts';
import { bound, literal, PortableUpstreams } from './portable-upstreams.ts';
import { SendBuffers } from './send-buffers.ts';
import { formatAddress, writeWord } from './sockaddr.ts';
import type { UpstreamAddress } from './upstream-sockets.ts';
import { zoneName } from './zones.ts';

const SOCKET_BUFFER = 4 * 1024 * 1024;
/** Whatever the handler wishes, it is given the time this often. */
const LONGEST_WAIT = 2000;

export interface PortableOptions {
  /** In the order that `Client.listener` counts; none where the driver only asks upstreams. */
  listeners: readonly { address: string; port: number }[];
  /** Whether several workers bind the same addresses. Not every system can; without it there is one worker. */
  reusePort: boolean;
  upstreams: readonly UpstreamAddress[];
  socketsPerUpstream: number;
  /** An unguessable unsigned 32-bit number. */
  random: () => number;
  /** Milliseconds since 1970, with a fraction. */
  clock?: () => number;
  askStream: Outlet['askStream'];
}

/**
 * Runs on the event loop of its thread: `listen`, then `run`. What it cannot do: choose the address a reply leaves
 * from. Bound to a wildcard on a host with several addresses, it answers from the one the routing table prefers, and
 * clients that asked another ignore the reply: there, each address is to be listed under `listen` by itself.
 */
export class PortableDatagram implements Outlet {
  readonly askStream: Outlet['askStream'];
  readonly #options: PortableOptions;
  readonly #counters: Float64Array;
  readonly #clock: () => number;
  readonly #sockets: Socket[] = [];
  readonly #upstreams: PortableUpstreams;
  readonly #client = new Client();
  readonly #replies: SendBuffers;
  readonly #questions: SendBuffers;
  readonly #ticked = () => this.#tick();
  readonly #now = new Moment();
  #handler: Handler | undefined;
  #poll: () => boolean = () => true;
  #stopped: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;

  constructor(options: PortableOptions, counters: Float64Array) {
    const count = (fate: number) => () => {
      counters[fate]! += 1;
    };
    this.#options = options;
    this.#counters = counters;
    this.askStream = options.askStream;
    this.#clock = options.clock ?? (() => performance.timeOrigin + performance.now());
    this.#replies = new SendBuffers(count(DATAGRAM.REPLIES), count(DATAGRAM.REPLY_FAILED));
    this.#questions = new SendBuffers(count(DATAGRAM.UPSTREAM_SENT), count(DATAGRAM.UPSTREAM_FAILED));
    const events = {
      message: (message: Uint8Array, token: number) => this.#hear(message, token),
      unreachable: (token: number) => this.#noteError(token),
    };
    this.#upstreams = new PortableUpstreams(events, options.random, this.#clock, counters);
  }

  /** Opens every socket; resolves with the addresses bound. Rejects with ListenError, having closed all again. */
  async listen(): Promise<{ address: string; port: number }[]> {
    try {
      for (const { address, port } of this.#options.listeners) {
        this.#sockets.push(await openSocket(address, port, this.#options.reusePort));
      }
    } catch (error) {
      this.close();
      throw error;
    }
    await this.#upstreams.setUpstreams(this.#options.upstreams, this.#options.socketsPerUpstream);
    return this.#sockets.map((socket) => socket.address());
  }

  /** Answers until `poll`, called by `wake`, returns false; then resolves. What the handler throws is not caught. */
  run(handler: Handler, poll: () => boolean): Promise<void> {
    this.#handler = handler;
    this.#poll = poll;
    this.#sockets.forEach((socket, listener) => {
      socket.on('message', (message, source) => this.#answer(message, source, listener));
      socket.on('error', () => {
        this.#counters[DATAGRAM.RECEIVE_FAILED]! += 1;
      });
    });
    this.#tickSoon();
    return new Promise((resolve) => {
      this.#stopped = resolve;
    });
  }

  /** To be called when there is something for `poll` to look at. */
  wake(): void {
    if (this.#poll()) return;
    this.#halt();
    this.#stopped();
  }

  /** Takes other upstreams from now on. Answers to what was asked before still arrive, under their tokens. */
  setUpstreams(upstreams: readonly UpstreamAddress[]): void {
    void this.#upstreams.setUpstreams(upstreams, this.#options.socketsPerUpstream);
  }

  /** Closes every socket. */
  close(): void {
    this.#halt();
    this.#upstreams.close();
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  pickSocket(upstream: number): number {
    return this.#upstreams.pick(upstream);
  }

  sendUpstream(token: number, message: Uint8Array, length: number): boolean {
    const to = this.#upstreams.find(token);
    if (to === undefined || length > MAX_DATAGRAM) return false;
    const buffer = this.#questions.take();
    if (buffer === undefined) {
      this.#counters[DATAGRAM.UPSTREAM_CONGESTED]! += 1;
      return true;
    }
    buffer.payload.set(message.subarray(0, length));
    to.outstanding++;
    to.socket.send(buffer.payload, 0, length, buffer.sent);
    // It may be on behalf of a client that this driver knows nothing of, and it has its time limit.
    this.#tickSoon();
    return true;
  }

  reply(client: Client, message: Uint8Array, length: number): void {
    const socket = this.#sockets[client.listener];
    const buffer = this.#replies.take();
    if (socket === undefined || length > MAX_DATAGRAM || buffer === undefined) {
      if (buffer !== undefined) this.#replies.give(buffer);
      this.#counters[buffer === undefined ? DATAGRAM.REPLY_CONGESTED : DATAGRAM.REPLY_FAILED]! += 1;
      return;
    }
    buffer.payload.set(message.subarray(0, length));
    socket.send(buffer.payload, 0, length, client.port, textOf(client), buffer.sent);
  }

  #answer(message: Uint8Array, source: RemoteInfo, listener: number): void {
    if (message.length > MAX_DATAGRAM) {
      this.#counters[DATAGRAM.QUERY_OVERSIZED]! += 1;
      return;
    }
    const buffer = this.#replies.take();
    if (buffer === undefined) {
      this.#counters[DATAGRAM.REPLY_CONGESTED]! += 1;
      return;
    }
    const client = this.#client;
    this.#counters[DATAGRAM.QUERIES]! += 1;
    this.#counters[DATAGRAM.BATCHES]! += 1;
    readPeer(source, listener, client);
    const length = this.#handler!.handleQuery(message, message.length, client, buffer.payload, this.#moment());
    this.#tickSoon();
    if (length <= 0) this.#replies.give(buffer);
    else this.#sockets[listener]!.send(buffer.payload, 0, length, source.port, source.address, buffer.sent);
    this.#handler!.endBatch?.(this.#moment());
  }

  #hear(message: Uint8Array, token: number): void {
    if (message.length > MAX_DATAGRAM) {
      this.#counters[DATAGRAM.UPSTREAM_OVERSIZED]! += 1;
      return;
    }
    this.#counters[DATAGRAM.UPSTREAM_RECEIVED]! += 1;
    this.#handler?.handleReply(message, message.length, token, this.#moment());
    this.#tickSoon();
  }

  #noteError(token: number): void {
    this.#counters[DATAGRAM.UPSTREAM_UNREACHABLE]! += 1;
    this.#handler?.upstreamError?.(token, this.#moment());
  }

  #moment(): Moment {
    this.#now.ms = this.#clock();
    return this.#now;
  }

  /** Like the batched driver, which ticks after every batch: a question just taken may be due before the timer. */
  #tickSoon(): void {
    this.#soon ??= setImmediate(this.#ticked);
  }

  #tick(): void {
    this.#soon = undefined;
    clearTimeout(this.#timer);
    const wait = this.#handler!.tick(this.#moment());
    this.#timer = setTimeout(this.#ticked, Math.max(1, Math.min(LONGEST_WAIT, Math.ceil(wait))));
  }

  #halt(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#soon = undefined;
    for (const socket of this.#sockets) socket.removeAllListeners('message');
  }
}

/**
 * Rejects with ListenError when any process holds the address, also one that would share it by SO_REUSEPORT and get
 * part of the queries. For main, once, before the first worker listens.
 */
export async function refuseShared(address: string, port: number): Promise<void> {
  if (port === 0) return;
  const socket = await openSocket(address, port, false);
  await new Promise<void>((resolve) => {
    socket.close(resolve);
  });
}

async function openSocket(address: string, port: number, reusePort: boolean): Promise<Socket> {
  const endpoint = listenEndpoint(address, port);
  const type = endpoint.family === 4 ? 'udp4' : 'udp6';
  const buffers = { recvBufferSize: SOCKET_BUFFER, sendBufferSize: SOCKET_BUFFER };
  const socket = createSocket({ type, reusePort, ipv6Only: endpoint.family === 6, lookup: literal, ...buffers });
  try {
    await bound(socket, address, port);
  } catch (error) {
    socket.close();
    throw explainListenError(-((error as NodeJS.ErrnoException).errno ?? 0), endpoint, address);
  }
  return socket;
}

function textOf(client: Client): string {
  const bytes = new Uint8Array(client.family === 4 ? 4 : 16);
  writeWord(bytes, 0, client.a);
  if (client.family === 4) return formatAddress(bytes);
  writeWord(bytes, 4, client.b);
  writeWord(bytes, 8, client.c);
  writeWord(bytes, 12, client.d);
  return client.scope === 0 ? formatAddress(bytes) : `${formatAddress(bytes)}%${zoneName(client.scope)}`;
}
