// Holds the presets to what a preset is: accountable policies on apps of the catalogue, and nothing of one office.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { catalogue, facets, parsePlain, presetFiles } from './catalogue.ts';

const Day = z.iso.date();
const Sentence = z.string().regex(/^\S[^\n]*\S$/);
/** The three official languages of Belgium, and English for everybody else. */
const Languages = z.strictObject({ nl: Sentence, fr: Sentence, de: Sentence, en: Sentence });
const Preset = z.strictObject({
  policies: z
    .array(
      z.strictObject({
        id: z.string(),
        title: Languages,
        reason: Languages,
        authority: Sentence,
        legal_basis: Sentence,
        effective: Day,
        deadline: Day,
        review: Day,
        apps: z.array(z.enum(catalogue.map((app) => app.id))).min(1),
        facets: z.array(z.enum(facets)).min(1),
      }),
    )
    .length(1),
});

describe.each([...presetFiles])('%s', (file, text) => {
  const { value, complaints } = parsePlain(text);

  test('holds one policy of its own name, complete, on apps that exist', () => {
    expect(complaints).toEqual([]);
    const preset = Preset.parse(value);
    expect(preset.policies.map((policy) => `${policy.id}.yaml`)).toEqual([file]);
    for (const { effective, deadline, review } of preset.policies) {
      expect([effective, deadline, review]).toEqual([effective, deadline, review].sort());
    }
  });
});

test('be-716 is the circular: at once, by the end of March, looked at after six months', () => {
  const [policy] = Preset.parse(parsePlain(presetFiles.get('be-716.yaml') ?? '').value).policies;
  expect(policy).toMatchObject({
    effective: '2023-03-10',
    deadline: '2023-03-31',
    review: '2023-09-10',
    apps: ['tiktok'],
    facets: ['app', 'web', 'cdn', 'telemetry'],
  });
});
