// Which format a list is taken for by its first lines, and what is told to be no list.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatOf } from '../../src/lists/recognise.ts';
import { HEAD, refuseStrangers } from '../../src/lists/strangers.ts';
import { LIST_FORMATS } from '../../src/settings/list-formats.ts';
import { APP, LISTS, nameOf } from './same-list.ts';

const recognised = (text: string) => formatOf(Buffer.from(text).subarray(0, HEAD));

describe('a list is taken for what it is', () => {
  const names = Array.from({ length: 30 }, (_, at) => nameOf(at));
  test.each(Object.entries(LISTS))('%s', async (format, write) => {
    expect(await recognised(write(names))).toBe(format);
    expect(await recognised(write(names.slice(0, 1)))).toBe(format);
    expect(await recognised(`\uFEFF${write(names).replaceAll('\n', '\r\n')}`)).toBe(format);
  });

  test.each([
    ['sluis', APP],
    ['domains', '# a comment\n! another\n\n*.a.example\n.b.example # why\n'],
    ['domains', 'bücher.example\n'],
    // Names alone are a list of any of three formats: the first of them is taken.
    ['domains', 'a.example\nb.example\n'],
    ['v2fly', 'a.example @cn\nb.example\nc.example\n'],
    ['v2fly', 'include:other\ninclude:more @ads # why\n'],
    ['adblock', 'a.example\nb.example\n||c.example^\n'],
    ['adblock', '||a.example^$third-party\na.example##.ad\n/^ads/\n@@||b.example^\n'],
    ['hosts', '127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 a.example b.example\n'],
    ['dnsmasq', 'no-resolv\nserver=192.0.2.1\naddress=/a.example/#\n'],
    ['unbound', 'server:\n  local-zone: "a.example" static\n  local-data: "b.example A 0.0.0.0"\n'],
    ['rpz', '$TTL 1h\n@ IN SOA a. b. (\n 1 ; serial\n 1h\n 10m\n 1w\n 60 )\n  NS a.\na.example CNAME .\n'],
    ['addresses', '192.0.2.1\n198.51.100.7 # why\n'],
    ['addresses', '; SBL\n192.0.2.0/24 ; SBL1\n2001:db8::/32\n::1\n'],
    ['rpz', 'a.example 300 IN CNAME rpz-passthru.\n'],
  ])('%s: %j', async (format, text) => expect(await recognised(text)).toBe(format));

  test('however long its first comment and its lines are', async () => {
    expect(await recognised(`# ${'x'.repeat(20_000)}\n||a.example^$domain=${'b.example|'.repeat(5000)}\n`)).toBe(
      'adblock',
    );
  });

  test('or for nothing, where there is nothing', async () => {
    for (const text of ['', '\n', '# a comment\n\n']) expect(await recognised(text)).toBeNull();
  });

  test.each([
    ['# a comment\n'.repeat(10_000), 'its format cannot be told: it begins with 64 KiB of comments'],
    ['(\\.|^)a\\.example$\n', 'its format cannot be told: of its one line, none fits any'],
    [
      'a.example\nhello there\nthis is\nno list at all\n',
      'its format cannot be told: of its first 4 lines, 1 fit domains, and no other format more',
    ],
  ])('or for none: %j', async (text, message) => {
    await expect(recognised(text)).rejects.toThrow(message);
  });
});

describe('what is no list', () => {
  const utf16 = Buffer.from('a.example\nb.example\n', 'utf16le');
  test.each([
    ['<!DOCTYPE html><title>404</title>', 'it is a web page (HTML or XML)'],
    ['\uFEFF \n<html lang="en">', 'it is a web page (HTML or XML)'],
    ['<?xml version="1.0"?>', 'it is a web page (HTML or XML)'],
    ['{"message": "Not Found"}', 'it is JSON'],
    ['[\n  "a.example"\n]', 'it is JSON'],
    ['[]', 'it is JSON'],
    [utf16, 'it is UTF-16'],
    [Buffer.from(utf16).swap16(), 'it is UTF-16'],
    [Buffer.from([0xff, 0xfe, ...utf16]), 'it is UTF-16'],
    [Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0]), 'it is no text'],
    [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1]), 'it is packed by xz'],
    ['BZh91AY&SY\n', 'it is packed by bzip2'],
    ['PK\u0003\u0004', 'it is packed by zip'],
  ])('is told as what it is: %j', (octets, message) => {
    expect(() => refuseStrangers(Buffer.from(octets as string))).toThrow(message);
  });

  test.each([
    '',
    'a.example',
    'BZh91AY.example\n',
    '[Adblock Plus 2.0]\n',
    '\u0000a.example is a line that is bad alone',
  ])('is not told of a list: %j', (text) => expect(() => refuseStrangers(Buffer.from(text))).not.toThrow());
});

test('any octets have a format or are refused with a way out, in time that grows with them', async () => {
  const piece = fc.constantFrom(
    'a.example',
    '||',
    '^',
    '$',
    '\n',
    ' ',
    '1',
    '0.0.0.0',
    'CNAME',
    '@',
    '#',
    '/',
    '=',
    ':',
  );
  const soup = fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 200 }).map((all) => all.join(''));
  await fc.assert(
    fc.asyncProperty(soup, async (text) => {
      const octets = Buffer.from(text);
      try {
        refuseStrangers(octets);
        expect([...LIST_FORMATS, null]).toContain(await formatOf(octets));
      } catch (error) {
        expect(error).toMatchObject({ name: 'Error', fix: expect.stringMatching(/./) });
      }
    }),
  );
});
