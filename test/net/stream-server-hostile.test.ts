// The TCP rows of the hostile packets: what the stream server does with segments, lengths and junk before any parsing.

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { framed, queryOf, until } from '../support/stream-peer.ts';
import { startServer } from '../support/stream-server.ts';

interface Row {
  id: string;
  note: string;
  /** One entry a write; writes may still arrive joined, which test/net/stream-frames covers point by point. */
  writes: Uint8Array[];
  /** Ends with a FIN of the client. */
  fin?: true;
  replies: number;
  /** Whether the server closes by itself or only at the idle limit. */
  closes: 'at once' | 'when idle';
}

const query = framed(queryOf(0x413e, 'www.example.com'));
const other = framed(queryOf(0x413f, 'mail.example.com'));
const loop = framed(Buffer.from('415f01000001000000000000c00c00010001', 'hex'));

function pipelined(count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, id) => framed(queryOf(id, `p${id}.wild.example.com`))));
}

function withTail(tail: number): Buffer {
  return framed(Buffer.concat([queryOf(0x4169, 'www.example.com'), Buffer.alloc(tail, 0xaa)]));
}

function asReply(message: Buffer): Buffer {
  message[2] |= 0x80;
  return message;
}

const hex = (text: string) => Buffer.from(text, 'hex');

const rows: Row[] = [
  { id: 'H329', note: 'plain query', writes: [query], replies: 1, closes: 'when idle' },
  {
    id: 'H331',
    note: 'length, then message',
    writes: [query.subarray(0, 2), query.subarray(2)],
    replies: 1,
    closes: 'when idle',
  },
  {
    id: 'H332',
    note: 'one octet a write',
    writes: [...query].map((octet) => Uint8Array.of(octet)),
    replies: 1,
    closes: 'when idle',
  },
  {
    id: 'H334',
    note: 'two queries in one segment',
    writes: [Buffer.concat([query, other])],
    replies: 2,
    closes: 'when idle',
  },
  { id: 'H335', note: '20 pipelined queries', writes: [pipelined(20)], replies: 20, closes: 'when idle' },
  {
    id: 'H337',
    note: 'split across the boundary',
    writes: [Buffer.concat([query, other.subarray(0, 1)]), other.subarray(1)],
    replies: 2,
    closes: 'when idle',
  },
  { id: 'H338', note: 'length 0', writes: [hex('0000')], replies: 0, closes: 'at once' },
  { id: 'H340', note: 'length 5', writes: [hex('0005413e010000')], replies: 0, closes: 'at once' },
  { id: 'H341', note: 'length 11', writes: [hex('000b413e010000010000000000')], replies: 0, closes: 'at once' },
  {
    id: 'H343',
    note: 'length 100, 40 octets, FIN',
    writes: [hex('0064'), query.subarray(2)],
    fin: true,
    replies: 0,
    closes: 'at once',
  },
  {
    id: 'H344',
    note: 'length 65535, 10 octets, silence',
    writes: [hex('ffff413e0100000100000000')],
    replies: 0,
    closes: 'when idle',
  },
  {
    id: 'H346',
    note: 'TLS on the plain port',
    writes: [hex('16030100c8010000c40303'), Buffer.alloc(60, 0x41)],
    replies: 0,
    closes: 'when idle',
  },
  {
    id: 'H347',
    note: 'QR=1',
    writes: [framed(asReply(queryOf(0x415c, 'www.example.com')))],
    replies: 0,
    closes: 'at once',
  },
  {
    id: 'H349',
    note: 'pointer loop, then a good query',
    writes: [Buffer.concat([loop, query])],
    replies: 2,
    closes: 'when idle',
  },
  {
    id: 'H352',
    note: 'answer of 2 KB',
    writes: [framed(queryOf(0x4163, 'huge.example.com'))],
    replies: 1,
    closes: 'when idle',
  },
  {
    id: 'H358',
    note: 'message of 65535 octets',
    writes: [withTail(65535 - queryOf(0, 'www.example.com').length)],
    replies: 1,
    closes: 'when idle',
  },
  {
    id: 'H361',
    note: 'trailing junk, then a good query',
    writes: [Buffer.concat([withTail(100), query])],
    replies: 2,
    closes: 'when idle',
  },
  { id: '+1', note: 'a good query, then length 0', writes: [query, hex('0000')], replies: 1, closes: 'at once' },
  {
    id: '+2',
    note: 'a good query, then QR=1, then a good one',
    writes: [Buffer.concat([query, framed(asReply(queryOf(1, 'x'))), other])],
    replies: 1,
    closes: 'at once',
  },
  { id: '+3', note: 'half a length, FIN', writes: [hex('00')], fin: true, replies: 0, closes: 'at once' },
  { id: '+4', note: 'nothing but FIN', writes: [], fin: true, replies: 0, closes: 'at once' },
];

test.each(rows)('$id $note: x$replies, closed $closes', async ({ writes, fin, replies, closes }) => {
  const { server, clock, connect } = await startServer();
  const peer = await connect();
  for (const octets of writes) peer.write(octets);
  if (fin) peer.socket.end();
  if (closes === 'at once') {
    await peer.waitForEnd();
  } else {
    await peer.waitFor(replies);
    // What the server never closes by itself has been read by the time another connection is served.
    const sentinel = await connect();
    sentinel.write(query);
    await sentinel.waitFor(1);
    expect(peer.hasEnded).toBe(false);
    clock.now += 10_000;
    server.expire(clock.now);
    await peer.waitForEnd();
  }
  expect(peer.messages.length).toBe(replies);
  await until(() => server.connections <= 1);
});

test('a client that resets in the middle leaves nothing behind', async () => {
  const { server, handler, connect, count } = await startServer();
  const peer = await connect();
  peer.write(framed(queryOf(1, 'later')), query.subarray(0, 9));
  await until(() => handler.held.length === 1);
  peer.socket.resetAndDestroy();
  await until(() => server.connections === 0);
  expect(count('RESET')).toBe(1);
  expect(() => server.reply(handler.held[0].client, handler.held[0].message, 20)).not.toThrow();
});

test('any octets at all: the server stands, and serves the next client', async () => {
  const { server, connect } = await startServer();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 5 }),
      async (writes) => {
        const stranger = await connect();
        for (const octets of writes) stranger.write(octets);
        stranger.socket.end();
        await stranger.waitForEnd();
        const peer = await connect();
        peer.write(query);
        expect((await peer.waitFor(1)).length).toBe(1);
        peer.socket.destroy();
      },
    ),
    { numRuns: 50 },
  );
  await until(() => server.connections === 0);
});
