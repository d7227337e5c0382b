// What was learnt, over restarts: whole, or begun anew and told; a disk that takes nothing stops nothing.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import process from 'node:process';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LearningFile } from '../../src/observe/learning-file.ts';
import { clientsOf, LearningTable } from '../../src/observe/learning-table.ts';
import { textFromWire } from '../../src/wire/name-text.ts';
import { folderOf } from '../support/surroundings.ts';

let folder: ReturnType<typeof folderOf>;
beforeEach(() => {
  folder = folderOf({});
});
afterEach(() => folder.remove());

const place = () => folder.at('learning.json');

/** As anybody sees it. */
function shown(table: LearningTable): object {
  return [...table.groups].map(([id, { names, ...group }]) => {
    const entries = [...names].map(([name, entry]) => {
      const { count, blocked, first, last } = entry;
      return { name, count, blocked, first, last, clients: clientsOf(entry) };
    });
    return { id, ...group, entries };
  });
}

function read(most = 1000): { table: LearningTable; unseen: number; file: LearningFile } {
  const table = new LearningTable(most);
  const file = new LearningFile(place());
  return { table, unseen: file.read(table), file };
}

const label = fc.uint8Array({ minLength: 1, maxLength: 20 });
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => {
  return textFromWire(Uint8Array.from([...labels.flatMap((octets) => [octets.length, ...octets]), 0]));
});

test('comes back as it was, whatever the names', async () => {
  const queries = fc.array(fc.tuple(fc.constantFrom('a', 'b.c-d'), name, fc.nat(1e9), fc.nat(511), fc.boolean()));
  await fc.assert(
    fc.asyncProperty(queries, fc.nat(1e9), async (asked, unseen) => {
      const table = new LearningTable(10);
      for (const [group, text, at, client, isBlocked] of asked) table.note(group, text, at, client, isBlocked);
      const file = new LearningFile(place());
      await file.write(table, unseen);
      const back = read();
      expect([file.problem, back.file.problem, back.unseen]).toEqual(['', '', unseen]);
      expect(shown(back.table)).toEqual(shown(table));
    }),
    { numRuns: 50 },
  );
  expect(readdirSync(folder.at('.'))).toEqual(['learning.json']);
  expect(statSync(place()).mode & 0o077).toBe(0);
});

test('what has become too much for the table is forgotten as any other', async () => {
  const table = new LearningTable(100);
  for (let at = 0; at < 50; at++) table.note('a', `${at}.example`, at, 1, false);
  await new LearningFile(place()).write(table, 0);
  const back = read(10).table;
  expect(back.size).toBeLessThanOrEqual(10);
  const { count, forgotten, names } = back.groups.get('a')!;
  expect([count, forgotten.count + names.size]).toEqual([50, 50]);
});

test('a file that is not there is an empty beginning', () => {
  const { table, unseen, file } = read();
  expect([table.size, unseen, file.problem]).toEqual([0, 0, '']);
});

const GROUP = '["a",1,1,0,0,0]';
describe('what is no such file is put aside, told, and begun anew', () => {
  test.each([
    ['nothing', ''],
    ['half of it', '{"version":1,"unseen":0,"gro'],
    ['octets', '\0\xff\xfe'],
    ['another thing', '[]'],
    ['null', 'null'],
    ['a later version', '{"version":2,"unseen":0,"groups":[]}'],
    ['no groups', '{"version":1,"unseen":0}'],
    ['a count below nothing', '{"version":1,"unseen":-1,"groups":[]}'],
    ['a group that is none', '{"version":1,"unseen":0,"groups":[null]}'],
    ['a group without its names', `{"version":1,"unseen":0,"groups":[{"group":${GROUP}}]}`],
    ['a name that is a number', `{"version":1,"unseen":0,"groups":[{"group":${GROUP},"names":[[1,1,0,1,1,1]]}]}`],
    ['a name that is none', `{"version":1,"unseen":0,"groups":[{"group":${GROUP},"names":[["a..b",1,0,1,1,1]]}]}`],
    ['an escape sequence', `{"version":1,"unseen":0,"groups":[{"group":${GROUP},"names":[["\\u001b[2J",1,0,1,1,1]]}]}`],
    ['a fraction', `{"version":1,"unseen":0,"groups":[{"group":${GROUP},"names":[["a",1.5,0,1,1,1]]}]}`],
    ['too few numbers', `{"version":1,"unseen":0,"groups":[{"group":${GROUP},"names":[["a",1]]}]}`],
  ])('%s', async (_, text) => {
    writeFileSync(place(), text);
    const { table, unseen, file } = read();
    expect([table.size, table.groups.size, unseen]).toEqual([0, 0, 0]);
    expect(file.problem).toContain('learning has begun anew');
    expect(readFileSync(`${place()}.broken`, 'utf8')).toBe(text);
    await file.write(table, 3);
    expect([file.problem, read().unseen]).toEqual(['', 3]);
  });
});

test('a folder that is not there is told, and used as soon as it is', async () => {
  const file = new LearningFile(folder.at('later/learning.json'));
  const table = new LearningTable(10);
  expect([file.read(table), file.problem]).toEqual([0, '']);
  await file.write(table, 1);
  expect(file.problem).toMatch(/cannot be written: ENOENT/);
  mkdirSync(folder.at('later'));
  await file.write(table, 1);
  expect(file.problem).toBe('');
  expect(readdirSync(folder.at('later'))).toEqual(['learning.json']);
});

test.skipIf(!existsSync('/dev/full'))('a disk that is full is told, and what was written before stays', async () => {
  const before = new LearningFile(place());
  await before.write(new LearningTable(10), 7);
  // Whatever is written there fails with ENOSPC.
  symlinkSync('/dev/full', `${place()}.new`);
  await before.write(new LearningTable(10), 8);
  expect(before.problem).toMatch(/cannot be written: ENOSPC/);
  expect(read().unseen).toBe(7);
  await before.write(new LearningTable(10), 9);
  expect([before.problem, read().unseen]).toEqual(['', 9]);
});

test.skipIf(process.getuid?.() === 0)('what cannot be read is not written over (skipped for root)', async () => {
  writeFileSync(place(), 'of somebody else');
  chmodSync(place(), 0o000);
  const { table, file } = read();
  expect(file.problem).toMatch(/cannot be read: EACCES/);
  await file.write(table, 1);
  chmodSync(place(), 0o600);
  expect(readFileSync(place(), 'utf8')).toBe('of somebody else');
});

test.each([
  ['a folder', () => mkdirSync(place())],
  ['what never ends', () => symlinkSync('/dev/zero', place())],
])('%s in its place is told, and left alone', async (_, make) => {
  make();
  const before = lstatSync(place()).ino;
  const { table, file } = read();
  expect(file.problem).toMatch(/cannot be read: it is no ordinary file/);
  await file.write(table, 1);
  expect(lstatSync(place()).ino).toBe(before);
});
