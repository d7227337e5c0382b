// A scripted TCP upstream on loopback: what it does with each query is chosen by the query's first label.

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

import { firstLabel } from './stream-handler.ts';
import { cutFrames, framed } from './stream-peer.ts';

/** One act of the upstream; `held` are the queries of this connection not yet answered, the present one included. */
export type Act = (socket: Socket, query: Buffer, held: Buffer[]) => void;

export function replyTo(query: Buffer): Buffer {
  const reply = Buffer.from(query);
  reply[2] |= 0x80;
  return reply;
}

function answer(socket: Socket, query: Buffer, held: Buffer[]): void {
  held.splice(held.indexOf(query), 1);
  socket.write(framed(replyTo(query)));
}

function withId(message: Buffer, change: number): Buffer {
  message.writeUInt16BE(message.readUInt16BE(0) ^ change, 0);
  return message;
}

export const ACTS: Record<string, Act> = {
  good: answer,
  /** Two segments, cut in the length or later as the socket likes. */
  split: (socket, query, held) => {
    const reply = framed(replyTo(query));
    held.splice(held.indexOf(query), 1);
    socket.write(reply.subarray(0, 1), () => socket.write(reply.subarray(1)));
  },
  hold: () => {},
  /** Answers everything held, last first. */
  release: (socket, _, held) => {
    for (const query of [...held].reverse()) answer(socket, query, held);
  },
  wrongid: (socket, query) => socket.write(framed(withId(replyTo(query), 0x5555))),
  twice: (socket, query, held) => {
    answer(socket, query, held);
    socket.write(framed(replyTo(query)));
  },
  zero: (socket) => socket.write(Buffer.of(0, 0)),
  short: (socket, query) => socket.write(framed(query.subarray(0, 11))),
  endless: (socket, query) => socket.write(Buffer.concat([Buffer.of(0xff, 0xff), query])),
  large: (socket, query, held) => {
    held.splice(held.indexOf(query), 1);
    socket.write(framed(Buffer.concat([replyTo(query), Buffer.alloc(65535)]).subarray(0, 65535)));
  },
  half: (socket, query) => socket.end(framed(replyTo(query)).subarray(0, 9)),
  close: (socket) => socket.end(),
  reset: (socket) => socket.resetAndDestroy(),
  last: (socket, query, held) => {
    answer(socket, query, held);
    socket.end();
  },
};

export interface UpstreamUnderTest {
  address: string;
  port: number;
  sockets: Socket[];
  /** First labels of all queries, in the order they came, and the ids they came under. */
  labels: string[];
  ids: number[];
}

/** `act` chooses by label; a label that is none of ACTS is answered. `onConnect` may act before any query. */
export async function startUpstream(
  host = '127.0.0.1',
  onConnect: (socket: Socket, nth: number) => void = () => {},
): Promise<UpstreamUnderTest> {
  const sockets: Socket[] = [];
  const labels: string[] = [];
  const ids: number[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    const held: Buffer[] = [];
    let received: Buffer = Buffer.alloc(0);
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (segment: Buffer) => {
      received = Buffer.concat([received, segment]);
      for (const query of cutFrames(received)) {
        received = received.subarray(2 + query.length);
        held.push(query);
        const label = firstLabel(query);
        labels.push(label);
        ids.push(query.readUInt16BE(0));
        if (!socket.writable) continue;
        (ACTS[label.split('-')[0]] ?? answer)(socket, query, held);
      }
    });
    onConnect(socket, sockets.length);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { address: host, port, sockets, labels, ids };
}
