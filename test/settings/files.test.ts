// Folders are made with all above them, and where they cannot be, that is said.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder, reasonOf } from '../../src/settings/files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('with all above it, and again', () => {
  const path = join(folder, 'a', 'b', 'c');
  makeFolder(path);
  makeFolder(path);
  expect(existsSync(path)).toBe(true);
});

test.each([
  ['where a file is', () => join(folder, 'file'), 'a file is there'],
  ['below a file', () => join(folder, 'file', 'a'), 'a file is there'],
  ['where nobody makes one', () => '/proc/sluis/lists', 'there is no such file'],
])('not %s', (_, path, reason) => {
  writeFileSync(join(folder, 'file'), '');
  let said = '';
  try {
    makeFolder(path());
  } catch (error) {
    said = reasonOf(error);
  }
  expect(said).toBe(reason);
});
