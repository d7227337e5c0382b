// The batched driver: one worker's UDP sockets on both sides, in a loop that blocks in the kernel and nowhere else.

import { Client, type Handler, MAX_DATAGRAM, type Outlet } from '../engine/client.ts';
import { Moment } from '../engine/moment.ts';
import { ReceiveBatch } from './datagram-batch.ts';
import { DATAGRAM } from './datagram-counters.ts';
import { QuestionQueue } from './question-queue.ts';
import { ReplyQueue } from './reply-queue.ts';
import { ERRNO, LAYOUT, LINUX, type Syscalls, systemCalls } from './syscalls.ts';
import { UPSTREAM_SLOTS, type UpstreamAddress, UpstreamSockets } from './upstream-sockets.ts';

/** A client socket that main opened (`openListener`) and keeps: this driver reads and answers, never closes it. */
export interface BatchedListener {
  fd: number;
  family: 4 | 6;
  wildcard: boolean;
}

export interface BatchedOptions {
  /** In the order that `Client.listener` counts. */
  listeners: readonly BatchedListener[];
  upstreams: readonly UpstreamAddress[];
  /** An eventfd (`openWake`); main writes to it (`wake`) to have `poll` called. */
  wakeFd: number;
  /** Sockets in use at once for each upstream. */
  socketsPerUpstream: number;
  /** An unguessable unsigned 32-bit number: it picks ports and sockets. */
  random: () => number;
  /** Milliseconds since 1970, with a fraction. Read once per batch. */
  clock?: () => number;
  /** OWNED_DESCRIPTORS long, shared with main, which closes what stands here when this worker died. */
  owned: Int32Array;
  /** Takes a question to the stream worker; the message must be copied before it returns. */
  askStream: Outlet['askStream'];
}

/** Length of `BatchedOptions.owned`: every upstream socket, then the epoll set. */
export const OWNED_DESCRIPTORS = UPSTREAM_SLOTS + 1;

const BATCH = 64;
const SEND_SLOTS = 2 * BATCH;
/** Batches read from one socket before the others have their turn. */
const BATCHES_A_TURN = 4;
/** Whatever the handler wishes, it is given the time this often. */
const LONGEST_WAIT = 2000;

/** What an epoll event is about: the high word of its data. The low word is a listener's number or a token. */
const KIND_LISTENER = 0;
const KIND_WAKE = 1;
const KIND_UPSTREAM = 2;

/**
 * Lives in a worker thread of its own: `run` blocks that thread until it is told to stop. The counters are DATAGRAM's,
 * written by this driver alone.
 */
export class BatchedDatagram implements Outlet {
  readonly askStream: Outlet['askStream'];
  readonly #options: BatchedOptions;
  readonly #counters: Float64Array;
  readonly #calls: Syscalls = systemCalls();
  readonly #clock: () => number;
  readonly #epoll: number;
  readonly #events = new Uint8Array(new ArrayBuffer(BATCH * LAYOUT.EPOLL_EVENT));
  readonly #eventsAddress: number;
  readonly #listenerFds: Int32Array;
  readonly #queries: ReceiveBatch;
  readonly #answers: ReceiveBatch;
  readonly #replies: ReplyQueue;
  readonly #questions: QuestionQueue;
  readonly #upstreams: UpstreamSockets;
  readonly #client = new Client();
  readonly #wakeCount = new Uint8Array(8);
  readonly #now = new Moment();

  /** Throws when the kernel gives no epoll set or refuses a listener. */
  constructor(options: BatchedOptions, counters: Float64Array) {
    const calls = this.#calls;
    this.#options = options;
    this.#counters = counters;
    this.askStream = options.askStream;
    this.#clock = options.clock ?? wallClock;
    this.#now.ms = this.#clock();
    this.#epoll = calls.epollCreate(LINUX.SOCK_CLOEXEC);
    if (this.#epoll < 0) throw new Error(`epoll_create1 failed: error ${calls.errno()}`);
    Atomics.store(options.owned, UPSTREAM_SLOTS, this.#epoll);
    this.#eventsAddress = calls.address(this.#events);
    this.#listenerFds = Int32Array.from(options.listeners, ({ fd }) => fd);
    this.#queries = new ReceiveBatch(calls, BATCH, true);
    this.#answers = new ReceiveBatch(calls, BATCH, false);
    this.#replies = new ReplyQueue(calls, SEND_SLOTS, options.listeners.length, counters);
    this.#questions = new QuestionQueue(calls, SEND_SLOTS, UPSTREAM_SLOTS, counters);
    const watch = (fd: number, token: number) => this.#watch(fd, KIND_UPSTREAM, token);
    this.#upstreams = new UpstreamSockets(calls, watch, options.random, options.owned, counters);
    this.#upstreams.setUpstreams(options.upstreams, options.socketsPerUpstream, this.#now.ms);
    options.listeners.forEach(({ fd }, number) => {
      if (!this.#watch(fd, KIND_LISTENER, number)) throw new Error(`epoll_ctl failed: error ${calls.errno()}`);
    });
    if (!this.#watch(options.wakeFd, KIND_WAKE, 0)) throw new Error(`epoll_ctl failed: error ${calls.errno()}`);
  }

  /**
   * Answers until `poll`, called after each wake, returns false. Throws what the handler throws, and when the kernel
   * refuses to wait; either way the worker is to be replaced.
   */
  run(handler: Handler, poll: () => boolean): void {
    let wait = 0;
    let isRunning = true;
    while (isRunning) {
      const ready = this.#calls.epollWait(this.#epoll, this.#eventsAddress, BATCH, wait);
      if (ready < 0 && this.#calls.errno() !== ERRNO.EINTR) {
        throw new Error(`epoll_wait failed: error ${this.#calls.errno()}`);
      }
      this.#now.ms = this.#clock();
      for (let at = 0; at < ready; at++) {
        const kind = this.#eventWord(at, LAYOUT.EPOLL_DATA + 4);
        const number = this.#eventWord(at, LAYOUT.EPOLL_DATA);
        if (kind === KIND_LISTENER) this.#serve(handler, number);
        else if (kind === KIND_UPSTREAM) this.#hear(handler, number, this.#eventWord(at, 0));
        else isRunning = this.#woken(poll);
      }
      // Never 0: a handler that is always due must not turn this into a busy loop.
      wait = Math.max(1, Math.min(LONGEST_WAIT, Math.ceil(handler.tick(this.#now))));
      this.#flush();
      this.#upstreams.sweep(this.#now.ms);
    }
  }

  /** Takes other upstreams from now on. Answers to what was asked before still arrive, under their tokens. */
  setUpstreams(upstreams: readonly UpstreamAddress[]): void {
    this.#upstreams.setUpstreams(upstreams, this.#options.socketsPerUpstream, this.#now.ms);
  }

  /** Closes what this driver opened: after `run` returned. The listeners stay open, they are main's. */
  close(): void {
    this.#upstreams.close();
    if (Atomics.exchange(this.#options.owned, UPSTREAM_SLOTS, -1) >= 0) this.#calls.close(this.#epoll);
  }

  pickSocket(upstream: number): number {
    return this.#upstreams.pick(upstream, this.#now.ms);
  }

  sendUpstream(token: number, message: Uint8Array, length: number): boolean {
    const socket = this.#upstreams.slotOf(token);
    if (socket < 0 || length > MAX_DATAGRAM) return false;
    let slot = this.#questions.take();
    if (slot < 0) {
      this.#ask();
      slot = this.#questions.take();
    }
    copy(message, length, this.#questions.payload[slot]!);
    this.#questions.push(slot, socket, length);
    this.#upstreams.asked(socket);
    return true;
  }

  reply(client: Client, message: Uint8Array, length: number): void {
    if (length > MAX_DATAGRAM) {
      this.#counters[DATAGRAM.REPLY_FAILED]! += 1;
      return;
    }
    const slot = this.#takeReply();
    copy(message, length, this.#replies.payload[slot]!);
    this.#replies.address(slot, client);
    this.#replies.push(slot, client.listener, length);
  }

  #takeReply(): number {
    const slot = this.#replies.take();
    if (slot >= 0) return slot;
    this.#replies.flush(this.#listenerFds);
    return this.#replies.take();
  }

  #flush(): void {
    if (this.#replies.waiting > 0) this.#replies.flush(this.#listenerFds);
    if (this.#questions.waiting > 0) this.#ask();
  }

  #ask(): void {
    this.#questions.flush(this.#upstreams.fds);
    this.#upstreams.flushed();
  }

  /** Reads and answers one listener's queries, for a bounded number of batches. */
  #serve(handler: Handler, listener: number): void {
    for (let turn = 0; turn < BATCHES_A_TURN; turn++) {
      const received = this.#queries.receive(this.#listenerFds[listener]!);
      if (received < 0) {
        if (this.#calls.errno() !== ERRNO.EAGAIN) this.#counters[DATAGRAM.RECEIVE_FAILED]! += 1;
        return;
      }
      if (turn > 0) this.#now.ms = this.#clock();
      this.#counters[DATAGRAM.BATCHES]! += 1;
      for (let at = 0; at < received; at++) this.#answer(handler, listener, at);
      this.#flush();
      if (handler.endBatch !== undefined) {
        this.#now.ms = this.#clock();
        handler.endBatch(this.#now);
      }
      if (received < BATCH) return;
    }
  }

  #answer(handler: Handler, listener: number, at: number): void {
    if (this.#queries.isTruncated(at)) {
      this.#counters[DATAGRAM.QUERY_OVERSIZED]! += 1;
      return;
    }
    const client = this.#client;
    this.#counters[DATAGRAM.QUERIES]! += 1;
    this.#queries.readClient(at, listener, client);
    const slot = this.#takeReply();
    const out = this.#replies.payload[slot]!;
    const length = handler.handleQuery(this.#queries.payload[at]!, this.#queries.length(at), client, out, this.#now);
    if (length <= 0) {
      this.#replies.give(slot);
      return;
    }
    this.#replies.address(slot, client);
    this.#replies.push(slot, listener, length);
  }

  /**
   * Reads what an upstream sent on one socket. An event for a socket closed since then names no slot. The replies wait
   * for those of the other sockets: the fuller a call to the kernel, the less each costs.
   */
  #hear(handler: Handler, token: number, events: number): void {
    const slot = this.#upstreams.slotOf(token);
    if (slot < 0) return;
    if ((events & (LINUX.EPOLLERR | LINUX.EPOLLHUP)) !== 0) this.#noteError(handler, token, slot);
    for (let turn = 0; turn < BATCHES_A_TURN; turn++) {
      const received = this.#answers.receive(this.#upstreams.fds[slot]!);
      if (received < 0) return;
      if (turn > 0) this.#now.ms = this.#clock();
      for (let at = 0; at < received; at++) this.#take(handler, token, at);
      this.#upstreams.answered(slot, received, this.#questions.isWaiting(slot));
      if (received < BATCH || this.#upstreams.slotOf(token) < 0) return;
    }
  }

  #take(handler: Handler, token: number, at: number): void {
    if (this.#answers.isTruncated(at)) {
      this.#counters[DATAGRAM.UPSTREAM_OVERSIZED]! += 1;
      return;
    }
    this.#counters[DATAGRAM.UPSTREAM_RECEIVED]! += 1;
    handler.handleReply(this.#answers.payload[at]!, this.#answers.length(at), token, this.#now);
  }

  /** Reading SO_ERROR takes the error off the socket, so that it works on. */
  #noteError(handler: Handler, token: number, slot: number): void {
    if (this.#upstreams.takeError(slot) === 0) return;
    this.#counters[DATAGRAM.UPSTREAM_UNREACHABLE]! += 1;
    if (handler.upstreamError !== undefined) handler.upstreamError(token, this.#now);
  }

  #woken(poll: () => boolean): boolean {
    this.#calls.read(this.#options.wakeFd, this.#wakeCount, 8);
    return poll();
  }

  #eventWord(event: number, offset: number): number {
    const at = event * LAYOUT.EPOLL_EVENT + offset;
    const bytes = this.#events;
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }

  #watch(fd: number, kind: number, number: number): boolean {
    const event = new Uint8Array(LAYOUT.EPOLL_EVENT);
    event[0] = LINUX.EPOLLIN;
    for (let octet = 0; octet < 4; octet++) event[LAYOUT.EPOLL_DATA + octet] = (number >>> (8 * octet)) & 0xff;
    event[LAYOUT.EPOLL_DATA + 4] = kind;
    return this.#calls.epollControl(this.#epoll, LINUX.EPOLL_CTL_ADD, fd, event) === 0;
  }
}

function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

/** Octet by octet: for messages of this size, cheaper than a `subarray` for `set`, and it allocates nothing. */
function copy(from: Uint8Array, length: number, to: Uint8Array): void {
  for (let at = 0; at < length; at++) to[at] = from[at]!;
}
