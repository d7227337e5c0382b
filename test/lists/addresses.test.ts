// Lists of addresses: every kind of line, good and bad, with its place, and what the guard refuses.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prefixRefusal } from '../../src/lists/guard.ts';
import { type Prefix, readPrefix } from '../../src/settings/address.ts';
import { readList } from './read-list.ts';

const read = (text: string | Uint8Array) => readList('addresses', text);

describe('a line gives a rule', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1/32'],
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['192.0.2.0/24\r', '192.0.2.0/24'],
    ['\t 192.0.2.0/24  ', '192.0.2.0/24'],
    ['192.0.2.0/24 # why', '192.0.2.0/24'],
    ['192.0.2.0/24#why', '192.0.2.0/24'],
    ['192.0.2.0/24 ; SBL12345', '192.0.2.0/24'],
    ['\uFEFF192.0.2.0/24', '192.0.2.0/24'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['2001:db8::192.0.2.1', '2001:db8::c000:201/128'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['127.0.0.0/8', '127.0.0.0/8'],
    ['169.254.0.0/16', '169.254.0.0/16'],
    ['224.0.0.0/4', '224.0.0.0/4'],
    ['240.0.0.0/4', '240.0.0.0/4'],
    ['fc00::/7', 'fc00::/7'],
    ['fe80::/10', 'fe80::/10'],
    ['::1', '::1/128'],
    ['64:ff9b:1::/48', '64:ff9b:1::/48'],
  ])('%j', (line, rule) => {
    expect(read(line)).toMatchObject({ rules: [`1 prefix ${rule}`], rejects: [] });
  });
});

test.each(['', ' ', '\t\r', '# 192.0.2.1', '; 192.0.2.1', '  # a', '\uFEFF'])('%j is passed over', (line) => {
  expect(read(`${line}\n192.0.2.1\n`)).toMatchObject({
    count: { lines: 2, rules: 1, rejects: 0 },
    rules: ['2 prefix 192.0.2.1/32'],
  });
});

const NO_PREFIX = 'write an address and a length: 10.0.0.0/8 or 2001:db8::/32';

describe('a line that is no rule is told with its place, the reason and a way to mend it', () => {
  test.each([
    ['10.1.2.3/8', '1:1 "10.1.2.3/8" has host bits set; write 10.0.0.0/8 | 10.1.2.3/8'],
    ['  2001:db8::1/64', '1:3 "2001:db8::1/64" has host bits set; write 2001:db8::/64 | 2001:db8::1/64'],
    ['192.0.2.0/33', '1:1 "/33" is no prefix length; write a number from 0 to 32 | 192.0.2.0/33'],
    ['192.0.2.0/', '1:1 "/" is no prefix length; write a number from 0 to 32 | 192.0.2.0/'],
    ['300.0.2.1', `1:1 "300.0.2.1" is no prefix; ${NO_PREFIX} | 300.0.2.1`],
    ['example.com', `1:1 "example.com" is no prefix; ${NO_PREFIX} | example.com`],
    ['10.0.0.1-10.0.0.9', `1:1 "10.0.0.1-10.0.0.9" is no prefix; ${NO_PREFIX} | 10.0.0.1-10.0.0.9`],
    ['192.0.2.1 192.0.2.2', '1:1 more than an address or a prefix on the line | 192.0.2.1 192.0.2.2'],
    ['fe80::1%eth0', '1:1 "fe80::1%eth0" has a scope; write the prefix without the part after % | fe80::1%eth0'],
    [
      '::ffff:192.0.2.0/120',
      '1:1 "::ffff:192.0.2.0/120" is an IPv4 prefix in IPv6 form; write 192.0.2.0/24 | ::ffff:192.0.2.0/120',
    ],
    [
      '64:ff9b::192.0.2.0/120',
      '1:1 IPv4 addresses as NAT64 gives them out; write 192.0.2.0/24, which holds for those too | 64:ff9b::192.0.2.0/120',
    ],
    ['1\u001b[2J', `1:1 "1·[2J" is no prefix; ${NO_PREFIX} | 1·[2J`],
  ])('%j', (line, reject) => {
    expect(read(`${line}\n192.0.2.1\n`)).toMatchObject({ rejects: [reject], rules: ['2 prefix 192.0.2.1/32'] });
  });

  test('one of a thousand octets is cut', () => {
    const { rejects } = read('9'.repeat(1000));
    expect(rejects).toEqual([`1:1 too long for an address or a prefix | ${'9'.repeat(80)}…`]);
  });

  test('any octets at all end in as many rules and rejects as lines that say something', () => {
    const piece = fc.constantFrom(
      '192.0.2.',
      '1',
      '0',
      '/',
      '24',
      '2001:db8::',
      ':',
      ' ',
      '#',
      ';',
      '\n',
      '\r\n',
      '\xff',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        const { count } = read(Buffer.from(text, 'latin1'));
        const said = text.split('\n').filter((line) => line.replace(/[#;].*/s, '').trim() !== '');
        expect(count.rules + count.rejects).toBe(said.length);
      }),
    );
  });
});

const SHORT = /^shorter than \/(8|16): it speaks of a part of the internet/;
const BEHIND = /^all IPv4 addresses as NAT64 gives them out lie in it/;

describe('the guard', () => {
  test.each([
    ['0.0.0.0/0', SHORT],
    ['128.0.0.0/1', SHORT],
    ['192.0.0.0/2', SHORT],
    ['8.0.0.0/7', SHORT],
    ['::/0', SHORT],
    ['2000::/3', SHORT],
    ['2001::/15', SHORT],
    ['::/1', SHORT],
    ['::/8', BEHIND],
    ['64::/16', BEHIND],
    ['64:ff9b::/32', BEHIND],
    ['64:ff9b::/96', BEHIND],
  ])('refuses %s', (text, reason) => {
    expect(prefixRefusal(prefixOf(text))).toMatch(reason);
  });

  test.each([
    '8.0.0.0/8',
    '0.0.0.0/8',
    '224.0.0.0/3',
    '2001::/16',
    '8000::/1',
    'fc00::/7',
    'ff00::/8',
    '64:ff9b:1::/48',
    '::/96',
  ])('lets %s through', (text) => expect(prefixRefusal(prefixOf(text))).toBeUndefined());
});

/** Of a canonical prefix; `2001::/15` has a host bit set, so it is masked here. */
function prefixOf(text: string): Prefix {
  const prefix = readPrefix(text);
  if ('octets' in prefix) return prefix;
  return readPrefix(prefix.fix.replace('write ', '')) as Prefix;
}
