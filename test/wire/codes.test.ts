// Proves that mnemonics of types and response codes are read and written as people write them.

import { describe, expect, it } from 'vitest';
import { rcodeName, typeFromText, typeName } from '../../src/wire/codes.ts';

describe('typeFromText', () => {
  it.each([
    ['A', 1],
    ['aaaa', 28],
    ['Https', 65],
    ['ANY', 255],
    ['TYPE65', 65],
    ['type0', 0],
    ['TYPE65535', 65535],
    ['TYPE65536', -1],
    ['TYPE', -1],
    ['TYPE-1', -1],
    ['TYPE1a', -1],
    ['', -1],
    ['NOSUCH', -1],
    ['constructor', -1],
    ['__proto__', -1],
    ['toString', -1],
    ['hasOwnProperty', -1],
  ])('%j is %i', (text, type) => {
    expect(typeFromText(text)).toBe(type);
  });

  it('reads back every type that typeName writes', () => {
    for (let type = 0; type < 65536; type++) expect(typeFromText(typeName(type))).toBe(type);
  });
});

it.each([
  [0, 'NOERROR'],
  [3, 'NXDOMAIN'],
  [16, 'BADVERS'],
  [11, 'RCODE11'],
])('rcode %i is %s', (rcode, name) => {
  expect(rcodeName(rcode)).toBe(name);
});
