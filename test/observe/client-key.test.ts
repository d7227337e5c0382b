// The key of pseudonyms: written once for its owner alone, read again, and never a reason not to start.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { clientKey } from '../../src/observe/client-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluis-key-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

test('a file that is missing is written for its owner alone, and gives the same key again', () => {
  const first = clientKey(at('new.key'), {});
  expect(first.problem).toBe('');
  expect(statSync(at('new.key')).mode & 0o777).toBe(0o600);
  expect(first.key.length).toBeGreaterThanOrEqual(32);
  expect(clientKey(at('new.key'), {})).toEqual(first);
});

test('without one, the state directory has it', () => {
  mkdirSync(at('state'));
  const { key } = clientKey(null, { STATE_DIRECTORY: `${at('state')}:/elsewhere` });
  expect(Buffer.from(key)).toEqual(readFileSync(at('state/client.key')));
});

test('without either, each process has its own', () => {
  const [one, other] = [clientKey(null, {}), clientKey(null, {})];
  expect(one.problem).toBe('');
  expect(Buffer.from(one.key).equals(Buffer.from(other.key))).toBe(false);
});

test('a file that others can read is used and named', () => {
  writeFileSync(at('open.key'), 'k'.repeat(32), { mode: 0o644 });
  const { key, problem } = clientKey(at('open.key'), {});
  expect(problem).toContain('chmod 600');
  expect(Buffer.from(key)).toEqual(Buffer.from('k'.repeat(32)));
});

test.each([
  ['too short', 'short.key', 'less than 16 octets'],
  ['in no folder', 'missing/a.key', 'ENOENT'],
  ['a folder', 'folder.key', 'EISDIR'],
])('one that is %s is named, and a key of this process takes its place', (_, name, problem) => {
  writeFileSync(at('short.key'), 'k', { mode: 0o600 });
  mkdirSync(at('folder.key'), { recursive: true });
  const found = clientKey(at(name), {});
  expect(found.problem).toContain(problem);
  expect(found.key).toHaveLength(32);
});
