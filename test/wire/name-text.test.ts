// Proves that text and wire form of a name turn into each other, for every octet, and that broken text is no name.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Name } from '../../src/wire/name.ts';
import { nameFromText, textFromName, textFromWire, wireFromText } from '../../src/wire/name-text.ts';

const wireOf = (labels: readonly Uint8Array[]) =>
  Uint8Array.from([...labels.flatMap((octets) => [octets.length, ...octets]), 0]);

describe('round trip', () => {
  it('every octet alone in a label, printed without control or non-ASCII characters', () => {
    for (let octet = 0; octet < 256; octet++) {
      const wire = Uint8Array.from([1, octet, 3, 99, 111, 109, 0]);
      const text = textFromWire(wire);
      expect(text, `octet ${octet}`).toMatch(/^[!-~]+$/);
      expect(wireFromText(text), `octet ${octet} as ${text}`).toEqual(wire);
    }
  });

  it('any name', () => {
    const labels = fc.array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 8 });
    fc.assert(
      fc.property(labels, (parts) => {
        const wire = wireOf(parts);
        const text = textFromWire(wire);
        expect(text).toMatch(/^[!-~]+$/);
        expect(wireFromText(text)).toEqual(wire.length <= 255 ? wire : undefined);
      }),
    );
  });

  it('text that is a name keeps its octets', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const wire = wireFromText(text);
        if (wire) expect(wireFromText(textFromWire(wire))).toEqual(wire);
      }),
    );
  });

  it('starts where it is told', () => {
    expect(textFromWire(Uint8Array.from([3, 119, 119, 119, 3, 99, 111, 109, 0]), 4)).toBe('com');
  });

  it('gives of octets that are no name what can be read', () => {
    expect(textFromWire(Uint8Array.from([3, 119]))).toBe('w');
    expect(textFromWire(Uint8Array.from([1, 97, 0xc0, 12]))).toBe('a');
    expect(textFromWire(new Uint8Array(0))).toBe('.');
  });
});

const long = (size: number) => 'a'.repeat(size);

describe('wireFromText', () => {
  it.each<[string, string | undefined]>([
    ['.', '00'],
    ['com', '03636f6d00'],
    ['com.', '03636f6d00'],
    ['A.b', '0141016200'],
    ['\\065', '014100'],
    ['a\\.b', '03612e6200'],
    ['\\\\', '015c00'],
    ['\\000', '010000'],
    ['\\255', '01ff00'],
    [' ', '012000'],
    ['', undefined],
    ['..', undefined],
    ['.com', undefined],
    ['a..b', undefined],
    ['com..', undefined],
    ['\\', undefined],
    ['a\\', undefined],
    ['\\1', undefined],
    ['\\12', undefined],
    ['\\12a', undefined],
    ['\\256', undefined],
    ['\\999', undefined],
    ['é', undefined],
    ['\\é', undefined],
    ['\\☃', undefined],
    ['\u0661', undefined],
    ['\\\u0661\u0661\u0661', undefined],
  ])('%j is %s', (text, hex) => {
    const wire = wireFromText(text);
    expect(wire && Buffer.from(wire).toString('hex')).toBe(hex);
  });

  it.each([
    ['63 octets in a label', long(63), 65],
    ['64 octets in a label', long(64), undefined],
    ['64 octets, the last escaped', `${long(63)}\\097`, undefined],
    ['255 octets', `${long(63)}.${long(63)}.${long(63)}.${long(61)}`, 255],
    ['255 octets and a last dot', `${long(63)}.${long(63)}.${long(63)}.${long(61)}.`, 255],
    ['256 octets', `${long(63)}.${long(63)}.${long(63)}.${long(62)}`, undefined],
    ['127 labels', new Array(127).fill('a').join('.'), 255],
    ['128 labels', new Array(128).fill('a').join('.'), undefined],
    ['10,000 labels', new Array(10_000).fill('a').join('.'), undefined],
  ])('%s', (_, text, length) => {
    expect(wireFromText(text)?.length).toBe(length);
  });
});

describe('names', () => {
  it('come from text in canonical case, and go to text as a whole or in part', () => {
    const name = new Name(7);
    expect(nameFromText('WWW.TikTok.com.', name)).toBe(true);
    expect(textFromName(name)).toBe('www.tiktok.com');
    expect(textFromName(name, 2)).toBe('tiktok.com');
    expect(textFromName(name, 0)).toBe('.');
    expect(textFromName(name, 9)).toBe('www.tiktok.com');
  });

  it('do not come from what is none', () => {
    expect(nameFromText('a..b', new Name(7))).toBe(false);
  });

  it('can be the root', () => {
    const name = new Name(7);
    expect(nameFromText('.', name)).toBe(true);
    expect(name.labelCount).toBe(0);
    expect(textFromName(name)).toBe('.');
  });
});
