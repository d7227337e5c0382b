// Writes every reply a client gets: header, question as asked, what the caller adds, and the OPT last.

import { CLASS, EDE, FLAG, HEADER, MAX_MESSAGE, OPTION, PLAIN_UDP_SIZE, RCODE, TYPE, UDP_SIZE } from './codes.ts';
import type { Query } from './query.ts';

/** Octets of an OPT record without options. */
const OPT_SIZE = 11;
/** A compression pointer to the question's name. */
const TO_QUESTION = 0xc000 | HEADER;
const NO_TEXT = new Uint8Array(0);
/** RNAME of the SOA in forged negative replies: RFC 6303 §3 does the same. */
const RNAME = Uint8Array.from([6, ...ascii('nobody'), 7, ...ascii('invalid'), 0]);
/** RDATA of the HINFO that answers ANY, RFC 8482 §4.2. */
const HINFO_RDATA = Uint8Array.from([7, ...ascii('RFC8482'), 0]);

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

/** Writes 16 bits; returns the offset after. */
export function put16(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 8;
  out[at + 1] = value;
  return at + 2;
}

/** Writes 32 bits; returns the offset after. */
export function put32(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
  return at + 4;
}

/** The most octets this client takes: RFC 6891 §6.2.5, RFC 9715; over a stream the datagram size means nothing. */
export function replyLimit(query: Query, stream: boolean): number {
  if (stream) return MAX_MESSAGE;
  return query.hasEdns ? Math.min(query.udpSize, UDP_SIZE) : PLAIN_UDP_SIZE;
}

/** RD and CD are copied, RA set, AA and AD clear: nothing relayed or forged here is authoritative or validated. */
function replyFlags(query: Query, rcode: number): number {
  return FLAG.QR | (query.flags & (FLAG.OPCODE | FLAG.RD | FLAG.CD)) | FLAG.RA | (rcode & 15);
}

/** A reply of a header alone, for a message whose question cannot be echoed. Returns its length. */
export function writeHeaderOnly(query: Query, out: Uint8Array, rcode: number): number {
  put16(out, 0, query.id);
  put16(out, 2, replyFlags(query, rcode));
  put32(out, 4, 0);
  put32(out, 8, 0);
  return HEADER;
}

/** Writes header and question, octet for octet as asked; counts of the other sections are 0. Returns the offset after. */
export function startReply(query: Query, out: Uint8Array, rcode: number): number {
  writeHeaderOnly(query, out, rcode);
  out[5] = 1;
  return putQuestion(query, out);
}

/** Writes the question in the client's own case behind the header; returns the offset after. */
function putQuestion(query: Query, out: Uint8Array): number {
  const { raw, rawOffset } = query;
  const end = query.name.length;
  for (let at = 0; at < end; at++) out[HEADER + at] = raw[rawOffset + at];
  put16(out, HEADER + end, query.type);
  return put16(out, HEADER + end + 2, query.class);
}

/**
 * Ends a reply: where the query had an OPT, one is appended, with an extended error when `ede` ≥ 0 and its text
 * `text[from, from + length)`. What does not fit `limit` is left out, the text first (RFC 8914 §3: an extended error
 * never makes a reply too large); a text is never cut, since that could split a character.
 * Returns the final length.
 */
export function endReply(
  query: Query,
  out: Uint8Array,
  at: number,
  limit: number,
  extendedRcode = 0,
  ede = -1,
  text: Uint8Array = NO_TEXT,
  from = 0,
  length = 0,
): number {
  if (!query.hasEdns) return at;
  out[at] = 0;
  put16(out, at + 1, TYPE.OPT);
  put16(out, at + 3, UDP_SIZE);
  out[at + 5] = extendedRcode;
  out[at + 6] = 0;
  put16(out, at + 7, query.dnssecOk ? 0x8000 : 0);
  put16(out, at + 9, 0);
  out[11] = 1;
  let end = at + OPT_SIZE;
  if (ede >= 0 && end + 6 <= limit) {
    const shown = end + 6 + length <= limit ? length : 0;
    put16(out, at + 9, 6 + shown);
    put16(out, end, OPTION.EDE);
    put16(out, end + 2, 2 + shown);
    end = put16(out, end + 4, ede);
    for (let index = 0; index < shown; index++) out[end++] = text[from + index];
  }
  return end;
}

/** Octets left for an extended error's text in a reply to be ended at `at`; below 0 where not even the error fits. */
export function roomForText(at: number, limit: number): number {
  return limit - at - OPT_SIZE - 6;
}

/** A reply without question: for what cannot be read, and for opcodes whose sections mean something else. */
export function writeBare(query: Query, out: Uint8Array, rcode: number): number {
  return endReply(query, out, writeHeaderOnly(query, out, rcode), PLAIN_UDP_SIZE);
}

/** A reply without records: errors and plain NODATA. */
export function writeEmpty(query: Query, out: Uint8Array, rcode: number, ede = -1): number {
  return endReply(query, out, startReply(query, out, rcode), PLAIN_UDP_SIZE, rcode >> 4, ede);
}

/** TC=1 with empty sections: partial data is never sent (RFC 2181 §9). */
export function writeTruncated(query: Query, out: Uint8Array): number {
  const at = startReply(query, out, RCODE.NOERROR);
  out[2] |= FLAG.TC >> 8;
  return endReply(query, out, at, PLAIN_UDP_SIZE);
}

/** Whether a finished message bears TC. */
export function isTruncated(out: Uint8Array): boolean {
  return (out[2] & (FLAG.TC >> 8)) !== 0;
}

/** The rcode of a finished message: its low four bits, all that a reply of ours to a name has. */
export function rcodeOf(out: Uint8Array): number {
  return out[3] & 0x0f;
}

/** The one small record that answers ANY, RFC 8482 §4.2. */
export function writeAny(query: Query, out: Uint8Array): number {
  const at = startReply(query, out, RCODE.NOERROR);
  return endReply(query, out, putRecord(out, at, TYPE.HINFO, 3600, HINFO_RDATA, 0, HINFO_RDATA.length), PLAIN_UDP_SIZE);
}

/** An answer record owned by the question's name; counts it. Returns the offset after. */
export function putRecord(
  out: Uint8Array,
  at: number,
  type: number,
  ttl: number,
  rdata: Uint8Array,
  from: number,
  length: number,
): number {
  put16(out, at, TO_QUESTION);
  put16(out, at + 2, type);
  put16(out, at + 4, CLASS.IN);
  put32(out, at + 6, ttl);
  let end = put16(out, at + 10, length);
  for (let index = 0; index < length; index++) out[end++] = rdata[from + index];
  out[7]++;
  return end;
}

/**
 * The SOA in authority that lets a negative reply be cached for `ttl` seconds (RFC 2308 §3, §5). Its owner is the
 * last `labels` labels of the question's name. Returns the offset after.
 */
export function putSoa(query: Query, out: Uint8Array, at: number, labels: number, ttl: number, serial: number): number {
  const skipped = query.name.labelCount - labels;
  const start = skipped >= query.name.labelCount ? query.name.length - 1 : query.name.labelOffset[Math.max(0, skipped)];
  const owner = 0xc000 | (HEADER + start);
  put16(out, at, owner);
  put16(out, at + 2, TYPE.SOA);
  put16(out, at + 4, CLASS.IN);
  put32(out, at + 6, ttl);
  put16(out, at + 10, 2 + RNAME.length + 20);
  put16(out, at + 12, owner);
  out.set(RNAME, at + 14);
  let end = put32(out, at + 14 + RNAME.length, serial);
  end = put32(out, end, 3600);
  end = put32(out, end, 600);
  end = put32(out, end, 86400);
  end = put32(out, end, ttl);
  out[9]++;
  return end;
}

/**
 * Makes the relayed or cached message `out[0, length)` this client's own: id, flags, the question's case, and its
 * OPT. A stale answer says so (RFC 8767 §4, RFC 8914 §4.4 and §4.20). Over the client's limit it becomes TC=1 and
 * empty. Returns the final length.
 */
export function finishRelayed(query: Query, out: Uint8Array, length: number, stream: boolean, stale = false): number {
  const limit = replyLimit(query, stream);
  if (length + (query.hasEdns ? OPT_SIZE : 0) > limit) return writeTruncated(query, out);
  const rcode = out[3] & 15;
  put16(out, 0, query.id);
  put16(out, 2, replyFlags(query, rcode));
  putQuestion(query, out);
  const ede = rcode === RCODE.NXDOMAIN ? EDE.STALE_NXDOMAIN : EDE.STALE;
  return endReply(query, out, length, limit, 0, stale ? ede : -1);
}
