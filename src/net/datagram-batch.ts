// Memory shared with the kernel, laid out once: messages with their headers, and the batch that `recvmmsg` fills.

import { type Client, MAX_DATAGRAM } from '../engine/client.ts';
import { readLocal } from './pktinfo.ts';
import { readSockaddr } from './sockaddr.ts';
import { LAYOUT, LINUX, type Syscalls } from './syscalls.ts';

/** Octets kept for one address and one control message, each at least what the larger family needs. */
export const NAME_SPACE = 32;
export const CONTROL_SPACE = 64;
export const HEADER_WORDS = LAYOUT.MMSGHDR / 4;
export const WORD_NAME_LENGTH = LAYOUT.NAME_LENGTH / 4;
export const WORD_CONTROL_LENGTH = LAYOUT.CONTROL_LENGTH / 4;
const WORD_FLAGS = LAYOUT.FLAGS / 4;
const WORD_RECEIVED = LAYOUT.RECEIVED / 4;

/** `count` messages with their headers, addresses, control messages and payloads in one block that never moves. */
export class Messages {
  readonly count: number;
  /** Address of the first header. */
  readonly headers: number;
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly payload: Uint8Array[] = [];
  /** Octet offsets of the first address and the first control message. */
  readonly names: number;
  readonly controls: number;
  readonly iovWords: number;
  readonly #payloads: number;

  /** `addressed`: whether each message carries an address and a control message. */
  constructor(calls: Syscalls, count: number, addressed: boolean) {
    const iovs = count * LAYOUT.MMSGHDR;
    this.count = count;
    this.names = iovs + count * LAYOUT.IOVEC;
    this.controls = this.names + count * NAME_SPACE;
    const payloads = Math.ceil((this.controls + count * CONTROL_SPACE) / MAX_DATAGRAM) * MAX_DATAGRAM;
    const buffer = new ArrayBuffer(payloads + count * MAX_DATAGRAM);
    this.words = new Uint32Array(buffer, 0, payloads / 4);
    this.bytes = new Uint8Array(buffer, 0, payloads);
    this.headers = calls.address(this.bytes);
    this.iovWords = iovs / 4;
    this.#payloads = payloads;
    for (let at = 0; at < count; at++) {
      const header = at * HEADER_WORDS;
      const iov = this.iovWords + (at * LAYOUT.IOVEC) / 4;
      this.payload.push(new Uint8Array(buffer, payloads + at * MAX_DATAGRAM, MAX_DATAGRAM));
      this.point(iov, payloads + at * MAX_DATAGRAM);
      this.words[iov + LAYOUT.IOVEC_LENGTH / 4] = MAX_DATAGRAM;
      this.point(header + LAYOUT.IOV / 4, iov * 4);
      this.words[header + LAYOUT.IOV_COUNT / 4] = 1;
      if (!addressed) continue;
      this.point(header + LAYOUT.NAME / 4, this.names + at * NAME_SPACE);
      this.point(header + LAYOUT.CONTROL / 4, this.controls + at * CONTROL_SPACE);
    }
  }

  /** Where the payload of message `at` stands in memory. */
  payloadAddress(at: number): number {
    return this.headers + this.#payloads + at * MAX_DATAGRAM;
  }

  /** Writes the address of the octet at `offset` of the block into two words. */
  point(word: number, offset: number): void {
    const address = this.headers + offset;
    this.words[word] = address >>> 0;
    this.words[word + 1] = Math.floor(address / 2 ** 32);
  }
}

/** Datagrams that one `recvmmsg` took, each until the next `receive`. */
export class ReceiveBatch {
  readonly count: number;
  readonly payload: readonly Uint8Array[];
  readonly #calls: Syscalls;
  readonly #messages: Messages;
  readonly #addressed: boolean;
  #used: number;

  constructor(calls: Syscalls, count: number, addressed: boolean) {
    this.#calls = calls;
    this.#messages = new Messages(calls, count, addressed);
    this.#addressed = addressed;
    this.#used = count;
    this.count = count;
    this.payload = this.#messages.payload;
  }

  /** Takes what waits on `fd`, at most `count` datagrams. Returns how many, or -1 (ask `errno`). */
  receive(fd: number): number {
    const { words, headers } = this.#messages;
    if (this.#addressed) {
      // The kernel wrote what it used into the length fields: make room again.
      for (let at = 0, word = 0; at < this.#used; at++, word += HEADER_WORDS) {
        words[word + WORD_NAME_LENGTH] = NAME_SPACE;
        words[word + WORD_CONTROL_LENGTH] = CONTROL_SPACE;
      }
    }
    const received = this.#calls.recvmmsg(fd, headers, this.count, LINUX.MSG_DONTWAIT, 0);
    this.#used = Math.max(received, 0);
    return received;
  }

  /** Octets of datagram `at`; MAX_DATAGRAM for one that was cut off. */
  length(at: number): number {
    return this.#messages.words[at * HEADER_WORDS + WORD_RECEIVED]!;
  }

  /** Whether the datagram was longer than its buffer. */
  isTruncated(at: number): boolean {
    return (this.#messages.words[at * HEADER_WORDS + WORD_FLAGS]! & LINUX.MSG_TRUNC) !== 0;
  }

  /** Fills `client` with where datagram `at` came from and, where the kernel said so, the address it was sent to. */
  readClient(at: number, listener: number, client: Client): void {
    const { bytes, words, names, controls } = this.#messages;
    readSockaddr(bytes, names + at * NAME_SPACE, listener, client);
    readLocal(bytes, controls + at * CONTROL_SPACE, words[at * HEADER_WORDS + WORD_CONTROL_LENGTH]!, client);
  }
}
