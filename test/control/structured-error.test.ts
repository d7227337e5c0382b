// What a structured error says of a policy: what is optional in the draft, what goes together, and how long it may be.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPolicy } from '../../src/control/policy-build.ts';
import { structuredError } from '../../src/control/structured-error.ts';
import { MAX_STRUCTURED_TEXT } from '../../src/policy/answer.ts';
import { Image } from '../../src/policy/image.ts';
import type { PolicySettings } from '../../src/settings/settings.ts';
import { loadText } from '../settings/memory-files.ts';

const ASK = 'netsec@example.be';

function policyOf(changes: Partial<PolicySettings>): PolicySettings {
  const { settings } = loadText('presets: [be-716]');
  const bare = { title: { nl: 'Verbod' }, reason: {}, authority: { und: 'Raad' }, contact: '', owner: '' };
  return { ...settings!.policies[0], ...bare, ...changes };
}

describe('a structured error', () => {
  test.each<[string, Partial<PolicySettings>, number, unknown, unknown]>([
    [
      'says who, why and where to ask',
      { contact: ASK, reason: { fr: 'Risque', en: 'Risk' } },
      15,
      { c: [`mailto:${ASK}`], j: 'Risque', s: 5, o: 'Raad', l: 'fr' },
      { c: [`mailto:${ASK}`], s: 5 },
    ],
    [
      'names the owner for want of a contact',
      { owner: ASK },
      17,
      { c: [`mailto:${ASK}`], j: 'Verbod', o: 'Raad', l: 'nl' },
      { c: [`mailto:${ASK}`] },
    ],
    ['has no sub-error where it is imposed', {}, 16, { j: 'Verbod', o: 'Raad', l: 'nl' }, undefined],
    [
      'says when the language is not known',
      { title: { und: 'Ban' } },
      15,
      { j: 'Ban', s: 5, o: 'Raad', l: 'und' },
      { s: 5 },
    ],
    [
      'takes a telephone',
      { contact: '+32 (2) 501-05-60' },
      17,
      { c: ['tel:+322501-05-60'], j: 'Verbod', o: 'Raad', l: 'nl' },
      { c: ['tel:+322501-05-60'] },
    ],
    [
      'takes no page',
      { contact: 'https://intranet.example/ban' },
      15,
      { j: 'Verbod', s: 5, o: 'Raad', l: 'nl' },
      { s: 5 },
    ],
    [
      'has the language that its author gives first, and the authority in the same',
      { reason: { fr: 'Risque', nl: 'Risico' }, authority: { en: 'Council', nl: 'Raad', fr: 'Conseil' } },
      15,
      { j: 'Risque', s: 5, o: 'Conseil', l: 'fr' },
      { s: 5 },
    ],
    [
      'leaves out an authority of another language',
      { reason: { nl: 'Risico' }, authority: { en: 'Council' } },
      15,
      { j: 'Risico', s: 5, l: 'nl' },
      { s: 5 },
    ],
    [
      'has such an authority where the reason is too long, and then its language',
      { reason: { nl: 'é'.repeat(300) }, authority: { en: 'Council' } },
      15,
      { s: 5, o: 'Council', l: 'en' },
      { s: 5 },
    ],
  ])('%s', (_, changes, ede, full, short) => {
    const error = structuredError(policyOf(changes), ede);
    expect(error.ede).toBe(ede);
    expect(JSON.parse(error.full)).toEqual(full);
    expect(error.short === '' ? undefined : JSON.parse(error.short)).toEqual(short);
  });

  test('leaves out what is too long, whole', () => {
    const long = 'é'.repeat(300);
    const told = (changes: Partial<PolicySettings>) =>
      Object.keys(JSON.parse(structuredError(policyOf(changes), 15).full));
    expect(told({ reason: { nl: long } })).toEqual(['s', 'o', 'l']);
    expect(told({ authority: { und: long } })).toEqual(['j', 's', 'l']);
    expect(told({ authority: { und: long }, reason: { nl: long } })).toEqual(['s']);
    expect(told({ contact: `${long}@example.be` })).toEqual(['s']);
  });

  test('is bounded I-JSON, whatever a policy says', () => {
    const text = fc.string({ unit: 'binary', maxLength: 600 });
    const tag = fc.constantFrom('und', 'nl', 'en');
    fc.assert(
      fc.property(text, text, text, fc.constantFrom(15, 16, 17), tag, (authority, contact, reason, ede, language) => {
        const { full, short } = structuredError(
          policyOf({ authority: { [language]: authority }, contact, reason: { nl: reason } }),
          ede,
        );
        for (const error of [full, short]) {
          expect(Buffer.byteLength(error)).toBeLessThanOrEqual(MAX_STRUCTURED_TEXT);
          if (error === '') continue;
          const { j, o, l, c, s } = JSON.parse(error);
          expect(error).toBe(error.toWellFormed());
          expect(j !== undefined || o !== undefined).toBe(l !== undefined);
          if (o !== undefined && language === 'en') expect([j, l]).toEqual([undefined, 'en']);
          expect(j ?? c ?? s).toBeDefined();
        }
      }),
    );
  });
});

test.each([true, false])('structured_errors: %s decides whether the policy holds them', async (wanted) => {
  const { settings } = loadText(`presets: [be-716]\nstructured_errors: ${wanted}`);
  const { image } = await buildPolicy({ settings: settings!, seed: 1, generation: 1 });
  expect(new Image(image!).structured.length > 0).toBe(wanted);
});
