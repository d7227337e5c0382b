/**
 * What the test upstream answers when it is honest: the names the hostile packets ask for, everything below
 * test-up.example, and NXDOMAIN for the rest. Addresses are from the documentation ranges of RFC 5737 and RFC 3849.
 * It answers crooked EDNS too, on purpose: a server that relays its clients' octets then has no one to refuse for it.
 */

import type { Message, Question } from './read-message.ts';
import { nameText, optRecords } from './read-message.ts';
import type { MessageSpec, RrSpec } from './write-message.ts';
import { ascii, concat, OWNER_POINTER, opt, u16, u32, wireName, writeMessage } from './write-message.ts';

/** A query as the upstream received it. */
export interface UpstreamQuery {
  transport: 'udp' | 'tcp';
  message: Message;
  question: Question;
  /** The question's labels, lower case, odd octets as \DDD. */
  labels: string[];
  /** How often this name and type came before over this transport. */
  earlier: number;
}

/** Everything below it exists; its first label may say more (answerBelowTestZone). */
export const TEST_ZONE = 'test-up.example';
export const GOOD_ADDRESS = '192.0.2.10';
/** The true address of every victim.* name: a cache that says otherwise was poisoned. */
export const VICTIM_ADDRESS = '192.0.2.77';
/** What tiktok.com names resolve to: seen in a reply only where a ban was passed by. */
export const BANNED_ADDRESS = '198.51.100.99';

export const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, MX: 15, TXT: 16, AAAA: 28, HTTPS: 65, IXFR: 251, AXFR: 252 };
export const RESPONSE_FLAGS = 0x8180;

const CLASS_IN = 1;
const TTL = 60;
const TYPE_WITH_DATA = 65300;
const HOSTS = ['example.com', 'www.example.com', 'mail.example.com'];

interface Content {
  rcode: number;
  answers: RrSpec[];
  /** The zone whose SOA an answer without records carries. */
  zone: string;
}

/** The honest reply, truncated to nothing where it does not fit what the asker takes over UDP. */
export function answerHonestly(query: UpstreamQuery): Uint8Array {
  const content = contentFor(query);
  const empty = content.answers.length === 0 && (content.rcode === 0 || content.rcode === 3);
  const spec: Partial<MessageSpec> = { answers: content.answers, authority: empty ? [soa(content.zone)] : [] };
  const reply = writeMessage(replyTo(query, { ...spec, flags: RESPONSE_FLAGS | content.rcode }));
  if (query.transport === 'tcp' || reply.length <= sizeTaken(query)) return reply;
  return writeMessage(replyTo(query, { flags: RESPONSE_FLAGS | 0x0200 }));
}

/** A reply to the query with its id, question and an OPT where it had one; the overrides win. */
export function replyTo(query: UpstreamQuery, overrides: Partial<MessageSpec>): MessageSpec {
  const { name, type, class: qclass } = query.question;
  return {
    id: query.message.id,
    flags: RESPONSE_FLAGS,
    question: { name, type, class: qclass },
    additional: optFor(query),
    ...overrides,
  };
}

/** An OPT record exactly where the query had one. */
export function optFor(query: UpstreamQuery): RrSpec[] {
  return optRecords(query.message).length > 0 ? [opt()] : [];
}

/** An A record, for the name that was asked unless another is given. */
export function a(address: string, ttl = TTL, name: string | Uint8Array = OWNER_POINTER): RrSpec {
  return { name, type: TYPE.A, ttl, rdata: Uint8Array.from(address.split('.'), Number) };
}

export function soa(zone: string, ttl = TTL, minimum = TTL): RrSpec {
  const numbers = [2026110101, 3600, 600, 604800, minimum].map(u32);
  return { name: zone, type: TYPE.SOA, ttl, rdata: concat(wireName('ns'), wireName('hostmaster'), ...numbers) };
}

function contentFor(query: UpstreamQuery): Content {
  const { type, class: qclass } = query.question;
  const name = nameText(query.question.name);
  const refused = (rcode: number): Content => ({ rcode, answers: [], zone: '.' });
  if (query.message.opcode !== 0) return refused(4);
  if (qclass !== CLASS_IN) return refused(5);
  if (type === TYPE.AXFR || type === TYPE.IXFR) return refused(9);
  if (isWithin(name, TEST_ZONE)) return answerBelowTestZone(query);
  if (isWithin(name, 'tiktok.com')) {
    return { rcode: 0, answers: type === TYPE.A ? [a(BANNED_ADDRESS)] : [], zone: 'tiktok.com' };
  }
  if (name === '.') return { rcode: 0, answers: type === TYPE.NS ? [nameRecord(TYPE.NS, 'ns')] : [], zone: '.' };
  if (isWithin(name, 'example.com')) return answerInExampleCom(name, type);
  return { rcode: 3, answers: [], zone: '.' };
}

/** The zone that hostile-packets.tsv presumes: hosts, a wildcard, a 600-octet and a 2 KB answer, an unknown type. */
function answerInExampleCom(name: string, type: number): Content {
  const zone = 'example.com';
  const answer = (...answers: RrSpec[]): Content => ({ rcode: 0, answers, zone });
  if (name === zone && type === TYPE.SOA) return answer({ ...soa(zone), name: OWNER_POINTER });
  if (name === 'big.example.com') return type === TYPE.TXT ? answer(txt('b'.repeat(600))) : answer();
  if (name === 'huge.example.com') {
    const records = Array.from({ length: 9 }, (_, i) => txt(String(i).repeat(220)));
    return type === TYPE.TXT ? answer(...records) : answer();
  }
  if (name === 'unk.example.com') {
    const opaque = { name: OWNER_POINTER, type, ttl: TTL, rdata: Uint8Array.of(0xde, 0xad, 0xc0, 0x0c, 0xff) };
    return type === TYPE_WITH_DATA ? answer(opaque) : answer();
  }
  if (HOSTS.includes(name) || isWithin(name, 'wild.example.com')) return answer(...hostRecords(type, GOOD_ADDRESS));
  return { rcode: 3, answers: [], zone };
}

/**
 * First label: `nx` does not exist, `cname-to` is an alias of the rest, `victim` has an address of its own, `hinted` a
 * service that says where it is.
 */
function answerBelowTestZone(query: UpstreamQuery): Content {
  const { type, name } = query.question;
  const [first] = query.labels;
  if (first === 'nx') return { rcode: 3, answers: [], zone: TEST_ZONE };
  if (first !== 'cname-to') {
    const address = first === 'victim' ? VICTIM_ADDRESS : GOOD_ADDRESS;
    const isHinted = first === 'hinted' && type === TYPE.HTTPS;
    const answers = isHinted ? [https(u16(4), u16(4), Uint8Array.from(address.split('.'), Number))] : undefined;
    return { rcode: 0, answers: answers ?? hostRecords(type, address), zone: TEST_ZONE };
  }
  const rest = name.subarray(1 + name[0]!);
  const below = contentFor({
    ...query,
    labels: query.labels.slice(1),
    question: { ...query.question, name: rest },
  });
  const alias: RrSpec = { name: OWNER_POINTER, type: TYPE.CNAME, ttl: TTL, rdata: rest };
  if (type === TYPE.CNAME) return { rcode: 0, answers: [alias], zone: TEST_ZONE };
  // The records below are written for the question's owner; as part of the chain they belong to the alias's target.
  const chain = below.answers.map((record) => (record.name === OWNER_POINTER ? { ...record, name: rest } : record));
  return { ...below, answers: [alias, ...chain] };
}

function hostRecords(type: number, address: string): RrSpec[] {
  if (type === TYPE.A || type === 255) return [a(address)];
  if (type === TYPE.TXT) return [txt('honest')];
  if (type === TYPE.MX) {
    return [{ name: OWNER_POINTER, type, ttl: TTL, rdata: concat(u16(10), wireName('mail.example.com')) }];
  }
  if (type === TYPE.HTTPS) return [https()];
  if (type !== TYPE.AAAA) return [];
  const rdata = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10);
  return [{ name: OWNER_POINTER, type, ttl: TTL, rdata }];
}

/** Priority 1, target ".", alpn=h2 (RFC 9460 §2.2), and these parameters. */
function https(...parameters: Uint8Array[]): RrSpec {
  const rdata = concat(u16(1), Uint8Array.of(0), u16(1), u16(3), Uint8Array.of(2), ascii('h2'), ...parameters);
  return { name: OWNER_POINTER, type: TYPE.HTTPS, ttl: TTL, rdata };
}

function nameRecord(type: number, target: string): RrSpec {
  return { name: OWNER_POINTER, type, ttl: TTL, rdata: wireName(target) };
}

function txt(text: string): RrSpec {
  const strings = text.match(/.{1,255}/g) ?? [];
  const rdata = concat(...strings.map((part) => concat(Uint8Array.of(part.length), ascii(part))));
  return { name: OWNER_POINTER, type: TYPE.TXT, ttl: TTL, rdata };
}

function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function sizeTaken(query: UpstreamQuery): number {
  return Math.max(512, optRecords(query.message)[0]?.class ?? 0);
}
