// Rebuilds an upstream's reply: only the records of the answer's own chain are kept, in one canonical message.

import { CLASS, FLAG, HEADER, MAX_MESSAGE, MAX_NAME, RCODE, TYPE } from './codes.ts';
import { copyRdata, mostRdata, putName } from './copy.ts';
import { isSynthesised, isUnder, Name, readName, sameName } from './name.ts';
import { hasRightSize } from './rdata.ts';
import { put16, put32 } from './reply.ts';
import { MAX_RECORDS, readTtl, Sections } from './sections.ts';

/** What `AnswerReader.read` found. */
export const CHAIN = { OK: 0, MALFORMED: 1, LOOP: 2 } as const;

/** Caps in seconds: RFC 8767 §4 advises 7 days, RFC 2308 §5 1 to 3 hours for negative answers. */
export interface LongestTtl {
  positive: number;
  negative: number;
}
export const LONGEST_TTL: LongestTtl = { positive: 7 * 86400, negative: 3 * 3600 };
const MAX_ALIASES = 12;
/** Names that one answer leads to, at most. */
export const MAX_TARGETS = 64;

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
  readonly ttlOffset = new Uint16Array(MAX_RECORDS);
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
  /** 1 where the record is in `out` already: none is kept twice, and an alias met twice closes a circle. */
  readonly #kept = new Uint8Array(MAX_RECORDS);
  /** Scratch: the owner or RDATA name last read, and the owner of the DNAME at hand. */
  readonly #owner: Name;
  readonly #above: Name;
  readonly #longest: LongestTtl;

  constructor(seed: number, longest: LongestTtl = LONGEST_TTL) {
    this.#longest = longest;
    this.sections = new Sections(seed, longest.positive);
    this.#question = new Name(seed);
    this.#current = this.#question;
    this.#aliases = [new Name(seed), new Name(seed)];
    this.#owner = new Name(seed);
    this.#above = new Name(seed);
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
    if (!this.sections.read(message, length, questionEnd, question)) return CHAIN.MALFORMED;
    this.#message = message;
    this.#messageLength = length;
    this.#out = out;
    this.#question = question;
    this.#current = question;
    this.#currentAt = HEADER;
    this.ttl = this.#longest.positive;
    this.ttlCount = 0;
    this.targetCount = 0;
    for (let index = this.sections.count - 1; index >= 0; index--) this.#kept[index] = 0;
    this.rcode = (this.sections.extendedRcode << 4) | (message[3] & 15);
    this.#start(type);
    const found = this.#followChain(type, dnssecOk);
    if (found !== CHAIN.OK) return found;
    if (!this.#keepAuthority(dnssecOk)) return CHAIN.MALFORMED;
    if (this.rcode !== RCODE.NOERROR && this.rcode !== RCODE.NXDOMAIN) this.ttl = 0;
    return CHAIN.OK;
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
      if (this.#kept[alias] === 1) return CHAIN.LOOP;
      if (!this.#keepAlias(alias, aliases, dnssecOk)) return CHAIN.MALFORMED;
    }
    return CHAIN.LOOP;
  }

  /** Keeps the answer records of `type` at the chain's current name, signed where `dnssecOk`; how many, or -1. */
  #keepOwned(type: number, dnssecOk: boolean): number {
    const { answers, type: types } = this.sections;
    let kept = 0;
    for (let index = 0; index < answers; index++) {
      if (types[index] !== type || !this.#ownedBy(index, this.#current)) continue;
      if (!this.#keep(index, true)) return -1;
      kept++;
    }
    return kept > 0 && dnssecOk && !this.#keepSignatures(type, this.#current) ? -1 : kept;
  }

  #find(type: number): number {
    const { answers, type: types } = this.sections;
    for (let index = 0; index < answers; index++) {
      if (types[index] === type && this.#ownedBy(index, this.#current)) return index;
    }
    return -1;
  }

  #signs(index: number, type: number): boolean {
    const { type: types, rdata, rdataLength } = this.sections;
    if (types[index] !== TYPE.RRSIG || rdataLength[index] < 2) return false;
    return ((this.#message[rdata[index]] << 8) | this.#message[rdata[index] + 1]) === type;
  }

  #ownedBy(index: number, name: Name): boolean {
    if (this.sections.ownerHash[index] !== name.hash) return false;
    if (this.sections.owner[index] === HEADER && name === this.#question) return true;
    readName(this.#message, this.sections.owner[index], this.#messageLength, this.#owner);
    return sameName(this.#owner, name);
  }

  /** Keeps the alias and goes on to its target. */
  #keepAlias(alias: number, turn: number, dnssecOk: boolean): boolean {
    const next = this.#aliases[turn & 1];
    if (readName(this.#message, this.sections.rdata[alias], this.#messageLength, next) < 0) return false;
    if (!this.#keepDname(next, dnssecOk) || !this.#keep(alias, true)) return false;
    const targetAt = this.targetOffset[this.targetCount - 1];
    if (dnssecOk && !this.#keepSignatures(TYPE.CNAME, this.#current)) return false;
    this.#current = next;
    this.#currentAt = targetAt;
    return true;
  }

  /** The DNAME that the CNAME to `target` was synthesised from (RFC 6672 §3.1) is kept with it; no other is. */
  #keepDname(target: Name, dnssecOk: boolean): boolean {
    const { answers, type: types, owner, rdata } = this.sections;
    // A chain holds no more of them than aliases: without this bound a reply of DNAMEs alone is costly to read.
    let left = MAX_ALIASES;
    for (let index = 0; index < answers && left > 0; index++) {
      if (types[index] !== TYPE.DNAME) continue;
      left--;
      readName(this.#message, owner[index], this.#messageLength, this.#above);
      if (readName(this.#message, rdata[index], this.#messageLength, this.#owner) < 0) continue;
      if (!isSynthesised(this.#current, this.#above, this.#owner, target)) continue;
      return this.#keep(index, false) && (!dnssecOk || this.#keepSignatures(TYPE.DNAME, this.#above));
    }
    return true;
  }

  /** Keeps the answer's signatures over records of `type` at `owner`. */
  #keepSignatures(type: number, owner: Name): boolean {
    for (let index = 0; index < this.sections.answers; index++) {
      if (this.#signs(index, type) && this.#ownedBy(index, owner) && !this.#keep(index, owner === this.#current))
        return false;
    }
    return true;
  }

  /** The SOA of a negative answer (RFC 2308 §3), and for DO the proofs; nothing else of authority is relayed. */
  #keepAuthority(dnssecOk: boolean): boolean {
    const { answers, count, type: types } = this.sections;
    let soa = false;
    for (let index = answers; index < count; index++) {
      if (types[index] === TYPE.SOA) {
        if (soa || !this.negative || !this.#admitSoa(index)) continue;
        soa = true;
      } else if (!dnssecOk || !this.#proves(index)) continue;
      if (!this.#keep(index, false)) return false;
    }
    if (this.negative && !soa) this.ttl = 0;
    return true;
  }

  /** Whether this SOA speaks for the chain's last name; its TTL becomes that of the negative answer, RFC 2308 §5. */
  #admitSoa(index: number): boolean {
    const { owner, rdata, rdataLength, ttl } = this.sections;
    readName(this.#message, owner[index], this.#messageLength, this.#owner);
    if (!isUnder(this.#current, this.#owner) || rdataLength[index] < 22) return false;
    const minimum = readTtl(this.#message, rdata[index] + rdataLength[index] - 4, this.#longest.negative);
    ttl[index] = Math.min(ttl[index], minimum);
    return true;
  }

  /** NSEC and NSEC3, their signatures, and the signature of a negative answer's SOA. */
  #proves(index: number): boolean {
    const type = this.sections.type[index];
    if (type === TYPE.NSEC || type === TYPE.NSEC3) return true;
    return (
      this.#signs(index, TYPE.NSEC) || this.#signs(index, TYPE.NSEC3) || (this.negative && this.#signs(index, TYPE.SOA))
    );
  }

  /** Copies one record, `owned` by the chain's current name or not, to `out`; false when broken or out of room. */
  #keep(index: number, owned: boolean): boolean {
    if (this.#kept[index] === 1) return true;
    this.#kept[index] = 1;
    const { answers, type: types, ttl, rdata, rdataLength } = this.sections;
    const type = types[index];
    const size = rdataLength[index];
    const out = this.#out;
    if (this.length + MAX_NAME + 10 + mostRdata(type, size) > MAX_MESSAGE || !hasRightSize(type, size)) return false;
    const at = this.#putOwner(index, owned);
    put16(out, at, type);
    put16(out, at + 2, CLASS.IN);
    put32(out, at + 4, ttl[index]);
    this.ttlOffset[this.ttlCount++] = at + 4;
    if (ttl[index] < this.ttl) this.ttl = ttl[index];
    const start = at + 10;
    const end = copyRdata(
      this.#message,
      this.#messageLength,
      type,
      rdata[index],
      size,
      out,
      start,
      this.#question,
      HEADER,
      this.#owner,
    );
    if (end < 0 || !this.#markTarget(type, start, end)) return false;
    put16(out, start - 2, end - start);
    this.length = end;
    const counter = index < answers ? 6 : 8;
    put16(out, counter, ((out[counter] << 8) | out[counter + 1]) + 1);
    return true;
  }

  #putOwner(index: number, owned: boolean): number {
    if (owned && this.#currentAt < 0x4000) return put16(this.#out, this.length, 0xc000 | this.#currentAt);
    readName(this.#message, this.sections.owner[index], this.#messageLength, this.#owner);
    return putName(this.#out, this.length, this.#owner, this.#question, HEADER);
  }

  /** Notes where a name stands that policy must see; in SVCB and HTTPS uncompressed behind the priority (RFC 9460 §2.2). */
  #markTarget(type: number, start: number, end: number): boolean {
    let at = start;
    if (type === TYPE.SVCB || type === TYPE.HTTPS) {
      at += 2;
      if (at >= end || readName(this.#out, at, end, this.#owner) !== at + this.#owner.length) return false;
      if (this.#owner.labelCount === 0) return true;
    } else if (type !== TYPE.CNAME && type !== TYPE.DNAME) return true;
    if (this.targetCount === MAX_TARGETS) return false;
    this.targetOffset[this.targetCount++] = at;
    return true;
  }
}
