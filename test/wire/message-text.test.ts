// Messages as text: each known kind of RDATA, the generic form for the rest, and no octet that could do harm.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extendedErrors, readMessage } from '../../src/wire/message-text.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import { ascii, concat, u16, u32, wireName, writeMessage } from '../support/write-message.ts';

const name = wireName('a.example');
const string = (text: string) => concat(Uint8Array.of(text.length), ascii(text));
const octets = (...values: number[]) => Uint8Array.from(values);
const v6 = concat(octets(0x20, 1, 0xd, 0xb8), new Uint8Array(11), octets(7));
const parameter = (key: number, value: Uint8Array) => concat(u16(key), u16(value.length), value);

const cases: [type: number, rdata: Uint8Array, text: string][] = [
  [1, octets(192, 0, 2, 1), '192.0.2.1'],
  [1, octets(192, 0, 2), '\\# 3 c00002'],
  [28, v6, '2001:db8::7'],
  [28, v6.subarray(1), `\\# 15 010db8${'00'.repeat(11)}07`],
  [2, name, 'a.example'],
  [5, concat(octets(3), ascii('a.b'), octets(0)), 'a\\.b'],
  [5, concat(name, octets(0)), '\\# 12 0161076578616d706c650000'],
  [12, name, 'a.example'],
  [39, name, 'a.example'],
  [17, concat(name, wireName('b.example')), 'a.example b.example'],
  [15, concat(u16(10), name), '10 a.example'],
  [15, u16(10), '\\# 2 000a'],
  [33, concat(u16(1), u16(2), u16(443), name), '1 2 443 a.example'],
  [6, concat(name, name, u32(1), u32(2), u32(3), u32(4), u32(0xffffffff)), 'a.example a.example 1 2 3 4 4294967295'],
  [16, concat(string('one'), string('t"w\\o')), '"one" "t\\"w\\\\o"'],
  [16, string('\x00\x1b\x7f\xff'), '"\\000\\027\\127\\255"'],
  [16, octets(5, 65), '\\# 2 0541'],
  [16, octets(), '\\# 0'],
  [13, concat(string('RFC8482'), octets(0)), '"RFC8482" ""'],
  [43, concat(u16(20326), octets(8, 2, 0xe0, 0x6d)), '20326 8 2 e06d'],
  [48, concat(u16(257), octets(3, 8, 1, 2, 3)), '257 3 8 AQID'],
  [48, octets(1, 1), '\\# 2 0101'],
  [257, concat(octets(0, 5), ascii('issueca.example')), '0 issue "ca.example"'],
  [257, octets(0, 9, 65), '\\# 3 000941'],
  [65, concat(u16(0), name), '0 a.example'],
  [
    65,
    concat(
      ...[u16(1), octets(0), parameter(0, u16(1)), parameter(1, concat(string('h3'), string('h2')))],
      ...[parameter(2, octets()), parameter(3, u16(8443)), parameter(4, octets(192, 0, 2, 1, 192, 0, 2, 2))],
      ...[
        parameter(5, octets(1, 2, 3)),
        parameter(6, v6),
        parameter(7, ascii('/q{?dns}')),
        parameter(9999, octets(27)),
      ],
    ),
    '1 . mandatory=alpn alpn=h3,h2 no-default-alpn port=8443 ipv4hint=192.0.2.1,192.0.2.2 ech=AQID' +
      ' ipv6hint=2001:db8::7 dohpath="/q{?dns}" key9999="\\027"',
  ],
  [65, concat(u16(1), octets(0), parameter(1, string('h\x1b'))), '1 . alpn="\\002h\\027"'],
  [65, concat(u16(1), octets(0), u16(3), u16(9)), '\\# 7 00010000030009'],
  [64, u16(1), '\\# 2 0001'],
  [65280, octets(1, 2), '\\# 2 0102'],
];

describe('RDATA', () => {
  for (const [type, rdata, text] of cases) {
    it(`of type ${type} reads ${text}`, () => {
      expect(rdataText(type, rdata, 0, rdata.length)).toBe(text);
    });
  }

  it('of any type and any octets is printable ASCII', () => {
    const types = fc.oneof(fc.constantFrom(...new Set(cases.map(([type]) => type))), fc.nat(65535));
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 80 }), (type, rdata) => {
        expect(rdataText(type, rdata, 0, rdata.length)).toMatch(/^[\x20-\x7e]+$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a message', () => {
  const opt = { name: '.', type: 41, class: 1232, ttl: 0x01000000 | 0x8000, rdata: concat(u16(15), u16(2), u16(15)) };
  const answer = { name: octets(0xc0, 12), type: 5, ttl: 0x80000001, rdata: octets(1, 0x78, 0xc0, 14) };
  const whole = writeMessage({
    id: 7,
    flags: 0x8180,
    question: { name: 'A.example', type: 1 },
    answers: [answer],
    additional: [opt],
  });

  it('shows names as spelled, compression undone, TTLs bounded, the OPT apart', () => {
    expect(readMessage(whole)).toEqual({
      id: 7,
      flags: 0x8180,
      rcode: 16,
      questions: [{ name: 'A.example', type: 1, class: 1 }],
      answers: [{ name: 'A.example', type: 5, class: 1, ttl: 0, data: 'x.example' }],
      authority: [],
      additional: [],
      edns: { version: 0, udpSize: 1232, dnssecOk: true, options: [{ code: 15, data: octets(0, 15) }] },
    });
  });

  it('tells its extended errors, each with its text', () => {
    const options = concat(
      u16(15),
      u16(4),
      u16(15),
      octets(0x6e, 0x6f),
      u16(10),
      u16(2),
      u16(9),
      u16(15),
      u16(1),
      octets(7),
    );
    const message = writeMessage({
      id: 7,
      flags: 0x8180,
      question: { name: 'a.example', type: 1 },
      additional: [{ ...opt, rdata: options }],
    });
    // A cookie is none, and an octet alone is no code.
    expect(extendedErrors(readMessage(message)!)).toEqual([{ code: 15, text: 'no' }]);
    expect(extendedErrors({ ...readMessage(message)!, edns: undefined })).toEqual([]);
  });

  it('with two OPTs is not read', () => {
    const twice = { id: 7, flags: 0x8180, question: { name: 'a.example', type: 1 }, additional: [opt, opt] };
    expect(readMessage(writeMessage(twice))).toBeUndefined();
  });

  it('that ends early is not read, wherever it ends', () => {
    for (let length = 0; length < whole.length; length++)
      expect(readMessage(whole.subarray(0, length))).toBeUndefined();
  });

  it('of any octets is printable or nothing', () => {
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(changes, (changed) => {
        const message = whole.slice();
        for (const [at, octet] of changed) message[at] = octet;
        const text = readMessage(message);
        const shown = text ? [...text.answers, ...text.authority, ...text.additional] : [];
        for (const { name, data } of shown) expect(name + data).toMatch(/^[\x20-\x7e]*$/);
        for (const { name } of text?.questions ?? []) expect(name).toMatch(/^[\x20-\x7e]*$/);
      }),
      { numRuns: 2000 },
    );
  });
});
