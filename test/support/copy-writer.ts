// A process that writes copies of a list, one version after the other, until it is killed; it says how far it is.

import process from 'node:process';
import { Copies } from '../../src/lists/copies.ts';

const [folder, from] = process.argv.slice(2);
const copies = new Copies(folder);
const PIECES = 8;

/** What a version of the list holds. */
async function* pieces(version: number) {
  for (let piece = 0; piece < PIECES; piece++) {
    yield Buffer.from(`version-${version}.example\n`.repeat(500));
    process.send!({ doing: version });
  }
}

for (let version = 0; ; version++) {
  const content = await copies.keep('a', pieces(version));
  process.send!({ doing: version });
  const copy = { ...content, from, signature: null, at: version, rules: 1, accepted: null };
  await copies.sayFetched('a', { ...copy, checked: version, etag: null, lastModified: null });
  process.send!({ doing: version });
  await copies.sayGood('a', copy);
  process.send!({ done: version });
  await copies.sweep('a', [content.sha256], Date.now());
}
