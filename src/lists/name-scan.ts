// Reads one name at a time out of a list's octets into a wire name, without a string.

import { MAX_NAME } from '../wire/codes.ts';

/** What a scan found in place of a name. */
export const FAULT = {
  NONE: 0,
  /** Two dots in a row, or a dot where a label should begin. */
  EMPTY_LABEL: 1,
  LONG_LABEL: 2,
  LONG_NAME: 3,
  /** An octet that no host name has. */
  OCTET: 4,
  /** An octet beyond ASCII: an internationalised name, for the slow way. */
  BEYOND_ASCII: 5,
  /** The last label is a number, so it is an address (no top-level domain is one). */
  ADDRESS: 6,
} as const;

export const FAULT_TEXT = [
  '',
  'an empty label: two dots together, or one where the name begins',
  'a label of more than 63 octets',
  'a name of more than 255 octets',
  'a character that no name in a list has',
  'no internationalised name that can be read',
  'an address, not a name',
] as const;

const BLANK = 1;
const NEWLINE = 2;
const HASH = 3;
const DOT = 4;
const HIGH = 5;
const DIGIT = 6;
/** Letters, hyphen and underscore; anything above DIGIT makes a label no number. */
const LETTER = 7;

/** What each octet is in a list. 0 has no place in a name. */
export const KIND = new Uint8Array(256);
/** Each octet with ASCII letters in lower case (RFC 4343). */
const FOLDED = new Uint8Array(256);

for (let octet = 0; octet < 256; octet++) {
  const text = String.fromCharCode(octet);
  FOLDED[octet] = text.toLowerCase().charCodeAt(0) & 0xff;
  if (octet >= 0x80) {
    KIND[octet] = HIGH;
    FOLDED[octet] = octet;
  } else if (/[A-Za-z_-]/.test(text)) KIND[octet] = LETTER;
  else if (/\d/.test(text)) KIND[octet] = DIGIT;
  else if (/[ \t\r]/.test(text)) KIND[octet] = BLANK;
}
KIND[0x0a] = NEWLINE;
KIND[0x23] = HASH;
KIND[0x2e] = DOT;

export const isBlank = (octet: number): boolean => KIND[octet] === BLANK;
/** Whether nothing more of a word can follow: blank, line end, or the start of a comment. */
export const endsWord = (octet: number): boolean => KIND[octet] >= BLANK && KIND[octet] <= HASH;

/** One name at a time; reused for a whole list. */
export class NameScan {
  /** The wire name found, lower case, root included. */
  readonly wire = new Uint8Array(MAX_NAME + 64);
  length = 0;
  private readonly views: Uint8Array[] = [];
  /** Where the scan stopped: after the name, or at what is wrong with it. */
  end = 0;

  /** Reads the word at `at` of `bytes[0, limit)`; a dot at its end is allowed. Gives a FAULT. */
  read(bytes: Uint8Array, at: number, limit: number): number {
    const { wire } = this;
    let label = 0;
    let length = 1;
    let kinds = 0;
    this.end = at;
    for (; at < limit; at++) {
      const octet = bytes[at];
      const kind = KIND[octet];
      if (kind >= DIGIT) {
        wire[length++] = FOLDED[octet];
        kinds |= kind === DIGIT ? 1 : 2;
        if (length - label > 64) return this.stop(at, FAULT.LONG_LABEL);
        if (length >= MAX_NAME) return this.stop(at, FAULT.LONG_NAME);
      } else if (kind === DOT) {
        if (length === label + 1) return this.stop(at, FAULT.EMPTY_LABEL);
        wire[label] = length - label - 1;
        if (at + 1 >= limit || endsWord(bytes[at + 1])) return this.finish(at + 1, length, kinds);
        label = length++;
        kinds = 0;
      } else if (kind === HIGH) return this.stop(at, FAULT.BEYOND_ASCII);
      else if (kind === 0) return this.stop(at, FAULT.OCTET);
      else break;
    }
    if (length === label + 1) return this.stop(at, FAULT.EMPTY_LABEL);
    wire[label] = length - label - 1;
    return this.finish(at, length, kinds);
  }

  /** The name found, over the one buffer: good until the next read. */
  name(): Uint8Array {
    const { views, length } = this;
    views[length] ??= this.wire.subarray(0, length);
    return views[length];
  }

  private stop(at: number, fault: number): number {
    this.end = at;
    return fault;
  }

  private finish(at: number, length: number, kinds: number): number {
    this.wire[length] = 0;
    this.length = length + 1;
    this.end = at;
    return kinds === 1 ? FAULT.ADDRESS : FAULT.NONE;
  }
}
