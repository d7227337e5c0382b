// Proves that a lying or broken upstream reply is refused, or loses whatever the question did not ask for.

import { describe, expect, it } from 'vitest';
import { AnswerReader, CHAIN } from '../../src/wire/answer.ts';
import { TYPE } from '../../src/wire/codes.ts';
import { fault, nameOf, run, runOctets, SEED } from '../support/answer-run.ts';
import { Dice } from '../support/dice.ts';
import { option } from '../support/query-builder.ts';
import { buildReply, long, opt, questionEnd, type RecordSpec, type ReplySpec, word } from '../support/reply-builder.ts';
import { a, cname, name, soa } from '../support/reply-records.ts';
import { oracleName } from '../support/wire-oracle.ts';

const NAME = 'www.example.com';
const END = 33;
const is = (type: number, ...rdata: RecordSpec['rdata']): RecordSpec => ({ owner: NAME, type, rdata });
const asking = (type: number, ...answer: RecordSpec[]): ReplySpec => ({ name: NAME, type, answer });
const times = (count: number, of: (index: number) => RecordSpec) =>
  Array.from({ length: count }, (_, index) => of(index));

describe('refused is', () => {
  const refused: [string, ReplySpec][] = [
    ['A of 3 octets', asking(TYPE.A, is(TYPE.A, [1, 2, 3]))],
    ['A of 5 octets', asking(TYPE.A, is(TYPE.A, [1, 2, 3, 4, 5]))],
    ['A of none', asking(TYPE.A, is(TYPE.A))],
    ['one broken A among good ones', asking(TYPE.A, a(NAME), is(TYPE.A, [1]))],
    ['AAAA of 4 octets', asking(TYPE.AAAA, is(TYPE.AAAA, [1, 2, 3, 4]))],
    ['CNAME of none', asking(TYPE.CNAME, is(TYPE.CNAME))],
    ['CNAME with octets behind its name', asking(TYPE.CNAME, is(TYPE.CNAME, name('b.net'), [0]))],
    ['an alias whose name leaves its RDATA', asking(TYPE.A, { ...cname(NAME, 'b.net'), rdlength: 3 }, a('b.net'))],
    ['MX of one octet', asking(TYPE.MX, is(TYPE.MX, [1]))],
    ['MX without a name', asking(TYPE.MX, is(TYPE.MX, [0, 1]))],
    ['MX with octets behind its name', asking(TYPE.MX, is(TYPE.MX, [0, 1], name('.'), [0]))],
    ['SRV cut', asking(TYPE.SRV, is(TYPE.SRV, [0, 1, 0, 1]))],
    ['SOA cut', asking(TYPE.SOA, is(TYPE.SOA, name('.'), name('.'), new Uint8Array(19)))],
    ['SOA too long', asking(TYPE.SOA, is(TYPE.SOA, name('.'), name('.'), new Uint8Array(21)))],
    ['NAPTR whose strings run over', asking(TYPE.NAPTR, is(TYPE.NAPTR, [0, 1, 0, 1, 1, 65, 0, 9, 65]))],
    ['NAPTR without strings', asking(TYPE.NAPTR, is(TYPE.NAPTR, [0, 1, 0, 1]))],
    ['HTTPS of one octet', asking(TYPE.HTTPS, is(TYPE.HTTPS, [0]))],
    ['HTTPS without a target', asking(TYPE.HTTPS, is(TYPE.HTTPS, [0, 1]))],
    ['HTTPS with a target cut', asking(TYPE.HTTPS, is(TYPE.HTTPS, [0, 1, 5, 97]))],
    ['HTTPS with a compressed target', asking(TYPE.HTTPS, is(TYPE.HTTPS, [0, 1, 0xc0, 12]))],
    ['more than 64 targets', asking(TYPE.HTTPS, ...times(65, (i) => is(TYPE.HTTPS, [0, 1, 1, i, 0])))],
    ['NXDOMAIN with an answer', { ...asking(TYPE.A, a(NAME)), flags: 0x8183 }],
    ['SERVFAIL with an answer', { ...asking(TYPE.A, a(NAME)), flags: 0x8182 }],
    ['an extended rcode with an answer', { ...asking(TYPE.A, a(NAME)), additional: [opt([], 1)] }],
    ['ANCOUNT too high', { ...asking(TYPE.A, a(NAME)), counts: [2, 0, 0] }],
    ['NSCOUNT too high', { ...asking(TYPE.A, a(NAME)), counts: [1, 1, 0] }],
    ['ARCOUNT too high', { ...asking(TYPE.A, a(NAME)), counts: [1, 0, 1] }],
    ['ANCOUNT 65535', { ...asking(TYPE.A, a(NAME)), counts: [65535, 0, 0] }],
    ['all counts 65535', { ...asking(TYPE.A, a(NAME)), counts: [65535, 65535, 65535] }],
    ['RDLENGTH past the end', asking(TYPE.A, { ...a(NAME), rdlength: 5 })],
    ['RDLENGTH of text past the end', asking(TYPE.TXT, { ...is(TYPE.TXT, [1, 65]), rdlength: 3 })],
    ['a signer that leaves its RDATA', asking(TYPE.SIG, is(TYPE.SIG, new Uint8Array(18), [3, 97]), a(NAME))],
    ['RDLENGTH 65535', asking(TYPE.A, { ...a(NAME), rdlength: 65535 })],
    ['RDLENGTH short, so that the rest is a record', asking(TYPE.A, { ...a(NAME), rdlength: 3 }, a(NAME))],
    ['two OPT', { ...asking(TYPE.A, a(NAME)), additional: [opt(), opt()] }],
    ['an OPT owned by a name', { ...asking(TYPE.A, a(NAME)), additional: [{ ...opt(), owner: 'a' }] }],
    ['an OPT in answer', asking(TYPE.A, a(NAME), opt())],
    ['an OPT in authority', { ...asking(TYPE.A, a(NAME)), authority: [opt()] }],
    ['an option past the end of the OPT', { ...asking(TYPE.A, a(NAME)), additional: [opt([0, 10, 0, 9, 1])] }],
    ['an option header cut', { ...asking(TYPE.A, a(NAME)), additional: [opt([0, 10, 0])] }],
    ['an OPT past the end', { ...asking(TYPE.A, a(NAME)), additional: [{ ...opt(), rdlength: 9 }] }],
    ['2,049 records', asking(TYPE.A, ...times(2_049, () => a(NAME)))],
    ['2,049 additional records', { ...asking(TYPE.A, a(NAME)), additional: times(2_049, () => a('a')) }],
  ];
  it.each(refused)('%s', (_, spec) => {
    expect(run(spec).verdict).toBe('MALFORMED');
    expect(run(spec, { compress: false }).verdict).toBe('MALFORMED');
  });

  it.each<[string, RecordSpec[]]>([
    ['to itself', [cname(NAME, NAME)]],
    ['of two', [cname(NAME, 'b.net'), cname('b.net', NAME)]],
    ['of three, behind another', [cname(NAME, 'b.net'), cname('b.net', 'c.net'), cname('c.net', 'b.net')]],
    ['closed by a second alias of one name', [cname(NAME, 'b.net'), cname('b.net', NAME), cname('b.net', 'c.net')]],
  ])('an alias loop %s', (_, answer) => {
    expect(run(asking(TYPE.A, ...answer)).verdict).toBe('LOOP');
  });

  it('a name whose pointer goes forwards, in owner or in RDATA', () => {
    const octets = [...buildReply(asking(TYPE.CNAME, cname(NAME, 'b.net')))];
    for (const at of [END, END + 12]) {
      for (const target of [at, at + 1, at + 2, 0, 11]) {
        const lying = Uint8Array.from(octets);
        lying.set([0xc0, target], at);
        if (at > END) lying.set(word(2), END + 10);
        const message = at > END ? lying.subarray(0, END + 14) : lying;
        expect(runOctets(message, NAME, TYPE.CNAME, END).verdict, `${at} to ${target}`).toBe('MALFORMED');
      }
    }
  });

  it('a reply cut anywhere', () => {
    const spec = {
      ...asking(TYPE.A, cname(NAME, 'b.net'), a('b.net')),
      authority: [soa('net')],
      additional: [opt(option(10, [1]))],
    };
    const whole = buildReply(spec);
    for (let length = END; length < whole.length; length++)
      expect(runOctets(whole.subarray(0, length), NAME, TYPE.A, END).verdict, `${length} octets`).toBe('MALFORMED');
    expect(run(spec).verdict).toBe('OK');
  });
});

describe('dropped is', () => {
  const dropped: [string, ReplySpec][] = [
    ['an address of another name', asking(TYPE.A, a('www.bank.example'), a(NAME))],
    ['an address of the parent', asking(TYPE.A, a('example.com'), a(NAME))],
    ['an address of a name below', asking(TYPE.A, a('a.www.example.com'), a(NAME))],
    ['an alias of another name', asking(TYPE.A, cname('www.bank.example', 'evil.net'), a('evil.net', 6), a(NAME))],
    ['a record of another type', asking(TYPE.A, is(TYPE.TXT, [1, 65]), a(NAME))],
    ['a broken record nobody asked for', asking(TYPE.A, is(TYPE.AAAA, [1]), { ...a('b.net'), rdata: [[1]] }, a(NAME))],
    ['a record of another class', asking(TYPE.A, { ...a(NAME, 6), class: 3 }, a(NAME))],
    ['an alias beside the address', asking(TYPE.A, cname(NAME, 'evil.net'), a('evil.net', 6), a(NAME))],
    ['an address in authority', { ...asking(TYPE.A, a(NAME)), authority: [a('evil.net', 6), soa('example.com')] }],
    ['an address in additional', { ...asking(TYPE.A, a(NAME)), additional: [a(NAME, 6), opt()] }],
    ['name servers and their addresses', { ...asking(TYPE.A, a(NAME)), authority: [is(TYPE.NS, name('b.net'))] }],
    ['a DNAME that explains nothing', asking(TYPE.A, is(TYPE.DNAME, name('evil.net')), a(NAME))],
    ['what stands behind the counts', { ...asking(TYPE.A, a(NAME), a(NAME, 6)), counts: [1, 0, 0] }],
  ];
  it.each(dropped)('%s', (_, spec) => {
    const { verdict, rebuilt, targets } = run(spec);
    expect(verdict).toBe('OK');
    expect(rebuilt.records.map(({ owner, type, rdata }) => [owner, type, rdata])).toEqual([[NAME, TYPE.A, 'c0000201']]);
    expect(targets).toEqual([]);
  });

  it('a record of another name with the same hash', () => {
    const seen = new Map<number, string>();
    let pair: [string, string] | undefined;
    for (let number = 0; pair === undefined; number++) {
      const candidate = `${number.toString(36)}.net`;
      const { hash } = nameOf(candidate);
      const other = seen.get(hash);
      if (other) pair = [other, candidate];
      seen.set(hash, candidate);
    }
    const [asked, stranger] = pair;
    const { verdict, rebuilt } = run({ name: asked, type: TYPE.A, answer: [a(stranger, 6), a(asked)] });
    expect([verdict, rebuilt.records.map(({ rdata }) => rdata)]).toEqual(['OK', ['c0000201']]);
  });

  it('an alias target of the same spelling with a dot inside a label', () => {
    const dotted = buildReply(asking(TYPE.A, cname(NAME, 'a.net'), a('a.net')));
    // The owner of the address becomes the one label "a.net": 5 octets, the root.
    const at = dotted.length - 16;
    const lying = Uint8Array.from([...dotted.subarray(0, at), 5, 97, 46, 110, 101, 116, 0, ...dotted.subarray(at + 2)]);
    const { verdict, reader } = runOctets(lying, NAME, TYPE.A, END);
    expect([verdict, reader.negative, reader.rcode]).toEqual(['OK', true, 0]);
  });
});

it.each([
  [0x80000000, 0],
  [0xffffffff, 0],
  [0x7fffffff, 604_800],
  [604_801, 604_800],
  [604_800, 604_800],
  [0, 0],
])('TTL %i is taken as %i', (ttl, expected) => {
  const { reader, rebuilt } = run(asking(TYPE.A, a(NAME, 1, ttl)));
  expect([reader.ttl, rebuilt.records[0].ttl]).toEqual([expected, expected]);
});

it('what the OPT says is told, and nothing of it kept from the reply before', () => {
  const reader = new AnswerReader(SEED);
  const out = new Uint8Array(65536);
  const read = (spec: ReplySpec) => {
    const message = buildReply(spec);
    expect(reader.read(message, message.length, questionEnd(spec), nameOf(NAME), TYPE.A, false, out)).toBe(CHAIN.OK);
    return message;
  };
  const spec = { name: NAME, type: TYPE.A, flags: 0x8180, additional: [a('b.net'), opt(option(10, [7, 8, 9]), 1)] };
  const message = read(spec);
  const { cookie, cookieLength } = reader.sections;
  expect([reader.rcode, reader.sections.hasEdns, [...message.subarray(cookie, cookie + cookieLength)]]).toEqual([
    16,
    true,
    [7, 8, 9],
  ]);
  read(asking(TYPE.A, cname(NAME, 'b.net'), a('b.net')));
  expect([reader.rcode, reader.sections.hasEdns, reader.sections.cookieLength, reader.targetCount]).toEqual([
    0,
    false,
    0,
    1,
  ]);
  read(asking(TYPE.A, a(NAME)));
  expect([reader.ttlCount, reader.targetCount, reader.negative]).toEqual([1, 0, false]);
});

describe('size', () => {
  const long255 = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;

  it('a full message that grows when decompressed is refused, not cut or overrun', () => {
    // Each SOA is 24 octets on the wire and 530 when its names are written out.
    const other = `${'e'.repeat(63)}.${'f'.repeat(63)}.${'g'.repeat(63)}.${'h'.repeat(61)}`;
    const grow = (count: number): ReplySpec => ({
      name: NAME,
      type: TYPE.SOA,
      answer: [
        cname(NAME, long255),
        ...times(count, () => ({ ...soa(long255), rdata: [name(other), name(other), long(1), new Uint8Array(16)] })),
      ],
    });
    expect(run(grow(100)).verdict).toBe('OK');
    const verdicts = Array.from({ length: 30 }, (_, i) => run(grow(110 + i)).verdict);
    expect(new Set(verdicts)).toEqual(new Set(['OK', 'MALFORMED']));
  });

  it('1,000 addresses and 60,000 octets of text are honest', () => {
    expect(run(asking(TYPE.A, ...times(1_000, () => a(NAME)))).rebuilt.records).toHaveLength(1_000);
    expect(run(asking(TYPE.TXT, is(TYPE.TXT, new Uint8Array(60_000)))).verdict).toBe('OK');
  });

  it('an owner past the reach of a pointer is written out', () => {
    const signature = is(TYPE.RRSIG, word(TYPE.CNAME), new Uint8Array(17_000));
    const spec = asking(TYPE.A, cname(NAME, 'b.net'), signature, cname('b.net', 'c.net'), a('c.net'));
    const { rebuilt, targets } = run(spec, { dnssecOk: true });
    expect(rebuilt.records.map(({ owner }) => owner)).toEqual([NAME, NAME, 'b.net', 'c.net']);
    expect(rebuilt.records[3].rdataAt).toBeGreaterThan(0x4000 + 10);
    expect(targets).toEqual(['b.net', 'c.net']);
  });
});

describe('fuzz', () => {
  const TARGETS = [
    asking(TYPE.A, cname(NAME, 'a.cdn.net'), cname('a.cdn.net', 'b.cdn.net'), a('b.cdn.net'), a('b.cdn.net', 2)),
    asking(TYPE.HTTPS, is(TYPE.HTTPS, [0, 0, 1, 97, 3, 110, 101, 116, 0]), is(TYPE.HTTPS, [0, 1, 0, 0, 1, 0, 0])),
    asking(
      TYPE.A,
      { owner: 'example.com', type: TYPE.DNAME, rdata: [name('b.net')] },
      cname(NAME, 'www.b.net'),
      a('www.b.net'),
    ),
    {
      ...asking(TYPE.A, cname(NAME, 'x.b.net')),
      flags: 0x8183,
      authority: [soa('b.net')],
      additional: [opt(option(10, [1, 2]))],
    },
    { ...asking(TYPE.MX, is(TYPE.MX, [0, 1], name('mx.example.com'))), additional: [a('mx.example.com')] },
    asking(TYPE.A, a(NAME), is(TYPE.RRSIG, word(1), [...long(7), ...long(8)])),
  ];

  it('200,000 mutations of honest replies: what is let through is a whole message of the chain', () => {
    const dice = new Dice(5);
    const reader = new AnswerReader(SEED);
    const question = nameOf(NAME);
    const out = new Uint8Array(65536);
    const seen = new Map<number, number>();
    const valid = TARGETS.flatMap((spec) =>
      [true, false].map((compress) => ({ spec, octets: buildReply(spec, compress) })),
    );
    for (let round = 0; round < 200_000; round++) {
      const { spec, octets } = dice.pick(valid);
      const message = Uint8Array.from([...octets.subarray(0, 6), ...dice.mutate(octets.subarray(6), 2_000)]);
      const echo = oracleName(message, 12, message.length);
      // The caller has checked the echoed question before.
      if (!echo || !Buffer.from(message.subarray(12, END)).equals(Buffer.from(octets.subarray(12, END)))) continue;
      const verdict = reader.read(message, message.length, END, question, spec.type, round % 2 === 0, out);
      seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
      if (verdict !== CHAIN.OK) continue;
      const wrong = fault(reader, out);
      if (wrong) throw new Error(`${wrong} from ${Buffer.from(message).toString('hex')}`);
    }
    expect(seen.get(CHAIN.OK)).toBeGreaterThan(10_000);
    expect(seen.get(CHAIN.MALFORMED)).toBeGreaterThan(10_000);
    expect(seen.get(CHAIN.LOOP)).toBeGreaterThan(0);
  });
});
