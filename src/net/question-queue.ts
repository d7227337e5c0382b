// Questions waiting to go upstream: those of one length that leave by one socket cost one trip through the kernel.

import { CONTROL_SPACE, HEADER_WORDS, Messages, WORD_CONTROL_LENGTH } from './datagram-batch.ts';
import { DATAGRAM } from './datagram-counters.ts';
import { SendSlots, Transmitter } from './send-slots.ts';
import { LAYOUT, LINUX, type Syscalls } from './syscalls.ts';

const FATES = {
  sent: DATAGRAM.UPSTREAM_SENT,
  failed: DATAGRAM.UPSTREAM_FAILED,
  congested: DATAGRAM.UPSTREAM_CONGESTED,
} as const;
/** Longer questions are sent one by one: a segment must fit the way's MTU, and every way takes 1,280 octets of IPv6. */
const LONGEST_SEGMENT = 1200;
const IOVEC_WORDS = LAYOUT.IOVEC / 4;
const IOVEC_LENGTH = LAYOUT.IOVEC_LENGTH / 4;
/** A control message with one 16-bit number: its length, and the room it takes. */
const CONTROL_LENGTH = LAYOUT.CMSG_DATA + 2;
const CONTROL_USED = LAYOUT.CMSG_DATA + 8;

/**
 * Sockets are connected, so no message carries an address. Where the kernel cuts segments (UDP_SEGMENT, Linux 4.18),
 * questions of one length become one message: the most of what a datagram costs is the way through the kernel, and
 * they go it together. On the wire they are datagrams like any others.
 */
export class QuestionQueue {
  /** Buffers to write messages into, by slot. */
  readonly payload: readonly Uint8Array[];
  readonly #messages: Messages;
  readonly #slots: SendSlots;
  readonly #transmitter: Transmitter;
  readonly #lengths: Int32Array;
  /** Where each slot's buffer stands in memory. */
  readonly #addresses: Float64Array;
  /** Per length, while one socket's questions are gathered: how many have it, then ~ where the next of them stands. */
  readonly #places: Int32Array;
  /** The first of each message's parts. */
  readonly #firstPart: Int32Array;
  #isSegmenting: boolean;

  /** `count` questions wait at most, for any of `sockets` sockets. Fates are counted in `counters`. */
  constructor(calls: Syscalls, count: number, sockets: number, counters: Float64Array) {
    const messages = new Messages(calls, count, true);
    this.#messages = messages;
    this.payload = messages.payload;
    this.#slots = new SendSlots(count, sockets);
    this.#transmitter = new Transmitter(calls, messages, counters, FATES);
    this.#lengths = new Int32Array(count);
    this.#addresses = Float64Array.from({ length: count }, (_, at) => messages.payloadAddress(at));
    this.#places = new Int32Array(messages.payload[0]!.length + 1);
    this.#firstPart = new Int32Array(count);
    this.#isSegmenting = isSegmentingAvailable(calls);
    for (let at = 0; at < count; at++) this.#prepare(at);
  }

  /** Questions waiting. */
  get waiting(): number {
    return this.#slots.waiting;
  }

  /** A slot to write into, or -1 when all are taken: flush, then ask again. */
  take(): number {
    return this.#slots.take();
  }

  /** Queues `length` octets in `slot` to leave by `socket`. */
  push(slot: number, socket: number, length: number): void {
    this.#lengths[slot] = length;
    this.#slots.push(slot, socket);
  }

  /** Whether something waits to leave by `socket`. */
  isWaiting(socket: number): boolean {
    return this.#slots.first[socket] !== -1;
  }

  /** Sends all that waits; `fds` gives the descriptor of each socket. Afterwards every slot is free. */
  flush(fds: Int32Array): void {
    const slots = this.#slots;
    for (let at = 0; at < slots.touchedCount; at++) {
      const socket = slots.touched[at]!;
      const count = this.#gather(socket);
      const sent = this.#transmitter.send(fds[socket]!, 0, count);
      if (sent < count) this.#sendSingly(fds[socket]!, sent, count);
    }
    slots.touchedCount = 0;
    slots.waiting = 0;
  }

  /** The kernel offered segments and refuses them on this way: the rest, and all that follow, go one by one. */
  #sendSingly(fd: number, from: number, count: number): void {
    this.#isSegmenting = false;
    const { words, iovWords } = this.#messages;
    const parts = this.#firstPart[count - 1]! + this.#transmitter.segments[count - 1]!;
    const first = this.#firstPart[from]!;
    for (let part = first; part < parts; part++) {
      this.#head(part - first, part, 1, words[iovWords + part * IOVEC_WORDS + IOVEC_LENGTH]!);
    }
    this.#transmitter.send(fd, 0, parts - first);
  }

  /** Lines up one socket's questions by length, frees their slots, and says how many messages they make. */
  #gather(socket: number): number {
    const { first, next } = this.#slots;
    const lengths = this.#lengths;
    const places = this.#places;
    let messages = 0;
    let parts = 0;
    for (let slot = first[socket]!; slot !== -1; slot = next[slot]!) places[lengths[slot]!]! += 1;
    for (let slot = first[socket]!; slot !== -1; slot = next[slot]!) {
      const length = lengths[slot]!;
      const alike = places[length]!;
      if (alike > 0) {
        places[length] = ~parts;
        const isOne = this.#isSegmenting && length <= LONGEST_SEGMENT;
        for (let at = 0; at < alike; at += isOne ? alike : 1)
          this.#head(messages++, parts + at, isOne ? alike : 1, length);
        parts += alike;
      }
      const part = ~places[length]!;
      this.#part(part, slot, length);
      places[length] = ~(part + 1);
    }
    for (let slot = first[socket]!; slot !== -1; slot = next[slot]!) places[lengths[slot]!] = 0;
    this.#slots.clear(socket);
    return messages;
  }

  #part(part: number, slot: number, length: number): void {
    const { words, iovWords } = this.#messages;
    const word = iovWords + part * IOVEC_WORDS;
    const address = this.#addresses[slot]!;
    words[word] = address >>> 0;
    words[word + 1] = Math.floor(address / 2 ** 32);
    words[word + IOVEC_LENGTH] = length;
  }

  /** Makes message `at` of `count` parts from `part` on, each `length` octets long. */
  #head(at: number, part: number, count: number, length: number): void {
    const messages = this.#messages;
    const { words } = messages;
    const header = at * HEADER_WORDS;
    messages.point(header + LAYOUT.IOV / 4, (messages.iovWords + part * IOVEC_WORDS) * 4);
    words[header + LAYOUT.IOV_COUNT / 4] = count;
    words[header + WORD_CONTROL_LENGTH] = count > 1 ? CONTROL_USED : 0;
    words[(messages.controls + at * CONTROL_SPACE + LAYOUT.CMSG_DATA) / 4] = length;
    this.#transmitter.segments[at] = count;
    this.#firstPart[at] = part;
  }

  /** A header without an address, and its control message but for the length of a segment. */
  #prepare(at: number): void {
    const { words, controls } = this.#messages;
    words[at * HEADER_WORDS + LAYOUT.NAME / 4] = 0;
    words[at * HEADER_WORDS + LAYOUT.NAME / 4 + 1] = 0;
    const control = (controls + at * CONTROL_SPACE) / 4;
    words[control] = CONTROL_LENGTH;
    words[control + LAYOUT.CMSG_LEVEL / 4] = LINUX.IPPROTO_UDP;
    words[control + LAYOUT.CMSG_TYPE / 4] = LINUX.UDP_SEGMENT;
  }
}

/** An older kernel ignores the control message and sends all parts as one datagram: it must be asked first. */
function isSegmentingAvailable(calls: Syscalls): boolean {
  const fd = calls.socket(LINUX.AF_INET, LINUX.SOCK_DGRAM | LINUX.SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const isKnown = calls.setsockopt(fd, LINUX.IPPROTO_UDP, LINUX.UDP_SEGMENT, new Uint8Array(4), 4) === 0;
  calls.close(fd);
  return isKnown;
}
