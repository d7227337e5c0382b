// The portable driver where it only asks upstreams, for clients that come to the engine by another way.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Handler } from '../../src/engine/client.ts';
import { PortableDatagram } from '../../src/net/datagram-portable.ts';

test('a question is looked after soon, however long the last tick would have waited', async () => {
  const upstream = createSocket('udp4').bind(0, '127.0.0.1');
  await once(upstream, 'listening');
  let ticks = 0;
  const handler: Handler = {
    handleQuery: () => 0,
    handleReply: () => {},
    tick: () => {
      ticks++;
      return 60_000;
    },
  };
  const upstreams = [{ family: 4 as const, address: Uint8Array.of(127, 0, 0, 1), port: upstream.address().port }];
  const options = { listeners: [], reusePort: false, upstreams, socketsPerUpstream: 1, random: () => 4711 * 7 };
  const driver = new PortableDatagram({ ...options, askStream: () => {} }, new Float64Array(64));
  await driver.listen();
  void driver.run(handler, () => true);
  await expect.poll(() => ticks).toBe(1);
  expect(driver.sendUpstream(driver.pickSocket(0), Uint8Array.of(1, 2, 3), 3)).toBe(true);
  // The driver itself ticks every two seconds.
  await expect.poll(() => ticks, { timeout: 1500 }).toBe(2);
  driver.close();
  upstream.close();
});
