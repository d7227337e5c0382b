// Starts a datagram driver of either kind in a worker thread for the contract tests, and asks it things.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { OWNED_DESCRIPTORS } from '../../src/net/datagram.ts';
import { DATAGRAM_COUNTERS } from '../../src/net/datagram-counters.ts';
import {
  closeListener,
  closeOrphans,
  closeWake,
  type Listener,
  openListeners,
  openWake,
  wake,
} from '../../src/net/sockets.ts';
import type { UpstreamAddress } from '../../src/net/upstream-sockets.ts';

export type DriverKind = 'batched' | 'portable';

/** First octet of a test message: what the handler is to do with it. Octets 1 and 2 are its id. */
export const ORDER = {
  ECHO: 1,
  SILENCE: 2,
  LATER: 3,
  FORWARD: 4,
  DESCRIBE: 5,
  FAIL: 6,
  TOO_LONG: 7,
  BAD_TOKENS: 8,
  COUNT: 9,
};

/** Places in the numbers shared with the worker. */
export const CONTROL = { STOP: 0, POLLS: 1, HEARD: 2, ERRORS: 3, NEXT_UPSTREAM: 4 };

export interface WorkerSetup {
  kind: DriverKind;
  listeners: Listener[];
  upstreams: UpstreamAddress[];
  wakeFd: number;
  owned: Int32Array;
  counters: Float64Array;
  control: Int32Array;
}

/** A running driver. */
export interface Driver {
  ports: number[];
  counters: Float64Array;
  control: Int32Array;
  worker: Worker;
  setup: WorkerSetup;
  /** Has `poll` called. */
  wake(): void;
  /** Stops it the gentle way; resolves with the worker's exit code. */
  stop(): Promise<number>;
  /** Closes what main owns: after the last worker on these sockets. */
  release(): void;
}

/** Starts a driver on `addresses`, port 0 each. */
export async function startDriver(kind: DriverKind, addresses: string[], upstreamPort?: number): Promise<Driver> {
  const isBatched = kind === 'batched';
  const listeners = addresses.map((address) =>
    isBatched
      ? openListeners({ address, port: 0, count: 1 })[0]!
      : { address, port: 0, fd: -1, family: 4 as const, wildcard: false },
  );
  const upstreams: UpstreamAddress[] =
    upstreamPort === undefined ? [] : [{ family: 4, address: Uint8Array.of(127, 0, 0, 1), port: upstreamPort }];
  return startWorker({
    kind,
    listeners,
    upstreams,
    wakeFd: isBatched ? openWake() : -1,
    owned: new Int32Array(new SharedArrayBuffer(OWNED_DESCRIPTORS * 4)).fill(-1),
    counters: new Float64Array(new SharedArrayBuffer(DATAGRAM_COUNTERS * 8)),
    control: new Int32Array(new SharedArrayBuffer(32)),
  });
}

/** Starts a worker on sockets that are open already: the first one, or the one that replaces it. */
export async function startWorker(setup: WorkerSetup): Promise<Driver> {
  const worker = new Worker(new URL('./datagram-worker.ts', import.meta.url), { workerData: setup });
  const [{ listening }] = await once(worker, 'message');
  const wakeUp = () => (setup.kind === 'batched' ? wake(setup.wakeFd) : worker.postMessage('wake'));
  return {
    ports: (listening as { port: number }[]).map(({ port }) => port),
    counters: setup.counters,
    control: setup.control,
    worker,
    setup,
    wake: wakeUp,
    async stop() {
      const exited = once(worker, 'exit');
      setup.control[CONTROL.STOP] = 1;
      wakeUp();
      return (await exited)[0] as number;
    },
    release() {
      closeOrphans(setup.owned);
      if (setup.kind === 'portable') return;
      for (const listener of setup.listeners) closeListener(listener);
      closeWake(setup.wakeFd);
    },
  };
}

/** A message with its order, its id, and `extra` octets more that depend on the id. */
export function message(order: number, id: number, extra = 0): Uint8Array {
  const bytes = Uint8Array.from({ length: 3 + extra }, (_, at) => (id * 31 + at) & 0xff);
  bytes[0] = order;
  bytes[1] = id >> 8;
  bytes[2] = id & 0xff;
  return bytes;
}

export function idOf(bytes: Uint8Array): number {
  return (bytes[1]! << 8) | bytes[2]!;
}

/** A client socket connected to the driver: replies from any other address or port do not reach it. */
export async function connect(port: number, address = '127.0.0.1'): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.connect(port, address);
  await once(socket, 'connect');
  return socket;
}

/** Sends `messages` at most `window` at a time, and resolves with every datagram that came until all were answered. */
export function exchange(socket: Socket, messages: Uint8Array[], window = 32): Promise<Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const replies: Uint8Array[] = [];
    let next = 0;
    const send = () => {
      if (next < messages.length) socket.send(messages[next++]!);
    };
    const heard = (reply: Uint8Array) => {
      replies.push(reply);
      send();
      if (replies.length < messages.length) return;
      socket.off('message', heard);
      resolve(replies);
    };
    socket.on('message', heard);
    socket.once('error', reject);
    for (let at = 0; at < window; at++) send();
  });
}

/** Asks one thing and resolves with the reply. */
export async function ask(socket: Socket, bytes: Uint8Array): Promise<Uint8Array> {
  return (await exchange(socket, [bytes]))[0]!;
}

/** An upstream on 127.0.0.1 that does what `script` says with each datagram it gets. */
export async function scriptedUpstream(
  script: (bytes: Uint8Array, port: number, reply: (bytes: Uint8Array) => void) => void,
): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.on('message', (bytes, { port, address }) => script(bytes, port, (reply) => socket.send(reply, port, address)));
  return socket;
}
