// The judge of hostile packets, judged: every word, and a reply for every rule that a reply can break.
import { describe, expect, test } from 'vitest';
import type { MessageSpec } from '../support/write-message.ts';
import { ascii, concat, opt, option, wireName, writeMessage } from '../support/write-message.ts';
import { judgePacket, replyBreaches } from './judge.ts';
import type { Transport } from './load.ts';

const question = { name: 'www.example.com', type: 1 };
const address = { name: 'www.example.com', type: 1, rdata: Uint8Array.of(192, 0, 2, 10) };
const plain = writeMessage({ id: 7, flags: 0x0100, question });
const withOpt = writeMessage({ id: 7, flags: 0x0100, question, additional: [opt()] });
const tooMany = Array.from({ length: 40 }, () => address);

function reply(overrides: Partial<MessageSpec> = {}): Uint8Array {
  return writeMessage({ id: 7, flags: 0x8180, question, ...overrides });
}

function outcome(replies: Uint8Array[], transport: Transport = 'udp', closed = false, query = plain): string {
  const writes = transport === 'udp' ? [query] : [concat(Uint8Array.of(0, query.length), query)];
  return judgePacket({ transport, writes, expect: 'drop' }, { replies, closed }).outcome;
}

function acceptable(expectation: string, replies: Uint8Array[], closed = false, transport: Transport = 'udp'): boolean {
  const writes = transport === 'udp' ? [plain] : [concat(Uint8Array.of(0, plain.length), plain)];
  return judgePacket({ transport, writes, expect: expectation }, { replies, closed }).acceptable;
}

const good = reply({ answers: [address] });
const badVersion = reply({ additional: [opt(new Uint8Array(), 1232, 0x01000000)] });

describe('the words', () => {
  const cases: [expectation: string, replies: Uint8Array[], met: boolean][] = [
    ['drop', [], true],
    ['drop', [good], false],
    ['answer', [good], true],
    ['answer', [reply({ flags: 0x8183 })], true],
    ['answer', [reply({ flags: 0x8380 })], false],
    ['answer', [reply({ flags: 0x8182 })], false],
    ['answer', [reply({ question: { name: 'WWW.example.com', type: 1 } })], false],
    ['answer', [good.subarray(0, 40)], false],
    ['answer', [], false],
    ['TC', [reply({ flags: 0x8380 })], true],
    ['TC', [good], false],
    ['NOERROR', [good], true],
    ['NXDOMAIN', [reply({ flags: 0x8183 })], true],
    ['FORMERR', [reply({ flags: 0x8181 })], true],
    ['FORMERR', [writeMessage({ id: 7, flags: 0x8181 })], true],
    ['FORMERR', [Uint8Array.of(0, 7, 0x81, 0x81, 0, 1, 0, 0, 0, 0, 0, 0)], true],
    ['FORMERR|drop', [reply({ flags: 0x8184 })], false],
    ['NOTIMP', [reply({ flags: 0x8184 })], true],
    ['REFUSED', [reply({ flags: 0x8185 })], true],
    ['NOTAUTH', [reply({ flags: 0x8189 })], true],
    ['BADVERS', [badVersion], true],
    ['BADVERS', [reply()], false],
    ['NOERROR', [badVersion], false],
    ['BADCOOKIE', [reply({ flags: 0x8187, additional: [opt(new Uint8Array(), 1232, 0x01000000)] })], true],
    ['x1', [good], false],
    ['close', [], false],
  ];
  test.each(cases)('%s', (expectation, replies, met) => {
    expect(acceptable(expectation, replies)).toBe(met);
  });

  test.each([
    ['x0', 0, false, true],
    ['x1', 1, false, true],
    ['x2', 1, false, false],
    ['x20', 20, false, true],
    ['close', 0, true, true],
    ['close', 0, false, false],
    ['close|x0', 0, false, true],
    ['FORMERR', 1, true, false],
    ['NOERROR', 1, true, true],
  ])('over TCP %s with %i replies, closed %s', (expectation, count, closed, met) => {
    expect(acceptable(expectation, Array(count).fill(good), closed, 'tcp')).toBe(met);
  });

  test('an unknown word is an error, not a failed case', () => {
    expect(() => acceptable('anwser', [good])).toThrow(SyntaxError);
  });
});

describe('the outcome in short', () => {
  test.each([
    ['drop', []],
    ['NOERROR/1', [good]],
    ['NOERROR/0+TC', [reply({ flags: 0x8380 })]],
    ['NXDOMAIN', [reply({ flags: 0x8183 })]],
    ['BADVERS', [badVersion]],
    ['NOERROR/0!Q', [reply({ question: { name: 'other.example', type: 1 } })]],
    ['NOERROR!MALFORMED', [good.subarray(0, 40)]],
    ['RUNT!MALFORMED', [good.subarray(0, 4)]],
  ])('%s', (text, replies) => {
    expect(outcome(replies)).toBe(text);
  });

  test('over TCP', () => {
    expect(outcome([], 'tcp')).toBe('x0');
    expect(outcome([good, reply({ flags: 0x8181 })], 'tcp', true)).toBe('x2(NOERROR,FORMERR) close');
  });
});

describe('a reply that keeps every rule', () => {
  const cases: [name: string, query: Uint8Array, reply: Uint8Array, transport: Transport][] = [
    ['an answer', plain, good, 'udp'],
    ['an answer with OPT', withOpt, reply({ answers: [address], additional: [opt()] }), 'udp'],
    ['a header that says FORMERR', plain, writeMessage({ id: 7, flags: 0x8181 }), 'udp'],
    ['a truncated reply', plain, reply({ flags: 0x8380 }), 'udp'],
    ['a long answer over TCP', plain, reply({ answers: tooMany }), 'tcp'],
    ['a long answer with OPT', withOpt, reply({ answers: tooMany.slice(10), additional: [opt()] }), 'udp'],
    ['BADVERS', withOpt, badVersion, 'udp'],
    ['an EDE', withOpt, reply({ flags: 0x8183, additional: [opt(option(15, Uint8Array.of(0, 15)))] }), 'udp'],
  ];
  test.each(cases)('%s', (_, query, one, transport) => {
    expect(replyBreaches(query, one, transport)).toEqual([]);
  });
});

describe('a reply that breaks a rule', () => {
  const upper = { name: 'WWW.EXAMPLE.COM', type: 1 };
  const any = { name: 'www.example.com', type: 255 };
  const local = opt(option(65001, ascii('hello')));
  const crooked = [{ ...opt(), name: 'example.com' }];
  const cases: [breach: string, reply: Uint8Array, query?: Uint8Array, transport?: Transport][] = [
    ['reply shorter than a header', good.subarray(0, 11)],
    ['reply to less than a header', good, plain.subarray(0, 11)],
    ['reply unreadable: name cut short', good.subarray(0, 20)],
    ['reply to a reply', good, Uint8Array.from(good)],
    ['QR clear', reply({ flags: 0x0180 })],
    ['other id', reply({ id: 8 })],
    ['other opcode', reply({ flags: 0x9180 })],
    ['AA set', reply({ flags: 0x8580 })],
    ['Z set', reply({ flags: 0x81c0 })],
    ['RA clear in an answer', reply({ flags: 0x8100 })],
    ['trailing octets', concat(good, ascii('junk'))],
    ['TC over TCP', reply({ flags: 0x8380 }), plain, 'tcp'],
    ['truncated reply carries records', reply({ flags: 0x8380, answers: [address] })],
    ['question not echoed octet for octet', reply({ question: upper })],
    ['question not echoed octet for octet', reply({ question: { ...question, type: 28 } })],
    ['answer without its question', writeMessage({ id: 7, flags: 0x8180 })],
    ['a question in the reply where none could be read', reply({ flags: 0x8181 }), plain.subarray(0, 20)],
    ['no OPT in reply to an OPT', good, withOpt],
    ['an OPT that was not asked for', reply({ additional: [opt()] })],
    ['crooked OPT in reply', reply({ additional: crooked }), withOpt],
    ['crooked OPT in reply', reply({ additional: [opt(), opt()] }), withOpt],
    ['crooked options in reply', reply({ additional: [opt(Uint8Array.of(0, 15, 0, 9))] }), withOpt],
    ['EDNS version not 0', reply({ additional: [opt(new Uint8Array(), 1232, 0x00010000)] }), withOpt],
    ['unknown option echoed', reply({ additional: [local] }), withOpt],
    ['keepalive over UDP', reply({ additional: [opt(option(11, new Uint8Array()))] }), withOpt],
    ['an error carries records', reply({ flags: 0x8182, answers: [address] })],
    ['an error amplifies', reply({ flags: 0x8185, additional: [opt(option(15, new Uint8Array(300)))] }), withOpt],
    [`${12 + 21 + 40 * 31} octets where the client takes 512`, reply({ answers: tooMany })],
    ['ANY amplified', reply({ question: any, answers: tooMany, additional: [opt()] }), withOpt],
  ];
  test.each(cases)('%s', (breach, one, query = plain, transport: Transport = 'udp') => {
    expect(replyBreaches(query, one, transport)).toContain(breach);
  });

  test('the name an OPT has in a query is the root, written out', () => {
    const pointer = { ...opt(), name: wireName('x') };
    const query = writeMessage({ id: 7, flags: 0x0100, question, additional: [pointer] });
    expect(replyBreaches(query, good, 'udp')).toEqual([]);
  });
});

describe('several replies', () => {
  const second = writeMessage({ id: 8, flags: 0x0100, question });
  const writes = [concat(Uint8Array.of(0, plain.length), plain, Uint8Array.of(0, second.length), second)];
  const judge = (replies: Uint8Array[]) =>
    judgePacket({ transport: 'tcp', writes, expect: 'x2' }, { replies, closed: false });

  test('may come in any order', () => {
    expect(judge([reply({ id: 8 }), reply()])).toMatchObject({ acceptable: true, breaches: [] });
  });

  test('may not repeat, nor answer what was not asked', () => {
    expect(judge([reply(), reply()]).breaches).toEqual(['a reply that nothing asked for']);
    expect(judge([reply(), reply({ id: 9 })]).breaches).toEqual(['a reply that nothing asked for']);
  });

  test('to one datagram are one too many', () => {
    const { breaches } = judgePacket(
      { transport: 'udp', writes: [plain], expect: 'answer' },
      { replies: [good, good], closed: false },
    );
    expect(breaches).toEqual(['a reply that nothing asked for']);
  });
});
