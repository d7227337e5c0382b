// Clients find their group by the longest prefix: against a linear scan, and the ways in which groups contradict.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Compiler } from '../../src/policy/compile.ts';
import type { GroupInput, PrefixInput } from '../../src/policy/compile-input.ts';
import { findGroup4, findGroup6 } from '../../src/policy/groups.ts';
import { Image } from '../../src/policy/image.ts';

function group(id: string, prefixes: PrefixInput[], any = false): GroupInput {
  return { id, any, prefixes, modes: [], allow: [] };
}

function compile(groups: GroupInput[]): Image {
  const compiler = new Compiler(1);
  for (const one of groups) compiler.group(one);
  return new Image(compiler.finish(1));
}

function prefix4(text: string): PrefixInput {
  const [address, length = '32'] = text.split('/');
  return { family: 4, address: Uint8Array.from(address.split('.').map(Number)), length: Number(length) };
}

function prefix6(words: number[], length: number): PrefixInput {
  return { family: 6, address: Uint8Array.from(words.flatMap((word) => [word >> 8, word & 255])), length };
}

function number4(text: string): number {
  return text.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
}

function find(image: Image, family: 4 | 6, octets: Uint8Array): number {
  const words = new DataView(octets.buffer, octets.byteOffset, octets.length);
  if (family === 4) return findGroup4(image, 0, words.getUint32(0));
  return findGroup6(image, 0, words.getUint32(0), words.getUint32(4), words.getUint32(8), words.getUint32(12));
}

function bitsMatch(address: Uint8Array, prefix: PrefixInput): boolean {
  for (let bit = 0; bit < prefix.length; bit++) {
    const mask = 0x80 >> (bit & 7);
    if ((address[bit >> 3] & mask) !== (prefix.address[bit >> 3] & mask)) return false;
  }
  return true;
}

/** The longest matching prefix by looking at them all. */
function scan(groups: GroupInput[], family: 4 | 6, address: Uint8Array): number {
  let best = { group: groups.findIndex((one) => one.any), length: -1 };
  for (const [index, one] of groups.entries()) {
    for (const prefix of one.prefixes) {
      if (prefix.family === family && prefix.length > best.length && bitsMatch(address, prefix)) {
        best = { group: index, length: prefix.length };
      }
    }
  }
  return best.group;
}

/** Addresses that share long beginnings, so that prefixes nest. */
function address(octets: number): fc.Arbitrary<Uint8Array> {
  const octet = fc.constantFrom(0, 0, 0x80, 0xff, 1);
  return fc.array(octet, { minLength: octets, maxLength: octets }).map((list) => Uint8Array.from(list));
}

describe.each([4, 6] as const)('IPv%i', (family) => {
  const octets = family === 4 ? 4 : 16;
  const prefix = fc.record({
    family: fc.constant(family),
    address: address(octets),
    length: fc.oneof(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: octets * 8 })),
  });
  const distinct = fc.uniqueArray(prefix, {
    maxLength: 30,
    selector: ({ address, length }) => {
      const bits = [...address].map((octet) => octet.toString(2).padStart(8, '0')).join('');
      return bits.slice(0, length);
    },
  });

  test('the longest prefix wins, as a linear scan has it', () => {
    fc.assert(
      fc.property(distinct, fc.array(address(octets), { maxLength: 20 }), fc.boolean(), (prefixes, asked, any) => {
        // No mapped IPv6 prefixes here: they are IPv4 ones.
        const own = prefixes.filter(({ address, length }) => family === 4 || length < 96 || address[10] !== 255);
        const groups = [0, 1, 2].map((index) =>
          group(
            `g${index}`,
            own.filter((_, at) => at % 3 === index),
            any && index === 2,
          ),
        );
        const image = compile(groups);
        for (const one of [...asked, ...own.map((prefix) => prefix.address)]) {
          expect([...one, find(image, family, one)]).toEqual([...one, scan(groups, family, one)]);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('both ends of a prefix belong to it, and neighbours do not', () => {
  const image = compile([
    group('wide', [prefix4('10.0.0.0/8')]),
    group('narrow', [prefix4('10.10.0.0/16'), prefix4('0.0.0.0/32'), prefix4('255.255.255.255')]),
  ]);
  const found = Object.fromEntries(
    ['0.0.0.0', '0.0.0.1', '9.255.255.255', '10.0.0.0', '10.9.255.255', '10.10.0.0', '10.10.255.255', '10.11.0.0']
      .concat('10.255.255.255', '11.0.0.0', '255.255.255.254', '255.255.255.255')
      .map((text) => [text, findGroup4(image, 0, number4(text))]),
  );
  expect(found).toEqual({
    '0.0.0.0': 1,
    '0.0.0.1': -1,
    '9.255.255.255': -1,
    '10.0.0.0': 0,
    '10.9.255.255': 0,
    '10.10.0.0': 1,
    '10.10.255.255': 1,
    '10.11.0.0': 0,
    '10.255.255.255': 0,
    '11.0.0.0': -1,
    '255.255.255.254': -1,
    '255.255.255.255': 1,
  });
});

test('bits behind the prefix do not matter, and a prefix of length 0 takes its whole family', () => {
  const image = compile([group('all', [prefix4('1.2.3.4/0')]), group('host', [prefix4('10.1.2.3/8')])]);
  expect(findGroup4(image, 0, number4('10.200.0.0'))).toBe(1);
  expect(findGroup4(image, 0, number4('192.0.2.1'))).toBe(0);
  expect(findGroup6(image, 0, 0, 0, 0, 1)).toBe(-1);
});

test('a mapped IPv6 prefix is the IPv4 prefix in it', () => {
  const image = compile([group('mapped', [prefix6([0, 0, 0, 0, 0, 0xffff, 0x0a0a, 0], 112)])]);
  expect(findGroup4(image, 0, number4('10.10.4.17'))).toBe(0);
  expect(findGroup4(image, 0, number4('10.11.0.0'))).toBe(-1);
});

test('without groups nobody is in one', () => {
  const image = compile([]);
  expect([findGroup4(image, 0, 0), findGroup4(image, 0, 0xffffffff), findGroup6(image, 0, 1, 2, 3, 4)]).toEqual([
    -1, -1, -1,
  ]);
});

test.each([
  ['10.1.0.0/16', [prefix4('10.1.0.0/16')], [prefix4('10.1.9.9/16')]],
  [
    '2001:db8:0:0:0:0:0:0/32',
    [prefix6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32)],
    [prefix6([0x2001, 0xdb8, 1, 0, 0, 0, 0, 0], 32)],
  ],
])('two groups that name %s are refused by name', (text, first, second) => {
  expect(() => compile([group('office', first), group('guests', second)])).toThrow(
    `groups office and guests both name ${text}`,
  );
});

test('one group may name a prefix twice', () => {
  const image = compile([group('office', [prefix4('10.0.0.0/8'), prefix4('10.1.1.1/8')])]);
  expect(findGroup4(image, 0, number4('10.2.2.2'))).toBe(0);
});

test.each([
  ['too long', { family: 4, address: new Uint8Array(4), length: 33 }],
  ['below zero', { family: 4, address: new Uint8Array(4), length: -1 }],
  ['of no length', { family: 6, address: new Uint8Array(16), length: Number.NaN }],
  ['of part of a bit', { family: 6, address: new Uint8Array(16), length: 1.5 }],
  ['of too few octets', { family: 6, address: new Uint8Array(4), length: 8 }],
] as [string, PrefixInput][])('a prefix %s is refused', (_, prefix) => {
  expect(() => compile([group('office', [prefix])])).toThrow('group office: a prefix of');
});

test('two groups that take any client are refused by name', () => {
  expect(() => compile([group('a', [], true), group('b', [], true)])).toThrow('groups a and b both take any client');
});
