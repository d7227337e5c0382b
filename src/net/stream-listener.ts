// Opens one listening TCP socket, and says clearly which one could not be opened and why.

import { createServer, type Server } from 'node:net';

/** An address as text without brackets, and its port; 0 to listen on any. */
export interface StreamAddress {
  address: string;
  port: number;
}

/** A listen address that could not be opened; `code` is the system's, such as EADDRINUSE. */
export class StreamListenError extends Error {
  readonly code: string;
  readonly address: string;
  readonly port: number;

  constructor(code: string, { address, port }: StreamAddress) {
    super(`cannot listen on TCP ${address.includes(':') ? `[${address}]` : address}:${port}: ${code}`);
    this.name = 'StreamListenError';
    this.code = code;
    this.address = address;
    this.port = port;
  }
}

/** Resolves to a listening server without handlers, or rejects with a StreamListenError. */
export function openStreamListener(wanted: StreamAddress): Promise<Server> {
  // Half-open, or the answers to a client that sends its FIN right after its queries would be lost.
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new StreamListenError(error.code ?? error.message, wanted));
    });
    // IPv6 only, as the datagram sockets are: 0.0.0.0 and :: can both be listened on.
    server.listen({ host: wanted.address, port: wanted.port, ipv6Only: wanted.address.includes(':') }, () => {
      server.removeAllListeners('error');
      resolve(server);
    });
  });
}
