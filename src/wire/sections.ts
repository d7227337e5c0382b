// Indexes the records of an upstream's reply once, bounded, so that the answer's chain can be followed in place.

import { CLASS, HEADER, OPTION, TYPE } from './codes.ts';
import { Name, readName } from './name.ts';

/** More records than any honest reply holds; a limit on the work one reply can cost (compare CVE-2024-1737). */
export const MAX_RECORDS = 2048;

/** The records of one reply; reused. Records of a class other than IN are counted as read, but not indexed. */
export class Sections {
  count = 0;
  /** Records before this index are in the answer section, those after in authority. */
  answers = 0;
  /** Where each owner stands; HEADER for one that is the question's name itself. */
  readonly owner = new Uint16Array(MAX_RECORDS);
  readonly ownerHash = new Int32Array(MAX_RECORDS);
  readonly type = new Uint16Array(MAX_RECORDS);
  /** TTL in seconds after RFC 2181 §8 (top bit set: 0) and our cap. */
  readonly ttl = new Int32Array(MAX_RECORDS);
  readonly rdata = new Uint16Array(MAX_RECORDS);
  readonly rdataLength = new Uint16Array(MAX_RECORDS);
  hasEdns = false;
  extendedRcode = 0;
  /** Where the COOKIE option's data stands, RFC 7873; length 0 without one. */
  cookie = 0;
  cookieLength = 0;
  readonly #name: Name;
  readonly #longestTtl: number;

  constructor(seed: number, longestTtl: number) {
    this.#name = new Name(seed);
    this.#longestTtl = longestTtl;
  }

  /**
   * Reads all sections behind the question of `message[0, length)`, whose name is `question`; false when a count or a
   * record lies.
   */
  read(message: Uint8Array, length: number, questionEnd: number, question: Name): boolean {
    this.count = 0;
    this.answers = 0;
    this.hasEdns = false;
    this.extendedRcode = 0;
    this.cookieLength = 0;
    const answers = (message[6] << 8) | message[7];
    const authority = (message[8] << 8) | message[9];
    const additional = (message[10] << 8) | message[11];
    if (answers + authority > MAX_RECORDS || additional > MAX_RECORDS) return false;
    let at = this.#readSection(message, length, questionEnd, answers, question);
    this.answers = this.count;
    if (at >= HEADER) at = this.#readSection(message, length, at, authority, question);
    return at >= HEADER && this.#readAdditional(message, length, at, additional);
  }

  #readSection(message: Uint8Array, length: number, start: number, records: number, question: Name): number {
    let at = start;
    for (let left = records; left > 0; left--) {
      // Most owners are this pointer, whose name was read already.
      const isQuestion = message[at] === 0xc0 && message[at + 1] === HEADER;
      const owner = isQuestion ? HEADER : at;
      at = isQuestion ? at + 2 : readName(message, at, length, this.#name);
      if (at < 0 || at + 10 > length) return -1;
      const type = (message[at] << 8) | message[at + 1];
      const rdlength = (message[at + 8] << 8) | message[at + 9];
      if (at + 10 + rdlength > length || type === TYPE.OPT) return -1;
      if (((message[at + 2] << 8) | message[at + 3]) === CLASS.IN) {
        const index = this.count++;
        this.owner[index] = owner;
        this.ownerHash[index] = isQuestion ? question.hash : this.#name.hash;
        this.type[index] = type;
        this.ttl[index] = readTtl(message, at + 4, this.#longestTtl);
        this.rdata[index] = at + 10;
        this.rdataLength[index] = rdlength;
      }
      at += 10 + rdlength;
    }
    return at;
  }

  /** Additional records are never answers to us (RFC 2181 §5.4.1): only the OPT is looked at. */
  #readAdditional(message: Uint8Array, length: number, start: number, records: number): boolean {
    let at = start;
    for (let left = records; left > 0; left--) {
      const owner = at;
      at = readName(message, at, length, this.#name);
      if (at < 0 || at + 10 > length) return false;
      const type = (message[at] << 8) | message[at + 1];
      const end = at + 10 + ((message[at + 8] << 8) | message[at + 9]);
      if (end > length) return false;
      if (type === TYPE.OPT) {
        if (this.hasEdns || message[owner] !== 0) return false;
        this.hasEdns = true;
        this.extendedRcode = message[at + 4];
        if (!this.#readOptions(message, at + 10, end)) return false;
      }
      at = end;
    }
    return true;
  }

  #readOptions(message: Uint8Array, start: number, end: number): boolean {
    let at = start;
    while (at < end) {
      if (at + 4 > end) return false;
      const size = (message[at + 2] << 8) | message[at + 3];
      if (at + 4 + size > end) return false;
      if (((message[at] << 8) | message[at + 1]) === OPTION.COOKIE) {
        this.cookie = at + 4;
        this.cookieLength = size;
      }
      at += 4 + size;
    }
    return true;
  }
}

/** The TTL at `at` in seconds, at most `longest`; with its top bit set it means 0 (RFC 2181 §8). */
export function readTtl(message: Uint8Array, at: number, longest: number): number {
  const ttl = (message[at] << 24) | (message[at + 1] << 16) | (message[at + 2] << 8) | message[at + 3];
  return ttl < 0 ? 0 : Math.min(ttl, longest);
}
