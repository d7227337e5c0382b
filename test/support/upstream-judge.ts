/**
 * Decides whether what a resolver did behind a misbehaving upstream is acceptable. Pure: it sees octets, no socket.
 *
 * Words of `expect`, and how they are read:
 * - `good`    NOERROR, not truncated, with the honest address.
 * - `fail`    no reply in time, or SERVFAIL, FORMERR, NOTIMP or REFUSED, without records. Another rcode is no failure but
 *             the upstream's nonsense passed on (RFC 6895 §2.3).
 * - `empty`   NOERROR, not truncated, without an address a client could use. One that cannot be read is a breach besides.
 * - `tc`      NOERROR with TC and no records (RFC 2181 §9: partial data is never used).
 * - `nx`      NXDOMAIN. Whether it was cached is for the caller to see in `sends`.
 * - `nxcap`   NXDOMAIN whose SOA has a TTL of a day or less (RFC 2308 §5).
 * - `ttl0`    the honest address with a TTL of at most seven days. RFC 2181 §8 reads a set top bit as 0; a server that
 *             caps instead is accepted, as in the cases' own record of real servers. `leastTtl` tells the two apart.
 * - `ttlcap`  the same bound: RFC 8767 §4 and our own cap.
 * - `noad`    the honest address with the AD bit clear, though the client set it (RFC 6840 §5.7, §5.8).
 * - `noevil`  the evil address nowhere in any reply, authority and additional included: not in this one, not in a later
 *             one, not for the victim's name (RFC 5452 §6: only the answer's own chain is used).
 * - `clean`   the victim's name, asked for afterwards, has its true address. The forged chain itself may be relayed.
 * - `burst`   at most three sends for each client query (RFC 9520 §3.1).
 * - `big`     TC and no records over UDP, every record over TCP.
 * - `any`     whatever it is: the breaches say the rest.
 */

import { meets } from '../packets/expectation.ts';
import { replyBreaches } from '../packets/judge.ts';
import type { UpstreamCase } from '../packets/load.ts';
import { GOOD_ADDRESS, TYPE, VICTIM_ADDRESS } from './honest-zone.ts';
import { BIG_COUNT, EVIL_ADDRESS } from './hostile-behaviours.ts';
import type { Message } from './read-message.ts';
import { AD, extendedRcode, optRecords, rcodeName, readHeader, readMessage, readOptions, TC } from './read-message.ts';

/** A query to the resolver and what it said; null is silence. */
export interface Exchange {
  query: Uint8Array;
  reply: Uint8Array | null;
}

export interface UpstreamObservation {
  /** The first query for the case's name, over UDP. */
  first: Exchange;
  /** The same question once more, later: what the resolver remembers. */
  again: Exchange;
  /** The same question over TCP, later. */
  overTcp: Exchange;
  /** The victim's address, asked for after all that. */
  victim: Exchange;
  /** Replies to further equal queries sent at the same time as the first. */
  others: Exchange[];
  /** What the upstream received for the first and the other queries, before anything was asked again. */
  sends: { udp: number; tcp: number };
}

export interface UpstreamJudgement {
  acceptable: boolean;
  /** In short: `NOERROR:192.0.2.10 ttl=60 up=1u/0t`. */
  outcome: string;
  breaches: string[];
}

const MAX_TTL = 7 * 86400;
const MAX_NEGATIVE_TTL = 86400;
const SENDS_PER_QUERY = 3;
const FAILURES = ['FORMERR', 'SERVFAIL', 'NOTIMP', 'REFUSED'];
const RELAYED_TEXT = ['<script', '[CRIT]'];

/** Judges one case. Throws for an expectation that cannot be read. */
export function judgeUpstream(
  asked: Pick<UpstreamCase, 'expect'>,
  observation: UpstreamObservation,
): UpstreamJudgement {
  return {
    acceptable: meets(asked.expect, (word) => wordHolds(word, observation)),
    outcome: outcomeText(observation),
    breaches: observationBreaches(observation),
  };
}

/** The addresses (A) of a reply's answer section; none where it is null or unreadable. */
export function addressesOf(reply: Uint8Array | null): string[] {
  const message = read(reply);
  if (message === null) return [];
  const records = message.records.filter((record) => record.type === TYPE.A && record.section === 'answer');
  return records.map((record) => record.rdata.join('.'));
}

/** The least TTL in the answer section, seconds, or null where there is none. */
export function leastTtl(reply: Uint8Array | null): number | null {
  const answers = read(reply)?.records.filter((record) => record.section === 'answer') ?? [];
  return answers.length === 0 ? null : Math.min(...answers.map((record) => record.ttl));
}

/**
 * What a query towards the upstream shows of the client's own octets, RFC 5625: it must be freshly written. `options` are
 * the EDNS options the resolver may send of its own (10: COOKIE).
 */
export function forwardedBreaches(query: Uint8Array, options: number[] = [10]): string[] {
  const message = readMessage(query);
  if (typeof message === 'string') return [`query to the upstream unreadable: ${message}`];
  const breaches: string[] = [];
  const expectThat = (holds: boolean, breach: string) => holds || breaches.push(breach);
  expectThat((message.flags & ~(0x0100 | 0x0020 | 0x0010)) === 0, 'flags other than RD, AD and CD');
  expectThat(message.questions.length === 1, `${message.questions.length} questions`);
  expectThat(
    message.questions.every((question) => !question.compressed),
    'compressed question',
  );
  expectThat(
    message.questions.every((question) => question.class === 1),
    'class other than IN',
  );
  expectThat(message.end === query.length, 'trailing octets');
  const opts = optRecords(message);
  expectThat(message.records.length === opts.length && opts.length <= 1, 'records other than one OPT');
  for (const opt of opts) {
    expectThat(opt.section === 'additional' && opt.name.length === 1, 'crooked OPT');
    expectThat((opt.ttl & ~0x8000) === 0, 'EDNS version or flags other than DO');
    const foreign = (readOptions(opt) ?? []).filter(({ code }) => !options.includes(code));
    expectThat(foreign.length === 0, `EDNS options ${foreign.map(({ code }) => code).join()}`);
  }
  return breaches;
}

function read(reply: Uint8Array | null): Message | null {
  const message = reply === null ? 'silence' : readMessage(reply);
  return typeof message === 'string' ? null : message;
}

function wordHolds(word: string, observation: UpstreamObservation): boolean {
  const { reply } = observation.first;
  const message = read(reply);
  const rcode = message === null ? null : rcodeName(extendedRcode(message));
  const head = reply === null ? null : readHeader(reply);
  const truncated = message !== null && (message.flags & TC) !== 0;
  const data = message !== null && message.records.length > optRecords(message).length;
  const isGood = rcode === 'NOERROR' && !truncated && addressesOf(reply).includes(GOOD_ADDRESS);
  const words: Record<string, () => boolean> = {
    good: () => isGood,
    fail: () => reply === null || (rcode !== null && FAILURES.includes(rcode) && !data),
    empty: () => head?.rcode === 0 && (head.flags & TC) === 0 && addressesOf(reply).length === 0,
    tc: () => rcode === 'NOERROR' && truncated && !data,
    nx: () => rcode === 'NXDOMAIN',
    nxcap: () => rcode === 'NXDOMAIN' && soaTtl(message) <= MAX_NEGATIVE_TTL,
    ttl0: () => isGood && leastTtl(reply)! <= MAX_TTL,
    ttlcap: () => isGood && leastTtl(reply)! <= MAX_TTL,
    noad: () => isGood && (message!.flags & AD) === 0,
    noevil: () => everyReply(observation).every((one) => !holdsEvil(one)),
    clean: () => addressesOf(observation.victim.reply).join() === VICTIM_ADDRESS,
    burst: () => burstWithin(observation),
    big: () => truncated && !data && addressesOf(observation.overTcp.reply).length === BIG_COUNT,
    any: () => true,
  };
  if (!Object.hasOwn(words, word)) throw new SyntaxError(`expectation: unknown word "${word}"`);
  return words[word]!();
}

function burstWithin({ sends, others }: UpstreamObservation): boolean {
  return sends.udp + sends.tcp <= SENDS_PER_QUERY * (1 + others.length);
}

function everyExchange({ first, again, overTcp, victim, others }: UpstreamObservation): Exchange[] {
  return [first, again, overTcp, victim, ...others];
}

function everyReply(observation: UpstreamObservation): Uint8Array[] {
  return everyExchange(observation).flatMap(({ reply }) => (reply === null ? [] : [reply]));
}

/** The evil address in any section of a reply, or anywhere in one that cannot be read. */
function holdsEvil(reply: Uint8Array): boolean {
  return Buffer.from(reply).includes(Buffer.from(EVIL_ADDRESS.split('.').map(Number)));
}

function soaTtl(message: Message | null): number {
  return message?.records.find((record) => record.type === TYPE.SOA)?.ttl ?? 0;
}

function outcomeText(observation: UpstreamObservation): string {
  const { reply } = observation.first;
  const sends = `up=${observation.sends.udp}u/${observation.sends.tcp}t`;
  if (reply === null) return `timeout ${sends}`;
  const message = read(reply);
  if (message === null) return `unreadable ${sends}`;
  const addresses = addressesOf(reply);
  const shown = addresses.length === 0 ? '' : `:${addresses.slice(0, 3).join()}`;
  const flags = `${(message.flags & TC) !== 0 ? '+TC' : ''}${(message.flags & AD) !== 0 ? '+AD' : ''}`;
  const ttl = leastTtl(reply) === null ? '' : ` ttl=${leastTtl(reply)}`;
  const negative = soaTtl(message) > 0 ? ` soattl=${soaTtl(message)}` : '';
  const poisoned = addressesOf(observation.victim.reply).includes(EVIL_ADDRESS) ? ' POISONED' : '';
  return `${rcodeName(extendedRcode(message))}${shown}${flags}${ttl}${negative} ${sends}${poisoned}`;
}

function observationBreaches(observation: UpstreamObservation): string[] {
  const { overTcp, victim } = observation;
  const breaches = everyExchange(observation).flatMap((exchange) => {
    if (exchange.reply === null) return [];
    return replyBreaches(exchange.query, exchange.reply, exchange === overTcp ? 'tcp' : 'udp');
  });
  if (addressesOf(victim.reply).join() !== VICTIM_ADDRESS) breaches.push('the victim did not get its true address');
  const relayed = everyReply(observation).some((reply) =>
    RELAYED_TEXT.some((text) => Buffer.from(reply).includes(text)),
  );
  if (relayed) breaches.push("the upstream's error text was relayed");
  return [...new Set(breaches)];
}
