// What the audit log keeps of the files that a policy was read from: their hashes, and the commit they belong to.

import { readFileSync, statSync } from 'node:fs';
import type { SourceReport } from './build-report.ts';
import { sha256 } from './canonical.ts';
import { type Origin, originOf } from './git-origin.ts';

export interface Evidence {
  who: Origin;
  /** SHA-256 of each file, in hexadecimal; null where it cannot be read. */
  files: Record<string, string | null>;
}

/** Whether its hash is that of the file: a last good copy may be another, and a folder has none. */
function isOfFile({ file, sha256: content, use }: SourceReport): boolean {
  return content !== null && (!use || use.state === 'current') && isFile(file);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function hashOf(path: string): string | null {
  const octets = octetsOf(path);
  return octets && sha256(octets);
}

/** Of anything else than a file, reading might never end. */
function octetsOf(path: string): Uint8Array | null {
  try {
    return isFile(path) ? readFileSync(path) : null;
  } catch {
    return null;
  }
}

/**
 * `file` is the configuration. Of `paths` those that `sources` were taken from have the hash that they had then; the others
 * are read, for what they hold now. Never throws.
 */
export function evidenceOf(file: string, paths: readonly string[], sources: readonly SourceReport[]): Evidence {
  const taken = new Map(sources.flatMap((source) => (isOfFile(source) ? [[source.file, source.sha256]] : [])));
  const hashes = [...new Set(paths)].map((path) => [path, taken.get(path) ?? hashOf(path)] as const);
  return { who: originOf(file, [...new Set(paths)], octetsOf), files: Object.fromEntries(hashes) };
}
