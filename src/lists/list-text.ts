// What all lists of a rule a line have in common: how their text begins, how they are counted, what is shown of a bad line.

export const NEWLINE = 0x0a;

/** Every line that is not blank or a comment ends in one of `rules`, `rejects` and `local`; a hosts line in several. */
export interface ListCount {
  lines: number;
  rules: number;
  rejects: number;
  /** Entries of a hosts file that every system has, such as localhost. */
  local: number;
}

/** Longest excerpt of a bad line, octets. */
const EXCERPT = 80;

const utf8 = new TextDecoder();

/** A few octets for people to read: control characters would write to their terminal. */
export function excerpt(bytes: Uint8Array, start: number, end: number): string {
  const stop = Math.min(end, start + EXCERPT);
  const text = utf8.decode(bytes.subarray(start, stop)).replace(/\p{Cc}|\p{Cf}/gu, '·');
  return stop < end ? `${text}…` : text;
}

/** Where the first line begins: a byte order mark is no part of it. */
export function textStart(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** Why the file is no text of ours. It would be a million bad lines: it is said once. */
export function otherKind([first, second]: Uint8Array): string | undefined {
  if (first === 0x1f && second === 0x8b) return 'the file is compressed: unpack it first';
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isWide ? 'the file is UTF-16: save it as UTF-8' : undefined;
}
