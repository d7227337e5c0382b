/** What each case of hostile-upstream.tsv does: pure functions from a query to the octets that go back. */

import {
  a,
  answerHonestly,
  GOOD_ADDRESS,
  optFor,
  RESPONSE_FLAGS,
  replyTo,
  soa,
  TEST_ZONE,
  TYPE,
  type UpstreamQuery,
} from './honest-zone.ts';
import { optRecords } from './read-message.ts';
import type { MessageSpec, RrSpec } from './write-message.ts';
import { ascii, concat, OWNER_POINTER, opt, option, u16, wireName, writeMessage } from './write-message.ts';

export type Step =
  /** A datagram, or a message with its length prefix over TCP. */
  | { send: Uint8Array; from?: 'other-port' | 'other-address' }
  /** Octets on the TCP stream as they are. */
  | { raw: Uint8Array }
  | { close: true };

export interface Behaviour {
  udp: (query: UpstreamQuery) => Step[];
  tcp: (query: UpstreamQuery) => Step[];
}

/** In every lie: what must never reach a client or a cache. */
export const EVIL_ADDRESS = '203.0.113.66';
/** In the EDE text of E70: what must never be relayed unread. */
export const EVIL_TEXT = '<script>alert(1)</script>\r\n[CRIT] forged"}';
export const BIG_COUNT = 1000;
export const EVIL_TTL = 3600;

const AA = 0x0400;
const TC = 0x0200;
const AD = 0x0020;
const FORMERR = 1;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const NOTIMP = 4;
const WRONG_IDS = 200;
const OPTION_CLIENT_SUBNET = 8;
const OPTION_COOKIE = 10;
const OPTION_EDE = 15;

type Maker = (query: UpstreamQuery) => Uint8Array;

const honest: Maker = (query) => answerHonestly(query);
const send = (make: Maker) => (query: UpstreamQuery) => [{ send: make(query) }];
const silent = () => [];

/** A lie over UDP, the truth over TCP: the client that falls back may get its answer. */
function datagramLie(make: Maker, from?: 'other-port' | 'other-address'): Behaviour {
  return { udp: (query) => [{ send: make(query), ...(from && { from }) }], tcp: send(honest) };
}

/** The same over both: there is no good answer to be had. */
function lie(make: Maker): Behaviour {
  return { udp: send(make), tcp: send(make) };
}

function reply(overrides: (query: UpstreamQuery) => Partial<MessageSpec>): Maker {
  return (query) => writeMessage(replyTo(query, overrides(query)));
}

/** The good answer with something more. */
function good(overrides: (query: UpstreamQuery) => Partial<MessageSpec>): Maker {
  return reply((query) => ({ answers: [a(GOOD_ADDRESS)], ...overrides(query) }));
}

/** An answer with the evil address and something wrong. */
function evil(overrides: (query: UpstreamQuery) => Partial<MessageSpec>): Maker {
  return reply((query) => ({ answers: [a(EVIL_ADDRESS, EVIL_TTL)], ...overrides(query) }));
}

/** An innocent name of this query's own, so that cases do not disturb each other: `victim.<rest>.test-up.example`. */
export function victimOf(labels: string[]): string {
  const rest = labels.slice(0, -TEST_ZONE.split('.').length).filter((label) => !/^e\d\d$/.test(label));
  return ['victim', ...rest, TEST_ZONE].join('.');
}

function evilVictim(query: UpstreamQuery): RrSpec {
  return a(EVIL_ADDRESS, EVIL_TTL, wireName(victimOf(query.labels)));
}

function cname(target: Uint8Array, name: string | Uint8Array = OWNER_POINTER): RrSpec {
  return { name, type: TYPE.CNAME, rdata: target };
}

/** A pointer to where the first answer's owner stands: right behind the question. */
function firstAnswerPointer(query: UpstreamQuery, beyond = 0): Uint8Array {
  return u16(0xc000 | (12 + query.question.name.length + 4 + beyond));
}

function wrongId(query: UpstreamQuery, distance: number): Partial<MessageSpec> {
  return { id: (query.message.id + distance) & 0xffff };
}

function wrongIdsThenHonest(query: UpstreamQuery): Step[] {
  const forged = Array.from({ length: WRONG_IDS }, (_, i) => send(evil(() => wrongId(query, i + 1)))(query));
  return [...forged.flat(), { send: honest(query) }];
}

const truncatedEvil = evil(() => ({ flags: RESPONSE_FLAGS | TC }));
const truncatedEmpty = reply(() => ({ flags: RESPONSE_FLAGS | TC }));

function otherQuestion(query: UpstreamQuery): Partial<MessageSpec> {
  return { question: { name: victimOf(query.labels), type: query.question.type } };
}

/** RFC 1034 §3.6.2: two aliases that point at each other, in one answer; whichever is asked, the other is a step away. */
function loopOfTwo(query: UpstreamQuery): Partial<MessageSpec> {
  const { name } = query.question;
  const other = query.labels[0] === 'loop' ? name.subarray(5) : concat(Uint8Array.of(4), ascii('loop'), name);
  return { answers: [cname(other), cname(OWNER_POINTER, other)] };
}

/** The first owner is legal (three labels of 63 and a pointer); the alias adds a fourth, which makes 255 too few. */
function overlongTarget(query: UpstreamQuery): Partial<MessageSpec> {
  const label = concat(Uint8Array.of(63), ascii('x'.repeat(63)));
  const filler = { name: concat(label, label, label, OWNER_POINTER), type: TYPE.TXT, rdata: Uint8Array.of(1, 0x78) };
  return { answers: [filler, cname(concat(label, firstAnswerPointer(query)))] };
}

/** MaginotDNS: a forwarder that takes authority for the root from an answer gives the whole tree away. */
function rootTakeover(query: UpstreamQuery): Partial<MessageSpec> {
  const ns = `evil-ns.${TEST_ZONE}`;
  const authority = [{ name: '', type: TYPE.NS, ttl: EVIL_TTL, rdata: wireName(ns) }];
  return { authority, additional: [a(EVIL_ADDRESS, EVIL_TTL, ns), ...optFor(query)] };
}

/** RFC 6891 §7: a server that does not know EDNS answers plain queries only. */
function withoutEdns(rcode: number): Maker {
  const refusal = reply(() => ({ flags: RESPONSE_FLAGS | rcode, additional: [] }));
  return (query) => (optRecords(query.message).length > 0 ? refusal(query) : honest(query));
}

function withOpt(...opts: RrSpec[]): Maker {
  return good(() => ({ additional: opts }));
}

function hugeAnswer(): Partial<MessageSpec> {
  return { answers: Array.from({ length: BIG_COUNT }, (_, i) => a(`198.18.${i >> 8}.${i & 255}`)) };
}

/** An Extended DNS Error (RFC 8914) with 900 octets of text meant for logs and consoles. */
function hostileText(): Partial<MessageSpec> {
  const text = ascii(EVIL_TEXT.repeat(30).slice(0, 900));
  return { flags: RESPONSE_FLAGS | SERVFAIL, additional: [opt(option(OPTION_EDE, concat(u16(0), text)))] };
}

function upperCase(query: UpstreamQuery): Partial<MessageSpec> {
  const upper = (octet: number) => (octet >= 0x61 && octet <= 0x7a ? octet - 0x20 : octet);
  return { question: { name: query.question.name.map(upper), type: query.question.type } };
}

const subnetOption = option(OPTION_CLIENT_SUBNET, Uint8Array.of(0, 1, 32, 32, 192, 0, 2, 1));
const foreignCookie = option(OPTION_COOKIE, ascii('FOREIGN!0123456789abcdef'));
/** Says 100 octets, has 2. */
const overrunningOption = concat(u16(OPTION_EDE), u16(100), u16(0));

/** The cases by id, as in hostile-upstream.tsv, whose notes say what each is. */
export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  e01: lie(honest),
  e02: datagramLie(evil((query) => wrongId(query, 1))),
  e04: { udp: wrongIdsThenHonest, tcp: send(honest) },
  e05: datagramLie(evil(otherQuestion)),
  e07: datagramLie(evil((query) => ({ question: { name: query.question.name, type: TYPE.AAAA } }))),
  e08: datagramLie(evil((query) => ({ question: { name: query.question.name, type: TYPE.A, class: 3 } }))),
  e10: datagramLie(
    evil(() => ({})),
    'other-port',
  ),
  e11: datagramLie(
    evil(() => ({})),
    'other-address',
  ),
  e13: datagramLie(evil(() => ({ flags: RESPONSE_FLAGS & 0x7fff }))),
  e14: datagramLie(evil(() => ({ flags: RESPONSE_FLAGS | (5 << 11) }))),
  e16: { udp: send(truncatedEvil), tcp: () => [{ close: true }] },
  e17: { udp: send(truncatedEmpty), tcp: send(evil((query) => wrongId(query, 1))) },
  e19: { udp: send(truncatedEmpty), tcp: () => [{ raw: u16(0) }] },
  e20: { udp: send(truncatedEmpty), tcp: () => [{ raw: u16(65535) }] },
  e22: lie(good((query) => ({ additional: [evilVictim(query), ...optFor(query)] }))),
  e23: lie(good((query) => ({ answers: [a(GOOD_ADDRESS), evilVictim(query)] }))),
  e25: lie(good(rootTakeover)),
  e26: lie(reply((query) => ({ answers: [cname(wireName(victimOf(query.labels))), evilVictim(query)] }))),
  e28: lie(reply(() => ({ answers: [cname(OWNER_POINTER)] }))),
  e29: lie(reply(loopOfTwo)),
  e31: lie(reply((query) => ({ answers: [a(EVIL_ADDRESS, EVIL_TTL, firstAnswerPointer(query))] }))),
  // Owner pointer 2, type 2, class 2, TTL 4, length 2: the rdata stands 12 octets into the record.
  e32: lie(reply((query) => ({ answers: [cname(firstAnswerPointer(query, 12))] }))),
  e34: lie(reply(overlongTarget)),
  e35: lie(reply(() => ({ answers: [{ ...a(EVIL_ADDRESS), claimedLength: 400 }], additional: [] }))),
  e37: lie(reply(() => ({ answers: [{ ...a(EVIL_ADDRESS), rdata: new Uint8Array() }] }))),
  e38: lie(evil(() => ({ claimedAnswers: 65535, additional: [] }))),
  e40: lie((query) => evil(() => ({}))(query).subarray(0, 11)),
  e41: { udp: () => [{ send: new Uint8Array() }], tcp: silent },
  e43: lie(good(() => ({ answers: [a(GOOD_ADDRESS, 0xffffffff)] }))),
  e44: lie(good(() => ({ answers: [a(GOOD_ADDRESS, 0x7fffffff)] }))),
  e46: lie(reply(() => ({ flags: RESPONSE_FLAGS | NXDOMAIN }))),
  e47: lie(reply(() => ({ flags: RESPONSE_FLAGS | NXDOMAIN, authority: [soa(TEST_ZONE, 0x7fffffff, 0x7fffffff)] }))),
  e49: lie(reply(() => ({ flags: RESPONSE_FLAGS | SERVFAIL }))),
  e50: { udp: silent, tcp: silent },
  e52: lie(withoutEdns(FORMERR)),
  e53: lie(withoutEdns(NOTIMP)),
  e55: lie(withOpt(opt(), opt())),
  e56: lie(withOpt(opt(overrunningOption))),
  e58: lie(withOpt(opt(foreignCookie))),
  e59: lie(withOpt(opt(subnetOption))),
  e61: lie(reply(() => ({ flags: RESPONSE_FLAGS | 11 }))),
  e62: lie(good(() => ({ flags: RESPONSE_FLAGS | AD | AA }))),
  e64: { udp: send(truncatedEmpty), tcp: send(reply(hugeAnswer)) },
  e65: { udp: (query) => [honest, honest, honest].flatMap((make) => send(make)(query)), tcp: send(honest) },
  e67: { udp: (query) => (query.earlier === 0 ? [] : [{ send: honest(query) }]), tcp: send(honest) },
  e68: lie(good(upperCase)),
  e70: lie(reply(hostileText)),
  e71: lie((query) => concat(good(() => ({}))(query), ascii('trailing junk'))),
  e73: lie(reply(() => ({}))),
};
