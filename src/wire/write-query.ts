// Writes one question of our own, for asking as a client does.

import { CLASS, FLAG, HEADER, TYPE, UDP_SIZE } from './codes.ts';
import { put16, put32 } from './reply.ts';

/** Room for any question: header, the longest name, type and class, and an OPT without options. */
export const MAX_QUESTION = HEADER + 255 + 4 + 11;

const NO_OPTIONS = new Uint8Array(0);

/** One EDNS option, with its header. */
export function optionOf(code: number, data: Uint8Array): Uint8Array {
  return Uint8Array.of(code >> 8, code, data.length >> 8, data.length, ...data);
}

/**
 * Writes a query with RD and an OPT for `name` (an uncompressed wire name, its case kept), class IN. `out` holds
 * MAX_QUESTION octets, and those of the options. Returns the length.
 */
export function writeQuery(
  out: Uint8Array,
  id: number,
  name: Uint8Array,
  type: number,
  dnssecOk: boolean,
  options: Uint8Array = NO_OPTIONS,
): number {
  put16(out, 0, id);
  put16(out, 2, FLAG.RD);
  put32(out, 4, 0x00010000);
  put32(out, 8, 1);
  out.set(name, HEADER);
  let at = put16(out, HEADER + name.length, type);
  at = put16(out, at, CLASS.IN);
  out[at++] = 0;
  at = put16(out, at, TYPE.OPT);
  at = put16(out, at, UDP_SIZE);
  at = put32(out, at, dnssecOk ? 0x8000 : 0);
  at = put16(out, at, options.length);
  out.set(options, at);
  return at + options.length;
}
