/** The load generator's counts are right, against responders that behave and ones that do not. */
import { execFile } from 'node:child_process';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket as Stream } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decode } from 'dns-packet';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PaceShape, paceArguments, runPace } from '../../bench/pace.ts';
import { buildProgram, findProgram } from '../../bench/programs.ts';

const able = process.platform === 'linux' && findProgram('cc') !== null && findProgram('taskset') !== null;
const NAMES = [
  'www.example.com A',
  'example.net AAAA',
  'a.b.c.example.org HTTPS',
  'tiktok.com A',
  '; a comment',
  '. NS',
];

/** A reply in the query's place: QR set, and the rest as it came. */
function answerOf(query: Buffer, rcode = 0): Buffer {
  const reply = Buffer.from(query);
  reply[2]! |= 0x80;
  reply[3] = 0x80 | rcode;
  return reply;
}

const base: PaceShape = {
  ...{ port: 1, file: '', seconds: 0.2, rate: 1000, outstanding: 20, addresses: 1, ports: 1, connections: 2 },
  ...{ transport: 'udp', core: 0 },
};

describe.runIf(able)('pace', { timeout: 20_000 }, () => {
  let directory: string;
  let file: string;
  const closers: (() => void)[] = [];

  beforeAll(async () => {
    await buildProgram('pace');
    directory = mkdtempSync(join(tmpdir(), 'sluis-pace-'));
    file = join(directory, 'questions.txt');
    writeFileSync(file, `${NAMES.join('\n')}\n`);
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  async function udp(respond: (query: Buffer, from: RemoteInfo, socket: Socket) => void): Promise<number> {
    const socket = createSocket('udp4', (query, from) => respond(query, from, socket));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    closers.push(() => socket.close());
    return socket.address().port;
  }

  async function tcp(respond: (query: Buffer, stream: Stream) => void): Promise<number> {
    const server: Server = createServer((stream) => {
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
    return (server.address() as { port: number }).port;
  }

  const framed = (message: Buffer) => Buffer.concat([Buffer.from([message.length >> 8, message.length]), message]);

  it('sends what the rate says, and counts every reply by its code', async () => {
    const asked: string[] = [];
    const port = await udp((query, from, socket) => {
      const [question] = decode(query).questions!;
      asked.push(`${question!.name} ${question!.type}`);
      socket.send(answerOf(query, question!.name === 'tiktok.com' ? 3 : 0), from.port, from.address);
    });
    const result = await runPace({ ...base, port, file });
    expect(result).toMatchObject({ sent: 200, completed: 200, lost: 0, wrong: 0, stray: 0, unsent: 0, truncated: 0 });
    expect(result.rcodes).toEqual({ NOERROR: 160, NXDOMAIN: 40 });
    const expected = NAMES.filter((line) => !line.startsWith(';'));
    // dns-packet has no name for type 65 (RFC 9460).
    expect(asked.slice(0, 5)).toEqual(expected.map((line) => line.replace('HTTPS', 'UNKNOWN_65')));
    const { p50, p99, p999, max, mean } = result.latency;
    expect([p50, p99, p999, max]).toEqual([p50, p99, p999, max].sort((a, b) => a - b));
    expect(mean).toBeGreaterThan(0);
    expect(result.windows).toBeUndefined();
  });

  it('sends queries other programs can read, with an id of their own', async () => {
    const seen: Buffer[] = [];
    const port = await udp((query, from, socket) => {
      seen.push(query);
      socket.send(answerOf(query), from.port, from.address);
    });
    await runPace({ ...base, port, file, rate: 100 });
    const first = decode(seen[0]!);
    expect(first).toMatchObject({ type: 'query', flag_rd: true, questions: [{ name: 'www.example.com', type: 'A' }] });
    expect(first.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, options: [] }]);
    expect(new Set(seen.map((query) => query.readUInt16BE())).size).toBe(seen.length);
  });

  it('loses what nobody answers, and says in which tenth of a second', async () => {
    let count = 0;
    const port = await udp((query, from, socket) => {
      if (++count % 10 !== 0) socket.send(answerOf(query), from.port, from.address);
    });
    const result = await runPace({ ...base, port, file, windows: true });
    expect(result).toMatchObject({ sent: 200, completed: 180, lost: 20 });
    expect(result.windows!.length).toBeGreaterThanOrEqual(2);
    expect(result.windows!.reduce((sum, { lost }) => sum + lost, 0)).toBe(20);
    expect(result.windows!.reduce((sum, { completed }) => sum + completed, 0)).toBe(180);
  });

  it('takes for an answer nothing that does not answer the question', async () => {
    const spoilers: ((reply: Buffer) => Buffer | number)[] = [
      (reply) => reply.writeUInt8(reply[13]! ^ 1, 13), // another name
      (reply) => reply.writeUInt8(99, reply.length - 14), // another type
      (reply) => reply.writeUInt8(1, 2), // a query
      (reply) => reply.writeUInt8(2, 5), // two questions
      (reply) => reply.subarray(0, 11), // less than a header
      (reply) => reply.subarray(0, 16), // less than its question
    ];
    let count = 0;
    const port = await udp((query, from, socket) => {
      const reply = answerOf(query);
      const spoilt = ++count % 10 === 0 ? spoilers[count / 10 - 1]!(reply) : reply;
      socket.send(typeof spoilt === 'number' ? reply : spoilt, from.port, from.address);
    });
    const result = await runPace({ ...base, port, file, rate: 300 });
    expect(result).toMatchObject({ sent: 60, completed: 54, wrong: spoilers.length, lost: spoilers.length, stray: 0 });
  });

  it('counts a reply sent twice, one with another id, one from another port and one that was truncated', async () => {
    const stranger = createSocket('udp4');
    closers.push(() => stranger.close());
    const port = await udp((query, from, socket) => {
      const reply = answerOf(query);
      const other = answerOf(query);
      other.writeUInt16BE(query.readUInt16BE() ^ 0x8000, 0);
      stranger.send(reply, from.port, from.address, () => {
        reply[2]! |= 2;
        socket.send(other, from.port, from.address);
        socket.send(reply, from.port, from.address);
        socket.send(reply, from.port, from.address);
      });
    });
    const result = await runPace({ ...base, port, file, rate: 100 });
    expect(result).toMatchObject({ sent: 20, completed: 20, truncated: 20, wrong: 20, lost: 0 });
    // Those behind the last reply may come when the program has ended.
    expect(result.stray).toBeGreaterThanOrEqual(39);
  });

  it.each([
    ['in one half', {}, ['127.1.0.1', '127.1.0.2', '127.1.0.3', '127.1.0.4']],
    ['in both', { halves: true }, ['127.1.0.1', '127.129.0.1', '127.1.0.2', '127.129.0.2']],
    ['in networks of their own', { stride: 256 }, ['127.1.0.1', '127.1.1.1', '127.1.2.1', '127.1.3.1']],
  ])('asks from many addresses %s', async (_, more, expected) => {
    const clients = new Map<string, number>();
    const port = await udp((query, from, socket) => {
      clients.set(`${from.address}#${from.port}`, (clients.get(`${from.address}#${from.port}`) ?? 0) + 1);
      socket.send(answerOf(query), from.port, from.address);
    });
    const result = await runPace({ ...base, ...more, port, file, addresses: 4, ports: 5 });
    expect(result).toMatchObject({ sent: 200, completed: 200, lost: 0 });
    expect([...new Set([...clients.keys()].map((client) => client.split('#')[0]))]).toEqual(expected);
    expect([...clients.values()]).toEqual(Array(20).fill(10));
  });

  it('is 2,000 clients where it is told to', async () => {
    const clients = new Set<string>();
    const port = await udp((query, from, socket) => {
      clients.add(`${from.address}#${from.port}`);
      socket.send(answerOf(query), from.port, from.address);
    });
    const result = await runPace({ ...base, port, file, rate: 10_000, addresses: 20, ports: 100 });
    expect(result.sent).toBe(2000);
    expect(clients.size).toBe(2000);
  });

  it('keeps so many in flight and no more where no rate is given', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    const port = await udp((query, from, socket) => {
      waiting.push(() => socket.send(answerOf(query), from.port, from.address));
      most = Math.max(most, waiting.length);
      if (waiting.length === 20) for (const answer of waiting.splice(0)) answer();
    });
    const result = await runPace({ ...base, port, file, rate: 0 });
    expect(most).toBe(20);
    expect(result.completed).toBeGreaterThanOrEqual(200);
    expect(result.sent).toBe(result.completed + result.lost);
  });

  it('asks over TCP, and puts replies together that come in pieces or several at once', async () => {
    let count = 0;
    const kept = new Map<Stream, Buffer[]>();
    const port = await tcp((query, stream) => {
      const pieces = kept.get(stream) ?? [];
      kept.set(stream, [...pieces, framed(answerOf(query))]);
      if (++count % 3 !== 0 && count < 200) return;
      for (const [to, frames] of kept) {
        const all = Buffer.concat(frames);
        for (let at = 0; at < all.length; at += 7) to.write(all.subarray(at, at + 7));
      }
      kept.clear();
    });
    const result = await runPace({ ...base, port, file, transport: 'tcp', connections: 3 });
    expect(result).toMatchObject({ sent: 200, completed: 200, lost: 0, wrong: 0, reconnects: 0 });
  });

  it('keeps outstanding / connections in flight on each connection', async () => {
    const waiting = new Map<Stream, Buffer[]>();
    const port = await tcp((query, stream) => {
      const frames = waiting.get(stream) ?? [];
      waiting.set(stream, frames);
      frames.push(framed(answerOf(query)));
      if (frames.length === 10) stream.write(Buffer.concat(frames.splice(0)));
    });
    const result = await runPace({ ...base, port, file, rate: 0, transport: 'tcp' });
    expect(waiting.size).toBe(2);
    expect(result.completed).toBeGreaterThanOrEqual(200);
    expect([...waiting.values()].every((frames) => frames.length < 10)).toBe(true);
  });

  it('connects again where the server closes, and counts what that lost', async () => {
    let count = 0;
    const streams = new Set<Stream>();
    const port = await tcp((query, stream) => {
      streams.add(stream);
      if (++count % 50 === 0) stream.destroy();
      else stream.write(framed(answerOf(query)));
    });
    const result = await runPace({ ...base, port, file, transport: 'tcp' });
    expect(result.reconnects).toBeGreaterThanOrEqual(3);
    expect(streams.size).toBeGreaterThan(2);
    expect(result.lost).toBeGreaterThanOrEqual(4);
    expect(result.sent + result.unsent).toBe(200);
    expect(result.sent).toBe(result.completed + result.lost);
  });

  it('loses all that a server reads and leaves', async () => {
    const port = await tcp(() => {});
    const result = await runPace({ ...base, port, file, transport: 'tcp', outstanding: 4 });
    expect(result).toMatchObject({ sent: 200, completed: 0, lost: 200, unsent: 0, reconnects: 0 });
  });

  it('answers for every query, where nobody takes any', async () => {
    const port = await tcp((_, stream) => stream.destroy());
    const gone = await runPace({ ...base, port, file, transport: 'tcp', rate: 0, outstanding: 4 });
    expect(gone).toMatchObject({ sent: gone.lost, completed: 0 });
    for (const close of closers.splice(0)) close();
    const refused = await runPace({ ...base, port, file, transport: 'tcp' });
    expect(refused).toMatchObject({ completed: 0 });
    expect(refused.sent).toBe(refused.lost);
    expect(refused.unsent + refused.sent).toBe(200);
  });

  it('prints what it has when it is told to end', async () => {
    const program = await buildProgram('pace');
    let child: ReturnType<typeof execFile> | undefined;
    let count = 0;
    const port = await udp((query, from, socket) => {
      if (++count === 20) child!.kill('SIGTERM');
      else if (count < 20) socket.send(answerOf(query), from.port, from.address);
    });
    const printed = new Promise<string>((resolve, reject) => {
      const command = paceArguments({ ...base, port, file, seconds: 60, rate: 500 });
      child = execFile(program, command, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
    const result = JSON.parse(await printed);
    expect(result.completed).toBe(19);
    expect(result.sent).toBe(result.completed + result.lost + result.pending);
  });

  it.each([
    ['no port', { port: 0 }, 'port=0'],
    ['too many addresses for their stride', { addresses: 60_000, stride: 4096 }, 'leave 127.0.0.0/9'],
    ['a rate beyond all', { rate: 1e7 }, 'rate=10000000'],
    ['no file', { file: '/nonexistent/questions' }, 'No such file'],
    ['an empty file', { file: '/dev/null' }, 'holds no question'],
  ])('refuses %s', async (_, wrong, says) => {
    await expect(runPace({ ...base, port: 5301, file, ...wrong })).rejects.toThrow(says);
  });

  it.each([
    'www..example.com A',
    `${'a'.repeat(64)}.com A`,
    'example.com',
    'example.com BOGUS',
    `${'a.'.repeat(128)} A`,
  ])('refuses the line %j by its number', async (line) => {
    const bad = join(directory, 'bad.txt');
    writeFileSync(bad, `example.com A\n${line}\n`);
    const program = await buildProgram('pace');
    const failed = promisify(execFile)(program, paceArguments({ ...base, port: 5301, file: bad }));
    await expect(failed).rejects.toMatchObject({ stderr: expect.stringContaining('line 2 is no question') });
  });
});
