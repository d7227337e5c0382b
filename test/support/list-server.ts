// A list server on loopback, HTTP or HTTPS, that behaves at each path as its test says: well, badly, or not at all.

import { EventEmitter, once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Identity } from './certificates.ts';

/** What is done with a request. `tell` says to whoever waits for it how far this is. */
export type Behaviour = (asked: Asked) => void;

export interface Asked {
  request: IncomingMessage;
  response: ServerResponse;
  socket: Socket;
  /** Ends the connection beneath it all, in the way that loses what was not read. */
  reset: () => void;
  /** Of the server, for redirects. */
  server: ListServer;
}

export interface SeenRequest {
  path: string;
  headers: IncomingHttpHeaders;
}

export class ListServer extends EventEmitter<{ stuck: [] }> {
  /** Its own, and nobody's when it has stopped. */
  readonly port: number;
  readonly seen: SeenRequest[] = [];
  readonly #server: http.Server;
  readonly #scheme: string;
  readonly #behaviours = new Map<string, Behaviour>();
  readonly #sockets = new Set<Socket>();

  private constructor(server: http.Server, scheme: string) {
    super();
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#scheme = scheme;
  }

  /** Over plain HTTP without an identity. */
  static async start(identity?: Identity): Promise<ListServer> {
    const server = identity ? https.createServer({ ...identity }) : http.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const listServer = new ListServer(server, identity ? 'https' : 'http');
    server.on('request', (request, response) => listServer.#answer(request, response));
    server.on('connection', (socket: Socket) => listServer.#keep(socket));
    // A client that does not trust the certificate hangs up.
    server.on('tlsClientError', () => {});
    server.on('clientError', (_, socket) => socket.destroy());
    return listServer;
  }

  url(path: string, host = '127.0.0.1'): string {
    return `${this.#scheme}://${host}:${this.port}${path}`;
  }

  /** From now on the server does this at the path. */
  at(path: string, behaviour: Behaviour): this {
    this.#behaviours.set(path, behaviour);
    return this;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url!;
    this.seen.push({ path, headers: request.headers });
    // Whoever asked may be gone at any moment: that is not the test's trouble.
    response.on('error', () => {});
    request.socket.on('error', () => {});
    const behave = this.#behaviours.get(path);
    const { remotePort } = request.socket;
    const reset = () => [...this.#sockets].find((socket) => socket.remotePort === remotePort)?.resetAndDestroy();
    if (behave) behave({ request, response, socket: request.socket, reset, server: this });
    else response.writeHead(404).end('nothing here');
  }
}
