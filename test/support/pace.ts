// Answers queries over UDP or TCP just as a test says: rightly, wrongly, late, in pieces or not at all.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket as Stream } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { PaceShape } from '../../bench/pace.ts';
import { buildProgram, findProgram } from '../../bench/programs.ts';

export const canPace = process.platform === 'linux' && findProgram('cc') !== null && findProgram('taskset') !== null;

/** The query itself with QR set: what a test of counting needs of an answer. */
export function answerOf(query: Buffer, rcode = 0): Buffer {
  const reply = Buffer.from(query);
  reply[2]! |= 0x80;
  reply[3] = 0x80 | rcode;
  return reply;
}

export const framed = (message: Buffer) => Buffer.concat([Buffer.from([message.length >> 8, message.length]), message]);

/** Two hundred queries in 0.2 s; the port and the file are a test's own. */
export const SHAPE: PaceShape = {
  ...{ port: 1, file: '', seconds: 0.2, rate: 1000, outstanding: 20, addresses: 1, ports: 1, connections: 2 },
  ...{ transport: 'udp', core: 0 },
};

export const QUESTIONS = ['www.example.com A', 'example.net AAAA', 'a.b.c.example.org HTTPS', 'tiktok.com A', '. NS'];

/** Builds the load generator, writes its questions, and closes what a test opened when the test is over. */
export function preparePace() {
  const closers: (() => void)[] = [];
  const place = { directory: '', file: '' };
  const closeAll = () => {
    for (const close of closers.splice(0)) close();
  };
  beforeAll(async () => {
    await buildProgram('pace');
    place.directory = mkdtempSync(join(tmpdir(), 'sluis-pace-'));
    place.file = join(place.directory, 'questions.txt');
    writeFileSync(place.file, `; a comment\n${QUESTIONS.join('\n')}\n`);
  });
  afterAll(() => rmSync(place.directory, { recursive: true }));
  afterEach(closeAll);

  async function udp(respond: (query: Buffer, from: RemoteInfo, socket: Socket) => void): Promise<number> {
    const socket = createSocket('udp4', (query, from) => respond(query, from, socket));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    closers.push(() => socket.close());
    return socket.address().port;
  }

  async function tcp(respond: (query: Buffer, stream: Stream) => void): Promise<number> {
    const server = createServer((stream) => {
      let kept = Buffer.alloc(0);
      stream.on('error', () => stream.destroy());
      stream.on('data', (part) => {
        kept = Buffer.concat([kept, part]);
        while (kept.length >= 2 && kept.length >= 2 + kept.readUInt16BE()) {
          const end = 2 + kept.readUInt16BE();
          respond(kept.subarray(2, end), stream);
          kept = kept.subarray(end);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }
  return { place, udp, tcp, closers, closeAll };
}
