// The file of the audit log: where it is, its lines one after the other, and lines put at its end for good.

import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stateFile } from '../observe/state-directory.ts';

const PIECE = 1 << 16;
/** Longer than any line that Sluis writes; what is longer is not one. */
export const LONGEST_LINE = 1 << 26;
const LINE_END = 0x0a;
/** Exceptions name clients: owner and group alone. */
const MODE = 0o640;

/** The log's file: the one that is configured, else one in the state directory (systemd's STATE_DIRECTORY), else none. */
export function auditFile(configured: string | null, env: Record<string, string | undefined>): string | undefined {
  return stateFile(configured, env, 'audit.jsonl');
}

export interface FileLine {
  text: string;
  /** Where its first octet is, and the first behind it and its end. */
  start: number;
  end: number;
  /** Without a line end: the last of the file, cut off. */
  isTorn: boolean;
}

/** Reads the lines of `file`; rejects with what reading it does. */
export async function* linesOf(file: string): AsyncGenerator<FileLine> {
  const handle = await open(file);
  try {
    yield* linesIn(handle);
  } finally {
    await handle.close();
  }
}

async function* linesIn(handle: FileHandle): AsyncGenerator<FileLine> {
  const piece = Buffer.alloc(PIECE);
  let parts: Buffer[] = [];
  let start = 0;
  let length = 0;
  const line = (end: number, isTorn: boolean): FileLine => {
    return { text: Buffer.concat(parts).toString('utf8'), start, end, isTorn };
  };
  for (;;) {
    const { bytesRead } = await handle.read(piece, 0, PIECE, start + length);
    if (bytesRead === 0) break;
    let from = 0;
    for (let at = piece.indexOf(LINE_END); at >= 0 && at < bytesRead; at = piece.indexOf(LINE_END, from)) {
      parts.push(Buffer.from(piece.subarray(from, at)));
      length += at + 1 - from;
      yield line(start + length, false);
      start += length;
      [parts, length, from] = [[], 0, at + 1];
    }
    parts.push(Buffer.from(piece.subarray(from, bytesRead)));
    length += bytesRead - from;
    if (length > LONGEST_LINE) throw new Error(`a line of more than ${LONGEST_LINE} octets`);
  }
  if (length > 0) yield line(start + length, true);
}

/** The size of `file`; undefined where there is none. */
export async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const handle = await open(file);
    try {
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Puts a line at the end of `file`, which has `size` octets, and comes back when the disk has it. What could not be
 * written whole is taken away again; then it rejects.
 */
export async function append(file: string, size: number, text: string): Promise<number> {
  const octets = Buffer.from(`${text}\n`);
  const handle = await open(file, 'a', MODE);
  try {
    await handle.appendFile(octets);
    await handle.sync();
  } catch (error) {
    await handle.truncate(size).catch(() => {});
    throw error;
  } finally {
    await handle.close();
  }
  if (size === 0) await syncFolder(dirname(file));
  return size + octets.length;
}

/** Moves what is behind `size` octets into a file of its own, beside; its path. */
export async function setAside(file: string, size: number, sequence: number): Promise<string> {
  const handle = await open(file, 'r+');
  try {
    const octets = Buffer.alloc((await handle.stat()).size - size);
    await handle.read(octets, 0, octets.length, size);
    const kept = await keep(`${file}.torn-${sequence}`, octets);
    await handle.truncate(size);
    await handle.sync();
    return kept;
  } finally {
    await handle.close();
  }
}

/** Writes a file that was not there before: `path`, or with a number behind it. */
async function keep(path: string, octets: Buffer): Promise<string> {
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? path : `${path}.${number}`;
    try {
      const handle = await open(candidate, 'wx', MODE);
      try {
        await handle.writeFile(octets);
        await handle.sync();
      } finally {
        await handle.close();
      }
      return candidate;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** A new file is there after a crash only once its folder says so. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
