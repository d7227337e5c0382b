// The admin server's door: it listens, and loads what serves requests when the first one knocks.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { findHolders, namesOf } from '../net/listen-error.ts';
import { parseEndpoint } from '../net/sockaddr.ts';
import type { Logger } from '../observe/log.ts';
import { withPort } from '../wire/address-text.ts';
import { settle } from '../workers/reclaim.ts';
import { ADMIN_LIMITS, type AdminLimits } from './limits.ts';
import type { AdminSource } from './route.ts';

/** What loading leaves behind is given back this long after, when the first requests have been answered. */
const SETTLE_MS = 1000;

export interface AdminOptions {
  /** An IP address to listen on; port 0 takes a free one. */
  host: string;
  port: number;
  /** Where unexpected errors go, with their stack. */
  log: Pick<Logger, 'error'>;
  limits?: AdminLimits;
}

export interface AdminServer {
  /** What it listens on. */
  address: string;
  port: number;
  /** Closes every connection; resolves when the port is free. */
  close(): Promise<void>;
}

/** Why the admin server cannot listen, and what to do. */
export class AdminListenError extends Error {
  /** As the system says, such as EADDRINUSE. */
  readonly code: string;
  readonly fix: string;

  constructor(message: string, code: string, fix: string, cause: unknown) {
    super(message, { cause });
    this.name = 'AdminListenError';
    this.code = code;
    this.fix = fix;
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const at = withPort(host, port);
  const explain = (what: string, fix: string) => {
    return new AdminListenError(`the admin server cannot listen on ${at}: ${what}`, error.code ?? '', fix, error);
  };
  switch (error.code) {
    case 'EADDRINUSE':
      return explain(inUse(at, port), 'end that, or set admin.listen to another port');
    case 'EADDRNOTAVAIL':
      return explain('this machine has no such address', 'set admin.listen to an address that "ip address" shows');
    case 'EACCES':
      return explain('this user may not', 'set admin.listen to a port above 1023');
    default:
      return explain(error.message, 'set admin.listen to an address and a port of this machine');
  }
}

function inUse(at: string, port: number): string {
  const endpoint = parseEndpoint(at, port);
  const holders = endpoint ? findHolders('tcp', endpoint) : [];
  if (holders.length > 0) return `it is in use by ${namesOf(holders)}`;
  return 'it is in use, by a process that this user may not see or a connection that just ended; see "ss -antp" as root';
}

/**
 * Takes connections until there is an HTTP server, and hands them to it with the socket they came in by. HTTP, fastify
 * and the metrics are 20 MB: a resolver that nobody asks anything keeps none of it.
 */
class Door {
  readonly #options: AdminOptions;
  readonly #load: () => Promise<AdminSource>;
  readonly #server: Server;
  readonly #waiting = new Set<Socket>();
  #opening: Promise<void> | undefined;
  #app: FastifyInstance | undefined;
  #isClosed = false;

  constructor(options: AdminOptions, load: () => Promise<AdminSource>) {
    this.#options = options;
    this.#load = load;
    // As Node's HTTP server has it; paused, so that every octet is read by that one.
    const like = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
    this.#server = createServer(like, (socket) => this.#take(socket));
    this.#server.maxConnections = (options.limits ?? ADMIN_LIMITS).connections;
  }

  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return this.#server.address() as AddressInfo;
  }

  /** Closes every connection; resolves when the port is free. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening;
    if (this.#app) return await this.#app.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    this.#waiting.add(socket);
    this.#opening ??= this.#open();
  }

  async #open(): Promise<void> {
    try {
      this.#app = await this.#startApp();
      for (const socket of this.#waiting) {
        this.#app.server.emit('connection', socket);
        socket.resume();
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'the admin server cannot be loaded');
      for (const socket of this.#waiting) socket.destroy();
      this.#opening = undefined;
    }
    this.#waiting.clear();
    setTimeout(settle, SETTLE_MS).unref();
  }

  async #startApp(): Promise<FastifyInstance> {
    const { log, limits = ADMIN_LIMITS } = this.#options;
    const [{ buildAdmin }, source] = await Promise.all([import('./app.ts'), this.#load()]);
    const app = buildAdmin(source, log, limits);
    await app.ready();
    if (this.#isClosed) throw new Error('it was closed meanwhile');
    // From here on it has the socket, and what connects comes to it.
    app.server.listen(this.#server);
    await once(app.server, 'listening');
    return app;
  }
}

/**
 * Serves until closed; `load` is called at the first connection. Rejects with an AdminListenError where the address
 * cannot be had.
 */
export async function listenAdmin(options: AdminOptions, load: () => Promise<AdminSource>): Promise<AdminServer> {
  const door = new Door(options, load);
  try {
    const { address, port } = await door.listen();
    return { address, port, close: () => door.close() };
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, options.host, options.port);
  }
}
