// Opens one listening TCP socket, or says clearly which one could not be opened and why.

import { createServer, type Server } from 'node:net';

import { explainListenError, listenEndpoint } from './listen-error.ts';

/** An address as text without brackets, and its port; 0 to listen on any. */
export interface StreamAddress {
  address: string;
  port: number;
}

/** Resolves to a listening server without handlers, or rejects with a ListenError. */
export async function openStreamListener({ address, port }: StreamAddress): Promise<Server> {
  const endpoint = listenEndpoint(address, port);
  // Half-open, or the answers to a client that sends its FIN right after its queries would be lost.
  const server = createServer({ allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    server.once('error', ({ errno = 0 }: NodeJS.ErrnoException) => {
      reject(explainListenError(-errno, endpoint, address, 'tcp'));
    });
    // IPv6 only, as the datagram sockets are: 0.0.0.0 and :: can both be listened on.
    server.listen({ host: address, port, ipv6Only: endpoint.family === 6 }, () => {
      server.removeAllListeners('error');
      resolve(server);
    });
  });
}
