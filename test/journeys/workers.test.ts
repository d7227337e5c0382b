// A worker that dies or hangs is replaced; the others serve on, and nothing unfiltered is answered.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeReply } from '../support/decode.ts';
import { framed, TcpClient, UdpClient } from '../support/dns-client.ts';
import { CRASH, HANG } from '../support/faulty-engine.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { runLoad } from '../support/load.ts';
import { DRIVERS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { encodeQuery } from '../support/world.ts';

const entry = (kind: string) => new URL(`../support/faulty-${kind}-worker.ts`, import.meta.url);
const ENTRIES = { batched: entry('batched'), portable: entry('portable'), stream: entry('stream') };
const ALLOWED = Array.from({ length: 50 }, (_, index) => `h${index}.wild.example.com`);

describe.each(DRIVERS)('%s driver', (driver) => {
  let upstream: HostileUpstream;
  let sluis: RunningSluis;

  beforeEach(async () => {
    upstream = await HostileUpstream.start();
    sluis = await startSluis(
      {
        workers: { driver, datagram: 2 },
        upstreams: [`${upstream.address.address}:${upstream.address.port}`],
        groups: [{ id: 'all', match: 'any', modes: { 'be-716': 'block' } }],
      },
      { entries: ENTRIES },
    );
  });

  afterEach(async () => {
    await sluis?.stop();
    await upstream?.stop();
  });

  test.each([
    ['dies', CRASH],
    ['hangs', HANG],
  ])('a datagram worker that %s is replaced, and what waited for it is answered', async (_, name) => {
    const load = runLoad({ ...sluis.udp, banned: ['www.tiktok.com'], allowed: ALLOWED, questions: 6000, rate: 3000 });
    const poison = await UdpClient.open(sluis.udp);
    poison.send(encodeQuery({ name }));
    const replaced = await sluis.arrivals.until(
      () => sluis.events.some(({ kind }) => kind === 'worker-restarted'),
      5000,
    );
    poison.close();
    expect(replaced).toBe(true);
    const result = await load;
    expect(result).toMatchObject({ letThrough: 0, wronglyBlocked: 0, otherRcodes: {} });
    // What the dead worker had in its hands is gone; what waited in its socket was answered by the next, where main
    // holds the socket.
    expect(result.lost).toBeLessThanOrEqual(driver === 'batched' ? 64 : 3000);
    expect(sluis.resolver.supervisor.restarts()).toEqual({ datagram: 1, stream: 0 });
    const again = await UdpClient.open(sluis.udp);
    const reply = decodeReply((await again.ask(encodeQuery({ name: 'www.tiktok.com' })))!);
    again.close();
    expect(reply.rcode).toBe('NXDOMAIN');
  });

  test.each([
    ['dies', CRASH],
    ['hangs', HANG],
  ])('a stream worker that %s is replaced, and UDP does not notice', async (_, name) => {
    const load = runLoad({ ...sluis.udp, banned: ['www.tiktok.com'], allowed: ALLOWED, questions: 6000, rate: 3000 });
    const poison = await TcpClient.open(sluis.tcp);
    void poison.write([framed(encodeQuery({ name }))]);
    const replaced = await sluis.arrivals.until(
      () => sluis.events.some(({ kind }) => kind === 'worker-restarted'),
      5000,
    );
    poison.close();
    expect(replaced).toBe(true);
    expect(await load).toMatchObject({ lost: 0, letThrough: 0, wronglyBlocked: 0, otherRcodes: {} });
    expect(sluis.resolver.supervisor.restarts()).toEqual({ datagram: 0, stream: 1 });
    const again = await TcpClient.open(sluis.tcp);
    const reply = decodeReply((await again.ask(encodeQuery({ name: 'www.tiktok.com' })))!);
    again.close();
    expect(reply.rcode).toBe('NXDOMAIN');
  });

  test('a stream worker that finds its port taken tries until it is free', async () => {
    const ended = () => sluis.events.filter(({ kind }) => kind === 'worker-ended').length;
    const poison = await TcpClient.open(sluis.tcp);
    void poison.write([framed(encodeQuery({ name: CRASH }))]);
    await sluis.arrivals.until(() => ended() === 1, 5000);
    poison.close();
    const squatter = createServer().listen(sluis.tcp.port, sluis.tcp.address);
    await once(squatter, 'listening');
    expect(await sluis.arrivals.until(() => ended() > 1, 5000)).toBe(true);
    expect(sluis.resolver.supervisor.listening()).toEqual({ udp: true, tcp: false });
    squatter.close();
    expect(await sluis.arrivals.until(() => sluis.events.at(-1)!.kind === 'worker-restarted', 5000)).toBe(true);
    expect(sluis.resolver.supervisor.listening()).toEqual({ udp: true, tcp: true });
    const again = await TcpClient.open(sluis.tcp);
    const reply = decodeReply((await again.ask(encodeQuery({ name: 'www.tiktok.com' })))!);
    again.close();
    expect(reply.rcode).toBe('NXDOMAIN');
  });
});
