// A process that is killed while it writes copies, at any moment: there is its last version, or the one before, whole.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Copies } from '../../src/lists/copies.ts';

const FROM = 'https://lists.example/a';
const WRITER = new URL('../support/copy-writer.ts', import.meta.url);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-crash-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Kills the writer at what it says for the `moment`th time; the last version that it finished, -1 for none. */
async function killedAt(moment: number): Promise<number> {
  const writer: ChildProcess = fork(WRITER, [folder, FROM], { execArgv: [] });
  let done = -1;
  let said = 0;
  writer.on('message', (message: { done?: number }) => {
    done = message.done ?? done;
    if (++said === moment) writer.kill('SIGKILL');
  });
  await once(writer, 'close');
  expect(said).toBeGreaterThanOrEqual(moment);
  return done;
}

// A version is told of eleven times: within its content, after it, after each of what says that it counts.
test.each(Array.from({ length: 24 }, (_, at) => at + 1))('killed at moment %i', async (moment) => {
  const copies = new Copies(folder);
  const before = await copies.good('a', FROM);
  const done = await killedAt(moment);
  const good = await copies.good('a', FROM);
  // Of the run before, where this one was killed in its first version.
  if (done < 0) expect([before?.at, 0]).toContain(good?.at);
  else expect(good!.at).toBeGreaterThanOrEqual(done);
  for (const copy of [good, await copies.fetched('a', FROM)]) {
    if (!copy) continue;
    const text = readFileSync(copies.path('a', copy.sha256), 'utf8');
    expect(text).toBe(`version-${copy.at}.example\n`.repeat(4000));
  }
});
