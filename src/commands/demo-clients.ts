// The devices of the demo's office on the network: real UDP clients, each with an address of its own.

import dgram from 'node:dgram';
import { once } from 'node:events';
import { EDE } from '../wire/codes.ts';
import { extendedErrors, readMessage } from '../wire/message-text.ts';
import { wireFromText } from '../wire/name-text.ts';
import { MAX_QUESTION, writeQuery } from '../wire/write-query.ts';
import { ACTIVITIES, type DemoGroup, type Device, type Step } from './demo-office.ts';

/** What came of questions. */
export interface Tally {
  asked: number;
  /** With an answer that no policy touched. */
  answered: number;
  blocked: number;
  /** With an error, such as SERVFAIL. */
  failed: number;
}

export type DemoTallies = Record<DemoGroup, Tally[]>;

/** The policy's word in a reply (RFC 8914): nobody else in the demo says it. */
const POLICY_ERRORS: readonly number[] = [EDE.BLOCKED, EDE.CENSORED, EDE.FILTERED];
const LOOPBACK = '127.0.0.1';
const SETTLE_MS = 2000;

/** Whether this system lets a socket have the address; Linux has all of 127.0.0.0/8. */
export async function hasAddress(address: string): Promise<boolean> {
  const socket = dgram.createSocket('udp4');
  try {
    socket.bind(0, address);
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

export class DemoClients {
  /** By group, then by activity. */
  readonly tallies: DemoTallies = { service: ACTIVITIES.map(emptyTally), personal: ACTIVITIES.map(emptyTally) };
  readonly #devices: readonly Device[];
  readonly #sockets: dgram.Socket[] = [];
  /** Questions without reply, by device and id, and where each is counted. */
  readonly #pending = new Map<string, Tally>();
  readonly #query = new Uint8Array(MAX_QUESTION);
  #nextId = 0;
  #settled: (() => void) | undefined;

  private constructor(devices: readonly Device[]) {
    this.#devices = devices;
  }

  /** Opens a socket for each device, on its own address or, where `own` is false, on 127.0.0.1. */
  static async open(devices: readonly Device[], port: number, own: boolean): Promise<DemoClients> {
    const clients = new DemoClients(devices);
    try {
      for (const [index, { address }] of devices.entries()) {
        const socket = dgram.createSocket('udp4');
        clients.#sockets.push(socket);
        socket.on('message', (message) => clients.#take(index, message));
        socket.on('error', () => {});
        socket.bind(0, own ? address : LOOPBACK);
        await once(socket, 'listening');
        socket.connect(port, LOOPBACK);
        await once(socket, 'connect');
      }
    } catch (error) {
      clients.close();
      throw error;
    }
    return clients;
  }

  /** Asks all that the step asks, at once. */
  ask({ device, activity, questions }: Step): void {
    const tally = this.tallies[this.#devices[device].group][activity];
    for (const [name, type] of questions) {
      this.#nextId = (this.#nextId + 1) & 0xffff;
      const length = writeQuery(this.#query, this.#nextId, wireFromText(name)!, type, false);
      tally.asked++;
      this.#pending.set(`${device} ${this.#nextId}`, tally);
      this.#sockets[device].send(this.#query.slice(0, length), () => {});
    }
  }

  /** Resolves when every question has its reply, or two seconds have passed. */
  async settle(): Promise<void> {
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, SETTLE_MS);
      this.#settled = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  #take(device: number, message: Uint8Array): void {
    const reply = readMessage(message);
    const key = `${device} ${reply?.id}`;
    const tally = this.#pending.get(key);
    if (!reply || !tally) return;
    this.#pending.delete(key);
    const blocked = extendedErrors(reply).some(({ code }) => POLICY_ERRORS.includes(code));
    tally[blocked ? 'blocked' : reply.rcode === 0 ? 'answered' : 'failed']++;
    if (this.#pending.size === 0) this.#settled?.();
  }
}

function emptyTally(): Tally {
  return { asked: 0, answered: 0, blocked: 0, failed: 0 };
}
