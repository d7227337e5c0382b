/** The load generator's counts are right over UDP, against responders that behave and ones that do not. */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { paceArguments, runPace } from '../../bench/pace.ts';
import { buildProgram } from '../../bench/programs.ts';
import { answerOf, canPace, preparePace, QUESTIONS, SHAPE } from '../support/pace.ts';

describe.runIf(canPace)('pace', { timeout: 20_000 }, () => {
  const { place, udp, closers } = preparePace();

  it('sends what the rate says, and counts every reply by its code', async () => {
    const asked: string[] = [];
    const port = await udp((query, from, socket) => {
      const [question] = decode(query).questions!;
      asked.push(`${question!.name} ${question!.type}`);
      socket.send(answerOf(query, question!.name === 'tiktok.com' ? 3 : 0), from.port, from.address);
    });
    const result = await runPace({ ...SHAPE, port, file: place.file });
    expect(result).toMatchObject({ sent: 200, completed: 200, lost: 0, wrong: 0, stray: 0, unsent: 0, truncated: 0 });
    expect(result.rcodes).toEqual({ NOERROR: 160, NXDOMAIN: 40 });
    // dns-packet has no name for type 65 (RFC 9460).
    expect(asked.slice(0, 5)).toEqual(QUESTIONS.map((line) => line.replace('HTTPS', 'UNKNOWN_65')));
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
    await runPace({ ...SHAPE, port, file: place.file, rate: 100 });
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
    const result = await runPace({ ...SHAPE, port, file: place.file, windows: true });
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
    const result = await runPace({ ...SHAPE, port, file: place.file, rate: 300 });
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
    const result = await runPace({ ...SHAPE, port, file: place.file, rate: 100 });
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
    const result = await runPace({ ...SHAPE, ...more, port, file: place.file, addresses: 4, ports: 5 });
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
    // As fast as replies come: at a rate, a busy machine would drop some in the receiver's buffer.
    const shape = { ...SHAPE, rate: 0, seconds: 2, addresses: 20, ports: 100 };
    const result = await runPace({ ...shape, port, file: place.file });
    expect(result).toMatchObject({ lost: 0, wrong: 0 });
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
    const result = await runPace({ ...SHAPE, port, file: place.file, rate: 0 });
    expect(most).toBe(20);
    expect(result.completed).toBeGreaterThanOrEqual(200);
    expect(result.sent).toBe(result.completed + result.lost);
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
      const command = paceArguments({ ...SHAPE, port, file: place.file, seconds: 60, rate: 500 });
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
    await expect(runPace({ ...SHAPE, port: 5301, file: place.file, ...wrong })).rejects.toThrow(says);
  });

  it.each([
    'www..example.com A',
    `${'a'.repeat(64)}.com A`,
    'example.com',
    'example.com BOGUS',
    `${'a.'.repeat(128)} A`,
  ])('refuses the line %j by its number', async (line) => {
    const bad = join(place.directory, 'bad.txt');
    writeFileSync(bad, `example.com A\n${line}\n`);
    const program = await buildProgram('pace');
    const failed = promisify(execFile)(program, paceArguments({ ...SHAPE, port: 5301, file: bad }));
    await expect(failed).rejects.toMatchObject({ stderr: expect.stringContaining('line 2 is no question') });
  });
});
