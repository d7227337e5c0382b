// Replies waiting to be sent, grouped by the listener they leave by, so that each flush costs one system call a listener.

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
import { SendSlots, Transmitter } from './send-slots.ts';
import { writeSockaddr } from './sockaddr.ts';
import { LAYOUT, type Syscalls } from './syscalls.ts';

/** The header's words up to its flags; what follows, the kernel writes. */
const HEADER_USED = LAYOUT.FLAGS / 4;
const FATES = { sent: DATAGRAM.REPLIES, failed: DATAGRAM.REPLY_FAILED, congested: DATAGRAM.REPLY_CONGESTED } as const;

/** Each reply goes to an address of its own: one `sendmmsg` a listener and flush. */
export class ReplyQueue {
  /** Buffers to write messages into, by slot. */
  readonly payload: readonly Uint8Array[];
  readonly #messages: Messages;
  /** One header per slot; those of one listener are copied side by side into the messages' own before they are sent. */
  readonly #templates: Uint32Array;
  readonly #slots: SendSlots;
  readonly #transmitter: Transmitter;

  /** `count` replies wait at most; `listeners`: how many sockets there are to leave by. Fates are counted in `counters`. */
  constructor(calls: Syscalls, count: number, listeners: number, counters: Float64Array) {
    this.#messages = new Messages(calls, count, true);
    this.#templates = this.#messages.words.slice(0, count * HEADER_WORDS);
    this.payload = this.#messages.payload;
    this.#slots = new SendSlots(count, listeners);
    this.#transmitter = new Transmitter(calls, this.#messages, counters, FATES);
  }

  /** Replies waiting. */
  get waiting(): number {
    return this.#slots.waiting;
  }

  /** A slot to write into, or -1 when all are taken: flush, then ask again. */
  take(): number {
    return this.#slots.take();
  }

  /** Gives back a slot from which nothing will be sent. */
  give(slot: number): void {
    this.#slots.give(slot);
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

  /** Queues `length` octets in `slot` to leave by `listener`. */
  push(slot: number, listener: number, length: number): void {
    this.#messages.words[this.#messages.iovWords + (slot * LAYOUT.IOVEC + LAYOUT.IOVEC_LENGTH) / 4] = length;
    this.#slots.push(slot, listener);
  }

  /** Sends all that waits; `fds` gives the descriptor of each listener. Afterwards every queued slot is free. */
  flush(fds: Int32Array): void {
    const slots = this.#slots;
    for (let at = 0; at < slots.touchedCount; at++) {
      const listener = slots.touched[at]!;
      this.#transmitter.send(fds[listener]!, 0, this.#gather(listener));
    }
    slots.touchedCount = 0;
    slots.waiting = 0;
  }

  /** Copies the headers of one listener's replies side by side, frees their slots, and says how many there are. */
  #gather(listener: number): number {
    const { words } = this.#messages;
    const { first, next } = this.#slots;
    const templates = this.#templates;
    let count = 0;
    for (let slot = first[listener]!; slot !== -1; slot = next[slot]!) {
      const from = slot * HEADER_WORDS;
      const to = count * HEADER_WORDS;
      for (let word = 0; word < HEADER_USED; word++) words[to + word] = templates[from + word]!;
      count++;
    }
    this.#slots.clear(listener);
    return count;
  }
}
