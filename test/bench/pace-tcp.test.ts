/** The load generator's counts are right over TCP: pieces, pipelining, servers that close, and none at all. */
import type { Socket as Stream } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runPace } from '../../bench/pace.ts';
import { answerOf, canPace, framed, preparePace, SHAPE } from '../support/pace.ts';

describe.runIf(canPace)('pace', { timeout: 20_000 }, () => {
  const { place, tcp, closeAll } = preparePace();

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
    const result = await runPace({ ...SHAPE, port, file: place.file, transport: 'tcp', connections: 3 });
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
    const result = await runPace({ ...SHAPE, port, file: place.file, rate: 0, transport: 'tcp' });
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
    const result = await runPace({ ...SHAPE, port, file: place.file, transport: 'tcp' });
    expect(result.reconnects).toBeGreaterThanOrEqual(3);
    expect(streams.size).toBeGreaterThan(2);
    expect(result.lost).toBeGreaterThanOrEqual(4);
    expect(result.sent + result.unsent).toBe(200);
    expect(result.sent).toBe(result.completed + result.lost);
  });

  it('loses all that a server reads and leaves', async () => {
    const port = await tcp(() => {});
    const result = await runPace({ ...SHAPE, port, file: place.file, transport: 'tcp', outstanding: 4 });
    expect(result).toMatchObject({ completed: 0, lost: result.sent, reconnects: 0 });
    // A machine without time for it sends fewer.
    expect(result.sent + result.unsent).toBe(200);
    expect(result.sent).toBeGreaterThan(4);
  });

  it('answers for every query, where nobody takes any', async () => {
    const port = await tcp((_, stream) => stream.destroy());
    const gone = await runPace({ ...SHAPE, port, file: place.file, transport: 'tcp', rate: 0, outstanding: 4 });
    expect(gone).toMatchObject({ sent: gone.lost, completed: 0 });
    closeAll();
    const refused = await runPace({ ...SHAPE, port, file: place.file, transport: 'tcp' });
    expect(refused).toMatchObject({ completed: 0 });
    expect(refused.sent).toBe(refused.lost);
    expect(refused.unsent + refused.sent).toBe(200);
  });
});
