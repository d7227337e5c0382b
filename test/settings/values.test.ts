// Sizes, durations, moments, addresses and prefixes, as people write them and as they must not.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endpointText, readAddress, readEndpoint, readPrefix } from '../../src/settings/address.ts';
import { isTrouble } from '../../src/settings/problems.ts';
import { readDuration, readSize, readTime } from '../../src/settings/values.ts';
import { addressText } from '../../src/wire/address-text.ts';

test.each([
  ['0B', 0],
  ['64MiB', 67108864],
  ['64 MiB', 67108864],
  ['1.5GiB', 1610612736],
  [4096, 4096],
])('size %s', (text, octets) => expect(readSize(text)).toBe(octets));

test.each([
  ['500ms', 0.5],
  ['30s', 30],
  ['5m', 300],
  ['1.5h', 5400],
  ['1d', 86400],
  ['2w', 1209600],
  [60, 60],
])('duration %s', (text, seconds) => expect(readDuration(text)).toBe(seconds));

test.each(['', '-1s', '1e3s', 's', '1 s s', '٣s', '64'])('"%s" is no duration and no size', (text) => {
  expect(isTrouble(readDuration(text))).toBe(true);
  expect(isTrouble(readSize(text))).toBe(true);
});

test.each([
  '2023-02-30',
  '2023-13-01',
  '2023-00-10',
  '2023-01-00',
  '1969-01-01',
  '2106-01-01',
  '2023-1-1',
  '2023-03-10T24:00:00Z',
  '2023-03-10T10:60:00Z',
  '2023-03-10T10:00:60Z',
  '2023-03-10T10:00',
  '2023-03-10T10:00+24:00',
  '2100-02-29',
  'soon',
])('"%s" is no moment', (text) => expect(isTrouble(readTime(text))).toBe(true));

test('every day of the calendar is its midnight in UTC', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1971-01-01'), max: new Date('2105-12-31'), noInvalidDate: true }), (date) => {
      const day = date.toISOString().slice(0, 10);
      expect(readTime(day)).toBe(Date.parse(day) / 1000);
      const moment = `${date.toISOString().slice(0, 19)}+02:00`;
      expect(readTime(moment)).toBe(Date.parse(moment) / 1000);
    }),
  );
});

describe('addresses', () => {
  test.each([
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['1::', '1::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is %s', (text, canonical) => expect(readAddress(text)?.text).toBe(canonical));

  test('text and octets say the same, whatever the address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = readAddress(text)!;
        const again = readAddress(addressText(address.family, address.octets))!;
        expect(again.octets).toEqual(address.octets);
        expect(new URL(address.family === 6 ? `http://[${text}]/` : `http://${text}/`).hostname).toBe(
          address.family === 6 ? `[${address.text}]` : address.text,
        );
      }),
    );
  });

  test.each([
    ['9.9.9.9', '9.9.9.9:53'],
    ['127.0.0.1:5398', '127.0.0.1:5398'],
    ['2620:fe::fe', '[2620:fe::fe]:53'],
    ['[2620:fe::fe]', '[2620:fe::fe]:53'],
    ['[2620:fe::fe]:853', '[2620:fe::fe]:853'],
    ['fe80::1%eth0', '[fe80::1%eth0]:53'],
    ['[fe80::1%eth0]:5353', '[fe80::1%eth0]:5353'],
  ])('endpoint %s is %s', (text, canonical) => {
    const endpoint = readEndpoint(text, 53);
    expect(isTrouble(endpoint) ? endpoint : endpointText(endpoint)).toBe(canonical);
  });

  test.each([
    '',
    ':53',
    '[]:53',
    '[1.2.3.4]:53',
    '1.2.3.4:',
    '1.2.3.4:x',
    '1.2.3.4:0',
    '1.2.3.4:53:53',
    '1.2.3',
    '::1]:53',
  ])('"%s" is no endpoint', (text) => expect(isTrouble(readEndpoint(text, 53))).toBe(true));

  test('only a socket of ours may have port 0', () => {
    expect(readEndpoint('127.0.0.1:0', undefined, 0)).toMatchObject({ port: 0 });
  });
});

describe('prefixes', () => {
  test.each([
    '',
    '10.0.0.0/',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    'fe80::%eth0/64',
    '10.0.0.1/31',
    'any',
  ])('"%s" is none', (text) => expect(isTrouble(readPrefix(text))).toBe(true));

  test('the fix of host bits is the prefix that holds the address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(128), (text, size) => {
        const address = readAddress(text)!;
        const length = address.family === 4 ? size % 33 : size;
        const read = readPrefix(`${address.text}/${length}`);
        const fixed = isTrouble(read) && read.fix.startsWith('write ') ? readPrefix(read.fix.slice(6)) : read;
        if (isTrouble(fixed)) throw new Error(fixed.message);
        const bits = (octets: Uint8Array) => [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('');
        expect(bits(fixed.octets)).toBe(
          bits(fixed.family === address.family ? address.octets : address.octets.subarray(12))
            .slice(0, fixed.length)
            .padEnd(fixed.octets.length * 8, '0'),
        );
      }),
    );
  });
});
