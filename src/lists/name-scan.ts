// Reads one name at a time out of a list's octets into wire form with its hashes, without a string.

import { MAX_NAME } from '../wire/codes.ts';
import { foldHash, hashLabel, Name } from '../wire/name.ts';

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
const DIGIT = 8;
/** Letters, hyphen and underscore. */
const LETTER = 9;

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

/** Octets in a label that is too long. */
const TOO_LONG = 64;

/** One name at a time; reused for a whole list. */
export class NameScan {
  /** The name found, lower case, with its hashes: good until the next read. */
  readonly name: Name;
  /** Where the scan stopped: after the name, or at what is wrong with it. */
  end = 0;
  /** An octet without a place in names that ends one, as `^` does in some formats; -1: there is none. */
  close = -1;

  /** `seed` is the one that names are hashed with. */
  constructor(seed: number) {
    this.name = new Name(seed);
  }

  /** Reads the word at `at` of `bytes[0, limit)`; a dot at its end is allowed. Gives a FAULT. */
  read(bytes: Uint8Array, at: number, limit: number): number {
    const { name } = this;
    const wire = name.bytes;
    let length = 0;
    let labels = 0;
    for (;;) {
      const label = length++;
      // The octet that makes the label or the name too long is the last one to be read.
      const most = Math.max(1, Math.min(TOO_LONG, MAX_NAME - length));
      const stop = Math.min(limit, at + most);
      const start = at;
      let kind = 0;
      let kinds = 0;
      for (; at < stop; at++) {
        const octet = bytes[at];
        kind = KIND[octet];
        if (kind < DIGIT) break;
        kinds |= kind;
        wire[length++] = FOLDED[octet];
      }
      if (at - start === most) return this.#stop(at - 1, most === TOO_LONG ? FAULT.LONG_LABEL : FAULT.LONG_NAME);
      if (at < limit && (kind === 0 || kind === HIGH) && bytes[at] !== this.close) {
        return this.#stop(at, kind === HIGH ? FAULT.BEYOND_ASCII : FAULT.OCTET);
      }
      if (at === start) return this.#stop(at, FAULT.EMPTY_LABEL);
      wire[label] = at - start;
      name.labelOffset[labels] = label;
      name.labelHash[labels++] = hashLabel(wire, label, name.seed);
      if (at < limit && kind === DOT) {
        at++;
        if (at < limit && !endsWord(bytes[at])) continue;
      }
      this.#finish(at, length, labels);
      // No octet of its last label is a letter.
      return kinds === DIGIT ? FAULT.ADDRESS : FAULT.NONE;
    }
  }

  #stop(at: number, fault: number): number {
    this.end = at;
    return fault;
  }

  #finish(at: number, length: number, labels: number): void {
    const { name } = this;
    let hash = name.seed;
    for (let label = 0; label < labels; label++) hash = foldHash(hash, name.labelHash[label]);
    name.bytes[length] = 0;
    name.length = length + 1;
    name.labelCount = labels;
    name.hash = hash;
    this.end = at;
  }
}
