// However a stream is cut into segments, the same messages come out, and a lie about a length costs no memory.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { FRAME, FrameReader, frame, writeFrame } from '../../src/net/stream-frames.ts';
import { MAX_MESSAGE } from '../../src/wire/codes.ts';

function messageOf(length: number, fill = length): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (fill + at) & 0xff);
}

function streamOf(messages: Uint8Array[]): Uint8Array {
  return Buffer.concat(messages.map((message) => frame(message, message.length)));
}

/** Feeds the segments one by one and takes all that is complete after each; others use `whole` in between. */
function cut(segments: Uint8Array[], whole?: Uint8Array): { messages: number[][]; last: number } {
  const reader = new FrameReader(whole);
  const messages: number[][] = [];
  let last: number = FRAME.MORE;
  for (const segment of segments) {
    whole?.fill(0xee);
    reader.feed(segment);
    for (last = reader.next(); last >= 0; last = reader.next()) messages.push([...reader.message.subarray(0, last)]);
  }
  return { messages, last };
}

describe.each([
  ['in memory of its own', undefined],
  ['in memory that readers share', new Uint8Array(MAX_MESSAGE)],
])('a stream of messages, %s,', (_, whole) => {
  const messages = [messageOf(12), messageOf(300), messageOf(13)];
  const stream = streamOf(messages);
  const expected = messages.map((message) => [...message]);

  test('comes out alike whatever single point it is split at', () => {
    for (let at = 0; at <= stream.length; at++) {
      const { messages: found, last } = cut([stream.subarray(0, at), stream.subarray(at)], whole);
      expect(found, `split at ${at}`).toEqual(expected);
      expect(last).toBe(FRAME.MORE);
    }
  });

  test('comes out alike whatever two points it is split at', () => {
    const short = streamOf([messageOf(12), messageOf(14)]);
    for (let first = 0; first <= short.length; first++) {
      for (let second = first; second <= short.length; second++) {
        const segments = [short.subarray(0, first), short.subarray(first, second), short.subarray(second)];
        expect(cut(segments, whole).messages, `${first}, ${second}`).toEqual([[...messageOf(12)], [...messageOf(14)]]);
      }
    }
  });

  test('comes out alike octet by octet', () => {
    expect(
      cut(
        [...stream].map((octet) => Uint8Array.of(octet)),
        whole,
      ).messages,
    ).toEqual(expected);
  });

  test('comes out alike when segments pile up before anything is taken', () => {
    const reader = new FrameReader(whole);
    for (let at = 0; at < stream.length; at += 7) reader.feed(stream.subarray(at, at + 7));
    const found: number[][] = [];
    for (let length = reader.next(); length >= 0; length = reader.next()) {
      found.push([...reader.message.subarray(0, length)]);
      reader.feed(new Uint8Array(0));
    }
    expect(found).toEqual(expected);
  });

  test('comes out alike for any messages in any segments', () => {
    const lengths = fc.oneof(fc.integer({ min: 12, max: 80 }), fc.integer({ min: 12, max: 65535 }));
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 70_000 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.array(lengths, { maxLength: 12 }), sizes, (wanted, steps) => {
        const sent = wanted.map((length, at) => messageOf(length, at));
        const octets = streamOf(sent);
        const segments: Uint8Array[] = [];
        for (let at = 0, step = 0; at < octets.length; at += steps[step++ % steps.length]) {
          segments.push(octets.subarray(at, at + steps[step % steps.length]));
        }
        const found = cut(segments, whole).messages;
        expect(found.length).toBe(sent.length);
        for (const [at, message] of sent.entries()) expect(Buffer.from(found[at]).equals(message)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a length below a header', () => {
  test.each([0, 1, 5, 11])('%i is refused as soon as it is read, and for good', (length) => {
    const reader = new FrameReader();
    reader.feed(Uint8Array.of(0, length));
    expect(reader.next()).toBe(FRAME.SHORT);
    reader.feed(frame(messageOf(20), 20));
    expect(reader.next()).toBe(FRAME.SHORT);
  });

  test('does not spoil the messages before it', () => {
    const { messages, last } = cut([streamOf([messageOf(12), new Uint8Array(0), messageOf(12)])]);
    expect(messages).toEqual([[...messageOf(12)]]);
    expect(last).toBe(FRAME.SHORT);
  });

  test('12 is the least that is taken', () => {
    expect(cut([frame(messageOf(12), 12)]).messages).toEqual([[...messageOf(12)]]);
  });
});

describe('memory', () => {
  test('follows the octets that came, not the length that was claimed', () => {
    const reader = new FrameReader();
    reader.feed(Uint8Array.of(0xff, 0xff, ...messageOf(10)));
    expect(reader.next()).toBe(FRAME.MORE);
    expect(reader.message.length).toBeLessThanOrEqual(512);
  });

  test('is one buffer for many messages of common size', () => {
    const reader = new FrameReader();
    reader.feed(streamOf([messageOf(40), messageOf(400), messageOf(33)]));
    reader.next();
    const buffer = reader.message;
    reader.next();
    reader.next();
    expect(reader.message).toBe(buffer);
  });

  test('is given back after a large message', () => {
    const reader = new FrameReader();
    reader.feed(streamOf([messageOf(65535), messageOf(40)]));
    expect(reader.next()).toBe(65535);
    expect(reader.message.length).toBe(65535);
    expect(reader.next()).toBe(40);
    expect(reader.message.length).toBeLessThanOrEqual(512);
  });
});

test.each([
  [12, [0, 12]],
  [255, [0, 255]],
  [256, [1, 0]],
  [65535, [255, 255]],
])('a message of %i octets leaves behind its length', (length, prefix) => {
  const message = messageOf(length);
  const out = frame(message, length);
  expect([...out.subarray(0, 2)]).toEqual(prefix);
  expect(Buffer.from(out.subarray(2)).equals(message)).toBe(true);
  const gathered = new Uint8Array(length + 5);
  expect(writeFrame(message, length, gathered, 3)).toBe(length + 5);
  expect(Buffer.from(gathered.subarray(3)).equals(out)).toBe(true);
});
