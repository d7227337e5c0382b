// Health tells of a worker that cannot be replaced, until it can.

import { afterEach, expect, test } from 'vitest';
import { decodeReply } from '../support/decode.ts';
import { framed, TcpClient } from '../support/dns-client.ts';
import { CRASH } from '../support/faulty-engine.ts';
import { type RunningSluis, startSluis } from '../support/sluis.ts';
import { encodeQuery } from '../support/world.ts';

let sluis: RunningSluis;

afterEach(async () => {
  delete process.env.SLUIS_TEST_STILLBORN;
  await sluis?.stop();
});

test('a worker that dies at each start is silent all the while, and well again when it starts', async () => {
  const stream = new URL('../support/stillborn-stream-worker.ts', import.meta.url);
  sluis = await startSluis({ workers: { datagram: 1 } }, { entries: { stream } });
  const silence = () => sluis.resolver.supervisor.health()[1].silence;
  const counted = (kind: string) => sluis.events.filter((event) => event.kind === kind).length;
  process.env.SLUIS_TEST_STILLBORN = '1';
  const poison = await TcpClient.open(sluis.tcp);
  void poison.write([framed(encodeQuery({ name: CRASH }))]);
  expect(await sluis.arrivals.until(() => counted('worker-ended') === 4, 30_000)).toBe(true);
  // Two of three restarts were put off by half a second.
  expect(silence()).toBeGreaterThan(900);
  delete process.env.SLUIS_TEST_STILLBORN;
  expect(await sluis.arrivals.until(() => counted('worker-restarted') === 1, 30_000)).toBe(true);
  poison.close();
  const again = await TcpClient.open(sluis.tcp);
  const reply = decodeReply((await again.ask(encodeQuery({ name: 'www.tiktok.com' })))!);
  again.close();
  expect(reply.rcode).toBe('NXDOMAIN');
});
