// The life of upstream sockets under a clock that the test turns, on real sockets.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DATAGRAM, DATAGRAM_COUNTERS } from '../../src/net/datagram-counters.ts';
import { isBatchedAvailable, systemCalls } from '../../src/net/syscalls.ts';
import { UPSTREAM_SLOTS, UpstreamSockets } from '../../src/net/upstream-sockets.ts';

const missing = isBatchedAvailable();
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
let peer: Socket;
let sockets: UpstreamSockets;
let counters: Float64Array;
let owned: Int32Array;

function make(random: () => number, watch = () => true): UpstreamSockets {
  counters = new Float64Array(DATAGRAM_COUNTERS);
  owned = new Int32Array(UPSTREAM_SLOTS).fill(-1);
  sockets = new UpstreamSockets(systemCalls(), watch, random, owned, counters);
  return sockets;
}

const dice = () => crypto.getRandomValues(new Uint32Array(1))[0]!;
const openCount = () => owned.filter((fd) => fd >= 0).length;

function pickAfterFlush(upstream: number): number {
  sockets.flushed();
  return sockets.pick(upstream, 0);
}

function localPort(slot: number): number {
  const name = new Uint8Array(32);
  systemCalls().getsockname(sockets.fds[slot]!, name, Uint8Array.of(32, 0, 0, 0));
  return (name[2]! << 8) | name[3]!;
}

function setPeer(perUpstream: number, count = 1, now = 0): void {
  const upstream = { family: 4 as const, address: LOOPBACK, port: peer.address().port };
  sockets.setUpstreams(Array(count).fill(upstream), perUpstream, now);
}

describe.skipIf(missing !== undefined)(
  `upstream sockets${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    beforeAll(async () => {
      peer = createSocket('udp4').bind(0, '127.0.0.1');
      await once(peer, 'listening');
    });
    afterEach(() => sockets.close());
    afterAll(() => peer.close());

    it('opens none before one is asked for, then at most so many', () => {
      make(dice);
      setPeer(4);
      expect(openCount()).toBe(0);
      const tokens = new Set(Array.from({ length: 200 }, () => pickAfterFlush(0)));
      expect(tokens.size).toBe(4);
      expect(openCount()).toBe(4);
      expect(sockets.pick(1, 0)).toBe(-1);
      expect(sockets.pick(-1, 0)).toBe(-1);
    });

    it('keeps to one socket for a run of 16 in one flush, for each upstream', () => {
      make(dice);
      setPeer(4, 2);
      const firsts = [new Set<number>(), new Set<number>()];
      for (let run = 0; run < 100; run++) {
        const first = [sockets.pick(0, 0), sockets.pick(1, 0)];
        for (let use = 1; use < 16; use++) expect([sockets.pick(0, 0), sockets.pick(1, 0)]).toEqual(first);
        first.forEach((token, upstream) => {
          firsts[upstream]!.add(token);
        });
      }
      expect(firsts.map(({ size }) => size >= 4)).toEqual([true, true]);
    });

    it('binds to the port the dice say, and to another when it is taken', async () => {
      const taken = createSocket('udp4').bind(0, '0.0.0.0');
      await once(taken, 'listening');
      const free = createSocket('udp4').bind(0, '0.0.0.0');
      await once(free, 'listening');
      const freed = free.address().port;
      free.close();
      await once(free, 'close');
      const rolls = [0, taken.address().port - 1024, freed - 1024];
      make(() => rolls.shift() ?? dice());
      setPeer(4);
      expect(localPort(sockets.slotOf(sockets.pick(0, 0)))).toBe(freed);
      taken.close();
    });

    it('lets the kernel choose when eight ports are taken', () => {
      // Port 1024 + 64511 is 65535; the roll repeats, so the second socket finds it taken every time.
      make(() => 64_511);
      setPeer(1, 2);
      const first = sockets.slotOf(sockets.pick(0, 0));
      const second = sockets.slotOf(sockets.pick(1, 0));
      expect(localPort(first)).toBe(65_535);
      expect(localPort(second)).not.toBe(65_535);
      expect(localPort(second)).toBeGreaterThan(1023);
    });

    it('replaces a socket after 512 questions; the old one lives until its answers are in', () => {
      make(dice);
      setPeer(1);
      const first = sockets.pick(0, 0);
      const slot = sockets.slotOf(first);
      for (let use = 1; use < 512; use++) expect(sockets.pick(0, 0)).toBe(first);
      sockets.asked(slot);
      sockets.asked(slot);
      const second = sockets.pick(0, 0);
      expect(second).not.toBe(first);
      expect([sockets.slotOf(first), openCount()]).toEqual([slot, 2]);
      sockets.answered(slot, 1, false);
      expect(sockets.slotOf(first)).toBe(slot);
      sockets.answered(slot, 1, true);
      expect(sockets.slotOf(first)).toBe(slot);
      sockets.answered(slot, 1, false);
      expect([sockets.slotOf(first), openCount()]).toEqual([-1, 1]);
    });

    it('replaces a socket after 30 seconds, and reads a silent one ten more', () => {
      make(dice);
      setPeer(1);
      const first = sockets.pick(0, 1000);
      sockets.asked(sockets.slotOf(first));
      expect(sockets.pick(0, 30_999)).toBe(first);
      expect(sockets.pick(0, 31_000)).not.toBe(first);
      sockets.sweep(40_999);
      expect(sockets.slotOf(first)).toBeGreaterThanOrEqual(0);
      sockets.sweep(42_000);
      expect([sockets.slotOf(first), openCount()]).toEqual([-1, 1]);
    });

    it('never gives a token twice, however often a slot is used again', () => {
      make(dice);
      setPeer(1);
      const tokens = new Set<number>();
      for (let round = 0; round < 300; round++) tokens.add(sockets.pick(0, round * 30_000));
      expect(tokens.size).toBe(300);
      expect(Math.min(...tokens)).toBeGreaterThanOrEqual(0);
      expect(openCount()).toBe(1);
    });

    it('keeps room for other upstreams when one never answers', () => {
      make(dice);
      setPeer(1, 2);
      for (let round = 0; round < 100_000; round++) {
        const slot = sockets.slotOf(sockets.pick(0, 0));
        for (let use = 0; use < 32; use++) sockets.asked(slot);
      }
      expect(openCount()).toBeLessThanOrEqual(UPSTREAM_SLOTS / 2 + 1);
      expect(sockets.pick(1, 0)).toBeGreaterThanOrEqual(0);
      setPeer(256, 1, 0);
      const tokens = new Set(Array.from({ length: 5000 }, () => pickAfterFlush(0)));
      expect(tokens.size).toBeGreaterThan(200);
      expect(tokens.has(-1)).toBe(false);
      sockets.sweep(20_000);
      expect(openCount()).toBe(tokens.size);
    });

    it('retires the sockets of upstreams that went, and still knows those an answer is due on', () => {
      make(dice);
      setPeer(2);
      const kept = sockets.pick(0, 0);
      sockets.asked(sockets.slotOf(kept));
      sockets.setUpstreams([], 4, 0);
      expect(sockets.pick(0, 0)).toBe(-1);
      expect(sockets.slotOf(kept)).toBeGreaterThanOrEqual(0);
      expect(openCount()).toBe(1);
    });

    it('leaves nothing open when the socket cannot be watched, and waits before it tries again', () => {
      let tries = 0;
      make(dice, () => {
        tries++;
        return false;
      });
      setPeer(1);
      for (let now = 0; now < 100; now++) expect(sockets.pick(0, now)).toBe(-1);
      expect(tries).toBe(1);
      expect(sockets.pick(0, 100)).toBe(-1);
      expect([tries, openCount(), counters[DATAGRAM.SOCKETS_FAILED]]).toEqual([2, 0, 2]);
    });

    it('refuses more upstreams than it has sockets for, and keeps those it had', () => {
      make(dice);
      setPeer(1);
      const token = sockets.pick(0, 0);
      expect(() => setPeer(1, 257)).toThrow(RangeError);
      expect(sockets.pick(0, 0)).toBe(token);
    });
  },
);
