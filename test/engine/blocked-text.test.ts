// The text of a blocked answer never makes a reply too large, whatever the client takes and however long the name.

import { describe, expect, test } from 'vitest';
import { MAX_ANSWER_TEXT } from '../../src/policy/answer.ts';
import { ANSWER } from '../../src/policy/rule.ts';
import { decodeReply } from '../support/decode.ts';
import { encodeQuery, World } from '../support/world.ts';

const LABEL = 'a'.repeat(63);
const LONGEST = `${LABEL}.${LABEL}.${LABEL}.${'a'.repeat(53)}.example`;
const TEXTS = ['', 'be-716: ask netsec@example.be', '~'.repeat(MAX_ANSWER_TEXT)];
const ipv6 = Uint8Array.from({ length: 16 }, (_, index) => index);

const cases = [512, 1232].flatMap((size) =>
  ['example', LONGEST].flatMap((name) =>
    TEXTS.flatMap((text) => [ANSWER.NXDOMAIN, ANSWER.SINKHOLE].map((kind) => ({ size, name, text, kind }))),
  ),
);

describe('the text of a blocked answer', () => {
  test.each(cases)('goes whole with a datagram of $size: $kind, $name, $text', ({ size, name, text, kind }) => {
    const world = new World({
      blocked: ['example'],
      answer: { kind, text, ede: kind === ANSWER.SINKHOLE ? 4 : 15, ipv6 },
    });
    const reply = world.give(encodeQuery({ name, type: 'AAAA', size })) as Uint8Array;
    expect(reply.length).toBeLessThanOrEqual(size);
    expect(decodeReply(reply)).toMatchObject({
      tc: false,
      errors: [{ code: kind === ANSWER.SINKHOLE ? 4 : 15, text }],
    });
  });

  test.each([
    { room: 0, errors: [{ code: 15, text: 'be-716' }] },
    { room: -1, errors: [{ code: 15, text: '' }] },
    { room: -6, errors: [{ code: 15, text: '' }] },
    { room: -7, errors: [] },
  ])('is dropped before it is too much, and the error after it: $room', ({ room, errors }) => {
    const world = new World({ blocked: ['example'], answer: { text: 'be-716' } });
    const query = encodeQuery({ name: LONGEST });
    const { length } = world.give(query) as Uint8Array;
    const reply = world.give(query, undefined, false, length + room) as Uint8Array;
    expect(reply.length).toBeLessThanOrEqual(length + room);
    expect(decodeReply(reply)).toMatchObject({ rcode: 'NXDOMAIN', tc: false, errors });
  });

  test('is not sent to a client without EDNS', () => {
    const world = new World({ blocked: ['example'] });
    const reply = world.give(encodeQuery({ name: LONGEST, edns: false })) as Uint8Array;
    expect(reply.length).toBeLessThanOrEqual(512);
    expect(decodeReply(reply)).toMatchObject({ rcode: 'NXDOMAIN', tc: false, errors: undefined });
  });
});
