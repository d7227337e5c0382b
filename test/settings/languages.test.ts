// Texts by language: which one somebody is told, and that their author's order stays.

import { describe, expect, it, test } from 'vitest';
import { textIn } from '../../src/settings/languages.ts';
import { loadText, told } from './memory-files.ts';

describe('a text', () => {
  const texts = { nl: 'Verbod', fr: 'Interdiction', en: 'Ban' };
  it.each<[string, Record<string, string>, string]>([
    ['nl', texts, 'Verbod'],
    ['de', texts, 'Ban'],
    ['de', { nl: 'Verbod' }, 'Verbod'],
    ['de', { und: 'House rules' }, 'House rules'],
    ['de', {}, ''],
  ])('for %s of %j is %j', (language, given, text) => expect(textIn(given, language)).toBe(text));
});

test.each([
  ['fr: F, nl: N', ['fr', 'nl']],
  ['en: E, de: D, fr: F, nl: N', ['en', 'de', 'fr', 'nl']],
  ['nl: N, fr: F, de: D, en: E', ['nl', 'fr', 'de', 'en']],
])('{ %s } stays in the order of its author', (words, languages) => {
  const { settings } = loadText(
    `presets: []\npolicies: [{ id: p, title: { ${words} }, reason: { ${words} }, authority: { ${words} }, apps: [tiktok] }]\n`,
  );
  const { title, reason, authority } = settings!.policies[0];
  expect([title, reason, authority].map(Object.keys)).toEqual([languages, languages, languages]);
});

test('a language that is none is told at its key', () => {
  const { problems } = loadText(
    'presets: []\npolicies: [{ id: p, title: { nl: N, de_: D }, authority: A, apps: [tiktok] }]\n',
  );
  expect(problems.filter(({ severity }) => severity === 'error').map(told)).toEqual([
    '2:37 error: unknown option "de_" in policies[0].title; did you mean de?',
  ]);
});
