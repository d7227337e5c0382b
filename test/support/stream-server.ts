// A StreamServer on loopback with a clock that the test turns, closed after each test.

import { onTestFinished } from 'vitest';
import { STREAM_COUNTER, STREAM_COUNTERS } from '../../src/net/stream-counters.ts';
import type { StreamAddress } from '../../src/net/stream-listener.ts';
import { STREAM_LIMITS, type StreamLimits, StreamServer } from '../../src/net/stream-server.ts';
import { EchoHandler } from './stream-handler.ts';
import { connectPeer, type StreamPeer, until } from './stream-peer.ts';

export interface ServerUnderTest {
  server: StreamServer;
  handler: EchoHandler;
  addresses: StreamAddress[];
  clock: { now: number };
  count(counter: keyof typeof STREAM_COUNTER): number;
  /** A client that the server has taken notice of. */
  connect(localAddress?: string): Promise<StreamPeer>;
}

export async function startServer(
  limits: Partial<StreamLimits> = {},
  listeners: StreamAddress[] = [{ address: '127.0.0.1', port: 0 }],
): Promise<ServerUnderTest> {
  const clock = { now: 1000 };
  const handler = new EchoHandler();
  const counters = new Float64Array(STREAM_COUNTERS);
  const options = { listeners, limits: { ...STREAM_LIMITS, ...limits }, clock: () => clock.now };
  const server = new StreamServer(options, handler, counters);
  const addresses = await server.listen();
  const count = (counter: keyof typeof STREAM_COUNTER) => counters[STREAM_COUNTER[counter]];
  const seen = () => count('ACCEPTED') + count('REFUSED') + count('REFUSED_CLIENT');
  const connect = async (localAddress?: string) => {
    const before = seen();
    const peer = await connectPeer(addresses[0], localAddress);
    onTestFinished(() => void peer.socket.destroy());
    await until(() => seen() > before);
    return peer;
  };
  onTestFinished(() => server.close());
  return { server, handler, addresses, clock, count, connect };
}
