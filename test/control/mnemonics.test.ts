// Registry names as people read them, from our own tables first.

import { expect, it } from 'vitest';
import { classMnemonic, edeName, statusMnemonic, typeFrom, typeMnemonic } from '../../src/control/mnemonics.ts';

it.each([
  [0, 'Other'],
  [6, 'DNSSEC bogus'],
  [9, 'DNSKEY missing'],
  [10, 'RRSIGs missing'],
  [15, 'Blocked'],
  [19, 'Stale NXDOMAIN answer'],
  [4711, 'code 4711'],
])('extended error %i is %s', (code, name) => {
  expect(edeName(code)).toBe(name);
});

it.each([
  ['a', 1, 'A'],
  ['Https', 65, 'HTTPS'],
  ['TYPE65', 65, 'HTTPS'],
  ['opt', 41, 'OPT'],
  ['caa', 257, 'CAA'],
  ['TYPE65280', 65280, 'TYPE65280'],
])('type %s is %i, shown as %s', (text, code, shown) => {
  expect(typeFrom(text)).toBe(code);
  expect(typeMnemonic(code)).toBe(shown);
});

it.each(['', 'AAAAA', 'TYPE65536', 'TYPE-1', 'toString', '__proto__'])('"%s" is no type', (text) => {
  expect(typeFrom(text)).toBeUndefined();
});

it('names status and class, known or not', () => {
  expect([0, 3, 16, 23, 4000].map(statusMnemonic)).toEqual([
    'NOERROR',
    'NXDOMAIN',
    'BADVERS',
    'BADCOOKIE',
    'RCODE4000',
  ]);
  expect([1, 3, 42].map(classMnemonic)).toEqual(['IN', 'CH', 'CLASS42']);
});
