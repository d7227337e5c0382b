// Reads archives of tar, and what gzip packs: regular files alone (POSIX ustar, and the long names of GNU and pax).

import { gunzipSync } from 'node:zlib';
import { checkedName, cutOff, type Entry, MOST_ENTRIES, MOST_UNPACKED, tooLong, tooMany } from './archive.ts';
import { ImportError } from './import-error.ts';

const BLOCK = 512;
/** Folders, and headers that say nothing of names. */
const NO_ENTRIES = '5gK';

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

export function gunzipped(archive: string, bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_UNPACKED });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLong(archive) : cutOff(archive);
  }
}

function textAt(block: Buffer, from: number, length: number): string {
  const part = block.subarray(from, from + length);
  const end = part.indexOf(0);
  return part.toString('utf8', 0, end < 0 ? length : end);
}

/** Octal digits; -1 where there are none. */
function numberAt(block: Buffer, from: number, length: number): number {
  const text = textAt(block, from, length).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : -1;
}

/** The sum of all octets, with blanks where it stands itself. */
function isHeader(block: Buffer): boolean {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at];
  return numberAt(block, 148, 8) === sum;
}

export function isTar(bytes: Uint8Array): boolean {
  return bytes.length >= BLOCK && isHeader(Buffer.from(bytes.buffer, bytes.byteOffset, BLOCK));
}

function nameIn(block: Buffer): string {
  const name = textAt(block, 0, 100);
  const prefix = textAt(block, 257, 5) === 'ustar' ? textAt(block, 345, 155) : '';
  return prefix ? `${prefix}/${name}` : name;
}

/** `17 path=some/name` among the records of a pax header. */
function paxName(records: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1];
}

/** What is neither a file nor a folder, such as a link: it has a name, and cannot be read. */
function notFile(archive: string, name: string): Entry {
  const read = () => {
    throw new ImportError(`${archive}:${name}`, 'it is a link, and no file', 'pack the file that it leads to');
  };
  return { name, read };
}

export function readTar(archive: string, text: Buffer): Entry[] {
  const entries: Entry[] = [];
  let longName: string | undefined;
  for (let at = 0; at < text.length; ) {
    const block = text.subarray(at, at + BLOCK);
    if (block.length === BLOCK && block.every((octet) => octet === 0)) return entries;
    if (block.length < BLOCK || !isHeader(block)) throw cutOff(archive);
    const size = numberAt(block, 124, 12);
    const from = at + BLOCK;
    if (size < 0 || from + size > text.length) throw cutOff(archive);
    const content = text.subarray(from, from + size);
    const kind = String.fromCharCode(block[156]);
    if (kind === 'L') longName = textAt(content, 0, size);
    else if (kind === 'x') longName = paxName(content.toString('utf8')) ?? longName;
    else {
      const name = checkedName(archive, longName ?? nameIn(block));
      longName = undefined;
      if (kind === '0' || kind === '\0') entries.push({ name, read: () => content });
      else if (!NO_ENTRIES.includes(kind)) entries.push(notFile(archive, name));
      if (entries.length > MOST_ENTRIES) throw tooMany(archive);
    }
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  // Two blocks of zeros end an archive; some writers leave them out, and none ends within an entry.
  return entries;
}
