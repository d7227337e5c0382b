// Proves the name reader equal to an obvious one, on honest names and on compression soup.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashLabel, isSynthesised, isUnder, Name, readName, sameName, skipName } from '../../src/wire/name.ts';
import { wireFromText } from '../../src/wire/name-text.ts';
import { Dice } from '../support/dice.ts';
import { wireName } from '../support/reply-builder.ts';
import { oracleName, oracleWire } from '../support/wire-oracle.ts';

const SEED = 0x5eed;

function nameOf(text: string, seed = SEED): Name {
  const wire = wireFromText(text)!;
  const name = new Name(seed);
  expect(readName(wire, 0, wire.length, name)).toBe(wire.length);
  return name;
}

/** Names, pointers and rubbish one after another; `offset` is mostly where one of them starts. */
function soup(dice: Dice): { message: Uint8Array; offset: number } {
  const octets: number[] = Array.from({ length: 12 }, () => dice.below(256));
  const starts: number[] = [];
  for (let left = 1 + dice.below(30); left > 0; left--) {
    starts.push(octets.length);
    const kind = dice.below(16);
    const earlier = dice.pick(starts);
    if (kind < 8) octets.push(...label(dice));
    else if (kind < 11) octets.push(0);
    else if (kind < 14) octets.push(0xc0 | (earlier >>> 8), earlier & 255);
    else if (kind < 15) octets.push(0xc0 | dice.below(64), dice.below(256));
    else octets.push(dice.below(256));
  }
  const offset = dice.below(8) > 0 ? dice.pick(starts) : 12 + dice.below(octets.length - 12);
  return { message: Uint8Array.from(octets), offset };
}

function label(dice: Dice): number[] {
  const size = dice.pick([1, 1, 2, 3, 7, 62, 63]);
  return [size, ...dice.octets(size)];
}

/** An array that notes the highest index read. */
function watched(octets: Uint8Array, seen: { highest: number }): Uint8Array {
  return new Proxy(octets, {
    get(target, key) {
      const index = Number(key as string);
      if (index > seen.highest) seen.highest = index;
      return target[index];
    },
  });
}

describe('readName', () => {
  it('accepts and rejects what the oracle does, octet for octet, on 100,000 soups', () => {
    const dice = new Dice(1);
    const name = new Name(SEED);
    let accepted = 0;
    for (let run = 0; run < 100_000; run++) {
      const { message, offset } = soup(dice);
      const limit = message.length - dice.pick([0, 0, 0, 1, 2, 5]);
      const expected = oracleName(message, offset, limit);
      const end = readName(message, offset, limit, name);
      if (end !== (expected?.end ?? -1)) throw new Error(`offset ${offset} limit ${limit} of ${message}`);
      if (!expected) continue;
      accepted++;
      const wire = oracleWire(expected.labels);
      if (!Buffer.from(wire).equals(name.bytes.subarray(0, name.length)) || name.labelCount !== expected.labels.length)
        throw new Error(`read ${name.bytes.subarray(0, name.length)} from offset ${offset} of ${message}`);
    }
    expect(accepted).toBeGreaterThan(10_000);
    expect(accepted).toBeLessThan(90_000);
  });

  it('never looks at or behind the limit', () => {
    const dice = new Dice(2);
    const name = new Name(SEED);
    for (let run = 0; run < 5_000; run++) {
      const { message, offset } = soup(dice);
      const limit = 12 + dice.below(message.length - 12);
      const seen = { highest: -1 };
      readName(watched(message, seen), offset, limit, name);
      expect(seen.highest).toBeLessThan(limit);
      seen.highest = -1;
      skipName(watched(message, seen), offset, limit);
      expect(seen.highest).toBeLessThan(limit);
    }
  });

  const head = new Array<number>(12).fill(0);
  const repeat = (size: number, times: number) =>
    new Array(times).fill([size, ...new Array<number>(size).fill(0x61)]).flat() as number[];
  const table: [string, number[], number, number][] = [
    ['the root', [0], 12, 13],
    ['a label of 63 octets', [...repeat(63, 1), 0], 12, 77],
    ['255 octets in 4 labels', [...repeat(63, 3), ...repeat(61, 1), 0], 12, 267],
    ['255 octets in 127 labels', [...repeat(1, 127), 0], 12, 267],
    ['256 octets', [...repeat(63, 3), ...repeat(62, 1), 0], 12, -1],
    ['257 octets in 128 labels', [...repeat(1, 128), 0], 12, -1],
    ['255 octets through a pointer', [...repeat(63, 2), 0, ...repeat(63, 1), ...repeat(61, 1), 0xc0, 12], 141, 269],
    ['256 octets through a pointer', [...repeat(63, 2), 0, ...repeat(63, 1), ...repeat(62, 1), 0xc0, 12], 141, -1],
    ['an obsolete 0x40 label', [0x40, 0], 12, -1],
    ['an obsolete 0x80 label', [0x80, 0], 12, -1],
    ['a label cut off', [5, 97, 97], 12, -1],
    ['no root at the end', [1, 97], 12, -1],
    ['half a pointer', [1, 97, 0xc0], 12, -1],
    ['a pointer to itself', [0xc0, 12], 12, -1],
    ['a pointer forwards', [0xc0, 14, 0], 12, -1],
    ['a pointer into the header', [0xc0, 11], 12, -1],
    ['a pointer to the start of its own name', [1, 97, 0xc0, 12], 12, -1],
    ['two pointers at each other', [0xc0, 14, 0xc0, 12], 14, -1],
    ['a pointer to a label earlier on', [1, 97, 0, 1, 98, 0xc0, 12], 15, 19],
    ['an empty message', [], 12, -1],
  ];
  it.each(table)('%s', (_, body, offset, end) => {
    const message = Uint8Array.from([...head, ...body]);
    const name = new Name(SEED);
    expect(readName(message, offset, message.length, name)).toBe(end);
    if (end > 0) expect(name.length).toBe(oracleWire(oracleName(message, offset, message.length)!.labels).length);
  });

  it.each([
    [127, true],
    [128, false],
    [8000, false],
  ])('follows %i pointers to pointers: %s', (pointers, readable) => {
    const octets = [...head, 0];
    let last = 12;
    for (let left = pointers; left > 0; left--) {
      const here = octets.length;
      octets.push(0xc0 | (last >>> 8), last & 255);
      last = here;
    }
    const message = Uint8Array.from(octets);
    expect(readName(message, last, message.length, new Name(SEED)) > 0).toBe(readable);
  });

  it('reads a name whose every label but the first is a pointer to the one before', () => {
    const octets = [...head, 1, 97, 0];
    let last = 12;
    for (let labels = 2; labels <= 127; labels++) {
      const here = octets.length;
      octets.push(1, 97, 0xc0 | (last >>> 8), last & 255);
      last = here;
    }
    const message = Uint8Array.from(octets);
    const name = new Name(SEED);
    expect(readName(message, last, message.length, name)).toBe(message.length);
    expect(name.labelCount).toBe(127);
    expect(name.length).toBe(255);
  });
});

const anyLabels = fc.array(fc.uint8Array({ minLength: 1, maxLength: 12 }), { maxLength: 12 });
const wireOf = (labels: readonly Uint8Array[]) =>
  Uint8Array.from([...labels.flatMap((octets) => [octets.length, ...octets]), 0]);
const read = (wire: Uint8Array, seed = SEED) => {
  const name = new Name(seed);
  readName(wire, 0, wire.length, name);
  return name;
};
const upper = (octet: number) => (octet >= 97 && octet <= 122 ? octet - 32 : octet);

describe('hashes', () => {
  it('are equal for names that differ in case alone, and name what hashLabel does', () => {
    fc.assert(
      fc.property(anyLabels, fc.integer(), (labels, seed) => {
        const name = read(wireOf(labels), seed);
        const shouted = read(wireOf(labels.map((octets) => octets.map(upper))), seed);
        expect(shouted.hash).toBe(name.hash);
        expect(sameName(name, shouted)).toBe(true);
        for (let index = 0; index < name.labelCount; index++)
          expect(hashLabel(name.bytes, name.labelOffset[index], seed)).toBe(name.labelHash[index]);
      }),
    );
  });

  it('are equal with and without compression', () => {
    const message = Uint8Array.from([...new Array<number>(12).fill(0), ...wireName('b.example'), 1, 97, 0xc0, 12]);
    const name = new Name(SEED);
    expect(readName(message, 23, message.length, name)).toBe(27);
    expect(name.hash).toBe(nameOf('A.b.EXAMPLE').hash);
    expect(sameName(name, nameOf('a.b.example'))).toBe(true);
  });

  it('fold ASCII letters and no other octet', () => {
    for (let octet = 0; octet < 256; octet++) {
      const other = octet ^ 0x20;
      const letter = /[A-Za-z]/.test(String.fromCharCode(octet));
      const same = sameName(read(Uint8Array.from([1, octet, 0])), read(Uint8Array.from([1, other, 0])));
      expect(same, `octet ${octet}`).toBe(letter);
    }
  });

  it('change with the seed', () => {
    expect(nameOf('www.tiktok.com', 1).hash).not.toBe(nameOf('www.tiktok.com', 2).hash);
  });

  it('do not make different names the same', () => {
    fc.assert(
      fc.property(anyLabels, anyLabels, (one, other) => {
        const [a, b] = [read(wireOf(one)), read(wireOf(other))];
        const equal = Buffer.from(oracleWire(one)).equals(Buffer.from(oracleWire(other)));
        expect(sameName(a, b)).toBe(equal);
        // A collision by force: the octets must still decide.
        b.hash = a.hash;
        expect(sameName(a, b)).toBe(equal);
      }),
    );
  });
});

describe('isUnder', () => {
  it.each([
    ['www.tiktok.com', 'tiktok.com', true],
    ['tiktok.com', 'tiktok.com', true],
    ['evil-tiktok.com', 'tiktok.com', false],
    ['tiktok.com', 'www.tiktok.com', false],
    ['www.tiktok.com', 'com', true],
    ['www.tiktok.com', '.', true],
    ['.', '.', true],
    ['.', 'com', false],
    ['www\\.tiktok.com', 'tiktok.com', false],
    ['a.tiktok.com.example', 'tiktok.com', false],
    ['WWW.TikTok.COM', 'tiktok.com', true],
  ])('%s under %s: %s', (name, ancestor, expected) => {
    expect(isUnder(nameOf(name), nameOf(ancestor))).toBe(expected);
  });

  it('is the suffix of the label list', () => {
    fc.assert(
      fc.property(anyLabels, fc.nat(12), anyLabels, (labels, cut, stranger) => {
        const [name, tail] = [read(wireOf(labels)), labels.slice(Math.min(cut, labels.length))];
        expect(isUnder(name, read(wireOf(tail)))).toBe(true);
        const suffix = (
          labels.length >= stranger.length ? labels.slice(labels.length - stranger.length) : []
        ) as Uint8Array[];
        const expected =
          labels.length >= stranger.length && Buffer.from(oracleWire(suffix)).equals(Buffer.from(oracleWire(stranger)));
        expect(isUnder(name, read(wireOf(stranger)))).toBe(expected);
      }),
    );
  });
});

describe('isSynthesised', () => {
  it.each([
    ['www.a.example', 'a.example', 'b.test', 'www.b.test', true],
    ['x.y.a.example', 'a.example', 'b.test', 'x.y.b.test', true],
    ['www.a.example', 'a.example', '.', 'www', true],
    ['a.example', 'a.example', 'b.test', 'b.test', false],
    ['www.a.example', 'a.example', 'b.test', 'ftp.b.test', false],
    ['www.a.example', 'a.example', 'b.test', 'x.www.b.test', false],
    ['www.a.example', 'a.example', 'b.test', 'www.b.test.c', false],
    ['www.other.example', 'a.example', 'b.test', 'www.b.test', false],
    ['www.a.example', 'example', 'b.test', 'www.a.b.test', true],
    ['www.a.example', '.', 'b.test', 'www.a.example.b.test', true],
  ])('%s by %s DNAME %s gives %s: %s', (name, owner, target, alias, expected) => {
    expect(isSynthesised(nameOf(name), nameOf(owner), nameOf(target), nameOf(alias))).toBe(expected);
  });
});

describe('skipName', () => {
  it('ends where readName does, on every name that can be read', () => {
    const dice = new Dice(3);
    const name = new Name(SEED);
    let compared = 0;
    for (let run = 0; run < 50_000; run++) {
      const { message, offset } = soup(dice);
      const end = readName(message, offset, message.length, name);
      if (end < 0) continue;
      compared++;
      if (skipName(message, offset, message.length) !== end) throw new Error(`offset ${offset} of ${message}`);
    }
    expect(compared).toBeGreaterThan(5_000);
  });
});
