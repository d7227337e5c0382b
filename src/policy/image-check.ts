// The checksums of an image, and the check that every receiver makes before it adopts one.

import { type Image, LAYOUT, MAGIC, WORD } from './image.ts';
import { COUNTS, HEADER_OCTETS, HEADER_WORDS, planSections } from './image-sections.ts';

/** Four sums over every fourth word, made one at the end: none waits for the one before it. */
function checksum(words: Int32Array, start: number, end: number): number {
  let [a, b, c, d] = [1, 2, 3, 4];
  let at = start;
  for (; at + 3 < end; at += 4) {
    a = step(a, words[at]);
    b = step(b, words[at + 1]);
    c = step(c, words[at + 2]);
    d = step(d, words[at + 3]);
  }
  for (; at < end; at++) a = step(a, words[at]);
  return step(step(step(a, b), c), d);
}

function step(sum: number, word: number): number {
  return Math.imul(sum ^ word, 0x01000193) ^ (sum >>> 15);
}

/** Writes the checksums: the compiler's last act. */
export function sealImage(image: Image): void {
  const words = new Int32Array(image.buffer);
  image.header[WORD.CONTENTS_CHECKSUM] = checksum(words, HEADER_WORDS, words.length);
  image.header[WORD.HEADER_CHECKSUM] = checksum(image.header, 0, WORD.HEADER_CHECKSUM);
}

/**
 * What is wrong with `buffer` as an image, in words, or undefined when a receiver may adopt it. Reads the header only,
 * so it costs a worker nothing. `seed`, where given, must be the one that the receiver reads names with: under
 * another, no rule would ever be found.
 */
export function checkImage(buffer: SharedArrayBuffer, seed?: number): string | undefined {
  if (buffer.byteLength < HEADER_OCTETS) return `image: ${buffer.byteLength} octets is less than a header`;
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  if (header[WORD.MAGIC] !== MAGIC) return 'image: this is no policy image';
  if (header[WORD.LAYOUT] !== LAYOUT) return `image: layout ${header[WORD.LAYOUT]}, and this is layout ${LAYOUT}`;
  if (header[WORD.HEADER_CHECKSUM] !== checksum(header, 0, WORD.HEADER_CHECKSUM)) return 'image: the header is corrupt';
  const { total } = planSections(header.subarray(WORD.COUNTS, WORD.COUNTS + COUNTS));
  if (total !== header[WORD.TOTAL] || total !== buffer.byteLength) {
    return `image: ${buffer.byteLength} octets where ${total} were announced`;
  }
  if (seed !== undefined && header[WORD.SEED] !== (seed | 0)) return 'image: compiled for names of another seed';
  return undefined;
}

/** As `checkImage`, and reads every octet too (a few milliseconds for a million names): for main, before it hands an image out. */
export function checkContents(buffer: SharedArrayBuffer, seed?: number): string | undefined {
  const problem = checkImage(buffer, seed);
  if (problem) return problem;
  const words = new Int32Array(buffer);
  const intact = words[WORD.CONTENTS_CHECKSUM] === checksum(words, HEADER_WORDS, words.length);
  return intact ? undefined : 'image: the contents are corrupt';
}
