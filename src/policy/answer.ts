// Reads what a blocked name is answered with out of the image, in place.

import type { Image } from './image.ts';
import { ANSWER_OCTETS, STRUCTURED_TEXTS } from './image-sections.ts';

/** One answer: octets from the start of its record. */
export const ANSWER_FIELD = {
  KIND: 0,
  HAS_IPV4: 1,
  HAS_IPV6: 2,
  TEXT_LENGTH: 3,
  EDE: 4,
  STRUCTURED_EDE: 6,
  TTL: 8,
  IPV4: 12,
  IPV6: 16,
  TEXT: 32,
};
export const MAX_ANSWER_TEXT = ANSWER_OCTETS - 32;
/** With the longest name and an SOA, a reply stays well under a datagram of 1232 octets. */
export const MAX_STRUCTURED_TEXT = 512;

/** Where answer `index` begins in `image.bytes`; add ANSWER_FIELD to read its octets without a copy. */
export function answerOffset(image: Image, index: number): number {
  return image.answers.byteOffset + index * ANSWER_OCTETS;
}

/** One of ANSWER. */
export function answerKind(image: Image, index: number): number {
  return image.bytes[answerOffset(image, index) + ANSWER_FIELD.KIND];
}

/** Seconds. */
export function answerTtl(image: Image, index: number): number {
  const at = answerOffset(image, index) + ANSWER_FIELD.TTL;
  return (
    ((image.bytes[at] << 24) | (image.bytes[at + 1] << 16) | (image.bytes[at + 2] << 8) | image.bytes[at + 3]) >>> 0
  );
}

/** The extended DNS error's code (RFC 8914). */
export function answerEde(image: Image, index: number): number {
  const at = answerOffset(image, index) + ANSWER_FIELD.EDE;
  return (image.bytes[at] << 8) | image.bytes[at + 1];
}

/** The text of the extended error: `answerTextLength` octets of ASCII in `image.bytes` from here. */
export function answerTextOffset(image: Image, index: number): number {
  return answerOffset(image, index) + ANSWER_FIELD.TEXT;
}

export function answerTextLength(image: Image, index: number): number {
  return image.bytes[answerOffset(image, index) + ANSWER_FIELD.TEXT_LENGTH];
}

/** Where the sinkhole's 4 octets stand in `image.bytes`, or -1 when it has no IPv4 address. */
export function answerIpv4Offset(image: Image, index: number): number {
  const at = answerOffset(image, index);
  return image.bytes[at + ANSWER_FIELD.HAS_IPV4] === 1 ? at + ANSWER_FIELD.IPV4 : -1;
}

/** Where the sinkhole's 16 octets stand in `image.bytes`, or -1 when it has no IPv6 address. */
export function answerIpv6Offset(image: Image, index: number): number {
  const at = answerOffset(image, index);
  return image.bytes[at + ANSWER_FIELD.HAS_IPV6] === 1 ? at + ANSWER_FIELD.IPV6 : -1;
}

/** The extended error that goes with structured texts; 0 where the answer has none. */
export function structuredEde(image: Image, index: number): number {
  const at = answerOffset(image, index) + ANSWER_FIELD.STRUCTURED_EDE;
  return (image.bytes[at] << 8) | image.bytes[at + 1];
}

/**
 * Number of the answer's structured text for `room` octets: the full one, or the short one, which may be too long as
 * well. It is `image.structured[structuredStarts[number], structuredStarts[number + 1])`.
 */
export function structuredText(image: Image, index: number, room: number): number {
  const full = index * STRUCTURED_TEXTS;
  return image.structuredStarts[full + 1] - image.structuredStarts[full] <= room ? full : full + 1;
}
