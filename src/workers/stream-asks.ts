// Questions over TCP on behalf of every worker: who asked what, and how each hears of the answer.

import { writeSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { StreamClient } from '../net/stream-client.ts';
import type { StreamAnswer, StreamAsk } from './messages.ts';

const TIMEOUT_MS = 2400;
const IDLE_MS = 10_000;
const PER_UPSTREAM = 4;
const PIPELINED = 100;
/** What an eventfd takes: one 64-bit count in host order, 1. */
const WAKE = new Uint8Array(new BigUint64Array([1n]).buffer);

/** Where an answer goes: `message` is undefined where there is none. */
export type Answered = (ticket: number, message: Uint8Array | undefined, length: number) => void;

interface Open {
  ticket: number;
  answered: Answered;
}

/** The upstreams may change; what was asked of earlier ones is still heard. */
export class StreamAsks {
  readonly #random: () => number;
  readonly #clock: () => number;
  readonly #counters: Float64Array;
  readonly #open = new Map<number, Open>();
  #clients: StreamClient[] = [];
  #next = 0;

  constructor(random: () => number, clock: () => number, counters: Float64Array) {
    this.#random = random;
    this.#clock = clock;
    this.#counters = counters;
  }

  /** Questions that wait for their answer. */
  get outstanding(): number {
    return this.#open.size;
  }

  setUpstreams(upstreams: { address: string; port: number }[]): void {
    const options = {
      upstreams,
      timeoutMs: TIMEOUT_MS,
      idleMs: IDLE_MS,
      perUpstream: PER_UPSTREAM,
      pipelined: PIPELINED,
      random: this.#random,
      clock: this.#clock,
    };
    const client = new StreamClient(
      options,
      (number, message, length) => this.#end(number, message, length),
      (number) => this.#end(number, undefined, 0),
      this.#counters,
    );
    this.#clients.unshift(client);
    this.#retire();
  }

  /** Asks; `answered` is called once, never from within this call. */
  ask(ticket: number, upstream: number, message: Uint8Array, length: number, answered: Answered): void {
    const number = this.#next++;
    this.#open.set(number, { ticket, answered });
    this.#clients[0].ask(number, upstream, message, length);
  }

  /** Asks for what comes through `port` from a datagram worker, which `wakeFd` (-1: none is needed) wakes. */
  serve(port: MessagePort, wakeFd: number): void {
    const answered: Answered = (ticket, message, length) => {
      const answer: StreamAnswer = { ticket, message: message?.slice(0, length) };
      port.postMessage(answer);
      if (wakeFd >= 0) writeSync(wakeFd, WAKE);
    };
    port.on('message', ({ ticket, upstream, message }: StreamAsk) => {
      this.ask(ticket, upstream, message, message.length, answered);
    });
  }

  expire(now: number): void {
    for (const client of this.#clients) client.expire(now);
    this.#retire();
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #end(number: number, message: Uint8Array | undefined, length: number): void {
    const open = this.#open.get(number);
    if (!open) return;
    this.#open.delete(number);
    open.answered(open.ticket, message, length);
  }

  /** Lets go of earlier clients that have nothing left to hear. */
  #retire(): void {
    const [current, ...earlier] = this.#clients;
    for (const client of earlier) if (client.outstanding === 0) client.close();
    this.#clients = [current, ...earlier.filter((client) => client.outstanding > 0)];
  }
}
