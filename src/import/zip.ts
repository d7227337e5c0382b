// Reads archives of zip, as far as a tool writes them: entries stored or deflated, found by the directory at the end.

import { crc32, inflateRawSync } from 'node:zlib';
import { checkedName, cutOff, type Entry, MOST_ENTRIES, MOST_UNPACKED, tooLong, tooMany } from './archive.ts';
import { ImportError } from './import-error.ts';

const END = 0x06054b50;
const DIRECTORY = 0x02014b50;
const LOCAL = 0x04034b50;
/** The record at the end, and the longest comment behind it. */
const END_LENGTH = 22;
const MOST_COMMENT = 0xffff;

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

interface Row {
  name: string;
  method: number;
  crc: number;
  packed: number;
  size: number;
  at: number;
}

function endOf(archive: string, bytes: Buffer): number {
  const first = Math.max(0, bytes.length - END_LENGTH - MOST_COMMENT);
  for (let at = bytes.length - END_LENGTH; at >= first; at--) {
    if (bytes.readUInt32LE(at) === END && at + END_LENGTH + bytes.readUInt16LE(at + 20) === bytes.length) return at;
  }
  throw cutOff(archive);
}

function rowAt(archive: string, bytes: Buffer, at: number): { row: Row; next: number } {
  if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== DIRECTORY) throw cutOff(archive);
  const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
  const next = at + 46 + name + extra + comment;
  if (next > bytes.length) throw cutOff(archive);
  if (bytes.readUInt16LE(at + 8) & 1) {
    throw new ImportError(archive, 'it is encrypted', 'export it without a password');
  }
  const row = {
    name: checkedName(archive, bytes.toString('utf8', at + 46, at + 46 + name)),
    method: bytes.readUInt16LE(at + 10),
    crc: bytes.readUInt32LE(at + 16),
    packed: bytes.readUInt32LE(at + 20),
    size: bytes.readUInt32LE(at + 24),
    at: bytes.readUInt32LE(at + 42),
  };
  return { row, next };
}

/** What its row says must be so: else it is damaged, or tells of one size and has another. */
function unpacked(archive: string, bytes: Buffer, { name, method, crc, packed, size, at }: Row): Uint8Array {
  if (at + 30 > bytes.length || bytes.readUInt32LE(at) !== LOCAL) throw cutOff(archive);
  const from = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
  const content = bytes.subarray(from, from + packed);
  if (content.length !== packed) throw cutOff(archive);
  if (method !== 0 && method !== 8) {
    throw new ImportError(`${archive}:${name}`, 'it is packed in a way that is not read', 'pack it with deflate');
  }
  let text: Uint8Array = content;
  try {
    if (method === 8) text = inflateRawSync(content, { maxOutputLength: Math.max(1, size) });
  } catch {
    throw cutOff(`${archive}:${name}`);
  }
  if (text.length !== size || crc32(text) !== crc) throw cutOff(`${archive}:${name}`);
  return text;
}

export function readZip(archive: string, octets: Uint8Array): Entry[] {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (bytes.length < END_LENGTH) throw cutOff(archive);
  const end = endOf(archive, bytes);
  const count = bytes.readUInt16LE(end + 10);
  if (count > MOST_ENTRIES) throw tooMany(archive);
  let at = bytes.readUInt32LE(end + 16);
  let total = 0;
  const entries: Entry[] = [];
  for (let done = 0; done < count; done++) {
    const { row, next } = rowAt(archive, bytes, at);
    at = next;
    if (row.name.endsWith('/')) continue;
    entries.push({
      name: row.name,
      read: () => {
        total += row.size;
        if (total > MOST_UNPACKED) throw tooLong(archive);
        return unpacked(archive, bytes, row);
      },
    });
  }
  return entries;
}
