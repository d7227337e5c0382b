// The question queue over real sockets: whatever the kernel is asked to cut, each question arrives whole, once, as itself.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATAGRAM, DATAGRAM_COUNTERS } from '../../src/net/datagram-counters.ts';
import { QuestionQueue } from '../../src/net/question-queue.ts';
import { sockaddrOf } from '../../src/net/sockaddr.ts';
import { isBatchedAvailable, LINUX, type Syscalls, systemCalls } from '../../src/net/syscalls.ts';

const missing = isBatchedAvailable();
const SLOTS = 64;
const SO_NO_CHECK = 11;
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
let receiver: Socket;
let heard: string[];
let fds: Int32Array;
let counters: Float64Array;
let queue: QuestionQueue;
/** Calls of sendmmsg, and how many messages each was given. */
let calls: number[];

function counted(real: Syscalls): Syscalls {
  return {
    ...real,
    sendmmsg: (fd, headers, count, flags) => {
      calls.push(count);
      return real.sendmmsg(fd, headers, count, flags);
    },
  };
}

function openTo(port: number): number {
  const real = systemCalls();
  const fd = real.socket(LINUX.AF_INET, LINUX.SOCK_DGRAM | LINUX.SOCK_NONBLOCK | LINUX.SOCK_CLOEXEC, 0);
  const target = sockaddrOf(LOOPBACK, port, 0);
  expect(real.connect(fd, target, target.length)).toBe(0);
  return fd;
}

function push(socket: number, text: string): void {
  const slot = queue.take();
  const bytes = new TextEncoder().encode(text);
  queue.payload[slot]!.set(bytes);
  queue.push(slot, socket, bytes.length);
}

async function heardAfter(count: number): Promise<string[]> {
  while (heard.length < count) await once(receiver, 'message');
  return heard.splice(0).sort();
}

describe.skipIf(missing !== undefined)(`question queue${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  beforeEach(async () => {
    heard = [];
    calls = [];
    receiver = createSocket('udp4')
      .on('message', (bytes) => heard.push(bytes.toString()))
      .bind(0, '127.0.0.1');
    await once(receiver, 'listening');
    fds = Int32Array.from([0, 1], () => openTo(receiver.address().port));
    counters = new Float64Array(DATAGRAM_COUNTERS);
    queue = new QuestionQueue(counted(systemCalls()), SLOTS, fds.length, counters);
  });
  afterEach(() => {
    for (const fd of fds) if (fd >= 0) systemCalls().close(fd);
    receiver.close();
  });

  it.each<[string, string[], number]>([
    ['one', ['a'], 1],
    ['all of one length', ['aa', 'bb', 'cc', 'dd'], 1],
    ['all of different lengths', ['a', 'bb', 'ccc'], 3],
    ['lengths that come back', ['a', 'bb', 'c', 'dd', 'e', 'fff'], 3],
    ['questions too long for a segment', ['x'.repeat(1201), 'y'.repeat(1201), 'z'], 3],
    ['the longest of a segment', ['x'.repeat(1200), 'y'.repeat(1200)], 1],
  ])('sends %s', async (_what, texts, messages) => {
    for (const text of texts) push(0, text);
    expect([queue.waiting, queue.isWaiting(0), queue.isWaiting(1)]).toEqual([texts.length, true, false]);
    queue.flush(fds);
    expect([queue.waiting, queue.isWaiting(0)]).toEqual([0, false]);
    expect(await heardAfter(texts.length)).toEqual([...texts].sort());
    expect(calls).toEqual([messages]);
    expect(counters[DATAGRAM.UPSTREAM_SENT]).toBe(texts.length);
  });

  it('sends any mixture of lengths and sockets, round after round', async () => {
    const text = fc.tuple(fc.nat(9), fc.nat(30)).map(([letter, length]) => `${letter}`.repeat(length + 1));
    const one = fc.tuple(fc.nat(1), text);
    const rounds = fc.array(one, { minLength: 1, maxLength: SLOTS });
    await fc.assert(
      fc.asyncProperty(rounds, async (questions) => {
        for (const [socket, text] of questions) push(socket, text);
        queue.flush(fds);
        expect(await heardAfter(questions.length)).toEqual(questions.map(([, text]) => text).sort());
      }),
      { numRuns: 50 },
    );
  });

  it('sends one by one where the kernel refuses to cut, and from then on', async () => {
    systemCalls().setsockopt(fds[0]!, LINUX.SOL_SOCKET, SO_NO_CHECK, Uint8Array.of(1, 0, 0, 0), 4);
    const texts = ['a', 'bb', 'cc', 'd', 'eee', 'ff'];
    for (const text of texts) push(0, text);
    queue.flush(fds);
    expect(await heardAfter(texts.length)).toEqual([...texts].sort());
    for (const text of texts) push(1, text);
    queue.flush(fds);
    expect(await heardAfter(texts.length)).toEqual([...texts].sort());
    expect(calls.at(-1)).toBe(texts.length);
    expect([counters[DATAGRAM.UPSTREAM_SENT], counters[DATAGRAM.UPSTREAM_FAILED]]).toEqual([2 * texts.length, 0]);
  });

  it('sends one by one on a kernel that knows no segments', async () => {
    const old = { ...counted(systemCalls()), setsockopt: () => -1 };
    queue = new QuestionQueue(old, SLOTS, fds.length, counters);
    for (const text of ['a', 'b', 'c']) push(0, text);
    queue.flush(fds);
    expect(await heardAfter(3)).toEqual(['a', 'b', 'c']);
    expect(calls).toEqual([3]);
  });

  it('has its slots back after each flush, and lends none twice', () => {
    for (let round = 0; round < 3; round++) {
      const slots = Array.from({ length: SLOTS }, () => queue.take());
      expect(new Set(slots).size).toBe(SLOTS);
      expect(queue.take()).toBe(-1);
      for (const slot of slots) queue.push(slot, round % 2, 20);
      queue.flush(fds);
    }
    expect(counters[DATAGRAM.UPSTREAM_SENT]).toBe(3 * SLOTS);
  });

  it('counts every question as failed on a socket that is closed, and ends', () => {
    for (const text of ['a', 'b', 'cc']) push(0, text);
    queue.flush(Int32Array.of(-1, -1));
    expect(counters[DATAGRAM.UPSTREAM_FAILED]).toBe(3);
    expect(queue.waiting).toBe(0);
  });

  it('counts every question that a full send buffer does not take', () => {
    systemCalls().setsockopt(fds[0]!, LINUX.SOL_SOCKET, LINUX.SO_SNDBUF, Uint8Array.of(1, 0, 0, 0), 4);
    for (let at = 0; at < SLOTS; at++) queue.push(queue.take(), 0, 1000 + (at % 2));
    queue.flush(fds);
    const [sent, failed, congested] = [DATAGRAM.UPSTREAM_SENT, DATAGRAM.UPSTREAM_FAILED, DATAGRAM.UPSTREAM_CONGESTED];
    expect(counters[sent]! + counters[congested]!).toBe(SLOTS);
    expect(counters[failed]).toBe(0);
  });
});
