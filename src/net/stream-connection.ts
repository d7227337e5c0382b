// One client's TCP connection, and the roster of all of them: numbers, limits, and who must leave first.

import type { Socket } from 'node:net';

import type { Client } from '../engine/client.ts';
import { FrameReader } from './stream-frames.ts';

/** A client's connection while it is on the roster. */
export class StreamConnection {
  readonly socket: Socket;
  readonly client: Client;
  /** Counts towards the limit of one client: its address as text. */
  readonly address: string;
  readonly reader: FrameReader;
  /** Queries taken and not yet settled. */
  outstanding = 0;
  /** When it last completed a query or was sent a reply. Single octets do not count, or a slow drip never idles. */
  lastActive: number;
  /** The client sent its FIN: what it asked is still answered. */
  ended = false;
  /** We are done with it; nothing is read or written any more. */
  closing = false;
  #sent = 0;

  /** `whole`: as FrameReader has it. */
  constructor(socket: Socket, client: Client, address: string, whole: Uint8Array, now: number) {
    this.socket = socket;
    this.reader = new FrameReader(whole);
    this.client = client;
    this.address = address;
    this.lastActive = now;
  }

  /** Sends whole frames at once; `octets` is the socket's from here on. */
  send(octets: Uint8Array): void {
    // Nagle's algorithm holds nothing back while nothing is unacknowledged: who asks once is spared the system call.
    if (++this.#sent === 2) this.socket.setNoDelay(true);
    this.socket.write(octets);
  }

  get isIdle(): boolean {
    return this.outstanding === 0 && this.socket.writableLength === 0;
  }
}

/** Bounds on client connections. */
export interface RosterLimits {
  /** Connections in all. */
  clients: number;
  /** Connections of one address. */
  perClient: number;
}

/** Numbers stay below 2^31, so that they fit any typed array; a number comes back after two thousand million others. */
const NUMBERS = 2 ** 31;

/** All connections by number. A number is never given twice in living memory, so a late reply finds nobody. */
export class StreamRoster {
  readonly #limits: RosterLimits;
  readonly #connections = new Map<number, StreamConnection>();
  readonly #perAddress = new Map<string, number>();
  #next = 0;

  constructor(limits: RosterLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Whether three quarters of all places are taken: time to be less patient. */
  get isCrowded(): boolean {
    return this.#connections.size * 4 >= this.#limits.clients * 3;
  }

  get(number: number): StreamConnection | undefined {
    return this.#connections.get(number);
  }

  values(): IterableIterator<StreamConnection> {
    return this.#connections.values();
  }

  isClientFull(address: string): boolean {
    return (this.#perAddress.get(address) ?? 0) >= this.#limits.perClient;
  }

  get isFull(): boolean {
    return this.#connections.size >= this.#limits.clients;
  }

  /** The idle connection that has been so for longest, of one address where it is given; none when all are busy. */
  oldestIdle(address?: string): StreamConnection | undefined {
    let oldest: StreamConnection | undefined;
    for (const connection of this.#connections.values()) {
      if (address !== undefined && connection.address !== address) continue;
      if (!connection.isIdle) continue;
      if (oldest === undefined || connection.lastActive < oldest.lastActive) oldest = connection;
    }
    return oldest;
  }

  /** Adds a connection and writes its number to `client.connection`. */
  add(connection: StreamConnection): void {
    while (this.#connections.has(this.#next)) this.#next = (this.#next + 1) % NUMBERS;
    connection.client.connection = this.#next;
    this.#connections.set(this.#next, connection);
    this.#next = (this.#next + 1) % NUMBERS;
    this.#perAddress.set(connection.address, (this.#perAddress.get(connection.address) ?? 0) + 1);
  }

  /** Takes a connection off; once more is harmless. */
  remove(connection: StreamConnection): void {
    if (this.#connections.get(connection.client.connection) !== connection) return;
    this.#connections.delete(connection.client.connection);
    const others = (this.#perAddress.get(connection.address) ?? 1) - 1;
    if (others === 0) this.#perAddress.delete(connection.address);
    else this.#perAddress.set(connection.address, others);
  }
}
