// A thread that asked for it runs when idle, and no other does.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const NORMAL = 0;
const IDLE = 5;

test.runIf(process.platform === 'linux')('one thread runs when idle, the one that started it as before', async () => {
  const thread = new Worker(new URL('../support/scheduling-thread.ts', import.meta.url));
  const [said] = await once(thread, 'message');
  expect(said).toEqual({ before: NORMAL, isIdle: true, after: IDLE });
  const main = readFileSync(`/proc/${process.pid}/stat`, 'latin1');
  expect(main.slice(main.lastIndexOf(')') + 2).split(' ')[41 - 3]).toBe(String(NORMAL));
});
