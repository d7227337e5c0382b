// Where the code of other threads and processes begins: TypeScript in a checkout, JavaScript where that was compiled.

import { extname } from 'node:path';

/** The file at `path`, which counts from this folder on and has no extension. */
export function entryAt(path: string): URL {
  return new URL(`${path}${extname(import.meta.url)}`, import.meta.url);
}
