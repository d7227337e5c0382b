// Cuts a TCP octet stream into DNS messages and puts the length before those that leave (RFC 1035 §4.2.2).

import { HEADER, MAX_MESSAGE } from '../wire/codes.ts';

/** What `FrameReader.next` returns instead of a length. */
export const FRAME = {
  /** The message is not complete: feed the next segment. */
  MORE: -1,
  /** A length that cannot hold a header: the stream is not DNS from here on, and the reader stays here. */
  SHORT: -2,
} as const;

/** Octets of the length before each message. */
export const LENGTH_PREFIX = 2;

const FIRST_BUFFER = 512;
/** A buffer above this is given back after the message that needed it, so that idle connections stay small. */
const KEPT_BUFFER = 4096;
const NOTHING = new Uint8Array(0);

/**
 * Reassembles messages from segments split and joined anyhow (RFC 7766 §8), in one buffer that grows with the octets
 * that came, never with the length that was claimed: a claim of 65535 costs the peer 65535 octets, not us.
 */
export class FrameReader {
  /** Holds the message that `next` returned the length of, from offset 0, until `next` is called again. */
  message: Uint8Array = NOTHING;
  readonly #whole: Uint8Array | undefined;
  #own: Uint8Array = NOTHING;
  #segment: Uint8Array = NOTHING;
  #at = 0;
  #prefixOctets = 0;
  #length = 0;
  #have = 0;

  /**
   * `whole`, MAX_MESSAGE long, takes messages that came in one segment, and may be shared by readers of which one at a
   * time is read: then a connection needs a buffer of its own only while a message of it is cut in two.
   */
  constructor(whole?: Uint8Array) {
    this.#whole = whole;
  }

  /** Hands over the next segment; it is read, not copied, so the caller must leave it alone. */
  feed(segment: Uint8Array): void {
    const left = this.#segment.length - this.#at;
    if (left === 0) {
      this.#segment = segment;
    } else {
      const joined = new Uint8Array(left + segment.length);
      joined.set(this.#segment.subarray(this.#at));
      joined.set(segment, left);
      this.#segment = joined;
    }
    this.#at = 0;
  }

  /** The length of the next complete message, now in `message`, or one of FRAME. */
  next(): number {
    while (this.#prefixOctets < LENGTH_PREFIX) {
      if (this.#at === this.#segment.length) return this.#starve();
      this.#length = ((this.#length << 8) | this.#segment[this.#at++]) & 0xffff;
      if (++this.#prefixOctets === LENGTH_PREFIX) this.#begin();
    }
    if (this.#length < HEADER) return FRAME.SHORT;
    if (this.#whole !== undefined && this.#have === 0 && this.#segment.length - this.#at >= this.#length) {
      return this.#takeWhole(this.#whole);
    }
    const take = Math.min(this.#length - this.#have, this.#segment.length - this.#at);
    this.#reserve(this.#have + take);
    this.#own.set(this.#segment.subarray(this.#at, this.#at + take), this.#have);
    this.#at += take;
    this.#have += take;
    if (this.#have < this.#length) return this.#starve();
    this.#prefixOctets = 0;
    this.message = this.#own;
    return this.#length;
  }

  #takeWhole(whole: Uint8Array): number {
    const segment = this.#segment;
    const length = this.#length;
    const start = this.#at;
    // Octet by octet: queries are short, and a view of the segment would cost more than the copy.
    for (let at = 0; at < length; at++) whole[at] = segment[start + at];
    this.#at = start + length;
    this.#prefixOctets = 0;
    this.message = whole;
    return length;
  }

  #starve(): number {
    // The segment was read to its end: keep no reference to the socket's memory while waiting.
    this.#segment = NOTHING;
    this.#at = 0;
    return FRAME.MORE;
  }

  #begin(): void {
    this.#have = 0;
    if (this.#own.length > KEPT_BUFFER && this.#length <= KEPT_BUFFER) this.#own = NOTHING;
  }

  #reserve(octets: number): void {
    if (octets <= this.#own.length) return;
    const size = Math.min(MAX_MESSAGE, Math.max(FIRST_BUFFER, octets, 2 * this.#own.length));
    const grown = new Uint8Array(size);
    grown.set(this.#own.subarray(0, this.#have));
    this.#own = grown;
  }
}

/** Writes the length and the message `[0, length)` to `out` at `at`; returns the end. The caller has made room. */
export function writeFrame(message: Uint8Array, length: number, out: Uint8Array, at: number): number {
  out[at] = length >> 8;
  out[at + 1] = length & 0xff;
  out.set(message.subarray(0, length), at + LENGTH_PREFIX);
  return at + LENGTH_PREFIX + length;
}

/** The length and the message in memory of their own, to leave in one segment (RFC 7766 §8). */
export function frame(message: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(LENGTH_PREFIX + length);
  writeFrame(message, length, out, 0);
  return out;
}
