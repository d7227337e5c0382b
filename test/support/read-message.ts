/**
 * Reads a DNS message strictly for the judges of the tests. Written apart from src/wire on purpose: a reader that shares
 * its bugs with the writer under test would approve of them.
 */

export interface Question {
  /** Where the question lies in the message: first octet of the name, first octet after the class. */
  start: number;
  end: number;
  /** The uncompressed wire name, case as sent. */
  name: Uint8Array;
  /** True where the name in the message uses a compression pointer. */
  compressed: boolean;
  type: number;
  class: number;
}

export type Section = 'answer' | 'authority' | 'additional';

export interface Rr {
  section: Section;
  name: Uint8Array;
  compressed: boolean;
  type: number;
  class: number;
  /** As sent, unsigned; for an OPT the extended rcode, version and flags. */
  ttl: number;
  rdata: Uint8Array;
  /** The wire name in the rdata of NS, CNAME, SOA (its first), PTR and MX; else null. */
  target: Uint8Array | null;
}

export interface Header {
  id: number;
  flags: number;
  opcode: number;
  rcode: number;
  counts: [number, number, number, number];
}

export interface Message extends Header {
  questions: Question[];
  records: Rr[];
  /** Octets consumed by what the counts announce; anything beyond is trailing. */
  end: number;
}

export interface Option {
  code: number;
  data: Uint8Array;
}

export const QR = 0x8000;
export const AA = 0x0400;
export const TC = 0x0200;
export const RD = 0x0100;
export const RA = 0x0080;
export const Z = 0x0040;
export const AD = 0x0020;
export const OPT = 41;

const SECTIONS: Section[] = ['answer', 'authority', 'additional'];
const RCODES: Record<number, string> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  11: 'DSOTYPENI',
  16: 'BADVERS',
  23: 'BADCOOKIE',
};

const TYPE_NS = 2;
const TYPE_CNAME = 5;
const TYPE_SOA = 6;
const TYPE_PTR = 12;
const TYPE_MX = 15;

/** What is wrong with a message, thrown inside this file only. */
class Unreadable extends Error {}

/** The twelve header octets, or null where there are fewer. */
export function readHeader(bytes: Uint8Array): Header | null {
  if (bytes.length < 12) return null;
  const view = viewOf(bytes);
  const flags = view.getUint16(2);
  return {
    id: view.getUint16(0),
    flags,
    opcode: (flags >> 11) & 15,
    rcode: flags & 15,
    counts: [view.getUint16(4), view.getUint16(6), view.getUint16(8), view.getUint16(10)],
  };
}

/** The message, or a sentence saying why it is none. Trailing octets are no error here: compare `end` with the length. */
export function readMessage(bytes: Uint8Array): Message | string {
  const header = readHeader(bytes);
  if (header === null) return 'shorter than a header';
  try {
    return readSections(bytes, header);
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    throw error;
  }
}

/** The OPT records of a message, in any section: RFC 6891 §6.1.1 allows one, in additional. */
export function optRecords(message: Message): Rr[] {
  return message.records.filter((record) => record.type === OPT);
}

/** The options of an OPT record, or null where a length does not fit. */
export function readOptions(opt: Rr): Option[] | null {
  const view = viewOf(opt.rdata);
  const options: Option[] = [];
  let at = 0;
  while (at < opt.rdata.length) {
    if (at + 4 > opt.rdata.length) return null;
    const end = at + 4 + view.getUint16(at + 2);
    if (end > opt.rdata.length) return null;
    options.push({ code: view.getUint16(at), data: opt.rdata.subarray(at + 4, end) });
    at = end;
  }
  return options;
}

/** The rcode with the upper eight bits an OPT adds to it, RFC 6891 §6.1.3. */
export function extendedRcode(message: Message): number {
  const [opt] = optRecords(message);
  return opt === undefined ? message.rcode : ((opt.ttl >>> 24) << 4) | message.rcode;
}

export function rcodeName(rcode: number): string {
  return RCODES[rcode] ?? `RCODE${rcode}`;
}

/** Are these the same wire name, ASCII case folded (RFC 4343)? */
export function sameName(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, i) => fold(octet) === fold(other[i]!));
}

/** A wire name for people and for keys: lower case, labels by dots, odd octets as \DDD (RFC 1035 §5.1). */
export function nameText(name: Uint8Array): string {
  let text = '';
  for (let at = 0; at < name.length - 1; at += name[at]! + 1) {
    for (const octet of name.subarray(at + 1, at + 1 + name[at]!)) text += octetText(fold(octet));
    text += '.';
  }
  return text === '' ? '.' : text.slice(0, -1);
}

function octetText(octet: number): string {
  const plain = octet > 0x20 && octet < 0x7f && octet !== 0x2e && octet !== 0x5c;
  return plain ? String.fromCharCode(octet) : `\\${String(octet).padStart(3, '0')}`;
}

function fold(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function readSections(bytes: Uint8Array, header: Header): Message {
  const view = viewOf(bytes);
  const questions: Question[] = [];
  const records: Rr[] = [];
  let at = 12;
  for (let i = 0; i < header.counts[0]; i++) {
    const { name, next, compressed } = readName(bytes, at);
    if (next + 4 > bytes.length) throw new Unreadable('question cut short');
    const type = view.getUint16(next);
    questions.push({ start: at, end: next + 4, name, compressed, type, class: view.getUint16(next + 2) });
    at = next + 4;
  }
  for (const [index, section] of SECTIONS.entries()) {
    for (let i = 0; i < header.counts[index + 1]!; i++) {
      const { record, next } = readRecord(bytes, view, at, section);
      records.push(record);
      at = next;
    }
  }
  return { ...header, questions, records, end: at };
}

function readRecord(bytes: Uint8Array, view: DataView, at: number, section: Section): { record: Rr; next: number } {
  const { name, next, compressed } = readName(bytes, at);
  if (next + 10 > bytes.length) throw new Unreadable(`${section} record cut short`);
  const type = view.getUint16(next);
  const start = next + 10;
  const end = start + view.getUint16(next + 8);
  if (end > bytes.length) throw new Unreadable(`${section} rdata cut short`);
  const rdata = bytes.subarray(start, end);
  const target = readTarget(bytes, type, start, end);
  if ((type === 1 && rdata.length !== 4) || (type === 28 && rdata.length !== 16)) {
    throw new Unreadable(`address of ${rdata.length} octets`);
  }
  const record = {
    section,
    name,
    compressed,
    type,
    class: view.getUint16(next + 2),
    ttl: view.getUint32(next + 4),
    rdata,
    target,
  };
  return { record, next: end };
}

/** Names inside rdata must be sound and fill it exactly: a receiver that decompresses them would be led astray. */
function readTarget(bytes: Uint8Array, type: number, start: number, end: number): Uint8Array | null {
  if (![TYPE_NS, TYPE_CNAME, TYPE_SOA, TYPE_PTR, TYPE_MX].includes(type)) return null;
  const first = readName(bytes, type === TYPE_MX ? start + 2 : start);
  let next = first.next;
  if (type === TYPE_SOA) next = readName(bytes, next).next + 20;
  if (next !== end) throw new Unreadable('name does not fill its rdata');
  return first.name;
}

/** A name with backward pointers only (RFC 1035 §4.1.4: a prior occurrence), at most 255 octets. */
function readName(bytes: Uint8Array, start: number): { name: Uint8Array; next: number; compressed: boolean } {
  const name: number[] = [];
  let at = start;
  let partStart = start;
  let next = -1;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) throw new Unreadable('name cut short');
    if (length >= 0xc0) {
      if (at + 1 >= bytes.length) throw new Unreadable('pointer cut short');
      if (next < 0) next = at + 2;
      const to = ((length & 0x3f) << 8) | bytes[at + 1]!;
      if (to >= partStart || to < 12) throw new Unreadable('pointer to no prior name');
      at = to;
      partStart = to;
      continue;
    }
    if (length > 63) throw new Unreadable('label type');
    if (at + 1 + length > bytes.length) throw new Unreadable('name cut short');
    name.push(...bytes.subarray(at, at + 1 + length));
    if (name.length > 255) throw new Unreadable('name over 255 octets');
    at += 1 + length;
    if (length === 0) return { name: Uint8Array.from(name), next: next < 0 ? at : next, compressed: next >= 0 };
  }
}
