// Datagrams waiting to be sent, grouped by the socket they leave by, so that each flush costs one system call a socket.

import type { Client } from '../engine/client.ts';
import {
  CONTROL_SPACE,
  HEADER_WORDS,
  Messages,
  NAME_SPACE,
  WORD_CONTROL_LENGTH,
  WORD_NAME_LENGTH,
} from './datagram-batch.ts';
import { DATAGRAM } from './datagram-counters.ts';
import { writeLocal } from './pktinfo.ts';
import { writeSockaddr } from './sockaddr.ts';
import { ERRNO, LAYOUT, LINUX, type Syscalls } from './syscalls.ts';

/** The header's words up to its flags; what follows, the kernel writes. */
const HEADER_USED = LAYOUT.FLAGS / 4;

/** Fates of what is sent to clients, and to upstreams. */
export const REPLY_FATES = {
  sent: DATAGRAM.REPLIES,
  failed: DATAGRAM.REPLY_FAILED,
  congested: DATAGRAM.REPLY_CONGESTED,
} as const;
export const UPSTREAM_FATES = {
  sent: DATAGRAM.UPSTREAM_SENT,
  failed: DATAGRAM.UPSTREAM_FAILED,
  congested: DATAGRAM.UPSTREAM_CONGESTED,
} as const;

/** Datagrams waiting to be sent, grouped by the socket they leave by: one `sendmmsg` a socket and flush. */
export class SendQueue {
  /** Buffers to write messages into, by slot. */
  readonly payload: readonly Uint8Array[];
  /** Datagrams waiting. */
  waiting = 0;
  readonly #calls: Syscalls;
  readonly #messages: Messages;
  /** One header per slot; those of one socket are copied side by side into the messages' own before they are sent. */
  readonly #templates: Uint32Array;
  readonly #free: Int32Array;
  #freeCount: number;
  readonly #next: Int32Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #touched: Int32Array;
  #touchedCount = 0;
  readonly #counters: Float64Array;
  readonly #sent: number;
  readonly #failed: number;
  readonly #congested: number;

  /** `sockets`: how many sockets there are to choose from. `fates`: the counters for sent, failed and congested. */
  constructor(
    calls: Syscalls,
    count: number,
    sockets: number,
    addressed: boolean,
    counters: Float64Array,
    fates: { sent: number; failed: number; congested: number },
  ) {
    this.#calls = calls;
    this.#messages = new Messages(calls, count, addressed);
    this.#templates = this.#messages.words.slice(0, count * HEADER_WORDS);
    this.payload = this.#messages.payload;
    this.#free = Int32Array.from({ length: count }, (_, at) => count - 1 - at);
    this.#freeCount = count;
    this.#next = new Int32Array(count);
    this.#first = new Int32Array(sockets).fill(-1);
    this.#last = new Int32Array(sockets);
    this.#touched = new Int32Array(sockets);
    this.#counters = counters;
    this.#sent = fates.sent;
    this.#failed = fates.failed;
    this.#congested = fates.congested;
  }

  /** A slot to write into, or -1 when all are taken: flush, then ask again. */
  take(): number {
    return this.#freeCount === 0 ? -1 : this.#free[--this.#freeCount]!;
  }

  /** Gives back a slot from which nothing will be sent. */
  give(slot: number): void {
    this.#free[this.#freeCount++] = slot;
  }

  /** Addresses what is in `slot` to `client`, from the local address that was asked where it is known. */
  address(slot: number, client: Client): void {
    const { bytes, names, controls } = this.#messages;
    const header = slot * HEADER_WORDS;
    this.#templates[header + WORD_NAME_LENGTH] = writeSockaddr(bytes, names + slot * NAME_SPACE, client);
    this.#templates[header + WORD_CONTROL_LENGTH] = client.hasLocal
      ? writeLocal(bytes, controls + slot * CONTROL_SPACE, client)
      : 0;
  }

  /** Queues `length` octets in `slot` to leave by `socket`. */
  push(slot: number, socket: number, length: number): void {
    this.#messages.words[this.#messages.iovWords + (slot * LAYOUT.IOVEC + LAYOUT.IOVEC_LENGTH) / 4] = length;
    this.#next[slot] = -1;
    if (this.#first[socket] === -1) {
      this.#first[socket] = slot;
      this.#touched[this.#touchedCount++] = socket;
    } else {
      this.#next[this.#last[socket]!] = slot;
    }
    this.#last[socket] = slot;
    this.waiting++;
  }

  /** Whether something waits to leave by `socket`. */
  isWaiting(socket: number): boolean {
    return this.#first[socket] !== -1;
  }

  /** Sends all that waits; `fds` gives the descriptor of each socket. Afterwards every queued slot is free. */
  flush(fds: Int32Array): void {
    for (let at = 0; at < this.#touchedCount; at++) {
      const socket = this.#touched[at]!;
      this.#send(fds[socket]!, this.#gather(socket));
    }
    this.#touchedCount = 0;
    this.waiting = 0;
  }

  /** Copies the headers of one socket's datagrams side by side, frees their slots, and says how many there are. */
  #gather(socket: number): number {
    const { words } = this.#messages;
    const templates = this.#templates;
    let count = 0;
    for (let slot = this.#first[socket]!; slot !== -1; slot = this.#next[slot]!) {
      const from = slot * HEADER_WORDS;
      const to = count * HEADER_WORDS;
      for (let word = 0; word < HEADER_USED; word++) words[to + word] = templates[from + word]!;
      this.#free[this.#freeCount++] = slot;
      count++;
    }
    this.#first[socket] = -1;
    return count;
  }

  /**
   * Every pass of the loop takes at least one datagram off, so it ends. A full send buffer drops the rest: whoever
   * asked will ask again, and waiting here would hold up everybody else.
   */
  #send(fd: number, count: number): void {
    const counters = this.#counters;
    let done = 0;
    let retried = -1;
    while (done < count) {
      const headers = this.#messages.headers + done * LAYOUT.MMSGHDR;
      const sent = this.#calls.sendmmsg(fd, headers, count - done, LINUX.MSG_DONTWAIT | LINUX.MSG_NOSIGNAL);
      if (sent > 0) {
        counters[this.#sent]! += sent;
        done += sent;
        continue;
      }
      const error = this.#calls.errno();
      if (error === ERRNO.EAGAIN || error === ERRNO.ENOBUFS) {
        counters[this.#congested]! += count - done;
        return;
      }
      // A connected socket reports the ICMP error of an earlier datagram instead of sending: once more.
      if (error === ERRNO.ECONNREFUSED && retried !== done) {
        retried = done;
        continue;
      }
      counters[this.#failed]! += 1;
      done++;
    }
  }
}
