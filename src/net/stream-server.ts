// Serves DNS over TCP to clients (RFC 7766): reads queries, hands them to the engine, sends each reply when it is known.

import type { Server, Socket } from 'node:net';

import { Client, type Handler, PENDING, TRANSPORT } from '../engine/client.ts';
import { Moment } from '../engine/moment.ts';
import { MAX_MESSAGE } from '../wire/codes.ts';
import { readPeer } from './peer-address.ts';
import { type RosterLimits, StreamConnection, StreamRoster } from './stream-connection.ts';
import { STREAM_COUNTER } from './stream-counters.ts';
import { FRAME, frame, LENGTH_PREFIX, writeFrame } from './stream-frames.ts';
import { openStreamListener, type StreamAddress } from './stream-listener.ts';
import { StreamTurns, TURN } from './stream-turns.ts';

export interface StreamLimits extends RosterLimits {
  /** Milliseconds without a complete query or a reply until a connection is closed; a quarter of it when crowded. */
  idleMs: number;
  /** Queries of one connection that may wait for their reply; beyond them it is not read. */
  pipelined: number;
  /** Octets of replies that a client may leave unread; beyond them it is closed. */
  unsent: number;
}

export const STREAM_LIMITS: StreamLimits = {
  clients: 1000,
  perClient: 100,
  idleMs: 10_000,
  pipelined: 100,
  unsent: 256 * 1024,
};

export interface StreamServerOptions {
  listeners: readonly StreamAddress[];
  limits: StreamLimits;
  /** Milliseconds, on the same scale as `expire`; read once per batch of queries. */
  clock: () => number;
}

/** The engine answers each query, with silence if need be, well within this; after it the reply is not awaited. */
const ABANDONED_MS = 30_000;
const LARGEST_FRAME = LENGTH_PREFIX + MAX_MESSAGE;

/** Listens, reads, bounds and answers. Nothing that a client does throws; what the engine throws is not caught. */
export class StreamServer {
  readonly #options: StreamServerOptions;
  readonly #handler: Pick<Handler, 'handleQuery' | 'endBatch'>;
  readonly #counters: Float64Array;
  readonly #roster: StreamRoster;
  readonly #servers: Server[] = [];
  readonly #out = new Uint8Array(MAX_MESSAGE);
  readonly #whole = new Uint8Array(MAX_MESSAGE);
  /** Replies known at once leave together; twice the largest, so that one always fits after a flush. */
  readonly #gathered = Buffer.allocUnsafeSlow(2 * LARGEST_FRAME);
  #gatheredLength = 0;
  /** Connections with something to do. One at a time, though a reply to one may come out of a query of another. */
  readonly #ready: StreamConnection[] = [];
  #isServing = false;
  readonly #turns = new StreamTurns<StreamConnection>((connection) => this.#serve(connection));
  readonly #now = new Moment();

  constructor(
    options: StreamServerOptions,
    handler: Pick<Handler, 'handleQuery' | 'endBatch'>,
    counters: Float64Array,
  ) {
    this.#options = options;
    this.#handler = handler;
    this.#counters = counters;
    this.#roster = new StreamRoster(options.limits);
  }

  /** Connections now open. */
  get connections(): number {
    return this.#roster.size;
  }

  /** Opens every listener or none; resolves to their actual addresses in order, rejects with a ListenError. */
  async listen(): Promise<StreamAddress[]> {
    const opened = await Promise.allSettled(this.#options.listeners.map((_, index) => this.#open(index)));
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed) {
      await this.close();
      throw failed.reason;
    }
    return opened.map((result) => (result as PromiseFulfilledResult<StreamAddress>).value);
  }

  /** Sends the reply to a query that was PENDING, or settles it in silence when `length` is 0. Copies; never throws. */
  reply(client: Client, message: Uint8Array, length: number): void {
    const connection = this.#roster.get(client.connection);
    if (connection === undefined || connection.closing) {
      this.#counters[STREAM_COUNTER.LATE]++;
      return;
    }
    connection.outstanding--;
    if (length > 0) {
      connection.lastActive = this.#options.clock();
      connection.send(frame(message, length));
      this.#counters[STREAM_COUNTER.REPLIES]++;
    }
    if (connection.socket.writableLength > this.#options.limits.unsent) {
      this.#drop(connection, STREAM_COUNTER.SLOW_READER);
    } else if (connection.ended || connection.socket.isPaused()) {
      this.#serve(connection);
    }
  }

  /** Closes what has idled too long; called by the worker's coarse timer with the clock's time. */
  expire(now: number): void {
    const { idleMs } = this.#options.limits;
    const idle = this.#roster.isCrowded ? idleMs / 4 : idleMs;
    for (const connection of this.#roster.values()) {
      const patience = connection.outstanding > 0 ? Math.max(idle, ABANDONED_MS) : idle;
      if (now - connection.lastActive >= patience) this.#drop(connection, STREAM_COUNTER.EXPIRED);
    }
  }

  /** Stops listening and closes every connection; resolves when the ports are free. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of this.#roster.values()) this.#discard(connection);
    await Promise.all(closed);
  }

  async #open(listener: number): Promise<StreamAddress> {
    const server = await openStreamListener(this.#options.listeners[listener]);
    this.#servers.push(server);
    server.on('error', () => this.#counters[STREAM_COUNTER.ACCEPT_ERROR]++);
    server.on('connection', (socket) => this.#accept(listener, socket));
    const { address, port } = server.address() as StreamAddress;
    return { address, port };
  }

  #accept(listener: number, socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    socket.on('error', () => this.#counters[STREAM_COUNTER.RESET]++);
    // It has no peer any more when the client left before we looked.
    if (remoteAddress === undefined || !this.#makeRoom(remoteAddress)) {
      socket.destroy();
      return;
    }
    const client = new Client();
    readPeer({ address: remoteAddress, port: remotePort ?? 0 }, listener, client);
    client.transport = TRANSPORT.TCP;
    const connection = new StreamConnection(socket, client, remoteAddress, this.#whole, this.#options.clock());
    this.#roster.add(connection);
    this.#counters[STREAM_COUNTER.ACCEPTED]++;
    this.#attend(connection);
  }

  /** Room for one more connection of this address, if need be in place of the one that has idled longest. */
  #makeRoom(address: string): boolean {
    const isClientFull = this.#roster.isClientFull(address);
    if (!isClientFull && !this.#roster.isFull) return true;
    const oldest = this.#roster.oldestIdle(isClientFull ? address : undefined);
    if (oldest === undefined) {
      this.#counters[isClientFull ? STREAM_COUNTER.REFUSED_CLIENT : STREAM_COUNTER.REFUSED]++;
      return false;
    }
    this.#drop(oldest, STREAM_COUNTER.EVICTED);
    return true;
  }

  #attend(connection: StreamConnection): void {
    const { socket } = connection;
    socket.on('data', (segment: Uint8Array) => {
      if (connection.closing) return;
      connection.reader.feed(segment);
      this.#serve(connection);
    });
    socket.on('end', () => {
      connection.ended = true;
      this.#serve(connection);
    });
    socket.on('drain', () => {
      connection.lastActive = this.#options.clock();
      this.#serve(connection);
    });
    socket.on('close', () => {
      connection.closing = true;
      this.#roster.remove(connection);
    });
  }

  #serve(connection: StreamConnection): void {
    this.#ready.push(connection);
    if (this.#isServing) return;
    this.#isServing = true;
    for (let next = this.#ready.pop(); next !== undefined; next = this.#ready.pop()) this.#read(next);
    this.#isServing = false;
  }

  /** Takes the complete queries of one turn while the client may have more outstanding and reads what it is sent. */
  #read(connection: StreamConnection): void {
    const { socket, reader } = connection;
    this.#now.ms = this.#options.clock();
    for (let left = TURN; !connection.closing; left--) {
      if (connection.outstanding >= this.#options.limits.pipelined || socket.writableNeedDrain) {
        socket.pause();
        break;
      }
      if (left === 0 || !this.#turns.take()) {
        socket.pause();
        this.#turns.putOff(connection);
        break;
      }
      const length = reader.next();
      if (length === FRAME.MORE) {
        this.#await(connection);
        break;
      }
      if (length === FRAME.SHORT) this.#finish(connection, STREAM_COUNTER.BAD_FRAME);
      else this.#take(connection, length);
    }
    this.#flush(connection);
    this.#now.ms = this.#options.clock();
    this.#handler.endBatch?.(this.#now);
  }

  #take(connection: StreamConnection, length: number): void {
    const { message } = connection.reader;
    // Read before the handler may write: QR=1 is a reply, and who sends those is no client of ours.
    const isReply = (message[2] & 0x80) !== 0;
    connection.lastActive = this.#now.ms;
    this.#counters[STREAM_COUNTER.QUERIES]++;
    const answered = this.#handler.handleQuery(message, length, connection.client, this.#out, this.#now);
    if (answered === PENDING) {
      connection.outstanding++;
    } else if (answered > 0) {
      this.#gatheredLength = writeFrame(this.#out, answered, this.#gathered, this.#gatheredLength);
      this.#counters[STREAM_COUNTER.REPLIES]++;
      if (this.#gatheredLength >= LARGEST_FRAME) this.#flush(connection);
    } else if (isReply) {
      this.#finish(connection, STREAM_COUNTER.NOT_A_QUERY);
    } else {
      this.#counters[STREAM_COUNTER.SILENT]++;
    }
  }

  #flush(connection: StreamConnection): void {
    const length = this.#gatheredLength;
    this.#gatheredLength = 0;
    if (length === 0 || !connection.socket.writable) return;
    // A few replies fit the pool of small buffers, which costs less than memory of their own.
    const octets = Buffer.allocUnsafe(length);
    this.#gathered.copy(octets, 0, 0, length);
    connection.send(octets);
  }

  /** Every complete query was taken: reads on, or says goodbye when the client did and has all its answers. */
  #await(connection: StreamConnection): void {
    if (connection.ended) {
      if (connection.outstanding > 0) return;
      this.#flush(connection);
      connection.closing = true;
      this.#part(connection.socket);
    } else if (connection.socket.isPaused()) {
      connection.socket.resume();
    }
  }

  /** Closes where both sides are done. Once all is with the kernel, closing says goodbye by itself: a call less. */
  #part(socket: Socket): void {
    if (socket.writableLength === 0) socket.destroy();
    else socket.end();
  }

  /** Closes for what the client sent, after the replies it has coming. */
  #finish(connection: StreamConnection, fate: number): void {
    this.#counters[fate]++;
    this.#flush(connection);
    connection.closing = true;
    connection.socket.destroySoon();
  }

  #drop(connection: StreamConnection, fate: number): void {
    this.#counters[fate]++;
    this.#discard(connection);
  }

  /** Closes at once, whatever is unsent. */
  #discard(connection: StreamConnection): void {
    connection.closing = true;
    this.#roster.remove(connection);
    connection.socket.destroy();
  }
}
