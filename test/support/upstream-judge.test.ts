// The judge of hostile upstreams, judged: every word with an observation that meets it and one that does not.
import { describe, expect, test } from 'vitest';
import { a, GOOD_ADDRESS, soa, VICTIM_ADDRESS } from './honest-zone.ts';
import { BIG_COUNT, EVIL_ADDRESS } from './hostile-behaviours.ts';
import { type Exchange, forwardedBreaches, judgeUpstream, type UpstreamObservation } from './upstream-judge.ts';
import { ascii, concat, type MessageSpec, opt, option, u16, writeMessage } from './write-message.ts';

const question = { name: 'q.test-up.example', type: 1 };
const query = writeMessage({ id: 7, flags: 0x0120, question });

function reply(flags: number, overrides: Partial<MessageSpec> = {}): Exchange {
  return { query, reply: writeMessage({ id: 7, flags, question, ...overrides }) };
}

const silence: Exchange = { query, reply: null };
const good = reply(0x8180, { answers: [a(GOOD_ADDRESS)] });
const evil = reply(0x8180, { answers: [a(EVIL_ADDRESS)] });
const failure = reply(0x8182);
const truncated = reply(0x8380);
const victim = reply(0x8180, { answers: [a(VICTIM_ADDRESS)] });
const everything = reply(0x8180, {
  answers: Array.from({ length: BIG_COUNT }, (_, i) => a(`198.18.${i >> 8}.${i & 255}`)),
});

function observed(first: Exchange, more: Partial<UpstreamObservation> = {}): UpstreamObservation {
  return { first, again: first, overTcp: silence, victim, others: [], sends: { udp: 1, tcp: 0 }, ...more };
}

function withTtl(ttl: number): Exchange {
  return reply(0x8180, { answers: [a(GOOD_ADDRESS, ttl)] });
}

function negative(ttl: number): Exchange {
  return reply(0x8183, { authority: [soa('test-up.example', ttl)] });
}

const ten = Array.from({ length: 9 }, () => silence);
const emptyAddress = reply(0x8180, { answers: [{ ...a(EVIL_ADDRESS), rdata: new Uint8Array() }] });
const withAdditional = reply(0x8180, {
  answers: [a(GOOD_ADDRESS)],
  additional: [a(EVIL_ADDRESS, 60, 'victim.example')],
});

const cases: [word: string, observation: UpstreamObservation, met: boolean][] = [
  ['good', observed(good), true],
  ['good', observed(evil), false],
  ['good', observed(reply(0x8380, { answers: [a(GOOD_ADDRESS)] })), false],
  ['good', observed(silence), false],
  ['fail', observed(silence), true],
  ['fail', observed(failure), true],
  ['fail', observed(reply(0x8181)), true],
  ['fail', observed(reply(0x8182, { answers: [a(EVIL_ADDRESS)] })), false],
  ['fail', observed(reply(0x818b)), false],
  ['fail', observed(reply(0x8180)), false],
  ['fail', observed(reply(0x8183)), false],
  ['empty', observed(reply(0x8180)), true],
  ['empty', observed(emptyAddress), true],
  ['empty', observed(good), false],
  ['empty', observed(truncated), false],
  ['empty', observed(failure), false],
  ['tc', observed(truncated), true],
  ['tc', observed(reply(0x8380, { answers: [a(EVIL_ADDRESS)] })), false],
  ['tc', observed(reply(0x8180)), false],
  ['nx', observed(reply(0x8183)), true],
  ['nx', observed(failure), false],
  ['nxcap', observed(negative(86400)), true],
  ['nxcap', observed(negative(86401)), false],
  ['nxcap', observed(reply(0x8180)), false],
  ['ttl0', observed(withTtl(0)), true],
  ['ttl0', observed(withTtl(0xffffffff)), false],
  ['ttlcap', observed(withTtl(604800)), true],
  ['ttlcap', observed(withTtl(604801)), false],
  ['noad', observed(good), true],
  ['noad', observed(reply(0x81a0, { answers: [a(GOOD_ADDRESS)] })), false],
  ['noevil', observed(good), true],
  ['noevil', observed(silence), true],
  ['noevil', observed(evil), false],
  ['noevil', observed(withAdditional), false],
  ['noevil', observed(good, { again: evil }), false],
  ['noevil', observed(good, { victim: evil }), false],
  ['noevil', observed(good, { others: [evil] }), false],
  ['noevil', observed({ query, reply: concat(new Uint8Array(5), Uint8Array.of(203, 0, 113, 66)) }), false],
  ['clean', observed(evil), true],
  ['clean', observed(good, { victim: evil }), false],
  ['clean', observed(good, { victim: silence }), false],
  ['burst', observed(failure, { others: ten, sends: { udp: 25, tcp: 5 } }), true],
  ['burst', observed(failure, { others: ten, sends: { udp: 26, tcp: 5 } }), false],
  ['burst', observed(failure, { sends: { udp: 4, tcp: 0 } }), false],
  ['big', observed(truncated, { overTcp: everything }), true],
  ['big', observed(truncated, { overTcp: good }), false],
  ['big', observed(everything, { overTcp: everything }), false],
  ['any', observed(silence), true],
];

describe('the words', () => {
  test.each(cases)('%s', (word, observation, met) => {
    expect(judgeUpstream({ expect: word }, observation).acceptable).toBe(met);
  });

  test('an unknown word is an error, not a failed case', () => {
    expect(() => judgeUpstream({ expect: 'noevli' }, observed(good))).toThrow(SyntaxError);
  });
});

describe('what comes with the verdict', () => {
  test.each([
    ['NOERROR:192.0.2.10 ttl=60 up=1u/0t', observed(good)],
    ['NOERROR:192.0.2.10 ttl=60 up=1u/0t POISONED', observed(good, { victim: evil })],
    ['timeout up=3u/1t', observed(silence, { sends: { udp: 3, tcp: 1 } })],
    ['NOERROR+TC up=1u/0t', observed(truncated)],
    ['NXDOMAIN soattl=60 up=1u/0t', observed(negative(60))],
    ['unreadable up=1u/0t', observed(emptyAddress)],
  ])('%s', (outcome, observation) => {
    expect(judgeUpstream({ expect: 'any' }, observation).outcome).toBe(outcome);
  });

  test.each([
    ['the victim did not get its true address', observed(good, { victim: evil })],
    [
      "the upstream's error text was relayed",
      observed(reply(0x8182, { answers: [{ ...a(GOOD_ADDRESS), type: 16, rdata: ascii('<script') }] })),
    ],
    ['AA set', observed(reply(0x8580, { answers: [a(GOOD_ADDRESS)] }))],
    ['TC over TCP', observed(good, { overTcp: truncated })],
    ['reply unreadable: address of 0 octets', observed(emptyAddress)],
  ])('%s', (breach, observation) => {
    expect(judgeUpstream({ expect: 'any' }, observation).breaches).toContain(breach);
  });

  test('nothing, where nothing is wrong', () => {
    expect(judgeUpstream({ expect: 'good' }, observed(good)).breaches).toEqual([]);
  });
});

describe('what an upstream may receive', () => {
  const ask = (overrides: Partial<MessageSpec>) => writeMessage({ id: 7, flags: 0x0100, question, ...overrides });
  test.each([
    ['a plain query', ask({})],
    ['with EDNS and DO', ask({ additional: [opt(new Uint8Array(), 1232, 0x8000)] })],
    ['with CD and a cookie', ask({ flags: 0x0110, additional: [opt(option(10, ascii('12345678')))] })],
  ])('%s', (_, bytes) => {
    expect(forwardedBreaches(bytes)).toEqual([]);
  });

  test.each([
    ['query to the upstream unreadable: name cut short', ask({}).subarray(0, 20)],
    ['flags other than RD, AD and CD', ask({ flags: 0x0140 })],
    ['flags other than RD, AD and CD', ask({ flags: 0x2900 })],
    ['0 questions', writeMessage({ id: 7, flags: 0x0100 })],
    ['class other than IN', ask({ question: { ...question, class: 3 } })],
    ['trailing octets', concat(ask({}), ascii('junk'))],
    ['records other than one OPT', ask({ answers: [a(EVIL_ADDRESS)] })],
    ['records other than one OPT', ask({ additional: [opt(), opt()] })],
    ['EDNS version or flags other than DO', ask({ additional: [opt(new Uint8Array(), 1232, 0x0001ffff)] })],
    ['EDNS options 8', ask({ additional: [opt(option(8, concat(u16(1), u16(0x1800), ascii('abc'))))] })],
    ['crooked OPT', ask({ additional: [{ ...opt(), name: 'x' }] })],
  ])('%s', (breach, bytes) => {
    expect(forwardedBreaches(bytes)).toContain(breach);
  });
});
