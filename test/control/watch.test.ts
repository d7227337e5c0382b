// A change of a file is told once it has settled, and that one is coming as soon as it is written; files beside it are not.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Watch } from '../../src/control/watch.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sluis-watch-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** Follows the file; `next` resolves with what happened until it changed. */
function following(file: string): { next: Promise<string[]>; told: string[] } {
  const told: string[] = [];
  const changed = Promise.withResolvers<string[]>();
  const onChange = (files: string[]) => {
    told.push(...files);
    changed.resolve(told);
  };
  const watch = new Watch(onChange, () => told.push('stir'));
  onTestFinished(() => watch.close());
  watch.follow([file]);
  return { next: changed.promise, told };
}

test.each([
  ['written', (file: string) => writeFileSync(file, 'two, and longer')],
  [
    'replaced',
    (file: string) => {
      writeFileSync(`${file}.next`, 'two, and longer');
      renameSync(`${file}.next`, file);
    },
  ],
])('a file that is %s stirs, then changed', async (_, change) => {
  const path = folder();
  const [one, other] = [join(path, 'one.txt'), join(path, 'other.txt')];
  writeFileSync(one, 'one');
  writeFileSync(other, 'one');
  const followed = following(one);
  const beside = following(other);
  change(one);
  const told = await followed.next;
  expect(told[0]).toBe('stir');
  expect(told.at(-1)).toBe(one);
  // It heard of the same events.
  expect(beside.told).toEqual([]);
});
