// Which language people are told things in, by the environment that POSIX describes.

import { describe, expect, it } from 'vitest';
import { languageOf } from '../../src/commands/language.ts';

describe('the language', () => {
  it.each<[Record<string, string>, string]>([
    [{ LANG: 'nl_BE.UTF-8' }, 'nl'],
    [{ LANG: 'nl_BE.UTF-8', LC_MESSAGES: 'fr_BE.UTF-8' }, 'fr'],
    [{ LANG: 'nl_BE.UTF-8', LC_MESSAGES: 'fr_BE', LC_ALL: 'de_BE@euro' }, 'de'],
    [{ LANG: 'nl', LC_ALL: '' }, 'nl'],
    [{ LANG: 'C' }, 'en'],
    [{ LANG: 'C.UTF-8' }, 'en'],
    [{ LANG: 'POSIX' }, 'en'],
    [{ LANG: '__proto__' }, 'en'],
    [{}, 'en'],
  ])('of %j is %s', (env, language) => expect(languageOf(env)).toBe(language));
});
