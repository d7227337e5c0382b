// The CSV reader: what RFC 4180 allows is read back as it was written, and every field knows its place.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv } from '../../src/settings/csv.ts';

const textsOf = (text: string) => readCsv(text).records.map((record) => record.map((field) => field.text));

test.each([
  [
    'a,b\nc,d\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'a,b\r\nc,d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'a,\n,b\n,',
    [
      ['a', ''],
      ['', 'b'],
      ['', ''],
    ],
  ],
  ['"a,b","c""d","e\nf"\n', [['a,b', 'c"d', 'e\nf']]],
  ['\n\r\na\n\n', [['a']]],
  ['""\n', [['']]],
  ['', []],
])('%j', (text, expected) => {
  expect(textsOf(text)).toEqual(expected);
  expect(readCsv(text).troubles).toEqual([]);
});

test('a field knows its line and column, behind fields of several lines too', () => {
  const [, [first, second]] = readCsv('a,"b\nc"\n"d\n",ef\n').records;
  expect(first).toEqual({ text: 'd\n', line: 3, column: 1, length: 4 });
  expect(second).toEqual({ text: 'ef', line: 4, column: 3, length: 2 });
});

test.each([
  ['a"b,c\nd\n', [1, 2], [['d']]],
  ['"a"b,c\nd\n', [1, 4], [['d']]],
  ['"a\nd\n', [1, 1], [['d']]],
  ['x\n"a', [2, 1], [['x']]],
])('%j has a fault in one record, and the others are read', (text, [line, column], rest) => {
  const { troubles } = readCsv(text);
  expect(troubles).toMatchObject([{ line, column }]);
  expect(textsOf(text)).toEqual(rest);
});

test('what is quoted is read back, whatever is in it', () => {
  const field = fc.oneof(fc.string(), fc.constantFrom('"', ',', '\r\n', '\n', '""', '\r'));
  fc.assert(
    fc.property(fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (records) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const text = records.map((record) => `${record.map(quoted).join(',')}\r\n`).join('');
      expect(textsOf(text)).toEqual(records);
    }),
  );
});

test('any text is read to its end, and faults have places in it', () => {
  const text = fc.array(fc.constantFrom('a', '"', ',', '\n', '\r', '\r\n')).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (given) => {
      const lines = given.split('\n');
      for (const { line, column } of readCsv(given).troubles) {
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeLessThanOrEqual(lines[line - 1].length + 1);
      }
    }),
  );
});
