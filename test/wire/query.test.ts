// Proves what becomes of every kind of client message: well-formed, odd, broken, and random.

import dnsPacket from 'dns-packet';
import { Packet } from 'dns2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Name, readName, sameName } from '../../src/wire/name.ts';
import { PARSE, parseQuery, Query } from '../../src/wire/query.ts';
import { Dice } from '../support/dice.ts';
import { buildQuery, option, optRecord, type QuerySpec, record } from '../support/query-builder.ts';
import { wireName } from '../support/reply-builder.ts';
import { oracleName } from '../support/wire-oracle.ts';

const SEED = 0x5eed;
const TO_QUESTION = [0xc0, 12];
const a = record(TO_QUESTION, 1, [192, 0, 2, 1]);
const root = optRecord({});
const many = (size: number, times: number) => new Array(times).fill([size, ...new Array(size).fill(97)]).flat();

function parse(message: Uint8Array, length = message.length): { verdict: keyof typeof PARSE; query: Query } {
  const query = new Query(SEED);
  const verdict = parseQuery(message, length, query);
  return { verdict: (Object.keys(PARSE) as (keyof typeof PARSE)[])[verdict], query };
}

describe('a message is', () => {
  const table: [string, QuerySpec, keyof typeof PARSE][] = [
    ['a plain query', {}, 'OK'],
    ['the root', { name: '.' }, 'OK'],
    ['AA set', { flags: 0x0500 }, 'OK'],
    ['TC set', { flags: 0x0300 }, 'OK'],
    ['Z set', { flags: 0x0140 }, 'OK'],
    ['AD and CD set', { flags: 0x0130 }, 'OK'],
    ['RCODE 15', { flags: 0x010f }, 'OK'],
    ['RD clear', { flags: 0 }, 'OK'],
    ['class CH', { class: 3 }, 'OK'],
    ['class 0', { class: 0 }, 'OK'],
    ['type 0', { type: 0 }, 'OK'],
    ['type 65535', { type: 65535 }, 'OK'],
    ['QR set', { flags: 0x8180 }, 'RESPONSE'],
    ['QR and another opcode', { flags: 0xa800 }, 'RESPONSE'],
    ['IQUERY', { flags: 0x0800 }, 'OPCODE'],
    ['STATUS', { flags: 0x1000 }, 'OPCODE'],
    ['NOTIFY', { flags: 0x2400 }, 'OPCODE'],
    ['UPDATE', { flags: 0x2800 }, 'OPCODE'],
    ['opcode 15', { flags: 0x7900 }, 'OPCODE'],
    ['QDCOUNT 0', { counts: [0, 0, 0, 0] }, 'NO_QUESTION'],
    ['QDCOUNT 0 with a cookie', { counts: [0, 0, 0, 1], opt: { options: option(10, many(7, 1)) } }, 'NO_QUESTION'],
    ['QDCOUNT 2 and one question', { counts: [2, 0, 0, 0] }, 'NO_QUESTION'],
    ['QDCOUNT 2 and two questions', { counts: [2, 0, 0, 0], trailing: [...TO_QUESTION, 0, 1, 0, 1] }, 'NO_QUESTION'],
    ['QDCOUNT 256', { counts: [256, 0, 0, 0] }, 'NO_QUESTION'],
    ['ANCOUNT 1, record missing', { counts: [1, 1, 0, 0] }, 'MALFORMED'],
    ['ANCOUNT 65535', { counts: [1, 65535, 0, 0] }, 'MALFORMED'],
    ['NSCOUNT 65535', { counts: [1, 0, 65535, 0] }, 'MALFORMED'],
    ['ARCOUNT 1, record missing', { counts: [1, 0, 0, 1] }, 'MALFORMED'],
    ['ARCOUNT 2, one OPT', { counts: [1, 0, 0, 2], opt: {} }, 'MALFORMED'],
    ['all counts 65535', { counts: [65535, 65535, 65535, 65535] }, 'NO_QUESTION'],
    ['an answer record', { counts: [1, 1, 0, 0], records: a }, 'OK'],
    ['an authority record', { counts: [1, 0, 1, 0], records: a }, 'OK'],
    ['an additional record', { counts: [1, 0, 0, 1], records: a }, 'OK'],
    ['a record before the OPT', { counts: [1, 0, 0, 2], records: a, opt: {} }, 'OK'],
    ['a record behind the OPT', { counts: [1, 0, 0, 2], records: root, trailing: a }, 'OK'],
    ['RDLENGTH past the end', { counts: [1, 0, 0, 1], records: record(TO_QUESTION, 1, [1], 2) }, 'MALFORMED'],
    ['a record owned by a forward pointer', { counts: [1, 0, 0, 1], records: record([0xc0, 60], 1, []) }, 'MALFORMED'],
    ['a record owned by itself', { counts: [1, 0, 0, 1], records: record([0xc0, 33], 1, []) }, 'MALFORMED'],
    ['a record owned by the header', { counts: [1, 0, 0, 1], records: record([0xc0, 4], 1, []) }, 'MALFORMED'],
    ['trailing octets', { trailing: [1, 2, 3] }, 'OK'],
    ['a second query behind', { trailing: [...buildQuery()] }, 'OK'],
    ['a label of 63 octets', { nameOctets: [...many(63, 1), 0] }, 'OK'],
    ['a name of 255 octets', { nameOctets: [...many(63, 3), ...many(61, 1), 0] }, 'OK'],
    ['a name of 256 octets', { nameOctets: [...many(63, 3), ...many(62, 1), 0] }, 'NO_QUESTION'],
    ['a name of 1000 octets', { nameOctets: [...many(63, 15), 0] }, 'NO_QUESTION'],
    ['128 labels', { nameOctets: [...many(1, 128), 0] }, 'NO_QUESTION'],
    ['a label type 0x41', { nameOctets: [0x41, 0] }, 'NO_QUESTION'],
    ['a label type 0xbf', { nameOctets: [0xbf, ...many(63, 1), 0] }, 'NO_QUESTION'],
    ['QNAME a pointer to itself', { nameOctets: [0xc0, 12] }, 'NO_QUESTION'],
    ['QNAME a label and a pointer to it', { nameOctets: [1, 97, 0xc0, 12] }, 'NO_QUESTION'],
    ['QNAME a pointer to the header', { nameOctets: [0xc0, 0] }, 'NO_QUESTION'],
    ['QNAME a pointer past the end', { nameOctets: [0xc0, 200] }, 'NO_QUESTION'],
    ['a plain OPT', { opt: {} }, 'OK'],
    ['all Z flags of the OPT', { opt: { flags: 0x7fff } }, 'OK'],
    ['an extended RCODE', { opt: { extendedRcode: 255 } }, 'OK'],
    ['EDNS version 1', { opt: { version: 1 } }, 'BAD_VERSION'],
    ['EDNS version 255', { opt: { version: 255, flags: 0x8000 } }, 'BAD_VERSION'],
    ['EDNS version 1, options of another layout', { opt: { version: 1, options: [1, 2, 3] } }, 'BAD_VERSION'],
    ['two OPT', { counts: [1, 0, 0, 2], records: root, opt: {} }, 'MALFORMED'],
    ['two OPT, the second of version 1', { counts: [1, 0, 0, 2], records: root, opt: { version: 1 } }, 'MALFORMED'],
    ['an OPT in answer', { counts: [1, 1, 0, 0], records: root }, 'MALFORMED'],
    ['an OPT in authority', { counts: [1, 0, 1, 0], records: root }, 'MALFORMED'],
    ['an OPT owned by a name', { opt: { owner: [1, 97, 0] } }, 'MALFORMED'],
    ['an OPT owned by a pointer to QNAME', { opt: { owner: TO_QUESTION } }, 'MALFORMED'],
    ['an OPT owned by a pointer to the root', { opt: { owner: [0xc0, 28] } }, 'MALFORMED'],
    ['an option past the end', { opt: { options: [0, 3, 0, 1] } }, 'MALFORMED'],
    ['an option header cut', { opt: { options: [0, 3, 0] } }, 'MALFORMED'],
    ['one stray octet of options', { opt: { options: [...option(3), 0] } }, 'MALFORMED'],
    ['an unknown option', { opt: { options: option(65001, [1, 2, 3]) } }, 'OK'],
    ['100 options', { opt: { options: new Array(100).fill(option(65001, [1])).flat() } }, 'OK'],
    ['client subnet of nonsense', { opt: { options: option(8, [9, 9, 9]) } }, 'OK'],
    ...[0, 1, 7, 9, 12, 15, 41, 100].map((size): [string, QuerySpec, keyof typeof PARSE] => [
      `a cookie of ${size}`,
      { opt: { options: option(10, new Array(size).fill(1)) } },
      'MALFORMED',
    ]),
    ...[8, 16, 24, 40].map((size): [string, QuerySpec, keyof typeof PARSE] => [
      `a cookie of ${size}`,
      { opt: { options: option(10, new Array(size).fill(1)) } },
      'OK',
    ]),
  ];
  it.each(table)('%s', (_, spec, expected) => {
    expect(parse(buildQuery(spec)).verdict).toBe(expected);
  });

  it('SHORT, or has no question, or is malformed, wherever it is cut', () => {
    const whole = buildQuery({ opt: { options: option(10, new Array(8).fill(7)) } });
    const end = 12 + wireName('www.example.com').length + 4;
    for (let length = 0; length < whole.length; length++) {
      const expected = length < 12 ? 'SHORT' : length < end ? 'NO_QUESTION' : 'MALFORMED';
      expect(parse(whole, length).verdict, `${length} octets`).toBe(expected);
    }
    expect(parse(whole).verdict).toBe('OK');
  });
});

describe('the datagram size', () => {
  it.each([
    [0, 512],
    [1, 512],
    [511, 512],
    [512, 512],
    [1232, 1232],
    [65535, 65535],
  ])('of %i is read as %i', (size, expected) => {
    expect(parse(buildQuery({ opt: { size } })).query.udpSize).toBe(expected);
  });

  it('is 512 without EDNS, also when the query before had it', () => {
    const query = new Query(SEED);
    parseQuery(buildQuery({ opt: { size: 4096, flags: 0x8000 } }), 44, query);
    expect([query.hasEdns, query.udpSize, query.dnssecOk]).toEqual([true, 4096, true]);
    parseQuery(buildQuery(), 33, query);
    expect([query.hasEdns, query.udpSize, query.dnssecOk]).toEqual([false, 512, false]);
  });
});

describe('the fields', () => {
  const letters = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
  const wellFormed = fc.record({
    labels: fc.array(letters, { minLength: 1, maxLength: 8 }),
    id: fc.nat(65535),
    flags: fc.constantFrom(0, 0x0100, 0x0110, 0x0120, 0x0130),
    type: fc.constantFrom('A', 'AAAA', 'MX', 'TXT', 'SOA', 'SRV', 'NS', 'PTR', 'CAA'),
    size: fc.option(fc.integer({ min: 512, max: 65535 })),
    dnssecOk: fc.boolean(),
  });

  it('are those that dns-packet wrote', () => {
    fc.assert(
      fc.property(wellFormed, ({ labels, id, flags, type, size, dnssecOk }) => {
        const name = labels.join('.');
        const edns =
          size === null ? [] : [{ type: 'OPT', name: '.', udpPayloadSize: size, flags: dnssecOk ? 0x8000 : 0 }];
        const message = dnsPacket.encode({ type: 'query', id, flags, questions: [{ name, type }], additionals: edns });
        const { verdict, query } = parse(message);
        expect(verdict).toBe('OK');
        const seen = dnsPacket.decode(message);
        expect(query.id).toBe(seen.id);
        expect(query.flags & 0x10).toBe(flags & 0x10);
        expect(query.hasEdns).toBe(size !== null);
        expect(query.udpSize).toBe(size ?? 512);
        expect(query.dnssecOk).toBe(size !== null && dnssecOk);
        expect(query.class).toBe(1);
        const expected = new Name(SEED);
        const wire = Uint8Array.from(wireName(name));
        readName(wire, 0, wire.length, expected);
        expect(sameName(query.name, expected)).toBe(true);
        const asked = query.raw.subarray(query.rawOffset, query.rawOffset + query.name.length);
        expect(Buffer.from(asked).toString('latin1')).toBe(Buffer.from(wire).toString('latin1'));
      }),
    );
  });

  it('are those that dns2 reads', () => {
    fc.assert(
      fc.property(wellFormed, fc.nat(65535), fc.nat(65535), ({ labels, id, flags }, type, classCode) => {
        const message = buildQuery({ name: labels.join('.'), id, flags, type, class: classCode });
        const { verdict, query } = parse(message);
        const seen = Packet.parse(Buffer.from(message));
        expect(verdict).toBe('OK');
        expect([query.id, query.type, query.class]).toEqual([id, seen.questions[0].type, seen.questions[0].class]);
        expect((query.flags >> 8) & 1).toBe(seen.header.rd);
        expect(query.name.labelCount).toBe(seen.questions[0].name.split('.').length);
      }),
    );
  });
});

/** What must hold of every Query whatever came in. */
function check(message: Uint8Array, query: Query, verdict: number): void {
  if (verdict < 0 || verdict > PARSE.BAD_VERSION) throw new Error(`verdict ${verdict} for ${message}`);
  const readable = verdict === PARSE.OK || verdict >= PARSE.MALFORMED;
  if (readable !== query.name.length > 0) throw new Error(`name of ${query.name.length} for ${message}`);
  if (query.udpSize < 512) throw new Error(`size ${query.udpSize} for ${message}`);
  if (!readable) return;
  const name = oracleName(message, 12, message.length);
  const length = name?.labels.reduce((sum, label) => sum + 1 + label.length, 1);
  if (length !== query.name.length || name?.end !== 12 + length) throw new Error(`question of ${message}`);
}

describe('fuzz', () => {
  const dice = new Dice(4);
  const query = new Query(SEED);

  it('200,000 mutations of valid queries leave nothing half read', () => {
    const valid = [
      buildQuery(),
      buildQuery({ opt: { flags: 0x8000, options: [...option(10, new Array(8).fill(7)), ...option(12, [0, 0])] } }),
      buildQuery({ counts: [1, 1, 1, 2], records: [...a, ...a, ...a], opt: {} }),
      buildQuery({ name: '.', type: 2 }),
    ];
    const verdicts = new Set<number>();
    for (let run = 0; run < 200_000; run++) {
      const message = dice.mutate(dice.pick(valid), 512);
      const verdict = parseQuery(message, message.length, query);
      check(message, query, verdict);
      verdicts.add(verdict);
    }
    expect([...verdicts].sort()).toEqual(Object.values(PARSE));
  });

  it('100,000 random messages leave nothing half read', () => {
    for (let run = 0; run < 100_000; run++) {
      const message = dice.octets(dice.below(60));
      if (message.length > 5 && dice.below(2)) message.set([0, 0, 0, 1], 2);
      check(message, query, parseQuery(message, message.length, query));
    }
  });

  it('no octet at or behind the length is looked at', () => {
    const valid = buildQuery({ counts: [1, 1, 0, 1], records: a, opt: { options: option(10, new Array(8).fill(7)) } });
    for (let run = 0; run < 3_000; run++) {
      const message = dice.mutate(valid, 512);
      const length = dice.below(message.length + 1);
      let highest = -1;
      const watched = new Proxy(message, {
        get(target, key) {
          highest = Math.max(highest, Number(key as string));
          return target[Number(key as string)];
        },
      });
      parseQuery(watched, length, query);
      expect(highest).toBeLessThan(length);
    }
  });

  it('65535 octets of records are stepped over', () => {
    const records = new Array(5_900).fill(record([0], 99, [])).flat();
    const message = buildQuery({ counts: [1, 0, 0, 5_900], records });
    expect(message.length).toBeLessThan(65536);
    expect(parse(message).verdict).toBe('OK');
  });
});
