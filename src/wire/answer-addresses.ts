// Goes through the addresses that an answer leads to: those of A and AAAA records, and the hints of SVCB and HTTPS.

import { TYPE } from './codes.ts';

/** Keys of an SVCB record's parameters (RFC 9460 §14.3.2). */
const IPV4_HINT = 4;
const IPV6_HINT = 6;

/** From the TTL of a record to its type, and to what follows it. */
const TYPE_BEFORE_TTL = 4;
const SIZE_AFTER_TTL = 4;
const RDATA_AFTER_TTL = 6;
/** Where a list ends that is none: no address lies before it. */
const NO_LIST = -1;

/**
 * Reused, never allocated per query. The address at hand is `bytes[0, length)`. Records are found by their TTLs, which
 * the cache keeps the places of; all has been read once, and what lies about its length is cut off where it must end.
 */
export class AnswerAddresses {
  readonly bytes = new Uint8Array(16);
  /** 4 or 16. */
  length = 0;
  /** Where it stands in the message. */
  at = 0;
  #message: Uint8Array = this.bytes;
  #end = 0;
  #ttls: Uint16Array = new Uint16Array(0);
  #mark = 0;
  #lastMark = 0;
  /** What is left of the record at hand: addresses of so many octets, and behind them parameters. */
  #next = 0;
  #size = 0;
  #listEnd = NO_LIST;
  #parameter = 0;
  #recordEnd = 0;

  /** Begins with `message[0, length)`, whose records have their TTLs at `ttls[from, from + count)`. */
  begin(message: Uint8Array, length: number, ttls: Uint16Array, from: number, count: number): void {
    this.#message = message;
    this.#end = length;
    this.#ttls = ttls;
    this.#mark = from;
    this.#lastMark = from + count;
    this.#listEnd = NO_LIST;
    this.#recordEnd = 0;
  }

  /** Goes on to the next address; false when there is none. */
  next(): boolean {
    for (;;) {
      if (this.#next + this.#size <= this.#listEnd) {
        this.read(this.#next, this.#size);
        this.#next += this.#size;
        return true;
      }
      this.#listEnd = NO_LIST;
      if (this.#parameter + 4 <= this.#recordEnd) this.#enterParameter();
      else if (this.#mark < this.#lastMark) this.#enterRecord(this.#ttls[this.#mark++]);
      else return false;
    }
  }

  /** Takes the address of `length` octets at `at` of the message at hand, where `next` was once. */
  read(at: number, length: number): void {
    for (let octet = 0; octet < length; octet++) this.bytes[octet] = this.#message[at + octet];
    this.at = at;
    this.length = length;
  }

  #enterRecord(ttl: number): void {
    const start = ttl + RDATA_AFTER_TTL;
    const type = this.#number(ttl - TYPE_BEFORE_TTL);
    this.#recordEnd = 0;
    const end = Math.min(start + this.#number(ttl + SIZE_AFTER_TTL), this.#end);
    if (type === TYPE.A) this.#enterList(start, 4, end);
    else if (type === TYPE.AAAA) this.#enterList(start, 16, end);
    else if (type === TYPE.SVCB || type === TYPE.HTTPS) {
      // Behind the priority and a target that is never compressed (RFC 9460 §2.2).
      let at = start + 2;
      while (at < end && this.#message[at] !== 0) at += this.#message[at] + 1;
      this.#parameter = at + 1;
      this.#recordEnd = end;
    }
  }

  /** Clients heed no hint of a record that lies; it is looked at all the same, as not all of them may be so strict. */
  #enterParameter(): void {
    const key = this.#number(this.#parameter);
    const value = this.#parameter + 4;
    const end = value + this.#number(this.#parameter + 2);
    this.#parameter = end;
    if (key === IPV4_HINT) this.#enterList(value, 4, Math.min(end, this.#recordEnd));
    else if (key === IPV6_HINT) this.#enterList(value, 16, Math.min(end, this.#recordEnd));
  }

  #enterList(start: number, size: number, end: number): void {
    this.#next = start;
    this.#size = size;
    this.#listEnd = end;
  }

  #number(at: number): number {
    return (this.#message[at] << 8) | this.#message[at + 1];
  }
}
