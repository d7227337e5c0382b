// A proxy on loopback, for tunnels and for plain requests; every host is this machine.

import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

export class HttpProxy {
  /** What it was asked for: method, and host or URL. */
  readonly asked: string[] = [];
  /** Whether it lets nobody through. */
  refuses = false;
  /** Told of a tunnel that is asked for, in place of an answer. */
  keepsWaiting: (() => void) | undefined;
  readonly #server = http.createServer();
  readonly #sockets = new Set<Socket>();
  /** Kept, so that there is a URL when nobody listens any more. */
  #port = 0;

  static async start(): Promise<HttpProxy> {
    const proxy = new HttpProxy();
    const server = proxy.#server;
    server.on('connection', (socket) => proxy.#keep(socket));
    server.on('connect', ({ url = '' }, socket: Socket) => proxy.#tunnel(url, socket));
    server.on('request', (request, response) => {
      proxy.asked.push(`${request.method} ${request.url}`);
      if (proxy.refuses) return void response.writeHead(403).end();
      const to = new URL(request.url!);
      const onward = http.request({ host: '127.0.0.1', port: to.port, path: to.pathname, headers: request.headers });
      onward.once('response', (reply) => reply.pipe(response.writeHead(reply.statusCode!, reply.headers)));
      onward.once('error', () => response.destroy());
      onward.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy.#port = (server.address() as AddressInfo).port;
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #tunnel(url: string, socket: Socket): void {
    this.asked.push(`CONNECT ${url}`);
    if (this.keepsWaiting) return void this.keepsWaiting();
    if (this.refuses) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const onward = net.connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    this.#keep(onward);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
