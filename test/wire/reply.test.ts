// Proves every reply to be one that others decode to what was meant, with the question echoed octet for octet.

import dnsPacket from 'dns-packet';
import { Packet } from 'dns2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader, CHAIN } from '../../src/wire/answer.ts';
import { EDE, RCODE, TYPE } from '../../src/wire/codes.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';
import { PARSE, parseQuery, Query } from '../../src/wire/query.ts';
import {
  endReply,
  finishRelayed,
  putRecord,
  putSoa,
  replyLimit,
  startReply,
  writeAny,
  writeEmpty,
  writeHeaderOnly,
  writeTruncated,
} from '../../src/wire/reply.ts';
import { buildQuery, type QuerySpec } from '../support/query-builder.ts';
import { buildReply, questionEnd, type ReplySpec, text } from '../support/reply-builder.ts';
import { oracleMessage } from '../support/wire-oracle.ts';

const SEED = 0x5eed;
const QR = 0x8000;
const RA = 0x0080;
const out = new Uint8Array(65536);

function asked(spec: QuerySpec = {}): { query: Query; sent: Uint8Array } {
  const sent = buildQuery(spec);
  const query = new Query(SEED);
  expect([PARSE.OK, PARSE.BAD_VERSION]).toContain(parseQuery(sent, sent.length, query));
  return { query, sent };
}

/** What every reply with a question must be; returns its records. */
function expectReply(length: number, query: Query, sent: Uint8Array, rcode: number) {
  const reply = Buffer.from(out.subarray(0, length));
  const seen = oracleMessage(reply);
  if (!seen) throw new Error(`not a whole message: ${reply.toString('hex')}`);
  expect(seen.end).toBe(length);
  expect(seen.id).toBe(query.id);
  const copied = query.flags & 0x0110;
  expect(seen.flags & ~0x0200).toBe(QR | RA | copied | (rcode & 15));
  const end = 12 + query.name.length + 4;
  expect(reply.subarray(12, end)).toEqual(Buffer.from(sent.subarray(12, end)));
  const opts = seen.records.filter(({ type }) => type === TYPE.OPT);
  expect(opts.map(({ section, owner }) => [section, owner])).toEqual(query.hasEdns ? [['additional', '.']] : []);
  for (const opt of opts) {
    expect(opt.class).toBe(1232);
    expect(opt.ttl).toBe((rcode >> 4) * 0x1000000 + (query.dnssecOk ? 0x8000 : 0));
  }
  expect(dnsPacket.decode(reply).questions).toHaveLength(1);
  const decoded = Packet.parse(reply);
  expect(decoded.errors).toEqual([]);
  expect(decoded.header.rcode).toBe(rcode);
  return { records: seen.records.filter(({ type }) => type !== TYPE.OPT), opt: opts[0], flags: seen.flags };
}

const queries = fc.record({
  name: fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{1,30}$/), { minLength: 1, maxLength: 7 }).map((l) => l.join('.')),
  id: fc.nat(65535),
  flags: fc.constantFrom(0, 0x0100, 0x0110, 0x0520, 0x03f0, 0x010f),
  type: fc.nat(65535).filter((type) => type !== TYPE.OPT),
  class: fc.constantFrom(1, 3, 4, 255),
  edns: fc.option(fc.record({ size: fc.nat(65535), flags: fc.constantFrom(0, 0x8000, 0xffff) })),
});

describe('for any query', () => {
  it.each([
    ['writeEmpty', RCODE.SERVFAIL, -1],
    ['writeEmpty', RCODE.REFUSED, EDE.PROHIBITED],
    ['writeEmpty', RCODE.BADVERS, -1],
    ['writeTruncated', RCODE.NOERROR, -1],
    ['writeAny', RCODE.NOERROR, -1],
  ] as const)('%s with rcode %i and extended error %i is whole and its own', (writer, rcode, ede) => {
    fc.assert(
      fc.property(queries, ({ edns, ...spec }) => {
        // An extended rcode needs an OPT to stand in.
        const opt = edns ?? (rcode > 15 ? {} : undefined);
        const { query, sent } = asked(opt ? { ...spec, opt } : spec);
        out.fill(0xff);
        const write = {
          writeEmpty: () => writeEmpty(query, out, rcode, ede),
          writeTruncated: () => writeTruncated(query, out),
          writeAny: () => writeAny(query, out),
        };
        const length = write[writer]();
        expect(length).toBeLessThanOrEqual(512);
        const { records, opt: seen, flags } = expectReply(length, query, sent, rcode);
        expect((flags & 0x0200) !== 0).toBe(writer === 'writeTruncated');
        expect(records.map(({ type, ttl }) => [type, ttl])).toEqual(writer === 'writeAny' ? [[TYPE.HINFO, 3600]] : []);
        if (seen) expect(seen.rdata).toBe(ede < 0 ? '' : `000f0002${ede.toString(16).padStart(4, '0')}`);
      }),
    );
  });
});

it('a header alone carries id, opcode, RD and CD and no question', () => {
  const query = new Query(SEED);
  expect(parseQuery(buildQuery({ id: 0xbeef, flags: 0x2d30 }), 33, query)).toBe(PARSE.OPCODE);
  out.fill(0xff);
  expect(writeHeaderOnly(query, out, RCODE.NOTIMP)).toBe(12);
  expect(Buffer.from(out.subarray(0, 12)).toString('hex')).toBe('beefa9940000000000000000');
});

it('the question keeps the case it was asked in', () => {
  const { query, sent } = asked({ name: 'wWw.TiKtOk.CoM' });
  expectReply(writeEmpty(query, out, RCODE.NXDOMAIN), query, sent, RCODE.NXDOMAIN);
  expect(Buffer.from(out.subarray(12, 28)).toString('latin1')).toBe('\x03wWw\x06TiKtOk\x03CoM\x00');
});

it('BADVERS keeps its upper bits in the OPT, and offers version 0', () => {
  const { query, sent } = asked({ opt: { version: 7, flags: 0x8000 } });
  const { opt, flags } = expectReply(writeEmpty(query, out, RCODE.BADVERS), query, sent, RCODE.BADVERS);
  expect(opt.ttl).toBe(0x01008000);
  expect(flags & 15).toBe(0);
});

describe('replyLimit', () => {
  it.each<[QuerySpec['opt'], boolean, number]>([
    [undefined, false, 512],
    [{ size: 0 }, false, 512],
    [{ size: 512 }, false, 512],
    [{ size: 600 }, false, 600],
    [{ size: 1232 }, false, 1232],
    [{ size: 65535 }, false, 1232],
    [undefined, true, 65535],
    [{ size: 512 }, true, 65535],
  ])('of %o, over a stream %s: %i', (opt, stream, limit) => {
    expect(replyLimit(asked(opt ? { opt } : {}).query, stream)).toBe(limit);
  });
});

describe('an extended error', () => {
  const words = Uint8Array.from(Buffer.from('xx be-716: ask netsec@example.be'));
  const length = words.length - 3;
  const write = (limit: number, edns = true) => {
    const { query, sent } = asked(edns ? { opt: {} } : {});
    const at = startReply(query, out, RCODE.NXDOMAIN);
    const end = endReply(query, out, at, limit, 0, EDE.BLOCKED, words, 3, length);
    return {
      at,
      end,
      opt: expectReply(end, query, sent, RCODE.NXDOMAIN).opt,
      reply: Buffer.from(out.subarray(0, end)),
    };
  };

  it('carries its text, as dns2 and dns-packet read it', () => {
    const { reply } = write(512);
    expect(Packet.parse(reply).additionals[0].rdata).toEqual([
      expect.objectContaining({ ednsCode: 15, infoCode: EDE.BLOCKED, extraText: 'be-716: ask netsec@example.be' }),
    ]);
    const [option] = dnsPacket.decode(reply).additionals[0].options!;
    expect(Buffer.from(option.data!).toString('latin1')).toBe('\x00\x0fbe-716: ask netsec@example.be');
  });

  it('gives way to the limit: first its text, then itself, never the OPT', () => {
    const { at } = write(512);
    const whole = at + 11 + 6 + length;
    for (let limit = at; limit <= whole + 1; limit++) {
      const { end, opt } = write(limit);
      expect(end, `limit ${limit}`).toBe(limit >= whole ? whole : limit >= at + 17 ? at + 17 : at + 11);
      expect(opt.rdata.length / 2).toBe(end - at - 11);
    }
  });

  it('is not given where no OPT was asked', () => {
    const { at, end } = write(512, false);
    expect(end).toBe(at);
  });
});

describe('putSoa', () => {
  it.each([
    ['www.tiktok.com', 2, 'tiktok.com'],
    ['www.tiktok.com', 3, 'www.tiktok.com'],
    ['www.tiktok.com', 1, 'com'],
    ['www.tiktok.com', 0, '.'],
    ['www.tiktok.com', 9, 'www.tiktok.com'],
    ['.', 0, '.'],
    ['.', 1, '.'],
  ])('of %s for %i labels is owned by %s', (name, labels, owner) => {
    const { query, sent } = asked({ name });
    const end = endReply(query, out, putSoa(query, out, startReply(query, out, RCODE.NXDOMAIN), labels, 60, 7), 512);
    const { records } = expectReply(end, query, sent, RCODE.NXDOMAIN);
    expect(records.map(({ section, owner: by, type, ttl }) => [section, by, type, ttl])).toEqual([
      ['authority', owner, TYPE.SOA, 60],
    ]);
    const [soa] = dnsPacket.decode(Buffer.from(out.subarray(0, end))).authorities;
    const mname = owner === '.' ? '.' : owner;
    expect(soa).toMatchObject({
      name: mname,
      data: { mname, rname: 'nobody.invalid', serial: 7, refresh: 3600, retry: 600, expire: 86400, minimum: 60 },
    });
  });
});

it('putRecord owns its records by the question and counts them', () => {
  const { query, sent } = asked({ name: 'www.TikTok.com', opt: {} });
  const rdata = Uint8Array.from([0, 192, 0, 2, 1, 192, 0, 2, 2]);
  let at = startReply(query, out, RCODE.NOERROR);
  at = putRecord(out, at, TYPE.A, 60, rdata, 1, 4);
  at = putRecord(out, at, TYPE.A, 60, rdata, 5, 4);
  const end = endReply(query, out, at, 512, 0, EDE.FORGED);
  expect(expectReply(end, query, sent, RCODE.NOERROR).records.map(({ owner, rdata: data }) => [owner, data])).toEqual([
    ['www.tiktok.com', 'c0000201'],
    ['www.tiktok.com', 'c0000202'],
  ]);
  expect(dnsPacket.decode(Buffer.from(out.subarray(0, end))).answers.map(({ data }) => data)).toEqual([
    '192.0.2.1',
    '192.0.2.2',
  ]);
});

/** Leaves in `out` the canonical message of an answer with one TXT of about `size` octets; its length. */
function relayable(size: number, flags = 0x8180): number {
  const strings: string[] = [];
  for (let left = size; left > 0; left -= 256) strings.push('x'.repeat(Math.min(left, 255)));
  const authority = {
    owner: 'example.com',
    type: TYPE.SOA,
    rdata: [{ name: 'ns.example.com' }, { name: '.' }, new Uint8Array(20)],
  };
  const answer = { owner: 'www.example.com', type: TYPE.TXT, rdata: [text(...strings)] };
  const spec: ReplySpec = {
    name: 'www.example.com',
    type: TYPE.TXT,
    flags,
    ...(size > 0 ? { answer: [answer] } : { authority: [authority] }),
  };
  const message = buildReply(spec);
  const name = new Name(SEED);
  nameFromText('www.example.com', name);
  const reader = new AnswerReader(SEED);
  expect(reader.read(message, message.length, questionEnd(spec), name, TYPE.TXT, false, out)).toBe(CHAIN.OK);
  return reader.length;
}

describe('finishRelayed', () => {
  it.each<[string, number, QuerySpec['opt'], boolean]>([
    ['512 without EDNS', 512, undefined, false],
    ['512 for a smaller size', 512, { size: 100 }, false],
    ['the client size', 800, { size: 800 }, false],
    ['1232 for a larger size', 1232, { size: 4096 }, false],
    ['65535 over a stream', 65535, undefined, true],
  ])('keeps to %s, to the octet', (_, limit, opt, stream) => {
    const { query, sent } = asked({ name: 'WWW.example.com', type: TYPE.TXT, ...(opt ? { opt } : {}) });
    const room = limit - (opt ? 11 : 0);
    for (const over of [-1, 0, 1]) {
      const at = startReply(query, out, 0) + 12;
      out.fill(0x78, at, room + over);
      out[7] = 1;
      out.set([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 9, ((room + over - at) >> 8) & 255, (room + over - at) & 255], at - 12);
      const length = finishRelayed(query, out, room + over, stream);
      expect(length, `${over} over`).toBeLessThanOrEqual(limit);
      const truncated = over > 0;
      expect((out[2] & 2) !== 0).toBe(truncated);
      const seen = oracleMessage(out, length)!;
      expect(seen.records.filter(({ type }) => type !== TYPE.OPT).length).toBe(truncated ? 0 : 1);
      expect(seen.end).toBe(length);
      expect(Buffer.from(out.subarray(12, 29))).toEqual(Buffer.from(sent.subarray(12, 29)));
    }
  });

  it.each<[string, QuerySpec['opt'], boolean]>([
    ['without EDNS', undefined, false],
    ['with EDNS', { flags: 0x8000 }, false],
    ['stale', {}, true],
  ])('makes the message its client own, %s', (_, opt, stale) => {
    const { query, sent } = asked({
      name: 'wWw.eXample.com',
      type: TYPE.TXT,
      id: 7,
      flags: 0x0110,
      ...(opt ? { opt } : {}),
    });
    const length = finishRelayed(query, out, relayable(300, 0x85a0), false, stale);
    const { records, opt: seen } = expectReply(length, query, sent, RCODE.NOERROR);
    expect(records.map(({ type, owner }) => [type, owner])).toEqual([[TYPE.TXT, 'www.example.com']]);
    if (seen) expect(seen.rdata).toBe(stale ? '000f00020003' : '');
  });

  it('keeps NXDOMAIN, and says of a stale one what it is', () => {
    const { query, sent } = asked({ type: TYPE.TXT, opt: {} });
    const length = relayable(0, 0x8583);
    const { records, opt } = expectReply(finishRelayed(query, out, length, false, true), query, sent, RCODE.NXDOMAIN);
    expect(records.map(({ section, type }) => [section, type])).toEqual([['authority', TYPE.SOA]]);
    expect(opt.rdata).toBe('000f00020013');
  });
});
