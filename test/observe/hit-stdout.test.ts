// Standard output that nobody reads costs lines and never a wait; read again, it goes on with whole lines.

import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, expect, it } from 'vitest';
import { HitStdout } from '../../src/observe/hit-stdout.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluis-stdout-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.skipIf(process.platform !== 'linux')('is a pipe that is full (skipped outside Linux)', () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  // Held open for reading and writing, so that neither end waits for the other to be opened; writes to it would wait.
  const pipe = openSync(path, constants.O_RDWR);
  const sink = new HitStdout(pipe);
  const line = new TextEncoder().encode(`${'x'.repeat(999)}\n`);
  let written = 0;
  while (written < 1000 && sink.write(line, line.length, 1) === 1) written++;
  expect(written).toBeGreaterThan(10);
  expect(written).toBeLessThan(1000);
  expect(sink.problem).toBe('nobody reads standard output');
  const read = Buffer.alloc(1 << 20);
  const octets = readSync(pipe, read);
  expect(octets % line.length).toBe(0);
  expect(sink.write(line, line.length, 1)).toBe(1);
  expect(sink.problem).toBe('');
  sink.close();
  closeSync(pipe);
});
