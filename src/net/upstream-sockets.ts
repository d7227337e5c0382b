// The sockets a batched driver asks upstreams by: random ports, chosen at random, replaced often (RFC 5452 §9).

import { ReceiveBatch } from './datagram-batch.ts';
import { DATAGRAM } from './datagram-counters.ts';
import { sockaddrOf } from './sockaddr.ts';
import { LINUX, type Syscalls } from './syscalls.ts';

/** An upstream's address; `scope` is an interface number for a link-local one, else 0. */
export interface UpstreamAddress {
  family: 4 | 6;
  address: Uint8Array;
  port: number;
  scope?: number;
}

/** Sockets one driver can hold: those in use and those that only wait for late answers. A power of two. */
export const UPSTREAM_SLOTS = 1024;

/** A socket is replaced after so many questions or milliseconds: whoever finds its port out gains little. */
const MAX_USES = 512;
const MAX_AGE = 30_000;
/** A replaced socket is read for so long, or until everything asked by it was answered. */
const DRAIN_TIME = 10_000;
const SWEEP_INTERVAL = 1000;
/** So many questions of one flush may leave by the same socket, where they are sent together (`QuestionQueue`). */
const RUN = 16;
/** A quarter of the slots can be in use and half be draining: there is always room to change upstreams. */
const MOST_IN_USE = UPSTREAM_SLOTS / 4;
const MOST_DRAINING = UPSTREAM_SLOTS / 2;
/** After a failure to open, the next try for that upstream waits so long. */
const RETRY_INTERVAL = 100;
const BIND_TRIES = 8;
const LOWEST_PORT = 1024;
const PORTS = 65536 - LOWEST_PORT;
const MAX_GENERATION = 2 ** 31 / UPSTREAM_SLOTS;
/** Room for what arrives while a batch is handled: SO_RCVBUF, an int. */
const RECEIVE_BUFFER = new Uint8Array(Int32Array.of(1024 * 1024).buffer);

/**
 * Every socket is connected, so the kernel drops what comes from any address and port but the upstream's
 * (RFC 5452 §9.1). A token names a socket for as long as an answer may come: its slot, and the slot's generation.
 */
export class UpstreamSockets {
  /** Descriptor of each slot, -1 where none is open. */
  readonly fds = new Int32Array(UPSTREAM_SLOTS).fill(-1);
  readonly tokens = new Int32Array(UPSTREAM_SLOTS).fill(-1);
  /** Questions sent and not yet answered. */
  readonly outstanding = new Int32Array(UPSTREAM_SLOTS);
  readonly #generation = new Int32Array(UPSTREAM_SLOTS);
  readonly #uses = new Int32Array(UPSTREAM_SLOTS);
  readonly #openedAt = new Float64Array(UPSTREAM_SLOTS);
  /** When a retired slot is closed at the latest; Infinity while it is in the pool. */
  readonly #closeAt = new Float64Array(UPSTREAM_SLOTS).fill(Infinity);
  readonly #free = Int32Array.from({ length: UPSTREAM_SLOTS }, (_, at) => UPSTREAM_SLOTS - 1 - at);
  #freeCount = UPSTREAM_SLOTS;
  #retired = 0;
  #nextSweep = 0;
  /** Slots in use: those of upstream 0, then of upstream 1… */
  #pool = new Int32Array(0);
  #perUpstream = 1;
  /** For each upstream: the place in the pool that its run has, what is left of it, and the flush it belongs to. */
  #runPlace = new Int32Array(0);
  #runLeft = new Int32Array(0);
  #runFlush = new Float64Array(0);
  #flushes = 0;
  #targets: Uint8Array[] = [];
  #retryAt = new Float64Array(0);
  readonly #calls: Syscalls;
  readonly #watch: (fd: number, token: number) => boolean;
  readonly #random: () => number;
  readonly #owned: Int32Array;
  readonly #counters: Float64Array;
  readonly #error = new Uint8Array(4);
  readonly #errorLength = Uint8Array.of(4, 0, 0, 0);
  /** Its own: a socket may be opened while the driver goes through a batch of answers. */
  readonly #early: ReceiveBatch;

  /**
   * `watch` puts a descriptor into the driver's epoll set. `owned[slot]` always tells main which descriptors are open
   * here.
   */
  constructor(
    calls: Syscalls,
    watch: (fd: number, token: number) => boolean,
    random: () => number,
    owned: Int32Array,
    counters: Float64Array,
  ) {
    this.#calls = calls;
    this.#watch = watch;
    this.#random = random;
    this.#owned = owned;
    this.#counters = counters;
    this.#early = new ReceiveBatch(calls, 4, false);
  }

  /** Takes these upstreams from now on; sockets to earlier ones are read until drained. At most 256. */
  setUpstreams(upstreams: readonly UpstreamAddress[], perUpstream: number, now: number): void {
    const most = Math.floor(MOST_IN_USE / Math.max(1, upstreams.length));
    if (most < 1) throw new RangeError(`${upstreams.length} upstreams are more than ${MOST_IN_USE}`);
    for (const slot of this.#pool) if (slot >= 0) this.#retire(slot, now);
    this.#perUpstream = Math.max(1, Math.min(perUpstream, most));
    this.#targets = upstreams.map(({ address, port, scope = 0 }) => sockaddrOf(address, port, scope));
    this.#pool = new Int32Array(upstreams.length * this.#perUpstream).fill(-1);
    this.#retryAt = new Float64Array(upstreams.length);
    this.#runPlace = new Int32Array(upstreams.length);
    this.#runLeft = new Int32Array(upstreams.length);
    this.#runFlush = new Float64Array(upstreams.length).fill(-1);
  }

  /** What waited was sent: the next question to each upstream rolls the dice anew. */
  flushed(): void {
    this.#flushes++;
  }

  /**
   * The token of a random socket to `upstream`, opened when need be; -1 when none can be had. It stays the same for a
   * run of questions that will be sent together: each of them is as hard to guess, for its port is as random.
   */
  pick(upstream: number, now: number): number {
    if (upstream < 0 || upstream >= this.#targets.length) return -1;
    const place = this.#place(upstream);
    let slot = this.#pool[place]!;
    if (slot < 0 || this.#isWorn(slot, now)) {
      const fresh = this.#open(upstream, now);
      if (fresh >= 0) {
        if (slot >= 0) this.#retire(slot, now);
        this.#pool[place] = fresh;
        slot = fresh;
      }
    }
    if (slot < 0) slot = this.#anyOpen(upstream);
    if (slot < 0) return -1;
    this.#uses[slot]!++;
    return this.tokens[slot]!;
  }

  #place(upstream: number): number {
    if (this.#runLeft[upstream] === 0 || this.#runFlush[upstream] !== this.#flushes) {
      this.#runPlace[upstream] = upstream * this.#perUpstream + (this.#random() % this.#perUpstream);
      this.#runLeft[upstream] = RUN;
      this.#runFlush[upstream] = this.#flushes;
    }
    this.#runLeft[upstream]! -= 1;
    return this.#runPlace[upstream]!;
  }

  /** While too many are draining (an upstream that never answers), those in use serve longer. */
  #isWorn(slot: number, now: number): boolean {
    if (this.#retired >= MOST_DRAINING) return false;
    return this.#uses[slot]! >= MAX_USES || now - this.#openedAt[slot]! >= MAX_AGE;
  }

  #anyOpen(upstream: number): number {
    const first = upstream * this.#perUpstream;
    for (let place = first; place < first + this.#perUpstream; place++) {
      if (this.#pool[place]! >= 0) return this.#pool[place]!;
    }
    return -1;
  }

  /** The slot a token names, or -1 when that socket is closed. */
  slotOf(token: number): number {
    const slot = token & (UPSTREAM_SLOTS - 1);
    return token >= 0 && this.tokens[slot] === token ? slot : -1;
  }

  /** Notes one question handed to the kernel's queue. */
  asked(slot: number): void {
    this.outstanding[slot]!++;
  }

  /** Notes `count` answers. A retired socket with nothing left to wait for is closed, unless `isWaiting` to send. */
  answered(slot: number, count: number, isWaiting: boolean): void {
    this.outstanding[slot] = Math.max(0, this.outstanding[slot]! - count);
    if (this.outstanding[slot] === 0 && this.#closeAt[slot] !== Infinity && !isWaiting) this.#close(slot);
  }

  /** The error an ICMP message left on the socket, taken off it; 0 when there is none. */
  takeError(slot: number): number {
    const fd = this.fds[slot]!;
    this.#calls.getsockopt(fd, LINUX.SOL_SOCKET, LINUX.SO_ERROR, this.#error, this.#errorLength);
    return this.#error[0]!;
  }

  /** Closes retired sockets whose time is over; costs a comparison when there is nothing to do. */
  sweep(now: number): void {
    if (this.#retired === 0 || now < this.#nextSweep) return;
    this.#nextSweep = now + SWEEP_INTERVAL;
    for (let slot = 0; slot < UPSTREAM_SLOTS; slot++) {
      if (now >= this.#closeAt[slot]!) this.#close(slot);
    }
  }

  /** Closes every socket. */
  close(): void {
    this.#pool.fill(-1);
    for (let slot = 0; slot < UPSTREAM_SLOTS; slot++) if (this.fds[slot]! >= 0) this.#close(slot);
  }

  #retire(slot: number, now: number): void {
    this.#retired++;
    this.#closeAt[slot] = now + DRAIN_TIME;
    if (this.outstanding[slot] === 0) this.#close(slot);
  }

  #close(slot: number): void {
    const fd = this.fds[slot]!;
    if (this.#closeAt[slot] !== Infinity) this.#retired--;
    this.#closeAt[slot] = Infinity;
    this.fds[slot] = -1;
    this.tokens[slot] = -1;
    // First forget, then close: main must never close a number that was given out again.
    Atomics.store(this.#owned, slot, -1);
    this.#calls.close(fd);
    this.#free[this.#freeCount++] = slot;
  }

  #open(upstream: number, now: number): number {
    if (now < this.#retryAt[upstream]!) return -1;
    const slot = this.#freeCount === 0 ? -1 : this.#openIn(this.#free[this.#freeCount - 1]!, this.#targets[upstream]!);
    if (slot < 0) {
      this.#counters[DATAGRAM.SOCKETS_FAILED]! += 1;
      this.#retryAt[upstream] = now + RETRY_INTERVAL;
      return -1;
    }
    this.#freeCount--;
    this.#counters[DATAGRAM.SOCKETS_OPENED]! += 1;
    this.#openedAt[slot] = now;
    this.#uses[slot] = 0;
    this.outstanding[slot] = 0;
    return slot;
  }

  #openIn(slot: number, target: Uint8Array): number {
    const calls = this.#calls;
    const fd = calls.socket(target[0]!, LINUX.SOCK_DGRAM | LINUX.SOCK_NONBLOCK | LINUX.SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    Atomics.store(this.#owned, slot, fd);
    const generation = (this.#generation[slot]! + 1) % MAX_GENERATION;
    const token = generation * UPSTREAM_SLOTS + slot;
    calls.setsockopt(fd, LINUX.SOL_SOCKET, LINUX.SO_RCVBUF, RECEIVE_BUFFER, 4);
    const isReady =
      this.#bindRandom(fd, target.length) &&
      calls.connect(fd, target, target.length) === 0 &&
      this.#discardEarly(fd) &&
      this.#watch(fd, token);
    if (!isReady) {
      Atomics.store(this.#owned, slot, -1);
      calls.close(fd);
      return -1;
    }
    this.#generation[slot] = generation;
    this.fds[slot] = fd;
    this.tokens[slot] = token;
    return slot;
  }

  /** Binds to a port from the whole range, not the kernel's; only when eight are taken does the kernel choose. */
  #bindRandom(fd: number, length: number): boolean {
    const local = sockaddrOf(new Uint8Array(length === 16 ? 4 : 16), 0, 0);
    for (let attempt = 0; attempt < BIND_TRIES; attempt++) {
      const port = LOWEST_PORT + (this.#random() % PORTS);
      local[2] = port >>> 8;
      local[3] = port & 0xff;
      if (this.#calls.bind(fd, local, length) === 0) return true;
    }
    local[2] = 0;
    local[3] = 0;
    return this.#calls.bind(fd, local, length) === 0;
  }

  /** What arrived between bind and connect may come from anybody. A port that is flooded already is not used. */
  #discardEarly(fd: number): boolean {
    for (let attempt = 0; attempt < BIND_TRIES; attempt++) {
      const received = this.#early.receive(fd);
      if (received < 0) return true;
      this.#counters[DATAGRAM.UPSTREAM_STRANGER]! += received;
    }
    return false;
  }
}
