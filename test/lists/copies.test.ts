// The folder of copies: whole or not there, whatever is cut off, changed, full or forbidden.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Copies, contentOf, type FetchedCopy, type GoodCopy } from '../../src/lists/copies.ts';

const root = mkdtempSync(join(tmpdir(), 'sluis-copies-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder: string;
let copies: Copies;
let count = 0;
beforeEach(() => {
  folder = join(root, `${count++}`, 'lists');
  copies = new Copies(folder);
});

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

const FROM = 'https://lists.example/a';

async function good(text: string, more: Partial<GoodCopy> = {}): Promise<GoodCopy> {
  const content = await copies.keep('a', pieces(text));
  const copy = { ...content, from: FROM, signature: null, at: 1000, rules: 1, accepted: null, ...more };
  await copies.sayGood('a', copy);
  return copy;
}

test('what is kept is there by its hash, however it comes', async () => {
  const content = await copies.keep('a', pieces('one.example\n', 'two.example\n'));
  expect(content).toMatchObject({ size: 24 });
  expect(readFileSync(copies.path('a', content.sha256), 'utf8')).toBe('one.example\ntwo.example\n');
  expect(await contentOf(copies.path('a', content.sha256))).toEqual(content);
  expect(await copies.has('a', content.sha256)).toBe(true);
  expect(await copies.has('b', content.sha256)).toBe(false);
  expect(await copies.keep('a', pieces('one.example\ntwo.example\n'))).toEqual(content);
});

test('what is said of it is found again, for the place that it came from', async () => {
  expect(await copies.good('a', FROM)).toBeUndefined();
  const copy = await good('one.example\n');
  expect(await copies.good('a', FROM)).toEqual(copy);
  expect(await copies.goodSaid('a', FROM)).toEqual(copy);
  expect(await copies.good('a', 'https://other.example/a')).toBeUndefined();
  expect(await copies.goodSaid('a', 'https://other.example/a')).toBeUndefined();
  const fetched: FetchedCopy = { ...copy, checked: 2000, etag: '"x"', lastModified: null };
  await copies.sayFetched('a', fetched);
  expect(await copies.fetched('a', FROM)).toMatchObject({ checked: 2000, etag: '"x"' });
  expect(await copies.fetchedSaid('a', FROM)).toMatchObject({ checked: 2000 });
});

describe('what is not whole is not there', () => {
  test('a content that was cut off', async () => {
    const copy = await good('one.example\ntwo.example\n');
    truncateSync(copies.path('a', copy.sha256), 10);
    expect(await copies.good('a', FROM)).toBeUndefined();
  });

  test('one that was changed', async () => {
    const copy = await good('one.example\n');
    writeFileSync(copies.path('a', copy.sha256), 'com\n');
    expect(await copies.good('a', FROM)).toBeUndefined();
  });

  test('one that was removed', async () => {
    const copy = await good('one.example\n');
    rmSync(copies.path('a', copy.sha256));
    expect(await copies.good('a', FROM)).toBeUndefined();
    expect(await copies.has('a', copy.sha256)).toBe(false);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{"sha256":"'],
    ['JSON of something else', '[1]'],
    ['a hash that leads elsewhere', '{"sha256":"../../../etc/passwd","from":"x","at":1}'],
    ['null', 'null'],
  ])('what is said is %s', async (_, text) => {
    await good('one.example\n');
    writeFileSync(join(folder, 'a.good.json'), text);
    expect(await copies.good('a', FROM)).toBeUndefined();
  });

  test('what stopped half-way leaves nothing', async () => {
    async function* broken() {
      yield Buffer.from('one.exa');
      throw new Error('cut off');
    }
    await expect(copies.keep('a', broken())).rejects.toThrow('cut off');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe.skipIf(process.getuid?.() === 0)('a folder that cannot be written (skipped for root)', () => {
  test('is told, and what is there is read on', async () => {
    const copy = await good('one.example\n');
    chmodSync(folder, 0o555);
    await expect(copies.keep('a', pieces('two.example\n'))).rejects.toMatchObject({ code: 'EACCES' });
    await expect(copies.sayGood('a', copy)).rejects.toMatchObject({ code: 'EACCES' });
    expect(await copies.good('a', FROM)).toEqual(copy);
    chmodSync(folder, 0o755);
  });
});

test('a file where the folder should be is told', async () => {
  mkdirSync(join(folder, '..'), { recursive: true });
  writeFileSync(folder, '');
  await expect(copies.keep('a', pieces('x'))).rejects.toMatchObject({ syscall: 'mkdir' });
  expect(await copies.good('a', FROM)).toBeUndefined();
  await copies.sweep('a', [], 0);
});

test('a sweep leaves what counts, what is of others, and what may still be written', async () => {
  const first = await copies.keep('a', pieces('1'));
  const second = await copies.keep('a', pieces('2'));
  const other = await copies.keep('a.b', pieces('1'));
  await copies.sayGood('a', { ...first, from: FROM, signature: null, at: 1, rules: 1, accepted: null });
  const parts = [`a.17.part`, `a.18.part`].map((name) => join(folder, name));
  for (const part of parts) writeFileSync(part, '');
  const now = Date.now();
  utimesSync(parts[0], new Date(now - 7_200_000), new Date(now - 7_200_000));
  await copies.sweep('a', [first.sha256], now);
  const kept = [
    copies.path('a', first.sha256),
    copies.path('a.b', other.sha256),
    parts[1],
    join(folder, 'a.good.json'),
  ];
  expect(
    readdirSync(folder)
      .map((name) => join(folder, name))
      .sort(),
  ).toEqual(kept.sort());
  expect(await copies.has('a', second.sha256)).toBe(false);
});

test('what is kept of lists that nobody names goes once it is old, whole', async () => {
  const day = 86_400_000;
  const now = Date.now();
  for (const id of ['kept', 'gone', 'lately', 'gone.too']) {
    const content = await copies.keep(id, pieces(id));
    await copies.keepKeys(id, content.sha256, BigUint64Array.of(1n));
    await copies.sayGood(id, { ...content, from: FROM, signature: null, at: 1, rules: 1, accepted: null });
  }
  writeFileSync(join(folder, 'gone.17.part'), '');
  writeFileSync(join(folder, 'notes.txt'), '');
  const aged = (files: string[]) => {
    for (const name of files) utimesSync(join(folder, name), new Date(now - 31 * day), new Date(now - 31 * day));
  };
  aged(readdirSync(folder).filter((name) => name !== 'lately.good.json'));
  await copies.sweepOthers(new Set(['kept']), now);
  const of = (id: string) => readdirSync(folder).filter((name) => name.startsWith(id)).length;
  expect([of('kept'), of('gone'), of('lately'), of('notes')]).toEqual([3, 0, 3, 1]);
  // A clock that was set back, and a folder that is not there.
  await copies.sweepOthers(new Set(), now - 40 * day);
  expect(of('kept')).toBe(3);
  await new Copies(join(folder, 'nowhere')).sweepOthers(new Set(), now);
});

describe('keys of a content', () => {
  const keys = BigUint64Array.of(1n, 2n, 0xffff_ffff_ffff_ffffn);
  const file = (sha256: string) => join(folder, `a.${sha256.slice(0, 16)}.keys`);

  test('are there as they were kept, and go with it', async () => {
    const { sha256 } = await good('one.example\n');
    expect(await copies.keys('a', sha256)).toBeUndefined();
    await copies.keepKeys('a', sha256, keys);
    expect(await copies.keys('a', sha256)).toEqual(keys);
    await copies.sweep('a', [sha256], Date.now());
    expect(await copies.keys('a', sha256)).toEqual(keys);
    await copies.sweep('a', [], Date.now());
    expect(readdirSync(folder)).toEqual(['a.good.json']);
  });

  test.each<[string, (octets: Buffer) => Buffer]>([
    ['cut off', (octets) => octets.subarray(0, -8)],
    ['cut off within a key', (octets) => octets.subarray(0, -3)],
    ['changed', (octets) => Buffer.concat([octets.subarray(0, -1), Buffer.of(0)])],
    ['empty', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('one.example\n'.repeat(20))],
  ])('%s are none', async (_, damage) => {
    const { sha256 } = await good('one.example\n');
    await copies.keepKeys('a', sha256, keys);
    writeFileSync(file(sha256), damage(readFileSync(file(sha256))));
    expect(await copies.keys('a', sha256)).toBeUndefined();
  });

  test('that cannot be kept are none', async () => {
    mkdirSync(join(folder, '..'), { recursive: true });
    writeFileSync(folder, '');
    await copies.keepKeys('a', 'ab'.repeat(32), keys);
    expect(await copies.keys('a', 'ab'.repeat(32))).toBeUndefined();
  });
});
