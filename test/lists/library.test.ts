// Lists as files: packed or not, recognised or named, within their size; and what is wrong with one as a whole.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { feedList } from '../../src/lists/library.ts';
import type { ListSettings } from '../../src/settings/settings.ts';
import { aList } from './list-settings.ts';
import { recordingSink } from './recording-sink.ts';
import { APP, LISTS, nameOf } from './same-list.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluis-lists-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

async function feed(octets: Uint8Array | string, more: Partial<ListSettings> = {}) {
  const file = join(folder, `${files++}`);
  writeFileSync(file, octets);
  return feedFile(file, more);
}

async function feedFile(file: string, more: Partial<ListSettings> = {}) {
  const sink = recordingSink();
  const { format, problems } = await feedList(aList(file, more), sink);
  return { format, problems: problems.map(({ message }) => message), fixes: problems.map(({ fix }) => fix), ...sink };
}

const names = Array.from({ length: 2000 }, (_, at) => nameOf(at));
const refused = (message: string) => ({ problems: [`list "l" cannot be read: ${message}`] });

describe('a list is read as it is written', () => {
  test.each(Object.entries(LISTS))('%s, named or recognised', async (format, write) => {
    const named = await feed(write(names), { format: format as ListSettings['format'] });
    expect(named.rules).toHaveLength(2000);
    expect(await feed(write(names))).toMatchObject({ format, rules: named.rules, problems: [] });
  });

  test('an app file', async () => {
    const rules = ['9 suffix demo.example web', '10 exact other.example app'];
    expect(await feed(APP)).toMatchObject({ format: 'sluis', rules, problems: [] });
    expect(await feed(APP, { format: 'sluis' })).toMatchObject({ rules, problems: [] });
    expect(await feed('a.example\n', { format: 'sluis' })).toMatchObject({
      rules: [],
      problems: ['expected options of its own (key: value), but this is the text "a.example"'],
    });
  });

  test('addresses, named or recognised', async () => {
    const text = '192.0.2.0/24\n2001:db8::/32 # why\n192.0.2.256\n';
    const rules = ['1 prefix 192.0.2.0/24', '2 prefix 2001:db8::/32'];
    expect(await feed(text)).toMatchObject({ format: 'addresses', rules, problems: [] });
    const named = await feed(gzipSync(text), { format: 'addresses' });
    expect(named).toMatchObject({ rules, problems: [] });
    expect(named.rejects).toHaveLength(1);
    expect(await feed(text, { match: 'exact' })).toMatchObject({ format: 'addresses', rules, problems: [] });
  });

  test('or its head alone', async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => nameOf(at));
    const file = join(folder, 'head');
    for (const pack of [(text: string) => text, gzipSync]) {
      writeFileSync(file, pack(LISTS.adblock(many)));
      const whole = await feedFile(file);
      const sink = recordingSink();
      expect(await feedList(aList(file), sink, { isHeadAlone: true })).toEqual({ format: 'adblock', problems: [] });
      expect(sink.rules.length).toBeGreaterThan(2000);
      expect(sink.rules).toEqual(whole.rules.slice(0, sink.rules.length));
      expect(sink.rules.length).toBeLessThan(whole.rules.length);
    }
    expect((await feed(LISTS.adblock(names.slice(0, 3)).trimEnd())).rules).toHaveLength(3);
  });

  test('with the match that its format has, or that the list is given', async () => {
    expect((await feed('a.example\n')).rules).toEqual(['1 suffix a.example']);
    expect((await feed('a.example\n', { match: 'exact' })).rules).toEqual(['1 exact a.example']);
    expect((await feed('0.0.0.0 a.example\n')).rules).toEqual(['1 exact a.example']);
    expect((await feed('0.0.0.0 a.example\n', { match: 'suffix' })).rules).toEqual(['1 suffix a.example']);
    expect((await feed('||a.example^\n', { match: 'exact' })).rules).toEqual(['1 suffix a.example']);
  });

  test('saying beforehand about how many rules are to come', async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => nameOf(at));
    for (const octets of [LISTS.domains(many), gzipSync(LISTS.domains(many)), zstdCompressSync(LISTS.domains(many))]) {
      const { rules, expected } = await feed(octets);
      expect(rules).toHaveLength(20_000);
      expect(expected).toHaveLength(1);
      // From a packed list only its order of size can be told.
      expect(expected[0]).toBeGreaterThan(octets === LISTS.domains(many) ? 15_000 : 0);
      expect(expected[0]).toBeLessThan(20_000);
    }
  });
});

const PACKERS: [string, (octets: Uint8Array | string) => Buffer][] = [
  ['gzip', (octets) => gzipSync(octets)],
  // With a checksum, as the zstd command writes it.
  ['zstd', (octets) => zstdCompressSync(octets, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })],
];

describe.each(PACKERS)('a list that is packed by %s', (_, pack) => {
  const text = LISTS.adblock(names);
  const packed = pack(text);

  test('comes out whole', async () => {
    const { rules } = await feed(text);
    expect(await feed(packed)).toMatchObject({ format: 'adblock', rules, problems: [] });
  });

  test('comes out whole where it was packed in parts, and padded', async () => {
    const { rules } = await feed(text);
    const parts = [text.slice(0, 1001), '', text.slice(1001)].map(pack);
    expect(await feed(Buffer.concat([...parts, Buffer.alloc(700)]))).toMatchObject({ rules, problems: [] });
  });

  test('is refused where it is cut off, wherever that is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: packed.length - 1 }), async (length) => {
        const { problems } = await feed(packed.subarray(0, length));
        expect(problems).toEqual(['list "l" cannot be read: it cannot be unpacked: it is cut off']);
      }),
      { numRuns: 30 },
    );
  });

  test('is refused where anything in it is not as it was packed, or follows it', async () => {
    const { rules } = await feed(text);
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const broken = Buffer.from(packed);
        broken[at] ^= bits;
        const fed = await feed(broken);
        // Some bits say nothing: those that fill up an octet, and the time in the head of gzip.
        expect(fed.problems.length === 1 || fed.rules).toEqual(fed.problems.length === 1 || rules);
      }),
      { numRuns: 60 },
    );
    expect((await feed(Buffer.concat([packed, Buffer.from('more')]))).problems).toHaveLength(1);
    expect((await feed(Buffer.concat([packed, packed.subarray(0, 9)]))).problems).toHaveLength(1);
  });

  test('is refused where it holds more than it may, without unpacking the rest', async () => {
    const bomb = pack(Buffer.alloc(64 * 2 ** 20, 'a.example\n'));
    expect(bomb.length).toBeLessThan(2 ** 17);
    const { problems, fixes, rules } = await feed(bomb, { maxSize: 100_000 });
    expect(problems).toEqual(['list "l" cannot be read: it holds more than max_size allows: 100000 octets unpacked']);
    expect(fixes).toEqual(['set max_size of the list higher, if it is to be so long']);
    expect(rules.length).toBeLessThanOrEqual(10_000);
  });
});

describe('a list is refused as a whole', () => {
  test.each([
    ['a page', '<!DOCTYPE html>\n<p>a.example\n', 'it is a web page (HTML or XML)'],
    ['a page that was packed', gzipSync('<!DOCTYPE html>\n'), 'it is a web page (HTML or XML)'],
    ['of another packer', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]), 'it is packed by xz'],
    ['of no format', 'hello there\n', 'its format cannot be told: of its one line, none fits any'],
  ])('%s', async (_, octets, message) => expect(await feed(octets)).toMatchObject({ rules: [], ...refused(message) }));

  test('where it is longer than it may be', async () => {
    const text = 'a.example\n'.repeat(100);
    expect(await feed(text, { maxSize: 1000 })).toMatchObject({ problems: [] });
    expect(await feed(text, { maxSize: 999 })).toMatchObject(refused('it holds more than max_size allows: 999 octets'));
  });

  test('where it is not there, or a folder of nothing', async () => {
    expect(await feedFile(join(folder, 'nowhere'))).toMatchObject(refused('there is no such file'));
    mkdirSync(join(folder, 'folder'));
    expect(await feedFile(join(folder, 'folder'))).toMatchObject(refused('the folder holds no file, or empty ones'));
  });

  test('where it has more exceptions than can be remembered', async () => {
    const text = Array.from({ length: 100_001 }, (_, at) => `@@||a${at}.example^\n`).join('');
    const { problems } = await feed(text, { maxSize: 2 ** 24 });
    expect(problems).toEqual(['list "l" cannot be read: more than 100000 rules with @@ or a modifier']);
  });
});
