// A thread that asks a server many questions at once and judges each reply: what was lost, let through, or blocked.

import { createSocket, type Socket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { RCODE, TYPE } from '../../src/wire/codes.ts';
import { wireFromText } from '../../src/wire/name-text.ts';

export interface LoadPlan {
  address: string;
  port: number;
  /** Names that must be blocked, and names that must be answered with an address. */
  banned: string[];
  allowed: string[];
  /** Sockets, each with a source port of its own; how many questions each keeps in flight; how many in all. */
  sockets: number;
  window: number;
  questions: number;
  /** Questions a second in all, at most. */
  rate: number;
  /** Milliseconds after which a question counts as lost. */
  patience: number;
}

export interface LoadResult {
  asked: number;
  answered: number;
  lost: number;
  /** Banned names that got an address; allowed names that got none, by rcode. */
  letThrough: number;
  wronglyBlocked: number;
  otherRcodes: Record<string, number>;
  seconds: number;
  /** The longest any reply took, in milliseconds. */
  slowest: number;
}

const HEADER = 12;

/** A query for A, its id left to be filled in. */
function template(name: string): Buffer {
  const wire = wireFromText(name)!;
  const query = Buffer.alloc(HEADER + wire.length + 4);
  query.writeUInt16BE(0x0100, 2);
  query.writeUInt16BE(1, 4);
  query.set(wire, HEADER);
  query.writeUInt16BE(TYPE.A, HEADER + wire.length);
  query.writeUInt16BE(1, HEADER + wire.length + 2);
  return query;
}

class Load {
  readonly result: LoadResult = {
    asked: 0,
    answered: 0,
    lost: 0,
    letThrough: 0,
    wronglyBlocked: 0,
    otherRcodes: {},
    seconds: 0,
    slowest: 0,
  };
  readonly #plan: LoadPlan;
  readonly #queries: { bytes: Buffer; banned: boolean }[];
  readonly #sockets: Socket[] = [];
  /** By socket: what is in flight, by id. */
  readonly #flying: Map<number, { banned: boolean; at: number }>[] = [];
  readonly #started = performance.now();
  #next = 0;
  /** By socket: the next id. */
  readonly #ids: number[] = [];

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#queries = [
      ...plan.banned.map((name) => ({ bytes: template(name), banned: true })),
      ...plan.allowed.map((name) => ({ bytes: template(name), banned: false })),
    ];
  }

  async run(): Promise<LoadResult> {
    for (let index = 0; index < this.#plan.sockets; index++) await this.#open(index);
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        this.#expire();
        this.#fill();
        if (this.result.asked < this.#plan.questions || this.#flying.some(({ size }) => size > 0)) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    for (const socket of this.#sockets) socket.close();
    this.result.seconds = (performance.now() - this.#started) / 1000;
    return this.result;
  }

  #open(index: number): Promise<void> {
    const { address, port } = this.#plan;
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 << 20 });
    this.#sockets.push(socket);
    this.#flying.push(new Map());
    this.#ids.push(0);
    socket.on('message', (reply) => this.#take(index, reply));
    // Nobody listened for a moment: the question is lost, and counted when its time is over.
    socket.on('error', () => {});
    return new Promise((resolve) => socket.connect(port, address, resolve));
  }

  /** As many as the rate and the windows allow by now. */
  #fill(): void {
    const { rate, questions, window } = this.#plan;
    const due = Math.min(questions, ((performance.now() - this.#started) * rate) / 1000);
    let full = 0;
    for (let index = 0; this.result.asked < due && full < this.#sockets.length; index++) {
      const at = index % this.#sockets.length;
      if (this.#flying[at].size >= window) full++;
      else {
        full = 0;
        this.#ask(at);
      }
    }
  }

  #ask(at: number): void {
    const { bytes, banned } = this.#queries[this.#next++ % this.#queries.length];
    const query = Buffer.from(bytes);
    const id = this.#ids[at]++ & 0xffff;
    query.writeUInt16BE(id, 0);
    this.#flying[at].set(id, { banned, at: performance.now() });
    this.result.asked++;
    this.#sockets[at].send(query);
  }

  #take(at: number, reply: Buffer): void {
    const flight = this.#flying[at].get(reply.readUInt16BE(0));
    if (!flight) return;
    this.#flying[at].delete(reply.readUInt16BE(0));
    const { result } = this;
    result.answered++;
    result.slowest = Math.max(result.slowest, performance.now() - flight.at);
    const rcode = reply[3] & 15;
    const hasAnswer = reply.readUInt16BE(6) > 0;
    if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) {
      result.otherRcodes[rcode] = (result.otherRcodes[rcode] ?? 0) + 1;
    } else if (flight.banned && hasAnswer) result.letThrough++;
    else if (!flight.banned && !hasAnswer) result.wronglyBlocked++;
  }

  #expire(): void {
    const before = performance.now() - this.#plan.patience;
    for (const flying of this.#flying) {
      for (const [id, { at }] of flying) {
        if (at > before) break;
        flying.delete(id);
        this.result.lost++;
      }
    }
  }
}

const result = await new Load(workerData as LoadPlan).run();
parentPort!.postMessage(result);
