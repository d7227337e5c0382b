// The addresses that an answer leads to are all found, in its order, wherever they stand; what lies about itself ends.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressText, prefixText } from '../../src/wire/address-text.ts';
import { AnswerReader, CHAIN } from '../../src/wire/answer.ts';
import { AnswerAddresses } from '../../src/wire/answer-addresses.ts';
import { MAX_MESSAGE, TYPE } from '../../src/wire/codes.ts';
import { embedsIpv4 } from '../../src/wire/embedded.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';
import { buildReply, type Part, questionEnd, type RecordSpec, type ReplySpec, word } from '../support/reply-builder.ts';

const SEED = 1;
const NAME = 'www.example.com';
const reader = new AnswerReader(SEED);
const out = new Uint8Array(MAX_MESSAGE);
const addresses = new AnswerAddresses();

/** All that are left of a message of `end` octets. */
function found(end: number): string[] {
  const texts: string[] = [];
  while (addresses.next()) {
    const { bytes, length, at } = addresses;
    expect(bytes.slice(0, length)).toEqual(out.slice(at, at + length));
    expect(at + length).toBeLessThanOrEqual(end);
    texts.push(addressText(length === 4 ? 4 : 6, bytes.slice(0, length)));
  }
  return texts;
}

/** The addresses of an answer, found by the marks that the cache keeps; `before` other marks stand before them there. */
function addressesOf(spec: ReplySpec, before = 0): string[] {
  const name = new Name(SEED);
  nameFromText(spec.name, name);
  const message = buildReply(spec);
  expect(reader.read(message, message.length, questionEnd(spec), name, spec.type, true, out)).toBe(CHAIN.OK);
  const marks = Uint16Array.from([...new Array(before).fill(3), ...reader.ttlOffset.slice(0, reader.ttlCount)]);
  addresses.begin(out, reader.length, marks, before, reader.ttlCount);
  return found(reader.length);
}

const v6 = (...words: number[]) => words.flatMap(word);
const DB8 = v6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);

function param(key: number, value: number[], length = value.length): number[] {
  return [...word(key), ...word(length), ...value];
}

function https(...params: number[][]): RecordSpec {
  return { owner: NAME, type: TYPE.HTTPS, rdata: [word(1), [...Buffer.from('\x03cdn\x07example\x00')], params.flat()] };
}

const ask = (type: number, ...answer: RecordSpec[]): ReplySpec => ({ name: NAME, type, answer });
const a = (owner: string, ...octets: number[]): RecordSpec => ({ owner, type: TYPE.A, rdata: [octets] });

describe('found in order', () => {
  test.each<[string, ReplySpec, string[]]>([
    ['nothing', { name: NAME, type: TYPE.A }, []],
    ['records of A', ask(TYPE.A, a(NAME, 192, 0, 2, 1), a(NAME, 192, 0, 2, 2)), ['192.0.2.1', '192.0.2.2']],
    ['records of AAAA', ask(TYPE.AAAA, { owner: NAME, type: TYPE.AAAA, rdata: [DB8] }), ['2001:db8::1']],
    [
      'behind an alias',
      ask(TYPE.A, { owner: NAME, type: TYPE.CNAME, rdata: [{ name: 'a.net' }] }, a('a.net', 192, 0, 2, 1)),
      ['192.0.2.1'],
    ],
    ['no hints', ask(TYPE.HTTPS, https(param(1, [2, 0x68, 0x32]))), []],
    [
      'hints of both kinds, among other parameters, of two records',
      ask(
        TYPE.HTTPS,
        https(param(1, [2, 0x68, 0x32]), param(4, [192, 0, 2, 1, 192, 0, 2, 2]), param(5, [9, 9]), param(6, DB8)),
        https(param(4, [192, 0, 2, 3])),
      ),
      ['192.0.2.1', '192.0.2.2', '2001:db8::1', '192.0.2.3'],
    ],
    [
      'hints of a service of its own, whose target is the root',
      ask(TYPE.SVCB, { owner: NAME, type: TYPE.SVCB, rdata: [word(1), [0], param(4, [192, 0, 2, 1])] }),
      ['192.0.2.1'],
    ],
    ['nothing in other types', ask(TYPE.TXT, { owner: NAME, type: TYPE.TXT, rdata: [[4, 192, 0, 2, 1]] }), []],
  ])('%s', (_, spec, expected) => {
    expect(addressesOf(spec)).toEqual(expected);
    expect(addressesOf(spec, 3)).toEqual(expected);
  });
});

describe('a record that lies', () => {
  test.each<[string, number[][], string[]]>([
    ['a hint of no octets', [param(4, [])], []],
    ['a hint of three octets', [param(4, [192, 0, 2])], []],
    ['a hint with two octets too many', [param(4, [192, 0, 2, 1, 192, 0])], ['192.0.2.1']],
    ['a hint longer than the record', [param(4, [192, 0, 2, 1], 400)], ['192.0.2.1']],
    ['a parameter longer than the record, before a hint', [param(1, [], 400), param(4, [192, 0, 2, 1])], []],
    ['a hint that comes twice', [param(4, [192, 0, 2, 1]), param(4, [192, 0, 2, 2])], ['192.0.2.1', '192.0.2.2']],
    ['half a parameter', [[0, 4, 0]], []],
  ])('%s', (_, params, expected) => {
    const spec = ask(TYPE.HTTPS, https(...params), https(param(4, [192, 0, 2, 9])));
    expect(addressesOf(spec)).toEqual([...expected, '192.0.2.9']);
  });

  test('whatever it holds, all hints before the lie are found, and nothing beyond the message is read', () => {
    const value = fc.array(fc.nat(255), { maxLength: 40 });
    const honest = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), value), { maxLength: 6 });
    fc.assert(
      fc.property(honest, fc.array(fc.nat(255), { maxLength: 30 }), (params, rest) => {
        const hints = params.flatMap(([key, octets]) => {
          const size = { 4: 4, 6: 16 }[key];
          if (size === undefined) return [];
          const count = Math.floor(octets.length / size);
          return Array.from({ length: count }, (_, at) =>
            addressText(key as 4 | 6, Uint8Array.from(octets.slice(at * size, (at + 1) * size))),
          );
        });
        const record = https(...params.map(([key, octets]) => param(key, octets)), rest);
        expect(addressesOf(ask(TYPE.HTTPS, record)).slice(0, hints.length)).toEqual(hints);
      }),
    );
  });

  test('marks of whatever else stands in a message end too', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 120 }),
        fc.array(fc.nat(119), { maxLength: 5 }),
        (octets, at) => {
          out.fill(0);
          out.set(octets);
          const marks = Uint16Array.from(at.map((mark) => 4 + (mark % (octets.length - 8))));
          addresses.begin(out, octets.length, marks, 0, marks.length);
          expect(found(octets.length).length).toBeLessThanOrEqual((marks.length * octets.length) / 4);
        },
      ),
    );
  });

  test('an address is read again where it was found', () => {
    const parts: Part[] = [[192, 0, 2, 1]];
    addressesOf(ask(TYPE.A, { owner: NAME, type: TYPE.A, rdata: parts }, a(NAME, 192, 0, 2, 2)));
    const last = addresses.at;
    addresses.read(last, 4);
    expect(addresses.bytes.slice(0, 4)).toEqual(Uint8Array.of(192, 0, 2, 2));
  });
});

describe('an IPv6 address stands for an IPv4 one', () => {
  const tail = [0xc000, 0x0201];
  test.each<[string, number[], boolean]>([
    ['mapped', [0, 0, 0, 0, 0, 0xffff, ...tail], true],
    ['behind NAT64', [0x64, 0xff9b, 0, 0, 0, 0, ...tail], true],
    ['behind a NAT64 of one’s own', [0x64, 0xff9b, 1, 0, 0, 0, ...tail], false],
    ['compatible, of old', [0, 0, 0, 0, 0, 0, ...tail], false],
    ['by 6to4', [0x2002, ...tail, 0, 0, 0, 0, 1], false],
    ['loopback', [0, 0, 0, 0, 0, 0, 0, 1], false],
  ])('%s: %j %j', (_, words, embeds) => {
    const octets = Uint8Array.from([7, ...v6(...words)]);
    expect(embedsIpv4(octets, 1)).toBe(embeds);
    expect(prefixText(octets.slice(1), 24).endsWith('/24')).toBe(true);
    expect(prefixText(octets.slice(1), 24).includes(':')).toBe(!embeds);
  });
});

test.each<[number[], number, string]>([
  [[192, 0, 2, 77], 24, '192.0.2.0/24'],
  [[192, 0, 2, 77], 32, '192.0.2.77/32'],
  [[192, 0, 2, 77], 0, '0.0.0.0/0'],
  [[192, 0, 2, 77], 31, '192.0.2.76/31'],
  [v6(0x2001, 0xdb8, 1, 2, 3, 4, 5, 6), 33, '2001:db8::/33'],
  [v6(0x2001, 0xdb8, 0x8001, 2, 3, 4, 5, 6), 33, '2001:db8:8000::/33'],
  [v6(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x024d), 25, '192.0.2.0/25'],
])('%j lies in a prefix of %d bits: %s', (octets, bits, text) => {
  expect(prefixText(Uint8Array.from(octets), bits)).toBe(text);
});
