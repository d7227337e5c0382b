// Reads a client's message into a reusable Query; every way a message can be wrong is one of PARSE.

import { CLASS, FLAG, HEADER, OPCODE, OPTION, PLAIN_UDP_SIZE, TYPE } from './codes.ts';
import { Name, readName, skipName } from './name.ts';

/** What `parseQuery` found. Only `OK` leaves the whole Query filled. */
export const PARSE = {
  OK: 0,
  /** Under 12 octets: nothing to answer. */
  SHORT: 1,
  /** QR=1: a reply; answering one makes loops. */
  RESPONSE: 2,
  /** An opcode other than QUERY: NOTIMP. */
  OPCODE: 3,
  /** FORMERR, and no question that could be echoed. */
  NO_QUESTION: 4,
  /** FORMERR after a readable question: counts that lie, a broken record or OPT. */
  MALFORMED: 5,
  /** EDNS above version 0: BADVERS, RFC 6891 §6.1.3. */
  BAD_VERSION: 6,
} as const;

/** Of an option that is to be believed once or not at all. */
export const SAID_TWICE = -1;

/**
 * One parsed query; reused, never allocated per query. After PARSE.OK all fields hold; before that `id` and `flags`
 * hold where the header was read, and the question where PARSE says MALFORMED or BAD_VERSION.
 */
export class Query {
  id = 0;
  /** The header's second word as sent. */
  flags = 0;
  /** The question's name, canonical. */
  readonly name: Name;
  type = 0;
  class: number = CLASS.IN;
  /** Where the question stands as the client wrote it, its case kept: `raw[rawOffset, rawOffset + name.length + 4)`. */
  raw: Uint8Array = new Uint8Array(0);
  rawOffset = HEADER;
  hasEdns = false;
  /** The client's datagram size, at least 512 (RFC 6891 §6.2.3); 512 without EDNS. */
  udpSize = PLAIN_UDP_SIZE;
  dnssecOk = false;
  /** Whether the client reads the text of an extended error as an object (draft-ietf-dnsop-structured-dns-error). */
  structured = false;
  /**
   * Where in `raw` the options stand that name the device which asks, by its MAC and by its id (device-option.ts): 0 where
   * there is none, SAID_TWICE where there are several. Who may say so is not known here.
   */
  macAt = 0;
  idAt = 0;

  constructor(seed: number, name = new Name(seed)) {
    this.name = name;
  }
}

function word(message: Uint8Array, at: number): number {
  return (message[at] << 8) | message[at + 1];
}

/** Reads the message `[0, length)` into `query`; returns one of PARSE. Trailing octets are ignored (RFC 1035 §4.1). */
export function parseQuery(message: Uint8Array, length: number, query: Query): number {
  query.hasEdns = false;
  query.udpSize = PLAIN_UDP_SIZE;
  query.dnssecOk = false;
  query.structured = false;
  query.macAt = 0;
  query.idAt = 0;
  query.name.length = 0;
  if (length < HEADER) return PARSE.SHORT;
  query.id = word(message, 0);
  query.flags = word(message, 2);
  if (query.flags & FLAG.QR) return PARSE.RESPONSE;
  if ((query.flags & FLAG.OPCODE) >> 11 !== OPCODE.QUERY) {
    findOpt(message, length, query);
    return PARSE.OPCODE;
  }
  // RFC 9619 §4: exactly one question.
  if (word(message, 4) !== 1) {
    findOpt(message, length, query);
    return PARSE.NO_QUESTION;
  }
  const nameEnd = readName(message, HEADER, length, query.name);
  if (nameEnd < 0 || nameEnd + 4 > length) {
    query.name.length = 0;
    return PARSE.NO_QUESTION;
  }
  query.raw = message;
  query.rawOffset = HEADER;
  query.type = word(message, nameEnd);
  query.class = word(message, nameEnd + 2);
  return word(message, 6) === 0 && word(message, 8) === 0 && word(message, 10) === 0
    ? PARSE.OK
    : parseRecords(message, length, nameEnd + 4, query);
}

/** Looks for the OPT of a message that is refused for something else: an OPT is answered by one (RFC 6891 §6.1.1). */
function findOpt(message: Uint8Array, length: number, query: Query): void {
  const questions = word(message, 4);
  if (questions > 1) return;
  const nameEnd = questions === 1 ? skipName(message, HEADER, length) : HEADER - 4;
  if (nameEnd > 0 && nameEnd + 4 <= length) parseRecords(message, length, nameEnd + 4, query);
}

/** Walks the records behind the question: counts must hold, and at most one well-formed OPT in additional. */
function parseRecords(message: Uint8Array, length: number, start: number, query: Query): number {
  const before = word(message, 6) + word(message, 8);
  const total = before + word(message, 10);
  let at = start;
  let opt = -1;
  for (let index = 0; index < total; index++) {
    const owner = at;
    at = skipName(message, at, length);
    if (at < 0 || at + 10 > length) return PARSE.MALFORMED;
    const type = word(message, at);
    const end = at + 10 + word(message, at + 8);
    if (end > length) return PARSE.MALFORMED;
    if (type === TYPE.OPT) {
      // RFC 6891 §6.1.1: one OPT, in additional, owned by the root.
      if (opt >= 0 || index < before || message[owner] !== 0) return PARSE.MALFORMED;
      opt = at;
    }
    at = end;
  }
  return opt < 0 ? PARSE.OK : parseOpt(message, opt, query);
}

/** Reads the OPT whose type field stands at `at`; its bounds are proved by the caller. */
function parseOpt(message: Uint8Array, at: number, query: Query): number {
  query.hasEdns = true;
  query.udpSize = Math.max(PLAIN_UDP_SIZE, word(message, at + 2));
  query.dnssecOk = (message[at + 6] & 0x80) !== 0;
  // Before the options: only version 0 says how they are laid out.
  if (message[at + 5] !== 0) return PARSE.BAD_VERSION;
  return readOptions(message, at + 10, at + 10 + word(message, at + 8), query);
}

function readOptions(message: Uint8Array, start: number, end: number, query: Query): number {
  let option = start;
  while (option < end) {
    if (option + 4 > end) return PARSE.MALFORMED;
    const size = word(message, option + 2);
    if (option + 4 + size > end) return PARSE.MALFORMED;
    const code = word(message, option);
    // RFC 7873 §5.2.2: a client cookie is 8 octets, with a server cookie 16 to 40.
    if (code === OPTION.COOKIE && size !== 8 && (size < 16 || size > 40)) return PARSE.MALFORMED;
    // Its presence is the signal; octets in it are to be ignored.
    if (code === OPTION.STRUCTURED_ERROR) query.structured = true;
    if (code >= OPTION.MAC) noteDevice(code, option, query);
    option += 4 + size;
  }
  return PARSE.OK;
}

function noteDevice(code: number, option: number, query: Query): void {
  if (code === OPTION.MAC || code === OPTION.MAC_TEXT) query.macAt = query.macAt === 0 ? option : SAID_TWICE;
  if (code === OPTION.DEVICE_ID) query.idAt = query.idAt === 0 ? option : SAID_TWICE;
}
