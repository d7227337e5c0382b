// A raw TCP peer for tests: writes any octets, collects framed messages, and says when the other side is done.

import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Cuts whatever has arrived so far into messages; deliberately not the code under test. */
export function cutFrames(octets: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 2 <= octets.length; ) {
    const end = at + 2 + octets.readUInt16BE(at);
    if (end > octets.length) break;
    messages.push(octets.subarray(at + 2, end));
    at = end;
  }
  return messages;
}

/** Below vitest's own limit, so that a wait in vain names its place and does not go on behind the next test. */
const PATIENCE_MS = 20_000;

/** Lets the event loop turn until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${condition}`);
    await nextTurn();
  }
}

/** A query of `name` for A with this id; the header is RD only. */
export function queryOf(id: number, name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]);
  return Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
}

export function framed(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]);
}

export class StreamPeer {
  readonly socket: Socket;
  isClosed = false;
  /** The other side sent its FIN or closed. */
  hasEnded = false;
  #received: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (segment: Buffer) => this.#received.push(segment));
    socket.on('end', () => {
      this.hasEnded = true;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.hasEnded = true;
    });
  }

  get messages(): Buffer[] {
    this.#received = [Buffer.concat(this.#received)];
    return cutFrames(this.#received[0]);
  }

  get ids(): number[] {
    return this.messages.map((message) => message.readUInt16BE(0));
  }

  write(...octets: Uint8Array[]): void {
    this.socket.write(Buffer.concat(octets));
  }

  /** Resolves when this many messages have come; also when no more can come, so that the count can be judged. */
  async waitFor(count: number): Promise<Buffer[]> {
    await until(() => this.messages.length >= count || this.hasEnded);
    return this.messages;
  }

  async waitForEnd(): Promise<void> {
    await until(() => this.hasEnded);
  }
}

/** Connects; half-open, so that a test may send its FIN and read on. */
export function connectPeer(to: { address: string; port: number }, localAddress?: string): Promise<StreamPeer> {
  return new Promise((resolve, reject) => {
    const from = localAddress === undefined ? {} : { localAddress };
    const socket = connect({ host: to.address, port: to.port, allowHalfOpen: true, noDelay: true, ...from });
    const peer = new StreamPeer(socket);
    socket.once('connect', () => resolve(peer));
    socket.once('error', reject);
  });
}
