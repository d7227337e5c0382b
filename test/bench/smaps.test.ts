// What /proc says of memory is read as it stands there, and of a living process it says something.

import { expect, it } from 'vitest';
import { memoryOf, parseRollup, parseStatus, ranMilliseconds, residentOf } from '../../bench/smaps.ts';

const ROLLUP = `55d0-7ffe ---p 00000000 00:00 0    [rollup]
Rss:                1024 kB
Pss:                 512 kB
Pss_Anon:            100 kB
Shared_Clean:        600 kB
Anonymous:           128 kB
`;

it('reads a rollup', () => {
  expect(parseRollup(ROLLUP)).toEqual({ resident: 1024 * 1024, proportional: 512 * 1024, anonymous: 128 * 1024 });
});

it('takes nothing for what is not said', () => {
  expect(parseRollup('')).toEqual({ resident: 0, proportional: 0, anonymous: 0 });
  expect(parseStatus('Name:\tnode\n')).toEqual({ resident: 0, most: 0 });
});

it('reads a status', () => {
  expect(parseStatus('VmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n')).toEqual({ resident: 1 << 20, most: 2 << 20 });
});

it.runIf(process.platform === 'linux')('knows this process', () => {
  const { resident, proportional, anonymous } = memoryOf(process.pid);
  expect(resident).toBeGreaterThan(10e6);
  expect(proportional).toBeLessThanOrEqual(resident);
  expect(anonymous).toBeLessThanOrEqual(resident);
  const status = residentOf(process.pid);
  expect(status.most).toBeGreaterThanOrEqual(status.resident);
  expect(ranMilliseconds(process.pid)).toBeGreaterThan(0);
});
