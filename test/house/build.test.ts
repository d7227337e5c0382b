// The program as it is compiled for the image: whole, and without anything that only a checkout has.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../support/documents.ts';
import { filesBelow } from '../support/imports.ts';

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'sluis-build-'));
  for (const path of ['bin', 'blocklists', 'config', 'package.json']) {
    cpSync(join(ROOT, path), join(home, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(ROOT, 'tsconfig.build.json');
  execFileSync(process.execPath, [tsc, '-p', project, '--outDir', join(home, 'dist')], { encoding: 'utf8' });
}, 60_000);

afterAll(() => rmSync(home, { recursive: true, force: true }));

it('has a file of JavaScript for each source, and no other', () => {
  const sources = filesBelow(['src'], []).map((path) => path.replace(/^src/, 'dist').replace(/\.ts$/, '.js'));
  expect(sources.filter((path) => !existsSync(join(home, path)))).toEqual([]);
  expect(existsSync(join(home, 'src'))).toBe(false);
});

it('serves: threads, the compilation of the policy, the admin server', () => {
  const program = join(home, 'bin', 'sluis');
  const args = [program, 'demo', '--seconds', '2', '--port', '0', '--admin-port', '0'];
  // Of its own: code kept for the sources would hide what is missing here.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(home, 'cache') };
  const told = execFileSync(process.execPath, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
  expect(told).toMatch(/blocked/);
}, 60_000);
