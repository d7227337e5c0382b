// A list that is a folder: its files in order, as they lie there, or one behind the other in a copy of them.

import { closeSync, createReadStream, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ListSettings } from '../settings/settings.ts';
import { ListError } from './list-error.ts';

/** One file of a list, and where its octets are. */
export interface Part {
  /** What people know it by. */
  file: string;
  path: string;
  from: number;
  size: number;
}

/** Of a folder, at most: each of them is a source of its own to the compiler. */
const MOST_FILES = 1000;
/** What a copy of a folder begins with; behind it, in JSON, each file's name and size, and after that line their octets. */
const MARK = 'sluis-folder ';
const PIECE = 1 << 18;

interface Entry {
  name: string;
  size: number;
}

/** The octets of a file, or of all files of a folder as a copy has them. Throws, or rejects, with what reading does. */
export function octetsOf(path: string): AsyncIterable<Buffer> {
  return stateOf(path).isDirectory() ? folderOctets(path) : createReadStream(path, { highWaterMark: PIECE });
}

/** Of a file or a folder; a pipe may never begin and a device never end, and whoever reads it would wait for that. */
export function stateOf(path: string): Stats {
  const state = statSync(path);
  if (state.isFile() || state.isDirectory()) return state;
  throw new ListError('it is a pipe, a socket or a device', 'name a file, or a folder of files');
}

/** The files of a list, read from `path`, which is its own or a copy's. Throws what reading does, or ListError. */
export function partsOf({ file, fetched }: ListSettings, path: string): Part[] {
  const state = stateOf(path);
  if (state.isDirectory()) {
    return filesIn(path).map(({ name, size }) => ({ file: join(file, name), path: join(path, name), from: 0, size }));
  }
  const header = path === file || fetched ? undefined : headerOf(path, state.size);
  if (!header) return [{ file, path, from: 0, size: state.size }];
  let from = header.length;
  return header.entries.map(({ name, size }) => {
    from += size;
    return { file: join(file, name), path, from: from - size, size };
  });
}

/** Those directly in it, but hidden and empty ones. */
function filesIn(folder: string): Entry[] {
  const found = readdirSync(folder)
    .sort()
    .filter((name) => !name.startsWith('.'));
  const files = found
    .map((name) => ({ name, state: statSync(join(folder, name)) }))
    .filter(({ state }) => state.isFile() && state.size > 0);
  const fix = 'put the files of the list there, or name a file';
  if (files.length === 0) throw new ListError('the folder holds no file, or empty ones', fix);
  if (files.length > MOST_FILES) throw new ListError(`the folder holds more than ${MOST_FILES} files`, fix);
  return files.map(({ name, state }) => ({ name, size: state.size }));
}

async function* folderOctets(folder: string): AsyncGenerator<Buffer> {
  const files = filesIn(folder);
  yield Buffer.from(`${MARK}${JSON.stringify(files)}\n`);
  for (const { name, size } of files) {
    let length = 0;
    for await (const piece of createReadStream(join(folder, name), { highWaterMark: PIECE })) {
      length += (piece as Buffer).length;
      yield piece as Buffer;
    }
    // What is written just now is looked at again when that is over.
    if (length !== size) throw new ListError(`${name} changed while it was read`, 'nothing: it is read again');
  }
}

/** Undefined where the file is no copy of a folder. */
function headerOf(path: string, size: number): { entries: Entry[]; length: number } | undefined {
  const head = Buffer.alloc(Math.min(size, MOST_FILES * 600));
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, head, 0, head.length, 0);
  } finally {
    closeSync(descriptor);
  }
  const end = head.indexOf('\n');
  if (end < 0 || head.toString('latin1', 0, MARK.length) !== MARK) return undefined;
  try {
    return { entries: JSON.parse(head.toString('utf8', MARK.length, end)) as Entry[], length: end + 1 };
  } catch {
    return undefined;
  }
}
