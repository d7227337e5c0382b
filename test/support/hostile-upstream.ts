/**
 * An upstream on loopback that misbehaves on demand: a label `e16` anywhere in a question below test-up.example plays
 * case E16 of hostile-upstream.tsv; any other question gets an honest answer. It keeps every query it saw.
 */

import dgram from 'node:dgram';
import net from 'node:net';
import { type Address, framed } from './dns-client.ts';
import { answerHonestly, TEST_ZONE, type UpstreamQuery } from './honest-zone.ts';
import { BEHAVIOURS, type Behaviour, type Step } from './hostile-behaviours.ts';
import { nameText, optRecords, readMessage, readOptions } from './read-message.ts';

export interface SeenQuery {
  transport: 'udp' | 'tcp';
  /** As received, without a TCP length prefix. */
  bytes: Uint8Array;
  /** The question's name in lower case without a final dot; null where the query could not be read. */
  name: string | null;
  type: number | null;
  edns: boolean;
  /** The codes of the EDNS options it carried. */
  options: number[];
}

const HONEST: Behaviour = {
  udp: (query) => [{ send: answerHonestly(query) }],
  tcp: (query) => [{ send: answerHonestly(query) }],
};
const LOOPBACK = '127.0.0.1';
const OTHER_LOOPBACK = '127.0.0.2';
const BIND_ATTEMPTS = 20;

export class HostileUpstream {
  /** One port for UDP and TCP. */
  readonly address: Address;
  /** Everything received since the start, oldest first. */
  readonly seen: SeenQuery[] = [];
  readonly #udp: dgram.Socket;
  readonly #otherPort: dgram.Socket;
  readonly #otherAddress: dgram.Socket;
  readonly #tcp: net.Server;
  readonly #connections = new Set<net.Socket>();
  readonly #counts = new Map<string, number>();

  private constructor(sockets: Sockets) {
    this.#udp = sockets.udp;
    this.#otherPort = sockets.otherPort;
    this.#otherAddress = sockets.otherAddress;
    this.#tcp = sockets.tcp;
    this.address = { address: LOOPBACK, port: sockets.udp.address().port };
    this.#udp.on('message', (bytes, peer) => this.#onDatagram(Uint8Array.from(bytes), peer));
    this.#tcp.on('connection', (socket) => this.#onConnection(socket));
  }

  /** Binds free ports of the loopback; stop() must follow. */
  static async start(): Promise<HostileUpstream> {
    for (let attempt = 1; ; attempt++) {
      try {
        return new HostileUpstream(await bindSockets());
      } catch (error) {
        // The port UDP was given may be taken for TCP or on the other address: draw again.
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === BIND_ATTEMPTS) throw error;
      }
    }
  }

  /** How many queries for this name came, by transport; ASCII case does not matter. */
  count(name: string): { udp: number; tcp: number } {
    const matching = this.seen.filter((query) => query.name === name.toLowerCase());
    const udp = matching.filter((query) => query.transport === 'udp').length;
    return { udp, tcp: matching.length - udp };
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    const sockets = [this.#udp, this.#otherPort, this.#otherAddress, this.#tcp];
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }

  #onDatagram(bytes: Uint8Array, peer: dgram.RemoteInfo): void {
    for (const step of this.#respond('udp', bytes)) {
      if (!('send' in step)) continue;
      const from = { 'other-port': this.#otherPort, 'other-address': this.#otherAddress, usual: this.#udp };
      from[step.from ?? 'usual'].send(step.send, peer.port, peer.address);
    }
  }

  #onConnection(socket: net.Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    // A peer that resets is an ordinary case here.
    socket.on('error', () => socket.destroy());
    let unread = Buffer.alloc(0);
    socket.on('data', (octets) => {
      unread = Buffer.concat([unread, octets]);
      while (unread.length >= 2 && unread.length >= 2 + unread.readUInt16BE(0)) {
        const end = 2 + unread.readUInt16BE(0);
        for (const step of this.#respond('tcp', Uint8Array.from(unread.subarray(2, end)))) writeStep(socket, step);
        unread = unread.subarray(end);
      }
    });
  }

  /** Notes the query and says what to do; nothing for what cannot be read. */
  #respond(transport: 'udp' | 'tcp', bytes: Uint8Array): Step[] {
    const message = readMessage(bytes);
    const question = typeof message === 'string' ? undefined : message.questions[0];
    if (typeof message === 'string' || question === undefined || (message.flags & 0x8000) !== 0) {
      this.seen.push({ transport, bytes, name: null, type: null, edns: false, options: [] });
      return [];
    }
    const name = nameText(question.name);
    const [opt] = optRecords(message);
    const options = opt === undefined ? [] : (readOptions(opt) ?? []).map(({ code }) => code);
    this.seen.push({ transport, bytes, name, type: question.type, edns: opt !== undefined, options });
    const key = `${transport} ${question.type} ${name}`;
    const earlier = this.#counts.get(key) ?? 0;
    this.#counts.set(key, earlier + 1);
    const labels = name.split('.');
    const query: UpstreamQuery = { transport, message, question, labels, earlier };
    const id = name.endsWith(`.${TEST_ZONE}`) && labels.find((label) => Object.hasOwn(BEHAVIOURS, label));
    return (id ? BEHAVIOURS[id]! : HONEST)[transport](query);
  }
}

interface Sockets {
  udp: dgram.Socket;
  otherPort: dgram.Socket;
  otherAddress: dgram.Socket;
  tcp: net.Server;
}

async function bindSockets(): Promise<Sockets> {
  const udp = await bindUdp(0, LOOPBACK);
  const { port } = udp.address();
  const otherPort = await bindUdp(0, LOOPBACK);
  const opened: { close(): void }[] = [udp, otherPort];
  try {
    const otherAddress = await bindUdp(port, OTHER_LOOPBACK);
    opened.push(otherAddress);
    const tcp = net.createServer();
    await new Promise<void>((resolve, reject) => {
      tcp.once('error', reject);
      tcp.listen(port, LOOPBACK, resolve);
    });
    return { udp, otherPort, otherAddress, tcp };
  } catch (error) {
    for (const socket of opened) socket.close();
    throw error;
  }
}

async function bindUdp(port: number, address: string): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, resolve);
  });
  return socket;
}

function writeStep(socket: net.Socket, step: Step): void {
  if ('close' in step) socket.destroy();
  else socket.write('raw' in step ? step.raw : framed(step.send));
}
