// Archives as attackers and bad disks make them: each is refused as a whole, with a reason, and none takes more than its bounds.

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_UNPACKED } from '../../src/import/archive.ts';
import { ImportError } from '../../src/import/import-error.ts';
import { gunzipped, readTar } from '../../src/import/tar.ts';
import { readZip } from '../../src/import/zip.ts';
import { tarEntry, tarOf, zipOf } from '../support/archives.ts';

const FILES = { 'a.json': '[1]', 'etc/b.conf': 'x'.repeat(1000), empty: '' };

const contentsOf = (entries: { name: string; read: () => Uint8Array }[]) =>
  Object.fromEntries(entries.map((entry) => [entry.name, Buffer.from(entry.read()).toString()]));

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ImportError) return error.message;
    throw error;
  }
  return 'taken';
}

const untar = (name: string, packed: Uint8Array) => readTar(name, gunzipped(name, packed));

const readAll = (entries: { read: () => Uint8Array }[]) => entries.map((entry) => entry.read());

describe('tar', () => {
  const pack = (...blocks: Buffer[]) => gzipSync(Buffer.concat(blocks));

  it('is read as it was written', () => expect(contentsOf(untar('t', tarOf(FILES)))).toEqual(FILES));

  it('has long names of both kinds, passes over folders, and reads no link', () => {
    const long = `${'d'.repeat(120)}/a.json`;
    const record = `path=${long}\n`;
    const tar = pack(
      tarEntry('././@LongLink', `${long}\0`, 'L'),
      tarEntry('cut', 'gnu'),
      tarEntry('pax', `${record.length + 4} ${record}`, 'x'),
      tarEntry('cut', 'pax'),
      tarEntry('folder/', '', '5'),
      tarEntry('link', '', '2'),
    );
    const entries = untar('t', tar);
    expect(entries.map(({ name }) => name)).toEqual([long, long, 'link']);
    expect(refusalOf(() => readAll(entries))).toBe('it is a link, and no file');
  });

  it.each([
    ['a path upwards', () => pack(tarEntry('../etc/passwd', 'x')), 'leaves the archive'],
    ['a path upwards, within', () => pack(tarEntry('a/../../b', 'x')), 'leaves the archive'],
    ['a path from the root', () => pack(tarEntry('/etc/passwd', 'x')), 'leaves the archive'],
    ['a link upwards', () => pack(tarEntry('../x', '', '2')), 'leaves the archive'],
    ['what is no tar', () => gzipSync('hello'), 'cut off or damaged'],
    ['an entry that is cut off', () => pack(tarEntry('a', 'x'.repeat(2000)).subarray(0, 1024)), 'cut off or damaged'],
    ['a pack that is cut off', () => tarOf(FILES).subarray(0, 60), 'cut off or damaged'],
    ['a bomb', () => gzipSync(Buffer.alloc(MOST_UNPACKED + 1), { level: 1 }), 'more than 256 MiB'],
    [
      'too many entries',
      () => pack(...Array.from({ length: 10_001 }, () => tarEntry('a', ''))),
      'more than 10000 entries',
    ],
  ])('refuses %s', (_, tar, message) => {
    expect(refusalOf(() => untar('t', tar()))).toContain(message);
  });

  it('refuses a header that was changed', () => {
    const entry = tarEntry('a.json', '[]');
    entry[0] = 0x62;
    expect(refusalOf(() => untar('t', pack(entry)))).toContain('damaged');
  });
});

describe('zip', () => {
  it.each([
    ['deflated', 8],
    ['stored', 0],
  ])('is read as it was written, %s', (_, method) => {
    expect(contentsOf(readZip('z', zipOf(FILES, { method })))).toEqual(FILES);
  });

  it.each([
    ['a path upwards', zipOf({ '../a': 'x' }), 'leaves the archive'],
    ['a path with a backslash', zipOf({ '..\\a': 'x' }), 'leaves the archive'],
    ['a path with a drive', zipOf({ 'c:a': 'x' }), 'leaves the archive'],
    ['an encrypted one', zipOf(FILES, { flags: 1 }), 'encrypted'],
    ['another way of packing', zipOf(FILES, { method: 12 }), 'in a way that is not read'],
    ['an entry that says it is shorter', zipOf({ a: 'x'.repeat(100) }, { size: 50 }), 'damaged'],
    ['an entry that says it is longer', zipOf({ a: 'x'.repeat(100) }, { size: 150 }), 'damaged'],
    ['a bomb', zipOf({ a: Buffer.alloc(10 ** 6) }, { size: MOST_UNPACKED + 1 }), 'more than 256 MiB'],
    ['one that is cut off', zipOf(FILES).subarray(0, 120), 'cut off'],
    ['the mark alone', Buffer.from('PK\x03\x04'), 'cut off'],
  ])('refuses %s', (_, zip, message) => {
    expect(refusalOf(() => readAll(readZip('z', zip)))).toContain(message);
  });

  it('refuses a name that was changed in the directory alone, when it is read', () => {
    const zip = zipOf({ 'a.json': 'hello' }, { method: 0 });
    zip[30 + 6] ^= 1;
    expect(refusalOf(() => readAll(readZip('z', zip)))).toContain('damaged');
  });
});

describe('whatever becomes of the octets', () => {
  it.each([
    ['tar', () => gzipSync(Buffer.concat([tarEntry('a.json', '[1]'), tarEntry('b', 'x'.repeat(700))])), untar],
    ['zip', () => zipOf(FILES), readZip],
  ] as const)('%s is read or refused', (_, make, read) => {
    const whole = make();
    fc.assert(
      fc.property(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(whole.length),
        (at, change, end) => {
          const bytes = Buffer.from(whole);
          bytes[at] ^= change;
          refusalOf(() => readAll(read('f', bytes)));
          refusalOf(() => readAll(read('f', whole.subarray(0, end))));
        },
      ),
      { numRuns: 300 },
    );
  });
});
