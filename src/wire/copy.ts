// Copies names and RDATA from one message into another: decompressed, then compressed against the new question alone.

import { MAX_NAME } from './codes.ts';
import { type Name, readName } from './name.ts';
import { rdataLayout } from './rdata.ts';
import { put16 } from './reply.ts';

/** The most octets RDATA of `type` and `size` can take once its names are decompressed. */
export function mostRdata(type: number, size: number): number {
  const layout = rdataLayout(type);
  return layout ? size + layout.names * MAX_NAME : size;
}

/**
 * Writes `name` at `start`; its longest suffix shared with the question's name, which stands at `questionAt` of the
 * same message, becomes a pointer. Both names must have been read with one seed. Returns the offset after.
 */
export function putName(out: Uint8Array, start: number, name: Name, question: Name, questionAt: number): number {
  const most = Math.min(name.labelCount, question.labelCount);
  let shared = 0;
  while (shared < most && sameLabel(name, name.labelCount - 1 - shared, question, question.labelCount - 1 - shared))
    shared++;
  if (shared === 0) return putWhole(out, start, name);
  const own = shared === name.labelCount ? 0 : name.labelOffset[name.labelCount - shared];
  let at = start;
  for (let index = 0; index < own; index++) out[at++] = name.bytes[index];
  return put16(out, at, 0xc000 | (questionAt + question.labelOffset[question.labelCount - shared]));
}

function putWhole(out: Uint8Array, start: number, name: Name): number {
  let at = start;
  for (let index = 0; index < name.length; index++) out[at++] = name.bytes[index];
  return at;
}

/**
 * Copies RDATA of `type`, `message[from, from + size)`, to `out` at `start`, where `mostRdata` octets must be free.
 * `scratch` is overwritten. Returns the offset after, or -1 when the RDATA is not what its type says.
 */
export function copyRdata(
  message: Uint8Array,
  messageLength: number,
  type: number,
  from: number,
  size: number,
  out: Uint8Array,
  start: number,
  question: Name,
  questionAt: number,
  scratch: Name,
): number {
  const layout = rdataLayout(type);
  const end = from + size;
  let read = from;
  let at = start;
  if (layout) {
    const names = skipStrings(message, from + layout.before, end, layout.strings);
    if (names < 0) return -1;
    while (read < names) out[at++] = message[read++];
    for (let left = layout.names; left > 0; left--) {
      read = readName(message, read, messageLength, scratch);
      if (read < 0 || read > end) return -1;
      at = layout.compress ? putName(out, at, scratch, question, questionAt) : putWhole(out, at, scratch);
    }
    if (layout.after >= 0 && end - read !== layout.after) return -1;
  }
  while (read < end) out[at++] = message[read++];
  return at;
}

/** Steps over `strings` character-strings (RFC 1035 §3.3); -1 when they pass `end`. */
function skipStrings(message: Uint8Array, start: number, end: number, strings: number): number {
  let at = start;
  for (let left = strings; left > 0; left--) {
    if (at >= end) return -1;
    at += 1 + message[at];
  }
  return at > end ? -1 : at;
}

function sameLabel(a: Name, aIndex: number, b: Name, bIndex: number): boolean {
  if (a.labelHash[aIndex] !== b.labelHash[bIndex]) return false;
  const from = a.labelOffset[aIndex];
  const other = b.labelOffset[bIndex];
  for (let at = 0; at <= a.bytes[from]; at++) if (a.bytes[from + at] !== b.bytes[other + at]) return false;
  return true;
}
