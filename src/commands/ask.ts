// Asks a server one question over UDP or TCP and takes only a reply to that very question.

import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';
import type { Endpoint } from '../settings/address.ts';
import { FLAG, HEADER, RCODE } from '../wire/codes.ts';
import { Name, readName, sameName } from '../wire/name.ts';
import { MAX_QUESTION, writeQuery } from '../wire/write-query.ts';

export interface Asking {
  server: Endpoint;
  /** Uncompressed wire name. */
  name: Uint8Array;
  type: number;
  dnssecOk: boolean;
  /** EDNS options, each with its header. */
  options?: Uint8Array | undefined;
  /** TCP from the start; UDP otherwise, and TCP where the reply over UDP was truncated. */
  tcp: boolean;
  /** For all of it. */
  timeoutMs: number;
}

export interface Asked {
  message: Uint8Array;
  transport: 'UDP' | 'TCP';
  /** Of the transport that brought the reply. */
  ms: number;
  /** Whether UDP brought a truncated reply first. */
  truncated: boolean;
  /** Datagrams or messages that were no reply to this question. */
  ignored: number;
}

/** Nobody answered; the message says what happened instead. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Resolves with the first reply to the question; rejects with NoAnswer. */
export async function ask(asking: Asking): Promise<Asked> {
  const { name, type, dnssecOk, options = new Uint8Array(0) } = asking;
  const query = new Uint8Array(MAX_QUESTION + options.length);
  const length = writeQuery(query, randomInt(0x10000), name, type, dnssecOk, options);
  const question = query.subarray(0, length);
  const deadline = performance.now() + asking.timeoutMs;
  if (asking.tcp) return overTcp(asking, question, deadline);
  const asked = await overUdp(asking, question, deadline);
  if ((asked.message[2] & (FLAG.TC >> 8)) === 0) return asked;
  return { ...(await overTcp(asking, question, deadline)), truncated: true };
}

/**
 * Whether `reply` answers `query`: a reply, the same id and question (RFC 5452 §9.1). An error may come without the
 * question, from a server that could not read it.
 */
export function answers(reply: Uint8Array, query: Uint8Array): boolean {
  if (reply.length < HEADER || reply[0] !== query[0] || reply[1] !== query[1]) return false;
  if ((reply[2] & (FLAG.QR >> 8)) === 0) return false;
  const questions = (reply[4] << 8) | reply[5];
  if (questions === 0) return (reply[3] & 15) !== RCODE.NOERROR;
  const [theirs, ours] = [new Name(0), new Name(0)];
  const end = readName(reply, HEADER, reply.length, theirs);
  const ourEnd = readName(query, HEADER, query.length, ours);
  if (questions !== 1 || end < 0 || end + 4 > reply.length || !sameName(theirs, ours)) return false;
  return [0, 1, 2, 3].every((octet) => reply[end + octet] === query[ourEnd + octet]);
}

/** Takes messages until one answers; settles once, and closes what it was given. */
class Waiting {
  readonly result: Promise<Asked>;
  #ignored = 0;
  #settle: (outcome: Asked | NoAnswer) => void = () => {};
  readonly #query: Uint8Array;
  readonly #transport: 'UDP' | 'TCP';
  readonly #started = performance.now();

  constructor(query: Uint8Array, transport: 'UDP' | 'TCP', deadline: number, close: () => void) {
    this.#query = query;
    this.#transport = transport;
    this.result = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail('no answer in time'), Math.max(0, deadline - this.#started));
      this.#settle = (outcome) => {
        clearTimeout(timer);
        this.#settle = () => {};
        close();
        if (outcome instanceof NoAnswer) reject(outcome);
        else resolve(outcome);
      };
    });
  }

  take(message: Uint8Array): void {
    if (!answers(message, this.#query)) {
      this.#ignored++;
      return;
    }
    const ms = performance.now() - this.#started;
    this.#settle({ message, transport: this.#transport, ms, truncated: false, ignored: this.#ignored });
  }

  fail(reason: string): void {
    const ignored = this.#ignored === 0 ? '' : ` (${this.#ignored} that were no reply to the question)`;
    this.#settle(new NoAnswer(reason + ignored));
  }
}

function addressOf({ text, scope }: Endpoint): string {
  return scope ? `${text}%${scope}` : text;
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code === 'ECONNREFUSED' ? 'nobody listens there' : error.message;
}

function overUdp({ server }: Asking, query: Uint8Array, deadline: number): Promise<Asked> {
  const socket = dgram.createSocket(server.family === 6 ? 'udp6' : 'udp4');
  const waiting = new Waiting(query, 'UDP', deadline, () => socket.close());
  socket.on('message', (message) => waiting.take(message));
  socket.on('error', (error) => waiting.fail(reasonOf(error)));
  // Connected: the kernel drops what comes from anybody else, and tells when nobody listens.
  socket.connect(server.port, addressOf(server));
  socket.on('connect', () => socket.send(query));
  return waiting.result;
}

function overTcp({ server }: Asking, query: Uint8Array, deadline: number): Promise<Asked> {
  const socket = net.connect({ host: addressOf(server), port: server.port });
  const waiting = new Waiting(query, 'TCP', deadline, () => socket.destroy());
  let unread = Buffer.alloc(0);
  socket.on('data', (octets) => {
    unread = Buffer.concat([unread, octets]);
    while (unread.length >= 2 && unread.length >= 2 + unread.readUInt16BE(0)) {
      const end = 2 + unread.readUInt16BE(0);
      waiting.take(unread.subarray(2, end));
      unread = unread.subarray(end);
    }
  });
  socket.on('error', (error) => waiting.fail(reasonOf(error)));
  socket.on('close', () => waiting.fail('the connection was closed without an answer'));
  socket.on('connect', () => socket.write(Buffer.concat([Uint8Array.of(query.length >> 8, query.length), query])));
  return waiting.result;
}
