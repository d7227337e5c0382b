/** Finds ports that nobody has. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A free port on 127.0.0.1, for UDP and TCP both. */
export async function freePort(): Promise<number> {
  const stream = createServer();
  const datagram = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => stream.once('error', reject).listen(0, '127.0.0.1', resolve));
    const { port } = stream.address() as { port: number };
    await new Promise<void>((resolve, reject) => datagram.once('error', reject).bind(port, '127.0.0.1', resolve));
    return port;
  } finally {
    stream.close();
    datagram.close();
  }
}
