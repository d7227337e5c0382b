// Rebuilds an upstream's reply: only the records of the answer's own chain are kept, in one canonical message.

import { CLASS, FLAG, HEADER, RCODE, TYPE } from './codes.ts';
import { isUnder, Name, readName, sameName } from './name.ts';
import { hasRightSize, rdataLayout } from './rdata.ts';
import { put16, put32 } from './reply.ts';
import { Sections } from './sections.ts';

/** What `AnswerReader.read` found. */
export const CHAIN = { OK: 0, MALFORMED: 1, LOOP: 2 } as const;

/** Caps in seconds: RFC 8767 §4 advises 7 days, RFC 2308 §5 1 to 3 hours for negative answers. */
export interface LongestTtl {
  positive: number;
  negative: number;
}
export const LONGEST_TTL: LongestTtl = { positive: 7 * 86400, negative: 3 * 3600 };
const MAX_ALIASES = 12;
const MAX_TARGETS = 64;
const MAX_KEPT = 2048;
/** Room kept free at the end of `out` for one record's fixed part and a name. */
const SLACK = 512;

/**
 * Follows one reply at a time; reused. After CHAIN.OK, `out[0, length)` holds header, the question in canonical
 * case, and what was kept, without OPT. It implements what the cache calls Marks.
 */
export class AnswerReader {
  length = 0;
  /** With its extended part, RFC 6891 §6.1.3. */
  rcode = 0;
  /** Seconds all of it may be cached; 0: not at all. */
  ttl = 0;
  /** No record of the asked type at the end of the chain. */
  negative = false;
  readonly ttlOffset = new Uint16Array(MAX_KEPT);
  ttlCount = 0;
  /** Where the names stand that the answer leads to: CNAME, DNAME and SVCB targets. */
  readonly targetOffset = new Uint16Array(MAX_TARGETS);
  targetCount = 0;
  readonly sections: Sections;

  #message: Uint8Array = new Uint8Array(0);
  #messageLength = 0;
  #out: Uint8Array = new Uint8Array(0);
  #question: Name;
  #current: Name;
  /** Two names take turns as the chain's current one: the next is read while the last still serves. */
  readonly #aliases: readonly [Name, Name];
  /** Where the chain's current name stands in `out`. */
  #currentAt: number = HEADER;
  readonly #owner: Name;
  readonly #longest: LongestTtl;

  constructor(seed: number, longest: LongestTtl = LONGEST_TTL) {
    this.#longest = longest;
    this.sections = new Sections(seed, longest.positive);
    this.#question = new Name(seed);
    this.#current = this.#question;
    this.#aliases = [new Name(seed), new Name(seed)];
    this.#owner = new Name(seed);
  }

  /**
   * Reads the reply `message[0, length)` to the question (`question`, `type`, IN), whose echo the caller has
   * checked and which ends at `questionEnd`. `out` must hold MAX_MESSAGE octets. Returns one of CHAIN.
   */
  read(
    message: Uint8Array,
    length: number,
    questionEnd: number,
    question: Name,
    type: number,
    dnssecOk: boolean,
    out: Uint8Array,
  ): number {
    if (!this.sections.read(message, length, questionEnd)) return CHAIN.MALFORMED;
    this.#message = message;
    this.#messageLength = length;
    this.#out = out;
    this.#question = question;
    this.#current = question;
    this.#currentAt = HEADER;
    this.ttl = this.#longest.positive;
    this.ttlCount = 0;
    this.targetCount = 0;
    this.rcode = (this.sections.extendedRcode << 4) | (message[3] & 15);
    this.#start(type);
    const found = this.#followChain(type, dnssecOk);
    if (found !== CHAIN.OK) return found;
    return this.#keepAuthority(dnssecOk) ? CHAIN.OK : CHAIN.MALFORMED;
  }

  #start(type: number): void {
    const { bytes, length } = this.#question;
    const out = this.#out;
    put16(out, 0, 0);
    put16(out, 2, FLAG.QR | FLAG.RA | (this.rcode & 15));
    put16(out, 4, 1);
    put16(out, 6, 0);
    put32(out, 8, 0);
    for (let at = 0; at < length; at++) out[HEADER + at] = bytes[at];
    put16(out, HEADER + length, type);
    this.length = put16(out, HEADER + length + 2, CLASS.IN);
  }

  /** From alias to alias until records of the asked type, or none. An alias' target is trusted for this answer alone. */
  #followChain(type: number, dnssecOk: boolean): number {
    for (let aliases = 0; aliases <= MAX_ALIASES; aliases++) {
      const kept = this.#keepOwned(type, dnssecOk);
      if (kept < 0) return CHAIN.MALFORMED;
      this.negative = kept === 0;
      if (kept > 0) return this.rcode === RCODE.NOERROR ? CHAIN.OK : CHAIN.MALFORMED;
      if (type === TYPE.CNAME) return CHAIN.OK;
      const alias = this.#find(TYPE.CNAME);
      if (alias < 0) return CHAIN.OK;
      if (!this.#keepDname() || !this.#keepAlias(alias, aliases, dnssecOk)) return CHAIN.MALFORMED;
    }
    return CHAIN.LOOP;
  }

  /** Keeps the answer records of `type` at the chain's current name; how many, or -1. */
  #keepOwned(type: number, dnssecOk: boolean): number {
    const { answers, type: types } = this.sections;
    let kept = 0;
    for (let index = 0; index < answers; index++) {
      const wanted = types[index] === type || (dnssecOk && this.#signs(index, type));
      if (!wanted || !this.#ownedByCurrent(index)) continue;
      if (!this.#keep(index, true)) return -1;
      if (types[index] === type) kept++;
    }
    return kept;
  }

  #find(type: number): number {
    const { answers, type: types } = this.sections;
    for (let index = 0; index < answers; index++) {
      if (types[index] === type && this.#ownedByCurrent(index)) return index;
    }
    return -1;
  }

  #signs(index: number, type: number): boolean {
    const { type: types, rdata, rdataLength } = this.sections;
    if (types[index] !== TYPE.RRSIG || rdataLength[index] < 2) return false;
    return ((this.#message[rdata[index]] << 8) | this.#message[rdata[index] + 1]) === type;
  }

  #ownedByCurrent(index: number): boolean {
    if (this.sections.ownerHash[index] !== this.#current.hash) return false;
    readName(this.#message, this.sections.owner[index], this.#messageLength, this.#owner);
    return sameName(this.#owner, this.#current);
  }

  /** A DNAME above the current name explains the CNAME synthesised from it (RFC 6672 §3.1): both are kept. */
  #keepDname(): boolean {
    const { answers, type: types, owner } = this.sections;
    for (let index = 0; index < answers; index++) {
      if (types[index] !== TYPE.DNAME) continue;
      readName(this.#message, owner[index], this.#messageLength, this.#owner);
      const above = this.#owner.labelCount < this.#current.labelCount && isUnder(this.#current, this.#owner);
      if (above && !this.#keep(index, false)) return false;
    }
    return true;
  }

  #keepAlias(alias: number, turn: number, dnssecOk: boolean): boolean {
    if (!this.#keep(alias, true)) return false;
    const targetAt = this.targetOffset[this.targetCount - 1];
    const next = this.#aliases[turn & 1];
    if (readName(this.#message, this.sections.rdata[alias], this.#messageLength, next) < 0) return false;
    if (dnssecOk) {
      for (let index = 0; index < this.sections.answers; index++) {
        if (this.#signs(index, TYPE.CNAME) && this.#ownedByCurrent(index) && !this.#keep(index, true)) return false;
      }
    }
    this.#current = next;
    this.#currentAt = targetAt;
    return true;
  }

  /** The SOA of a negative answer (RFC 2308 §3), and for DO the proofs; nothing else of authority is relayed. */
  #keepAuthority(dnssecOk: boolean): boolean {
    const { answers, count, type: types, owner, rdata, rdataLength, ttl } = this.sections;
    let soa = false;
    for (let index = answers; index < count; index++) {
      const type = types[index];
      const proof = type === TYPE.NSEC || type === TYPE.NSEC3 || type === TYPE.RRSIG;
      if (type === TYPE.SOA ? soa || !this.negative : !(dnssecOk && proof)) continue;
      if (type === TYPE.SOA) {
        readName(this.#message, owner[index], this.#messageLength, this.#owner);
        if (!isUnder(this.#current, this.#owner) || rdataLength[index] < 22) continue;
        soa = true;
        const minimum = rdata[index] + rdataLength[index] - 4;
        const message = this.#message;
        const least =
          (message[minimum] << 24) | (message[minimum + 1] << 16) | (message[minimum + 2] << 8) | message[minimum + 3];
        ttl[index] = Math.min(ttl[index], Math.max(least, 0), this.#longest.negative);
      }
      if (!this.#keep(index, false)) return false;
    }
    if (this.negative && !soa) this.ttl = 0;
    return true;
  }

  /** Copies one record, `owned` by the chain's current name or not, to `out`; false when broken or out of room. */
  #keep(index: number, owned: boolean): boolean {
    const { answers, type: types, ttl, rdata, rdataLength } = this.sections;
    const type = types[index];
    const size = rdataLength[index];
    const out = this.#out;
    if (this.length + size + SLACK > out.length || this.ttlCount === MAX_KEPT || !hasRightSize(type, size))
      return false;
    const inAnswer = index < answers;
    let at = this.#putOwner(index, owned);
    put16(out, at, type);
    put16(out, at + 2, CLASS.IN);
    put32(out, at + 4, ttl[index]);
    this.ttlOffset[this.ttlCount++] = at + 4;
    if (ttl[index] < this.ttl) this.ttl = ttl[index];
    const start = at + 10;
    at = this.#putRdata(type, rdata[index], size, start);
    if (at < 0 || !this.#markTarget(type, start, at)) return false;
    put16(out, start - 2, at - start);
    this.length = at;
    const counter = inAnswer ? 6 : 8;
    put16(out, counter, ((out[counter] << 8) | out[counter + 1]) + 1);
    return true;
  }

  #putOwner(index: number, owned: boolean): number {
    if (owned && this.#currentAt < 0x4000) return put16(this.#out, this.length, 0xc000 | this.#currentAt);
    readName(this.#message, this.sections.owner[index], this.#messageLength, this.#owner);
    return this.#putName(this.length, this.#owner, true);
  }

  #putRdata(type: number, from: number, size: number, start: number): number {
    const message = this.#message;
    const out = this.#out;
    const layout = rdataLayout(type);
    let read = from;
    let at = start;
    const end = from + size;
    if (layout) {
      if (layout.before > size) return -1;
      for (let left = layout.before; left > 0; left--) out[at++] = message[read++];
      for (let left = layout.names; left > 0; left--) {
        read = readName(message, read, this.#messageLength, this.#owner);
        if (read < 0 || read > end) return -1;
        at = this.#putName(at, this.#owner, layout.compress);
      }
      if (layout.after >= 0 && end - read !== layout.after) return -1;
    }
    while (read < end) out[at++] = message[read++];
    return at;
  }

  /** Writes `name`, its longest suffix shared with the question as a pointer where compression is allowed. */
  #putName(start: number, name: Name, compress: boolean): number {
    const out = this.#out;
    const question = this.#question;
    let shared = 0;
    if (compress) {
      const most = Math.min(name.labelCount, question.labelCount);
      while (shared < most && sameLabel(name, name.labelCount - 1 - shared, question, question.labelCount - 1 - shared))
        shared++;
    }
    const own =
      shared === 0 ? name.length : shared === name.labelCount ? 0 : name.labelOffset[name.labelCount - shared];
    let at = start;
    for (let index = 0; index < own; index++) out[at++] = name.bytes[index];
    if (shared === 0) return at;
    return put16(out, at, 0xc000 | (HEADER + question.labelOffset[question.labelCount - shared]));
  }

  /** Notes where a name stands that policy must see; SVCB and HTTPS carry it behind the priority (RFC 9460 §2.2). */
  #markTarget(type: number, start: number, end: number): boolean {
    let at = start;
    if (type === TYPE.SVCB || type === TYPE.HTTPS) {
      at += 2;
      if (at >= end || readName(this.#out, at, end, this.#owner) < 0) return false;
      if (this.#owner.labelCount === 0) return true;
    } else if (type !== TYPE.CNAME && type !== TYPE.DNAME) return true;
    if (this.targetCount === MAX_TARGETS) return false;
    this.targetOffset[this.targetCount++] = at;
    return true;
  }
}

function sameLabel(a: Name, aIndex: number, b: Name, bIndex: number): boolean {
  if (a.labelHash[aIndex] !== b.labelHash[bIndex]) return false;
  const from = a.labelOffset[aIndex];
  const other = b.labelOffset[bIndex];
  for (let at = 0; at <= a.bytes[from]; at++) if (a.bytes[from + at] !== b.bytes[other + at]) return false;
  return true;
}
