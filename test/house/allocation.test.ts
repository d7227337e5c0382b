// Holds the query path free of allocation: a million calls of each of its operations leave the heap as it was.

import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../support/allocation.ts', import.meta.url));
/** A quarter of an octet a call; the smallest object takes twelve. What remains is the engine's own: code that it optimises. */
const MOST = 250_000;

it('a million calls leave nothing on the heap', { timeout: 240_000 }, () => {
  // A young generation so large that no collection hides what is left.
  const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, PROGRAM], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const left = new Map<string, number>(JSON.parse(stdout));
  const control = left.get('control: one small object a call');
  expect(control).toBeGreaterThan(40 * MOST);
  left.delete('control: one small object a call');
  expect(left.size).toBeGreaterThan(5);
  expect([...left].filter(([, octets]) => octets > MOST)).toEqual([]);
});
