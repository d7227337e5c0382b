// Proves that of an honest reply exactly the chain of its answer is relayed, whatever the type, compressed or not.

import dnsPacket from 'dns-packet';
import { Packet } from 'dns2';
import { describe, expect, it } from 'vitest';
import { TYPE } from '../../src/wire/codes.ts';
import { lines, run } from '../support/answer-run.ts';
import { buildReply, opt, type RecordSpec, type ReplySpec, text, word } from '../support/reply-builder.ts';
import { a, cname, dname, name, nsec, rrsig, soa } from '../support/reply-records.ts';
import { oracleMessage } from '../support/wire-oracle.ts';

const NAME = 'www.example.com';
const one = (type: number, ...rdata: RecordSpec['rdata']): RecordSpec => ({ owner: NAME, type, rdata });
const svcParams = [...word(1), ...word(3), ...text('h2'), ...word(4), ...word(4), 192, 0, 2, 9];

/** What must be left: the records of `spec` but those that `drop` names. */
function kept(spec: ReplySpec, drop: (index: number) => boolean = () => false): string[] {
  const { records } = oracleMessage(buildReply(spec))!;
  return lines(
    records.filter(({ type, section }, index) => type !== TYPE.OPT && section !== 'additional' && !drop(index)),
  );
}

const addressless: RecordSpec[] = [a('ns1.example.com', 53), opt()];
const TYPES: [string, number, RecordSpec[]][] = [
  ['A', TYPE.A, [a(NAME), a(NAME, 2)]],
  ['AAAA', TYPE.AAAA, [one(TYPE.AAAA, new Uint8Array(16).fill(3))]],
  ['NS', TYPE.NS, [one(TYPE.NS, name('ns1.example.com')), one(TYPE.NS, name('ns.other.net'))]],
  ['CNAME', TYPE.CNAME, [cname(NAME, 'cdn.example.com')]],
  ['DNAME', TYPE.DNAME, [one(TYPE.DNAME, name('target.example.com'))]],
  ['SOA', TYPE.SOA, [soa(NAME, 300)]],
  ['PTR', TYPE.PTR, [one(TYPE.PTR, name('example.com'))]],
  ['MX', TYPE.MX, [one(TYPE.MX, word(10), name('mx.example.com')), one(TYPE.MX, word(0), name('.'))]],
  ['MINFO', TYPE.MINFO, [one(TYPE.MINFO, name('a.example.com'), name('b.example.com'))]],
  ['RP', TYPE.RP, [one(TYPE.RP, name('me.example.com'), name('.'))]],
  ['AFSDB', TYPE.AFSDB, [one(TYPE.AFSDB, word(1), name('afs.example.com'))]],
  ['SRV', TYPE.SRV, [one(TYPE.SRV, word(1), word(2), word(443), name('sip.example.com'))]],
  ['TXT', TYPE.TXT, [one(TYPE.TXT, text('v=spf1 -all', '', 'x'.repeat(255)))]],
  ['HINFO', TYPE.HINFO, [one(TYPE.HINFO, text('CPU', 'OS'))]],
  ['CAA', 257, [one(257, [0], text('issue'), [...Buffer.from('ca.example')])]],
  ['an unknown type', 65280, [one(65280, [0xc0, 12, 1, 2, 3]), one(65280)]],
  ['SVCB', TYPE.SVCB, [one(TYPE.SVCB, word(0), [3, 115, 118, 99, 3, 99, 111, 109, 0])]],
  ['HTTPS', TYPE.HTTPS, [one(TYPE.HTTPS, word(1), [0], svcParams)]],
  ['DS', TYPE.DS, [one(TYPE.DS, word(7), [13, 2], new Uint8Array(32))]],
];

describe.each(TYPES)('a reply with %s', (_, type, answer) => {
  const spec: ReplySpec = {
    name: NAME,
    type,
    answer,
    authority: [{ owner: 'example.com', type: TYPE.NS, rdata: [name('ns1.example.com')] }],
    additional: addressless,
  };
  it.each([
    ['compressed', true],
    ['not compressed', false],
  ])('%s keeps the answer alone', (__, compress) => {
    const { verdict, reader, rebuilt } = run(spec, { compress });
    expect(verdict).toBe('OK');
    expect(lines(rebuilt.records)).toEqual(kept(spec, (index) => index >= answer.length));
    expect([rebuilt.question, rebuilt.type, rebuilt.class]).toEqual([NAME, type, 1]);
    expect([reader.ttl, reader.negative, reader.rcode]).toEqual([300, false, 0]);
    expect(rebuilt.flags).toBe(0x8080);
  });

  it('reads in dns-packet and dns2 as the reply did', () => {
    const { reader, out } = run(spec);
    const reply = Buffer.from(out.subarray(0, reader.length));
    // Neither decompresses names of types it does not know.
    const sent = Buffer.from(buildReply(spec, false));
    expect(dnsPacket.decode(reply).answers).toEqual(dnsPacket.decode(sent).answers);
    const [seen, expected] = [Packet.parse(reply), Packet.parse(sent)];
    expect(seen.errors).toHaveLength(expected.errors.length);
    expect(seen.answers).toEqual(expected.answers);
  });
});

it('a NAPTR comes out with its name decompressed', () => {
  const [flags, at] = [
    [...word(100), ...word(10), ...text('u', 'E2U+sip', '!^.*$!sip:a@example.com!')],
    'sip.example.com',
  ];
  const { verdict, rebuilt } = run({ name: NAME, type: TYPE.NAPTR, answer: [one(TYPE.NAPTR, flags, name(at))] });
  expect(verdict).toBe('OK');
  const plain = run({ name: NAME, type: TYPE.NAPTR, answer: [one(TYPE.NAPTR, flags, name(at))] }, { compress: false });
  expect(rebuilt.records[0].rdata).toBe(plain.rebuilt.records[0].rdata);
  expect(rebuilt.records[0].rdata).toContain(Buffer.from('\x03sip\x07example\x03com\0').toString('hex'));
});

describe('an alias chain', () => {
  it.each([1, 2, 5, 12])('of %i is kept in order, in whatever order it came', (aliases) => {
    const links = Array.from({ length: aliases }, (_, i) =>
      cname(i ? `a${i}.cdn.net` : NAME, `a${i + 1}.cdn.net`, 60 + i),
    );
    const chain = [...links, a(`a${aliases}.cdn.net`, 7, 55)];
    const expected = kept({ name: NAME, type: TYPE.A, answer: chain });
    for (const answer of [chain, [...chain].reverse()]) {
      const { verdict, reader, rebuilt, targets } = run({ name: NAME, type: TYPE.A, answer });
      expect(verdict).toBe('OK');
      expect(lines(rebuilt.records)).toEqual(expected);
      expect(targets).toEqual(links.map((_, i) => `a${i + 1}.cdn.net`));
      expect([reader.ttl, reader.negative]).toEqual([55, false]);
    }
  });

  it('of 13 is refused', () => {
    const links = Array.from({ length: 13 }, (_, i) => cname(i ? `a${i}.cdn.net` : NAME, `a${i + 1}.cdn.net`));
    expect(run({ name: NAME, type: TYPE.A, answer: [...links, a('a13.cdn.net')] }).verdict).toBe('LOOP');
  });

  it('is not followed when the alias is what was asked', () => {
    const { rebuilt, targets } = run({
      name: NAME,
      type: TYPE.CNAME,
      answer: [cname(NAME, 'b.net'), cname('b.net', 'c.net')],
    });
    expect(rebuilt.records).toHaveLength(1);
    expect(targets).toEqual(['b.net']);
  });

  it('without an end is a negative answer that is not cached', () => {
    const { verdict, reader, rebuilt, targets } = run({ name: NAME, type: TYPE.A, answer: [cname(NAME, 'b.net')] });
    expect([verdict, reader.negative, reader.ttl]).toEqual(['OK', true, 0]);
    expect(rebuilt.records).toHaveLength(1);
    expect(targets).toEqual(['b.net']);
  });

  it('with a case of its own is followed', () => {
    const spec: ReplySpec = { name: NAME, type: TYPE.A, answer: [cname('WWW.Example.COM', 'B.Net'), a('b.NET')] };
    expect(run(spec, { compress: false }).rebuilt.records.map(({ owner }) => owner)).toEqual([NAME, 'b.net']);
  });

  it('keeps the DNAME it was synthesised from, before its CNAME, and no other DNAME', () => {
    const answer = [
      dname('com', 'evil.net'),
      dname('example.com', 'cdn.net'),
      cname(NAME, 'www.cdn.net'),
      dname('other.org', 'cdn.net'),
      a('www.cdn.net'),
    ];
    const { rebuilt, targets } = run({ name: NAME, type: TYPE.A, answer });
    const spec: ReplySpec = { name: NAME, type: TYPE.A, answer };
    expect(lines(rebuilt.records)).toEqual(kept(spec, (index) => index === 0 || index === 3));
    expect(targets).toEqual(['cdn.net', 'www.cdn.net']);
  });

  it('keeps a DNAME once that explains several of its aliases', () => {
    const from = dname('example.com', 's.example.com');
    const [first, second] = ['www.s.example.com', 'www.s.s.example.com'];
    const spec: ReplySpec = {
      name: NAME,
      type: TYPE.A,
      answer: [from, cname(NAME, first), cname(first, second), a(second)],
    };
    expect(lines(run(spec).rebuilt.records)).toEqual(kept(spec));
  });

  it('ends in a service binding whose target is marked too', () => {
    const https = { owner: 'b.net', type: TYPE.HTTPS, rdata: [word(0), [1, 115, 6, 116, 105, 107, 116, 111, 107, 0]] };
    const { targets } = run({ name: NAME, type: TYPE.HTTPS, answer: [cname(NAME, 'b.net'), https] });
    expect(targets).toEqual(['b.net', 's.tiktok']);
  });
});

describe('a negative answer', () => {
  it.each([
    ['NXDOMAIN', 0x8183, 900, 600, 600],
    ['NODATA', 0x8180, 900, 600, 600],
    ['an SOA TTL under the minimum', 0x8180, 30, 600, 30],
    ['more than three hours', 0x8183, 604800, 604800, 10800],
    ['a TTL with its top bit set', 0x8183, 0x80000001, 600, 0],
    ['a minimum with its top bit set', 0x8183, 900, 0xffffffff, 0],
  ])('with %s is cached as its SOA says', (_, flags, ttl, minimum, expected) => {
    const authority = [soa('example.com', ttl, minimum)];
    const { verdict, reader, rebuilt } = run({ name: NAME, type: TYPE.A, flags, authority });
    expect([verdict, reader.negative, reader.ttl, reader.rcode]).toEqual(['OK', true, expected, flags & 15]);
    expect(rebuilt.records.map(({ section, type, ttl: kept }) => [section, type, kept])).toEqual([
      ['authority', TYPE.SOA, expected],
    ]);
  });

  it('behind an alias has the SOA of the target', () => {
    const spec: ReplySpec = {
      name: NAME,
      type: TYPE.A,
      flags: 0x8183,
      answer: [cname(NAME, 'gone.cdn.net', 20)],
      authority: [soa('example.com'), soa('cdn.net')],
    };
    const { reader, rebuilt } = run(spec);
    expect(rebuilt.records.map(({ owner, type }) => [owner, type])).toEqual([
      [NAME, TYPE.CNAME],
      ['cdn.net', TYPE.SOA],
    ]);
    expect([reader.negative, reader.ttl]).toEqual([true, 20]);
  });

  it.each<[string, number, RecordSpec[]]>([
    ['without an SOA', 0x8183, []],
    ['with the SOA of another zone', 0x8183, [soa('example.org')]],
    ['with the SOA of a name below', 0x8183, [soa('a.www.example.com')]],
    ['that is a referral', 0x8180, [{ owner: 'example.com', type: TYPE.NS, rdata: [name('ns.example.com')] }]],
    ['SERVFAIL', 0x8182, []],
  ])('%s is not cached, and nothing of authority kept', (_, flags, authority) => {
    const { verdict, reader, rebuilt } = run({ name: NAME, type: TYPE.A, flags, authority });
    expect([verdict, reader.negative, reader.ttl]).toEqual(['OK', true, 0]);
    expect(rebuilt.records).toEqual([]);
  });

  it.each([0x8182, 0x8185])('of flags %i is not cached even with an SOA', (flags) => {
    expect(run({ name: NAME, type: TYPE.A, flags, authority: [soa('example.com')] }).reader.ttl).toBe(0);
  });

  it('takes the first SOA of two', () => {
    const authority = [soa('example.com', 900, 60), soa('com', 900, 30)];
    const { reader, rebuilt } = run({ name: NAME, type: TYPE.A, authority });
    expect([rebuilt.records.length, reader.ttl]).toEqual([1, 60]);
  });
});

describe('with DO', () => {
  const signed: ReplySpec = {
    name: NAME,
    type: TYPE.A,
    answer: [
      cname(NAME, 'b.net'),
      rrsig(NAME, TYPE.CNAME, 'example.com'),
      rrsig('b.net', TYPE.A, 'b.net'),
      a('b.net'),
      rrsig(NAME, TYPE.A, 'example.com'),
      rrsig('b.net', TYPE.TXT, 'b.net'),
    ],
    authority: [nsec('b.net'), rrsig('b.net', TYPE.NSEC, 'b.net'), rrsig('b.net', TYPE.NS, 'b.net')],
  };

  it('signatures of the chain and proofs are kept, no others', () => {
    const { rebuilt } = run(signed, { dnssecOk: true });
    const expected = kept(signed, (index) => [4, 5, 8].includes(index));
    expect(lines(rebuilt.records).sort()).toEqual([...expected].sort());
  });

  it('clear, none is', () => {
    expect(run(signed).rebuilt.records.map(({ type }) => type)).toEqual([TYPE.CNAME, TYPE.A]);
  });

  it('the signature of a DNAME comes with it', () => {
    const from = dname('example.com', 'b.net');
    const answer = [from, rrsig('example.com', TYPE.DNAME, 'example.com'), cname(NAME, 'www.b.net'), a('www.b.net')];
    const spec: ReplySpec = { name: NAME, type: TYPE.A, answer };
    expect(lines(run(spec, { dnssecOk: true }).rebuilt.records)).toEqual(kept(spec));
    expect(lines(run(spec).rebuilt.records)).toEqual(kept(spec, (index) => index === 1));
  });

  it('a negative answer keeps SOA, proofs and their signatures', () => {
    const authority = [
      soa('example.com', 600),
      rrsig('example.com', TYPE.SOA, 'example.com'),
      nsec(NAME),
      rrsig(NAME, TYPE.NSEC, 'example.com'),
    ];
    const spec: ReplySpec = { name: NAME, type: TYPE.A, flags: 0x8183, authority };
    expect(lines(run(spec, { dnssecOk: true }).rebuilt.records)).toEqual(kept(spec));
    expect(run(spec).rebuilt.records.map(({ type }) => type)).toEqual([TYPE.SOA]);
  });

  it('RRSIG can be what is asked', () => {
    const answer = [rrsig(NAME, TYPE.A, 'example.com'), rrsig(NAME, TYPE.TXT, 'example.com')];
    expect(run({ name: NAME, type: TYPE.RRSIG, answer }, { dnssecOk: true }).rebuilt.records).toHaveLength(2);
  });
});
