// Unguessable numbers for ids and ports, drawn from the system in blocks.

import { randomFillSync } from 'node:crypto';

const BLOCK = 1024;

/** A source of unsigned 32-bit numbers from the system's CSPRNG (RFC 5452 §9.2): one call to it for each 1,024. */
export function randomWords(): () => number {
  const words = new Uint32Array(BLOCK);
  let left = 0;
  return () => {
    if (left === 0) {
      randomFillSync(words);
      left = BLOCK;
    }
    return words[--left];
  };
}
