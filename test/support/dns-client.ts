/** Small DNS clients for tests: raw octets out, raw octets back, over UDP and TCP. */

import dgram from 'node:dgram';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Arrivals } from './until.ts';

export interface Address {
  address: string;
  port: number;
}

/** Between two writes of a case that wants them apart: enough for the server to read what has come so far. */
const SPLIT_MS = 3;

/** One UDP socket with a port of its own, connected to the server: what other addresses send never arrives. */
export class UdpClient {
  readonly received: Uint8Array[] = [];
  readonly arrivals = new Arrivals();
  readonly #socket: dgram.Socket;

  private constructor(socket: dgram.Socket) {
    this.#socket = socket;
    socket.on('message', (bytes) => {
      this.received.push(Uint8Array.from(bytes));
      this.arrivals.announce();
    });
    // ECONNREFUSED arrives here when the server is gone; the silence that follows is what the caller sees.
    socket.on('error', () => this.arrivals.announce());
  }

  /** `from`: an address of this machine, where it matters which. */
  static async open(server: Address, from?: string): Promise<UdpClient> {
    const socket = dgram.createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
    const client = new UdpClient(socket);
    if (from !== undefined) await new Promise<void>((resolve) => socket.bind(0, from, resolve));
    await new Promise<void>((resolve) => socket.connect(server.port, server.address, resolve));
    return client;
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, () => {});
  }

  /** The first message with the query's id, or null when none came in time. */
  async ask(query: Uint8Array, milliseconds = 5000): Promise<Uint8Array | null> {
    this.send(query);
    const find = () => this.received.find((reply) => reply[0] === query[0] && reply[1] === query[1]);
    await this.arrivals.until(() => find() !== undefined, milliseconds);
    return find() ?? null;
  }

  close(): void {
    this.#socket.close();
  }
}

/** One TCP connection: raw writes, the messages that came back, and whether the server closed it. */
export class TcpClient {
  readonly received: Uint8Array[] = [];
  readonly arrivals = new Arrivals();
  closed = false;
  readonly #socket: net.Socket;
  #unread: Buffer = Buffer.alloc(0);

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (octets) => this.#take(octets));
    for (const event of ['end', 'error', 'close'] as const) {
      socket.on(event, () => {
        this.closed = true;
        this.arrivals.announce();
      });
    }
  }

  /** Resolves when connected, or with `closed` set when the server refuses. */
  static async open(server: Address, from?: string): Promise<TcpClient> {
    const own = from === undefined ? {} : { localAddress: from };
    const socket = net.connect({ host: server.address, port: server.port, allowHalfOpen: true, ...own });
    const client = new TcpClient(socket);
    await new Promise<void>((resolve) => {
      socket.once('connect', () => resolve());
      socket.once('error', () => resolve());
    });
    return client;
  }

  /** Writes each part by itself, apart in time, and then closes our side if asked to. */
  async write(parts: Uint8Array[], finish = false): Promise<void> {
    for (const [index, part] of parts.entries()) {
      if (index > 0) await pause(SPLIT_MS);
      if (this.#socket.writable) this.#socket.write(part);
    }
    if (finish) this.#socket.end();
  }

  /** The first message with the query's id, or null when none came in time or the connection closed before. */
  async ask(query: Uint8Array, milliseconds = 5000): Promise<Uint8Array | null> {
    await this.write([framed(query)]);
    const find = () => this.received.find((reply) => reply[0] === query[0] && reply[1] === query[1]);
    await this.arrivals.until(() => find() !== undefined || this.closed, milliseconds);
    return find() ?? null;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(octets: Uint8Array): void {
    this.#unread = Buffer.concat([this.#unread, octets]);
    while (this.#unread.length >= 2 && this.#unread.length >= 2 + this.#unread.readUInt16BE(0)) {
      const end = 2 + this.#unread.readUInt16BE(0);
      this.received.push(Uint8Array.from(this.#unread.subarray(2, end)));
      this.#unread = this.#unread.subarray(end);
    }
    this.arrivals.announce();
  }
}

/** A message with the length prefix TCP wants, RFC 1035 §4.2.2. */
export function framed(message: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(message.length >> 8, message.length & 255), message]);
}
