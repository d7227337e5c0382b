// The C library's heap of this process, through koffi: what is free in it goes back to the system.

import { createRequire } from 'node:module';

let trim: ((pad: number) => number) | undefined;

/** Gives back whole pages that are free: by itself glibc gives back only those at the very end. Another library: nothing. */
export function trimHeap(): void {
  try {
    trim ??= malloc();
  } catch {
    trim = () => 0;
  }
  trim(0);
}

function malloc(): (pad: number) => number {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  return koffi.load(null).func('int malloc_trim(size_t)');
}
