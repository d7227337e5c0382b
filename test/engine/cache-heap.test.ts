// The packet cache leaves the heap alone, however long it runs.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('a million finds and 125,000 stores allocate nothing', () => {
  const script = fileURLToPath(new URL('./cache-heap-run.ts', import.meta.url));
  const printed = execFileSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8', timeout: 60_000 });
  const { grown, found } = JSON.parse(printed);
  expect(found).toBeGreaterThan(100_000);
  // One octet for each call would be a megabyte; a run of the collector's own bookkeeping is a few kilobytes.
  expect(grown).toBeLessThan(256 * 1024);
});
