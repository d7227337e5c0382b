// What tells questions of one name apart, and the question as it is sent upstream: built anew, never the client's bytes.

import { CLASS, FLAG, HEADER, OPTION, RCODE, TYPE, UDP_SIZE } from '../wire/codes.ts';
import { type Name, readName } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import { put16, put32 } from '../wire/reply.ts';
import type { Pending } from './pending.ts';
import type { Upstreams } from './upstreams.ts';

/** Flags of a question that change its answer, and so its place in the cache: RFC 4035 §3.2, RFC 6840 §5.9. */
export const ASKED = { DNSSEC_OK: 1, CHECKING_DISABLED: 2 } as const;

/** Type and flags in one number. */
export function questionKey(query: Query): number {
  const dnssecOk = query.dnssecOk ? ASKED.DNSSEC_OK : 0;
  const checkingDisabled = query.flags & FLAG.CD ? ASKED.CHECKING_DISABLED : 0;
  return ((dnssecOk | checkingDisabled) << 16) | query.type;
}

export function questionType(key: number): number {
  return key & 0xffff;
}

/** The ASKED bits of a key. */
export function questionFlags(key: number): number {
  return key >>> 16;
}

/** What tells cached answers of one name and type apart: DO, CD, and the `tag` of whom it was asked; 8 bits. */
export function cacheFlags(key: number, tag: number): number {
  return questionFlags(key) | (tag << 2);
}

/**
 * Writes the slot's question upstream: the canonical name, RD, the client's DO and CD, our own datagram size and cookie. No
 * other option of the client's goes on (RFC 7871: no client subnet leaves). `plain`: without EDNS. Returns the length.
 */
export function writeUpstreamQuery(
  out: Uint8Array,
  id: number,
  pending: Pending,
  slot: number,
  plain: boolean,
  upstream: number,
  upstreams: Upstreams,
): number {
  const key = pending.key[slot];
  const flags = questionFlags(key);
  put16(out, 0, id);
  put16(out, 2, FLAG.RD | (flags & ASKED.CHECKING_DISABLED ? FLAG.CD : 0));
  put32(out, 4, 0x00010000);
  put32(out, 8, plain ? 0 : 1);
  let at = pending.putName(slot, out, HEADER);
  at = put16(out, at, questionType(key));
  at = put16(out, at, CLASS.IN);
  if (plain) return at;
  out[at++] = 0;
  at = put16(out, at, TYPE.OPT);
  at = put16(out, at, UDP_SIZE);
  at = put32(out, at, flags & ASKED.DNSSEC_OK ? 0x8000 : 0);
  const cookie = upstreams.cookieLength(upstream);
  at = put16(out, at, 4 + cookie);
  at = put16(out, at, OPTION.COOKIE);
  at = put16(out, at, cookie);
  return upstreams.putCookie(upstream, out, at);
}

/**
 * Where the echoed question ends in an upstream's reply, or -1 when the reply does not answer the slot's question
 * (RFC 5452 §9.1). A bare header bearing FORMERR or NOTIMP is an answer too: it is how servers without EDNS refuse an
 * OPT (RFC 6891 §7); then HEADER. `name` is overwritten: with the question's name, where the end is behind HEADER.
 */
export function matchQuestion(message: Uint8Array, length: number, pending: Pending, slot: number, name: Name): number {
  if ((message[2] & ((FLAG.QR | FLAG.OPCODE) >> 8)) !== FLAG.QR >> 8) return -1;
  const rcode = message[3] & 15;
  const questions = (message[4] << 8) | message[5];
  if (questions === 0 && length === HEADER) return rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP ? HEADER : -1;
  if (questions !== 1) return -1;
  const at = readName(message, HEADER, length, name);
  if (at < 0 || at + 4 > length || !pending.isNamed(slot, name)) return -1;
  const type = (message[at] << 8) | message[at + 1];
  const classCode = (message[at + 2] << 8) | message[at + 3];
  return type === questionType(pending.key[slot]) && classCode === CLASS.IN ? at + 4 : -1;
}
