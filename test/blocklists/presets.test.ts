// Holds the presets to what a preset is: accountable policies on apps of the catalogue, dated as their authority said.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { structuredError } from '../../src/control/structured-error.ts';
import { bypassKind } from '../../src/settings/bypass.ts';
import { LANGUAGES } from '../../src/settings/languages.ts';
import { loadText, told } from '../settings/memory-files.ts';
import { catalogue, facets, parsePlain, presetFiles } from './catalogue.ts';

const Day = z.iso.date();
const Sentence = z.string().regex(/^\S[^\n]*\S$/);
const Words = z.record(z.enum(LANGUAGES), Sentence);
const Preset = z.strictObject({
  policies: z
    .array(
      z.strictObject({
        id: z.string(),
        title: Words,
        reason: Words,
        authority: Words,
        legal_basis: Sentence,
        source: Sentence,
        scope: Words,
        reported: Sentence.optional(),
        decided: Day.optional(),
        effective: Day,
        deadline: Day.optional(),
        review: Day.optional(),
        apps: z.array(z.enum(catalogue.map((app) => app.id))).optional(),
        jurisdictions: z.array(z.string().regex(/^[A-Z]{2}$/)).optional(),
        facets: z.array(z.enum(facets)).min(1),
      }),
    )
    .length(1),
});

function policyOf(text: string) {
  return Preset.parse(parsePlain(text).value).policies[0];
}

/** The language that its authority speaks first. */
const FIRST: Record<string, string> = {
  'be-716': 'nl',
  'be-2025-deepseek': 'nl',
  'nl-2023': 'nl',
  'ec-2023': 'fr',
  'uk-2023': 'en',
  'us-m-23-13': 'en',
};

describe.each([...presetFiles])('%s', (file, text) => {
  const policy = policyOf(text);

  test('holds one policy of its own name, complete', () => {
    expect(parsePlain(text).complaints).toEqual([]);
    expect(`${policy.id}.yaml`).toBe(file);
    expect((policy.apps ?? policy.jurisdictions)?.length).toBeGreaterThan(0);
    expect(text).toMatch(/^# The [\s\S]*`presets: \[/);
  });

  test('has dates in the order in which they come', () => {
    const { decided, effective, deadline, review } = policy;
    const dates = [decided, effective, deadline, review].filter((day) => day !== undefined);
    expect(dates).toEqual([...dates].sort());
  });

  test('speaks every language, that of its authority first, each in words of its own', () => {
    const [settings] = loadText(`presets: [${policy.id}]\n`).settings!.policies;
    const { title, reason, authority, scope } = settings;
    for (const words of [title, reason, authority, scope]) {
      expect(Object.keys(words)[0]).toBe(FIRST[policy.id]);
      expect(Object.keys(words).sort()).toEqual([...LANGUAGES].sort());
      expect(new Set(Object.values(words)).size).toBe(LANGUAGES.length);
    }
    const language = FIRST[policy.id];
    const told = JSON.parse(structuredError(settings, settings.answer.cause).full);
    expect(told).toMatchObject({ j: reason[language], o: authority[language], l: language });
  });

  test('loads on its own without an error or a warning', () => {
    const { settings, problems } = loadText(`presets: [${policy.id}]\n`);
    expect(problems.filter(({ severity }) => severity !== 'note').map(told)).toEqual([]);
    expect(settings?.policies.map(({ id }) => id).filter((id) => !bypassKind(id))).toEqual([policy.id]);
    expect(settings?.policies[0].apps).not.toEqual([]);
  });
});

const DECISIONS: Record<string, object> = {
  'be-716': {
    decided: '2023-03-10',
    effective: '2023-03-10',
    deadline: '2023-03-31',
    review: '2023-09-10',
    apps: ['tiktok'],
  },
  'be-2025-deepseek': { effective: '2025-12-01', apps: ['deepseek'] },
  'nl-2023': { decided: '2023-03-21', effective: '2023-03-21', jurisdictions: ['CN', 'RU', 'IR', 'KP'] },
  'ec-2023': { decided: '2023-02-23', effective: '2023-02-23', deadline: '2023-03-15', apps: ['tiktok'] },
  'uk-2023': { decided: '2023-03-16', effective: '2023-03-16', apps: ['tiktok'] },
  'us-m-23-13': { decided: '2023-02-27', effective: '2023-02-27', deadline: '2023-03-29', apps: ['tiktok'] },
};
const DATES = { decided: undefined, deadline: undefined, review: undefined };

test.each(Object.entries(DECISIONS))('%s is what was decided, and no date more', (id, decision) => {
  const policy = policyOf(presetFiles.get(`${id}.yaml`) ?? '');
  expect({ ...DATES, ...policy }).toMatchObject({ ...DATES, ...decision, facets: ['app', 'web', 'cdn', 'telemetry'] });
});

test('no preset is left out here', () => {
  expect(Object.keys(DECISIONS).map((id) => `${id}.yaml`)).toEqual(expect.arrayContaining([...presetFiles.keys()]));
});

test('what an authority did not publish is said to be reported, and by whom', () => {
  const reported = [...presetFiles.values()].map(policyOf).filter((policy) => policy.reported);
  expect(reported.map(({ id }) => id).sort()).toEqual(['be-2025-deepseek', 'ec-2023', 'nl-2023']);
  for (const { reported: words } of reported) expect(words).toMatch(/(Belga|NOS|Politico).*20\d\d/);
});

test('all of them can be in force side by side', () => {
  const ids = [...presetFiles.keys()].map((file) => file.replace('.yaml', ''));
  const { settings, problems } = loadText(`presets: [${ids.join(', ')}]\n`);
  expect(problems.filter(({ severity }) => severity !== 'note').map(told)).toEqual([]);
  expect(settings?.policies.map(({ id }) => id).filter((id) => !bypassKind(id))).toEqual(ids);
  const covering = settings!.policies.filter(({ apps }) => apps.includes('tiktok')).map(({ id }) => id);
  expect(covering.sort()).toEqual(['be-716', 'ec-2023', 'nl-2023', 'uk-2023', 'us-m-23-13']);
});
