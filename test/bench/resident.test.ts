/** Memory is read as the kernel writes it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { parseResident, residentOctets } from '../../bench/resident.ts';

describe('parseResident', () => {
  it.each([
    ['Name:\tx\nVmHWM:\t 999 kB\nVmRSS:\t    1234 kB\nThreads:\t1\n', 1234 * 1024],
    ['Name:\tkthreadd\nThreads:\t1\n', 0],
    ['', 0],
  ])('of %j is %d', (text, octets) => {
    expect(parseResident(text)).toBe(octets);
  });
});

describe.runIf(process.platform === 'linux')('residentOctets', () => {
  it('counts what a process started with it', async () => {
    const child = spawn('sh', ['-c', 'sleep 60 & echo; wait'], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    await once(child.stdout, 'data');
    const both = residentOctets(child.pid!);
    process.kill(-child.pid!, 'SIGKILL');
    await once(child, 'exit');
    expect(both).toBeGreaterThan(0);
    expect(residentOctets(child.pid!)).toBe(0);
  });
});
