// What is particular to hosts files: the address a line begins with, and the entries that every system has.

import { isIP } from 'node:net';
import { isBlank } from './name-scan.ts';

export const HOST_ADDRESS = {
  /** No address at all. */
  NONE: 0,
  /** One that leads nowhere: the line blocks its names. */
  SINK: 1,
  /** A real one: the line says where its names are, and blocks nothing. */
  OTHER: 2,
} as const;

/** No name begins after a longer address than `ffff:…:255.255.255.255%scope`. */
const LONGEST_ADDRESS = 64;

/** Whether an address, in any spelling, leads nowhere: the unspecified one and those of the host itself. */
export function isSinkAddress(text: string): boolean {
  if (text === '0.0.0.0' || text.startsWith('127.')) return true;
  // Every spelling of :: and ::1.
  return /^[0:]*1?$/.test(text) && text.includes(':') && !/[^:0]1|10/.test(text);
}

function kindOf(text: string): number {
  if (text.length > LONGEST_ADDRESS || isIP(text) === 0) return HOST_ADDRESS.NONE;
  return isSinkAddress(text) ? HOST_ADDRESS.SINK : HOST_ADDRESS.OTHER;
}

/** Reads addresses; a list has the same one on every line, so the last is remembered. */
export class AddressScan {
  private readonly last = new Uint8Array(LONGEST_ADDRESS);
  private length = -1;
  private kind: number = HOST_ADDRESS.NONE;

  /** What the word at `bytes[from, end)` is: a HOST_ADDRESS. */
  read(bytes: Buffer, from: number, end: number): number {
    if (this.isLast(bytes, from, end)) return this.kind;
    this.kind = kindOf(bytes.toString('latin1', from, Math.min(end, from + LONGEST_ADDRESS + 1)));
    this.length = end - from <= LONGEST_ADDRESS ? end - from : -1;
    if (this.length > 0) this.last.set(bytes.subarray(from, end));
    return this.kind;
  }

  /** Where the name begins that a line at `at` has behind the last address and one blank; -1 where it begins otherwise. */
  after(bytes: Buffer, at: number): number {
    const end = at + this.length;
    if (this.kind !== HOST_ADDRESS.SINK || this.length < 0 || end >= bytes.length || !isBlank(bytes[end])) return -1;
    return this.isLast(bytes, at, end) ? end + 1 : -1;
  }

  private isLast(bytes: Buffer, from: number, end: number): boolean {
    if (end - from !== this.length) return false;
    for (let at = 0; at < this.length; at++) if (this.last[at] !== bytes[from + at]) return false;
    return true;
  }
}

const LOCAL_NAMES: ReadonlySet<string> = new Set([
  '0.0.0.0',
  'broadcasthost',
  'ip6-allhosts',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-localhost',
  'ip6-localnet',
  'ip6-loopback',
  'ip6-mcastprefix',
  'local',
  'localhost',
  'localhost.localdomain',
  'localhost4',
  'localhost6',
]);

/** Only names that begin so are worth a string. */
const FIRST_OCTETS = new Set(
  [...LOCAL_NAMES].flatMap((name) => [name.charCodeAt(0), name.toUpperCase().charCodeAt(0)]),
);
const LONGEST_NAME = Math.max(...[...LOCAL_NAMES].map((name) => name.length));

/** Whether `bytes[from, end)` is an entry that every hosts file has, and that no list means to block. */
export function isLocalName(bytes: Buffer, from: number, end: number): boolean {
  if (end - from > LONGEST_NAME || !FIRST_OCTETS.has(bytes[from])) return false;
  return LOCAL_NAMES.has(bytes.toString('latin1', from, end).toLowerCase());
}
