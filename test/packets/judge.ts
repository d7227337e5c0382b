/**
 * Decides whether what a server did with a hostile query is acceptable. Pure: it sees octets, no socket.
 *
 * Words of `expect`:
 * - `drop`    over UDP: no reply at all.
 * - `answer`  one readable reply, NOERROR or NXDOMAIN, not truncated, with the question that was asked.
 * - `TC`      a reply with the TC bit.
 * - an rcode (`FORMERR`, `NOTIMP`, … `BADVERS` and `BADCOOKIE` with the bits an OPT adds): the first reply carries it.
 *   A reply that is otherwise unreadable still counts here, and is a breach below.
 * - `x0`, `x1`, `x20`, …  over TCP: exactly so many replies, whatever they say.
 * - `close`   over TCP: the server closed the connection.
 *
 * Breaches are told apart from the expectation, for they hold for every reply to anything: RFC 1035 §4.1, RFC 6891 §6.1.1
 * and §7, RFC 7766, RFC 5358 (no amplifier). A server may meet every expectation and still breach.
 */

import type { Message, Question } from '../support/read-message.ts';
import {
  AA,
  extendedRcode,
  optRecords,
  QR,
  RA,
  rcodeName,
  readHeader,
  readMessage,
  readOptions,
  TC,
  Z,
} from '../support/read-message.ts';
import { meets } from './expectation.ts';
import type { PacketCase, Transport } from './load.ts';

export interface Observation {
  /** Messages that came back, in order of arrival, without TCP length prefixes. */
  replies: Uint8Array[];
  /** Over TCP: the server closed the connection. */
  closed: boolean;
}

export interface Judgement {
  /** The expectation is met. */
  acceptable: boolean;
  /** What happened, in short: `drop`, `NOERROR/1+TC`, `x2(FORMERR,NOERROR) close`. */
  outcome: string;
  /** Rules for every reply that were broken; empty is good. */
  breaches: string[];
}

/** What a server may send in one datagram whatever the client offers: RFC 9715. */
export const SERVER_UDP_LIMIT = 1232;
/** An error says little: header, question, OPT with a short EDE. More would pay an attacker. */
const ERROR_EXTRA_OCTETS = 128;
const ANY_LIMIT = 512;
const FIRST_LOCAL_OPTION = 65001;
const OPTION_KEEPALIVE = 11;
const TYPE_ANY = 255;

/** Judges one case. Throws for an expectation that cannot be read. */
export function judgePacket(
  asked: Pick<PacketCase, 'transport' | 'writes' | 'expect'>,
  observation: Observation,
): Judgement {
  const sent = sentMessages(asked);
  return {
    acceptable: meets(asked.expect, (word) => wordHolds(word, asked.transport, sent, observation)),
    outcome: outcomeText(asked.transport, sent, observation),
    breaches: observationBreaches(asked.transport, sent, observation),
  };
}

/** The whole messages in what a case writes: the datagram, or every TCP frame that is complete. */
export function sentMessages(asked: Pick<PacketCase, 'transport' | 'writes'>): Uint8Array[] {
  if (asked.transport === 'udp') return [asked.writes[0]!];
  const stream = Buffer.concat(asked.writes);
  const messages: Uint8Array[] = [];
  for (let at = 0; at + 2 <= stream.length; ) {
    const end = at + 2 + stream.readUInt16BE(at);
    if (end > stream.length) break;
    messages.push(stream.subarray(at + 2, end));
    at = end;
  }
  return messages;
}

/** The rules every single reply must keep that this one breaks, given the query it answers. */
export function replyBreaches(query: Uint8Array, reply: Uint8Array, transport: Transport): string[] {
  const asked = readHeader(query);
  const head = readHeader(reply);
  if (head === null) return ['reply shorter than a header'];
  if (asked === null) return ['reply to less than a header'];
  const message = readMessage(reply);
  if (typeof message === 'string') return [`reply unreadable: ${message}`];
  const breaches: string[] = [];
  const expectThat = (holds: boolean, breach: string) => holds || breaches.push(breach);
  expectThat((asked.flags & QR) === 0, 'reply to a reply');
  expectThat((head.flags & QR) !== 0, 'QR clear');
  expectThat(head.id === asked.id, 'other id');
  expectThat(head.opcode === asked.opcode, 'other opcode');
  expectThat((head.flags & AA) === 0, 'AA set');
  expectThat((head.flags & Z) === 0, 'Z set');
  expectThat(message.end === reply.length, 'trailing octets');
  expectThat(isError(message) || (head.flags & RA) !== 0, 'RA clear in an answer');
  const truncated = (head.flags & TC) !== 0;
  expectThat(!truncated || transport === 'udp', 'TC over TCP');
  expectThat(!truncated || !hasData(message), 'truncated reply carries records');
  return [
    ...breaches,
    ...questionBreaches(query, message, reply),
    ...optBreaches(query, message, transport),
    ...sizeBreaches(query, message, reply, transport),
  ];
}

function wordHolds(word: string, transport: Transport, sent: Uint8Array[], observation: Observation): boolean {
  const [first] = observation.replies;
  if (/^x\d+$/.test(word)) return transport === 'tcp' && observation.replies.length === Number(word.slice(1));
  if (word === 'close') return transport === 'tcp' && observation.closed;
  if (word === 'drop') return first === undefined;
  if (word === 'answer') return first !== undefined && isAnswer(sent[0]!, first);
  if (word === 'TC') return first !== undefined && ((readHeader(first)?.flags ?? 0) & TC) !== 0;
  if (!/^[A-Z]+$/.test(word)) throw new SyntaxError(`expectation: unknown word "${word}"`);
  return first !== undefined && rcodeOf(first) === word;
}

function isAnswer(query: Uint8Array, reply: Uint8Array): boolean {
  const message = readMessage(reply);
  if (typeof message === 'string' || isError(message) || (message.flags & TC) !== 0) return false;
  return questionBreaches(query, message, reply).length === 0;
}

function isError(message: Message): boolean {
  const rcode = extendedRcode(message);
  return rcode !== 0 && rcode !== 3;
}

function hasData(message: Message): boolean {
  return message.records.length > optRecords(message).length;
}

function rcodeOf(reply: Uint8Array): string {
  const message = readMessage(reply);
  if (typeof message !== 'string') return rcodeName(extendedRcode(message));
  const head = readHeader(reply);
  return head === null ? 'RUNT' : rcodeName(head.rcode);
}

function outcomeText(transport: Transport, sent: Uint8Array[], observation: Observation): string {
  const { replies, closed } = observation;
  if (transport === 'tcp') {
    const codes = replies.length > 0 ? `(${[...new Set(replies.map(rcodeOf))].join()})` : '';
    return `x${replies.length}${codes}${closed ? ' close' : ''}`;
  }
  const [first] = replies;
  return first === undefined ? 'drop' : replyText(sent[0]!, first);
}

function replyText(query: Uint8Array, reply: Uint8Array): string {
  const message = readMessage(reply);
  if (typeof message === 'string') return `${rcodeOf(reply)}!MALFORMED`;
  const answers = message.rcode === 0 && !isError(message) ? `/${message.counts[1]}` : '';
  const truncated = (message.flags & TC) !== 0 ? '+TC' : '';
  const otherQuestion = questionBreaches(query, message, reply).length > 0 ? '!Q' : '';
  return `${rcodeOf(reply)}${answers}${truncated}${otherQuestion}`;
}

/** Replies are matched to the queries by id: over TCP they may come in any order (RFC 7766 §6.2.1.1), each once. */
function observationBreaches(transport: Transport, sent: Uint8Array[], observation: Observation): string[] {
  const open = [...sent];
  const breaches: string[] = [];
  for (const reply of observation.replies) {
    const index = open.findIndex((query) => query[0] === reply[0] && query[1] === reply[1]);
    if (index < 0) {
      breaches.push('a reply that nothing asked for');
      continue;
    }
    const [query] = open.splice(index, 1);
    breaches.push(...replyBreaches(query!, reply, transport));
  }
  return breaches;
}

/** The query's one question, read by itself so that crooked records behind it do not matter. */
function questionOf(query: Uint8Array): Question | null {
  const header = readHeader(query);
  if (header === null || header.counts[0] !== 1) return null;
  const questionOnly = Uint8Array.from(query);
  questionOnly.fill(0, 6, 12);
  const message = readMessage(questionOnly);
  return typeof message === 'string' ? null : message.questions[0]!;
}

/** RFC 9619 and RFC 4343 §3: one question at most, and that as it was asked, octet for octet. */
function questionBreaches(query: Uint8Array, message: Message, reply: Uint8Array): string[] {
  const asked = questionOf(query);
  const [echoed, ...more] = message.questions;
  if (more.length > 0) return ['more than one question in the reply'];
  if (echoed === undefined) {
    return isError(message) || readHeader(query)?.counts[0] === 0 ? [] : ['answer without its question'];
  }
  if (asked === null) return ['a question in the reply where none could be read'];
  const same = Buffer.compare(query.subarray(asked.start, asked.end), reply.subarray(echoed.start, echoed.end)) === 0;
  return same ? [] : ['question not echoed octet for octet'];
}

/** Whether the reply owes the client an OPT: an unreadable query or a crooked OPT leaves the server its choice. */
function owesOpt(query: Uint8Array): 'yes' | 'no' | 'either' {
  const message = readMessage(query);
  if (typeof message === 'string') return 'either';
  const [opt, ...more] = optRecords(message);
  if (opt === undefined) return 'no';
  const good = more.length === 0 && opt.section === 'additional' && opt.name.length === 1 && !opt.compressed;
  return good && readOptions(opt) !== null ? 'yes' : 'either';
}

function optBreaches(query: Uint8Array, message: Message, transport: Transport): string[] {
  const owed = owesOpt(query);
  const [opt, ...more] = optRecords(message);
  if (opt === undefined) return owed === 'yes' ? ['no OPT in reply to an OPT'] : [];
  if (owed === 'no') return ['an OPT that was not asked for'];
  if (more.length > 0 || opt.section !== 'additional' || opt.name.length !== 1) return ['crooked OPT in reply'];
  const options = readOptions(opt);
  if (options === null) return ['crooked options in reply'];
  const breaches: string[] = [];
  if (((opt.ttl >>> 16) & 255) !== 0) breaches.push('EDNS version not 0');
  if (options.some((option) => option.code >= FIRST_LOCAL_OPTION)) breaches.push('unknown option echoed');
  if (transport === 'udp' && options.some((option) => option.code === OPTION_KEEPALIVE)) {
    breaches.push('keepalive over UDP');
  }
  return breaches;
}

function sizeBreaches(query: Uint8Array, message: Message, reply: Uint8Array, transport: Transport): string[] {
  const breaches: string[] = [];
  if (transport === 'udp' && reply.length > udpLimit(query)) {
    breaches.push(`${reply.length} octets where the client takes ${udpLimit(query)}`);
  }
  if (isError(message) && hasData(message)) breaches.push('an error carries records');
  if (isError(message) && reply.length > query.length + ERROR_EXTRA_OCTETS) breaches.push('an error amplifies');
  if (transport === 'udp' && message.questions[0]?.type === TYPE_ANY && reply.length > ANY_LIMIT) {
    breaches.push('ANY amplified');
  }
  return breaches;
}

/** RFC 6891 §6.2.3: less than 512 is read as 512; without EDNS 512 holds. */
function udpLimit(query: Uint8Array): number {
  const message = readMessage(query);
  const opts = typeof message === 'string' ? [] : optRecords(message);
  return opts.length === 1 ? Math.min(Math.max(opts[0]!.class, 512), SERVER_UDP_LIMIT) : 512;
}
