// Holds every file of code small, and opening with a sentence that says what it is for.

import { expect, it } from 'vitest';
import { filesBelow, readSource } from '../support/imports.ts';

const MOST_LINES = 300;
/** Data and documents may be long and need no opening. */
const CODE = /(\.(ts|tsx|js|mjs|cjs|c|css|sh)|^bin\/[^.]+)$/;

const files = filesBelow(['src', 'test', 'bench', 'bin'], ['node_modules', 'results', 'dist']).filter((path) =>
  CODE.test(path),
);

/** The text of the comment that a file opens with, behind a shebang; empty when it opens with none. */
function opening(text: string): string {
  const body = text.replace(/^#!.*\n/, '').trimStart();
  const block = /^\/\*\*?([\s\S]*?)\*\//.exec(body);
  if (block) return block[1].replace(/^\s*\*/gm, '').trim();
  const lines = /^(?:(?:\/\/|#).*\n)+/.exec(body);
  return lines ? lines[0].replace(/^(?:\/\/|#)/gm, '').trim() : '';
}

it.each([
  ['// Says what it is for.\ncode();\n', 'Says what it is for.'],
  ['#!/bin/sh\n# Says what\n# it is for.\ncode\n', 'Says what\n it is for.'],
  ['#!/usr/bin/env node\n/** Says what it is for. */\n', 'Says what it is for.'],
  ["import a from './a.ts';\n// too late\n", ''],
])('the opening of %j is found', (text, expected) => {
  expect(opening(text)).toBe(expected);
});

it('finds the code', () => {
  expect(files).toEqual(expect.arrayContaining(['bin/lint', 'src/wire/name.ts', 'test/house/files.test.ts']));
});

it(`every file is shorter than ${MOST_LINES} lines`, () => {
  const long = files.map((path) => ({ path, lines: readSource(path).text.split('\n').length - 1 }));
  expect(long.filter(({ lines }) => lines >= MOST_LINES)).toEqual([]);
});

it('every file opens with a sentence', () => {
  expect(files.filter((path) => !/^\S+ \S+ [\s\S]*[.:]/.test(opening(readSource(path).text)))).toEqual([]);
});
