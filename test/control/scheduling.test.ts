// A process that asked for it runs when idle, with all its threads.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const NORMAL = 0;
const IDLE = 5;

test.runIf(process.platform === 'linux')('every thread of a process runs when idle', async () => {
  const child = fork('test/support/scheduling-process.ts', [], { execArgv: [] });
  const [{ before, isIdle, after }] = await once(child, 'message');
  expect(isIdle).toBe(true);
  expect(before.length).toBeGreaterThan(1);
  expect(new Set(before)).toEqual(new Set([NORMAL]));
  expect(after).toEqual(before.map(() => IDLE));
});
