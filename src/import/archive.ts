// What archives of every kind share: a bound on entries and octets, and names that stay within them.

import { ImportError } from './import-error.ts';

/** An archive as a file, and a configuration that is read whole. */
export const MOST_PACKED = 64 * 2 ** 20;
export const MOST_ENTRIES = 10_000;
/** Of all that is unpacked together. */
export const MOST_UNPACKED = 256 * 2 ** 20;

export interface Entry {
  name: string;
  /** Unpacks it; throws ImportError where that cannot be, or would take too much. */
  read(): Uint8Array;
}

/** Nothing is written where an archive says; one with a path that leaves it is none that the tool made. */
export function checkedName(archive: string, name: string): string {
  const bad = name.includes('\0') || name.includes('\\') || name.startsWith('/') || /^[a-z]:/i.test(name);
  if (!bad && !name.split('/').includes('..')) return name.replace(/^(?:\.\/)+/, '');
  throw new ImportError(archive, `an entry leaves the archive: ${name}`, 'export it anew from the tool');
}

export function tooMany(archive: string): ImportError {
  return new ImportError(archive, `it has more than ${MOST_ENTRIES} entries`, 'export it anew from the tool');
}

export function tooLong(archive: string): ImportError {
  const mebibytes = MOST_UNPACKED / 2 ** 20;
  return new ImportError(archive, `unpacked it is more than ${mebibytes} MiB`, 'export it anew from the tool');
}

export function cutOff(archive: string): ImportError {
  return new ImportError(archive, 'it is cut off or damaged', 'export or copy it anew');
}
