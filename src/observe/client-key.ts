// The key of the clients' pseudonyms: from a file, which is written where it is missing, or for this process alone.

import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { stateFile } from './state-directory.ts';

const OCTETS = 32;
const LEAST_OCTETS = 16;
/** Owner alone. */
const MODE = 0o600;
const FILE = 'client.key';

export interface ClientKey {
  key: Uint8Array;
  /** Why it is not the file's, or whom that is open to, in words; empty where all is well. */
  problem: string;
}

/** Two that start at once write one key: who comes second reads it. */
function readOrWrite(file: string): Uint8Array {
  try {
    writeFileSync(file, `${randomBytes(OCTETS).toString('hex')}\n`, { mode: MODE, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      // Where it cannot be written, it may be there to be read.
      return readFileSync(file);
    }
  }
  return readFileSync(file);
}

/** Never throws: without a file that can be used, pseudonyms are good until the process ends. */
export function clientKey(keyFile: string | null, env: Record<string, string | undefined>): ClientKey {
  const file = stateFile(keyFile, env, FILE);
  const own = randomBytes(OCTETS);
  if (file === undefined) return { key: own, problem: '' };
  const until = 'pseudonyms of clients change when Sluis is started again';
  try {
    const key = readOrWrite(file);
    if (key.length < LEAST_OCTETS)
      return { key: own, problem: `${file} has less than ${LEAST_OCTETS} octets: ${until}` };
    const isOpen = (statSync(file).mode & 0o077) !== 0;
    return { key, problem: isOpen ? `${file} can be read by others: chmod 600 it` : '' };
  } catch (error) {
    return { key: own, problem: `${file} cannot be used (${(error as NodeJS.ErrnoException).code}): ${until}` };
  }
}
