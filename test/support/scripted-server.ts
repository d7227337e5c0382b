// A DNS server on loopback, UDP and TCP on one port, that answers with the octets its script gives.

import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { framed } from './dns-client.ts';

/** The messages sent back for a query, in order. */
export type Script = (query: Uint8Array, transport: 'UDP' | 'TCP') => Uint8Array[];

export class ScriptedServer {
  readonly port: number;
  readonly #udp: dgram.Socket;
  readonly #tcp: net.Server;

  private constructor(udp: dgram.Socket, tcp: net.Server) {
    this.port = udp.address().port;
    this.#udp = udp;
    this.#tcp = tcp;
  }

  static async open(script: Script): Promise<ScriptedServer> {
    const tcp = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (octets) => {
        for (const message of script(octets.subarray(2), 'TCP')) socket.write(framed(message));
      });
    });
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const udp = dgram.createSocket('udp4');
    udp.on('message', (query, { port, address }) => {
      for (const message of script(query, 'UDP')) udp.send(message, port, address);
    });
    udp.bind((tcp.address() as net.AddressInfo).port, '127.0.0.1');
    await once(udp, 'listening');
    return new ScriptedServer(udp, tcp);
  }

  async close(): Promise<void> {
    this.#udp.close();
    this.#tcp.close();
    await once(this.#tcp, 'close');
  }
}
