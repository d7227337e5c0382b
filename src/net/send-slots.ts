// Slots for datagrams waiting to be sent, chained by the socket they leave by, and the loop that hands them to the kernel.

import type { Messages } from './datagram-batch.ts';
import { ERRNO, LAYOUT, LINUX, type Syscalls } from './syscalls.ts';

/** Places in the driver's counters: datagrams the kernel took, refused for good, and had no room for. */
export interface Fates {
  readonly sent: number;
  readonly failed: number;
  readonly congested: number;
}

/** Lends slots, and remembers which of them wait for which socket, in order. */
export class SendSlots {
  /** Datagrams waiting. */
  waiting = 0;
  /** The sockets that something waits for: the first `touchedCount` entries. */
  readonly touched: Int32Array;
  touchedCount = 0;
  /** The slot after this one that leaves by the same socket, -1 after the last. */
  readonly next: Int32Array;
  /** The first slot that leaves by each socket, -1 where none does. */
  readonly first: Int32Array;
  readonly #last: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;

  /** `sockets`: how many sockets there are to choose from. */
  constructor(count: number, sockets: number) {
    this.#free = Int32Array.from({ length: count }, (_, at) => count - 1 - at);
    this.#freeCount = count;
    this.next = new Int32Array(count);
    this.first = new Int32Array(sockets).fill(-1);
    this.#last = new Int32Array(sockets);
    this.touched = new Int32Array(sockets);
  }

  /** A slot to write into, or -1 when all are lent. */
  take(): number {
    return this.#freeCount === 0 ? -1 : this.#free[--this.#freeCount]!;
  }

  /** Takes a slot back. */
  give(slot: number): void {
    this.#free[this.#freeCount++] = slot;
  }

  /** Puts a slot behind the others that leave by `socket`. */
  push(slot: number, socket: number): void {
    this.next[slot] = -1;
    if (this.first[socket] === -1) {
      this.first[socket] = slot;
      this.touched[this.touchedCount++] = socket;
    } else {
      this.next[this.#last[socket]!] = slot;
    }
    this.#last[socket] = slot;
    this.waiting++;
  }

  /** Takes back every slot that waited for `socket`. */
  clear(socket: number): void {
    for (let slot = this.first[socket]!; slot !== -1; slot = this.next[slot]!) this.give(slot);
    this.first[socket] = -1;
  }
}

/** Hands messages to the kernel, and counts in datagrams what became of them. */
export class Transmitter {
  /** How many datagrams each message is: more than 1 where the kernel is to cut it into segments. */
  readonly segments: Int32Array;
  readonly #calls: Syscalls;
  readonly #messages: Messages;
  readonly #counters: Float64Array;
  readonly #sent: number;
  readonly #failed: number;
  readonly #congested: number;

  constructor(calls: Syscalls, messages: Messages, counters: Float64Array, fates: Fates) {
    this.segments = new Int32Array(messages.count).fill(1);
    this.#calls = calls;
    this.#messages = messages;
    this.#counters = counters;
    this.#sent = fates.sent;
    this.#failed = fates.failed;
    this.#congested = fates.congested;
  }

  /**
   * Sends messages `from` to `count`. Returns `count`, or the message at which the kernel refused to cut segments:
   * that one and those after it were not sent. Every pass of the loop takes at least one message off, so it ends. A
   * full send buffer drops the rest: whoever asked will ask again, and waiting here would hold up everybody else.
   */
  send(fd: number, from: number, count: number): number {
    let done = from;
    let retried = -1;
    while (done < count) {
      const headers = this.#messages.headers + done * LAYOUT.MMSGHDR;
      const sent = this.#calls.sendmmsg(fd, headers, count - done, LINUX.MSG_DONTWAIT | LINUX.MSG_NOSIGNAL);
      if (sent > 0) {
        this.#count(this.#sent, done, done + sent);
        done += sent;
        continue;
      }
      const error = this.#calls.errno();
      if (error === ERRNO.EAGAIN || error === ERRNO.ENOBUFS) {
        this.#count(this.#congested, done, count);
        return count;
      }
      // A connected socket reports the ICMP error of an earlier datagram instead of sending: once more.
      if (error === ERRNO.ECONNREFUSED && retried !== done) {
        retried = done;
        continue;
      }
      if (this.segments[done]! > 1 && isAboutSegments(error)) return done;
      this.#count(this.#failed, done, done + 1);
      done++;
    }
    return count;
  }

  #count(fate: number, from: number, to: number): void {
    let datagrams = 0;
    for (let at = from; at < to; at++) datagrams += this.segments[at]!;
    this.#counters[fate]! += datagrams;
  }
}

/** EIO where the way leads through IPsec or a device without checksums, EINVAL and EMSGSIZE where the MTU is small. */
function isAboutSegments(error: number): boolean {
  return error === ERRNO.EIO || error === ERRNO.EINVAL || error === ERRNO.EMSGSIZE;
}
