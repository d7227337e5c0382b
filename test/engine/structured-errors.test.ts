// Structured errors go to whoever asks for them, in full, shortened or not at all, and never with a forged address.

import { describe, expect, test } from 'vitest';
import { MAX_STRUCTURED_TEXT } from '../../src/policy/answer.ts';
import type { AnswerInput } from '../../src/policy/compile-input.ts';
import { ANSWER } from '../../src/policy/rule.ts';
import { decodeReply } from '../support/decode.ts';
import { POLICY_TEXT } from '../support/policy-image.ts';
import { encodeQuery, type QueryPlan, World } from '../support/world.ts';

const FULL = '{"c":["mailto:netsec@example.be"],"j":"Veiligheid","s":5,"o":"Raad","l":"nl"}';
const SHORT = '{"s":5}';
const ipv4 = Uint8Array.of(192, 0, 2, 53);

function blocking(answer: Partial<AnswerInput> = {}, structured = { ede: 15, full: FULL, short: SHORT }): World {
  return new World({ blocked: ['tiktok.com', '=edge.example'], answer: { ...answer, structured } });
}

function answer(world: World, plan: Partial<QueryPlan> = {}) {
  const { rcode, answers, errors } = world.answer({ name: 'www.tiktok.com', ...plan });
  return { rcode, addresses: answers.map(({ data }) => data), errors };
}

describe('a client that asks for structured errors', () => {
  test('gets one', () => {
    expect(answer(blocking(), { structured: true })).toEqual({
      rcode: 'NXDOMAIN',
      addresses: [],
      errors: [{ code: 15, text: FULL }],
    });
  });

  test('gets a denial where others get a forged address', () => {
    const world = blocking({ kind: ANSWER.SINKHOLE, ede: 4, ipv4 });
    expect(answer(world)).toEqual({
      rcode: 'NOERROR',
      addresses: ['192.0.2.53'],
      errors: [{ code: 4, text: POLICY_TEXT }],
    });
    expect(answer(world, { structured: true })).toEqual({
      rcode: 'NXDOMAIN',
      addresses: [],
      errors: [{ code: 15, text: FULL }],
    });
  });

  test('gets what all get where the configuration has none', () => {
    const world = new World({ blocked: ['tiktok.com'], answer: { kind: ANSWER.SINKHOLE, ede: 4, ipv4 } });
    expect(answer(world, { structured: true })).toEqual(answer(world));
  });

  test('gets one after it had to wait, and who waits beside it does not', () => {
    const world = blocking();
    world.ask({ name: 'shop.example', structured: true, from: '10.0.0.2' });
    world.ask({ name: 'shop.example', from: '10.0.0.3' });
    world.respond({
      answers: [
        { type: 'CNAME', name: 'shop.example', ttl: 60, data: 'edge.example' },
        { type: 'A', name: 'edge.example', ttl: 60, data: '192.0.2.1' },
      ],
    });
    const texts = world.sent.map(({ client, decoded }) => [client, decoded.errors?.[0].text]);
    expect(Object.fromEntries(texts)).toEqual({ '10.0.0.2': FULL, '10.0.0.3': POLICY_TEXT });
  });
});

test('nobody else gets one, nor who asked before over the same engine', () => {
  const world = blocking();
  answer(world, { structured: true });
  expect(answer(world).errors).toEqual([{ code: 15, text: POLICY_TEXT }]);
  expect(answer(world, { edns: false }).errors).toBeUndefined();
});

describe('a structured error never truncates', () => {
  const LABEL = 'a'.repeat(63);
  const longest = `${LABEL}.${LABEL}.${LABEL}.${'a'.repeat(50)}.tiktok.com`;
  const long = `{"j":"${'é'.repeat((MAX_STRUCTURED_TEXT - 24) / 2)}","s":5,"l":"fr"}`;
  const cases = [
    { size: 512, name: 'a.tiktok.com', full: FULL, short: SHORT, text: FULL },
    { size: 512, name: longest, full: FULL, short: SHORT, text: FULL },
    { size: 512, name: longest, full: long, short: SHORT, text: SHORT },
    { size: 512, name: longest, full: long, short: long, text: '' },
    { size: 512, name: 'a.tiktok.com', full: long, short: SHORT, text: SHORT },
    { size: 1232, name: longest, full: long, short: SHORT, text: long },
    { size: 1232, name: 'a.tiktok.com', full: long, short: SHORT, text: long },
  ];
  test.each(cases)('with a datagram of $size: $name', ({ size, name, full, short, text }) => {
    const world = blocking({}, { ede: 15, full, short });
    const reply = world.give(encodeQuery({ name, size, structured: true })) as Uint8Array;
    expect(reply.length).toBeLessThanOrEqual(size);
    const octets = Buffer.from(text).toString('latin1');
    expect(decodeReply(reply)).toMatchObject({ rcode: 'NXDOMAIN', tc: false, errors: [{ code: 15, text: octets }] });
  });
});
