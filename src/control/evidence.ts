// What the audit log keeps of the files that a policy was read from: their hashes, and the commit they belong to.

import { readFileSync } from 'node:fs';
import { sha256 } from './canonical.ts';
import { type Origin, originOf } from './git-origin.ts';

export interface Evidence {
  who: Origin;
  /** SHA-256 of each file, in hexadecimal; null where it cannot be read. */
  files: Record<string, string | null>;
}

function octetsOf(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/** Reads `paths` once more, for what they hold now; `file` is the configuration. Never throws. */
export function evidenceOf(file: string, paths: readonly string[]): Evidence {
  const hashes = [...new Set(paths)].map((path) => {
    const octets = octetsOf(path);
    return [path, octets && sha256(octets)] as const;
  });
  return { who: originOf(file, [...new Set(paths)], octetsOf), files: Object.fromEntries(hashes) };
}
