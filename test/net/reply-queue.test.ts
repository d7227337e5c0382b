// The reply queue over real sockets: grouping, slots that come back, and what the kernel refuses.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../src/engine/client.ts';
import { DATAGRAM, DATAGRAM_COUNTERS } from '../../src/net/datagram-counters.ts';
import { ReplyQueue } from '../../src/net/reply-queue.ts';
import { closeListener, type Listener, openListener } from '../../src/net/sockets.ts';
import { isBatchedAvailable, systemCalls } from '../../src/net/syscalls.ts';

const missing = isBatchedAvailable();
const SLOTS = 8;
let listeners: Listener[];
let fds: Int32Array;
let receivers: Socket[];
let heard: { from: number; to: number; text: string }[];
let counters: Float64Array;
let queue: ReplyQueue;

function push(socket: number, to: number, text: string): void {
  const slot = queue.take();
  const bytes = new TextEncoder().encode(text);
  queue.payload[slot]!.set(bytes);
  const client = new Client();
  client.setAddress4(0x7f000001);
  client.setDatagram(to < 0 ? 0 : receivers[to]!.address().port, 0, socket);
  queue.address(slot, client);
  queue.push(slot, socket, bytes.length);
}

async function heardAfter(count: number): Promise<string[]> {
  while (heard.length < count) await Promise.race(receivers.map((receiver) => once(receiver, 'message')));
  const portOf = (port: number) => listeners.findIndex((listener) => listener.port === port);
  return heard.map(({ from, to, text }) => `${portOf(from)}>${to} ${text}`).sort();
}

describe.skipIf(missing !== undefined)(`reply queue${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  beforeEach(async () => {
    listeners = [0, 1].map(() => openListener({ address: '127.0.0.1', port: 0, reusePort: false }));
    fds = Int32Array.from(listeners, ({ fd }) => fd);
    heard = [];
    receivers = [0, 1].map((to) =>
      createSocket('udp4')
        .on('message', (bytes, { port }) => heard.push({ from: port, to, text: bytes.toString() }))
        .bind(0, '127.0.0.1'),
    );
    await Promise.all(receivers.map((receiver) => once(receiver, 'listening')));
    counters = new Float64Array(DATAGRAM_COUNTERS);
    queue = new ReplyQueue(systemCalls(), SLOTS, 2, counters);
  });
  afterEach(() => {
    for (const listener of listeners) closeListener(listener);
    for (const receiver of receivers) receiver.close();
  });

  it('sends each datagram by its own socket to its own client', async () => {
    push(0, 0, 'a');
    push(1, 0, 'b');
    push(0, 1, 'c');
    push(1, 1, 'd');
    expect(queue.waiting).toBe(4);
    queue.flush(fds);
    expect(queue.waiting).toBe(0);
    expect(await heardAfter(4)).toEqual(['0>0 a', '0>1 c', '1>0 b', '1>1 d']);
    expect(counters[DATAGRAM.REPLIES]).toBe(4);
  });

  it('has its slots back after each flush, and lends none twice', () => {
    for (let round = 0; round < 5; round++) {
      const slots = Array.from({ length: SLOTS }, () => queue.take());
      expect(new Set(slots).size).toBe(SLOTS);
      expect(queue.take()).toBe(-1);
      for (const slot of slots.slice(0, 3)) queue.give(slot);
      for (const slot of slots.slice(3)) {
        queue.address(slot, new Client());
        queue.push(slot, round % 2, 0);
      }
      queue.flush(fds);
    }
  });

  it.each([
    ['first', ['-', 'a', 'b']],
    ['in the middle', ['a', '-', '-', 'b']],
    ['last', ['a', 'b', '-']],
    ['everywhere', ['-', 'a', '-', 'b', '-']],
  ])('sends the others when the kernel refuses one that stands %s', async (_where, texts) => {
    // Port 0 cannot be sent to: EINVAL.
    for (const text of texts) push(0, text === '-' ? -1 : 0, text);
    queue.flush(fds);
    expect(await heardAfter(2)).toEqual(['0>0 a', '0>0 b']);
    expect(counters[DATAGRAM.REPLIES]).toBe(2);
    expect(counters[DATAGRAM.REPLY_FAILED]).toBe(texts.length - 2);
  });

  it('counts everything as failed on a socket that is closed, and ends', () => {
    for (let at = 0; at < SLOTS; at++) push(0, 0, 'x');
    queue.flush(Int32Array.of(-1, -1));
    expect(counters[DATAGRAM.REPLY_FAILED]).toBe(SLOTS);
    expect(queue.waiting).toBe(0);
  });

  it('drops and counts what a full send buffer does not take', () => {
    const calls = systemCalls();
    // The least there is: SO_SNDBUF 1 becomes the kernel's minimum, far below eight times 4,096 octets.
    calls.setsockopt(fds[0]!, 1, 7, Uint8Array.of(1, 0, 0, 0), 4);
    const client = new Client();
    client.setAddress4(0x7f000001);
    client.setDatagram(receivers[0]!.address().port, 0, 0);
    for (let at = 0; at < SLOTS; at++) {
      const slot = queue.take();
      queue.address(slot, client);
      queue.push(slot, 0, 4096);
    }
    queue.flush(fds);
    const [sent, failed, congested] = [DATAGRAM.REPLIES, DATAGRAM.REPLY_FAILED, DATAGRAM.REPLY_CONGESTED].map(
      (fate) => counters[fate]!,
    );
    expect(sent! + failed! + congested!).toBe(SLOTS);
    expect(failed).toBe(0);
    expect(queue.take()).toBeGreaterThanOrEqual(0);
  });
});
