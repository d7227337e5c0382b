// Holds docs/presets.md to the presets and packs that are there, cell by cell.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { baseline, parsePlain, presetFiles } from './catalogue.ts';

interface Policy {
  id: string;
  title: { en: string };
  authority: { en: string };
  legal_basis: string;
  source: string;
  scope: { en: string };
  reported?: string;
  effective: string;
  deadline?: string;
  apps?: string[];
  jurisdictions?: string[];
}

const page = readFileSync(new URL('../../docs/presets.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| `'));
const policies = [...presetFiles.values()].map(
  (text) => (parsePlain(text).value as { policies: Policy[] }).policies[0],
);

function coverOf({ apps, jurisdictions }: Policy): string {
  return jurisdictions ? `jurisdictions ${jurisdictions.join(', ')}` : (apps ?? []).map((id) => `\`${id}\``).join(', ');
}

const decisions = policies.map((policy) => {
  const { id, title, authority, effective, deadline = '–' } = policy;
  return `| \`${id}\` | ${title.en} | ${authority.en} | ${effective} | ${deadline} | ${coverOf(policy)} |`;
});
const packs = baseline.map(({ id, title, names }) => `| \`baseline:${id}\` | ${title} | ${names.length} |`);

test('each preset stands there with decision, authority and dates', () => {
  expect(rows.slice(0, policies.length)).toEqual(decisions);
});

test('each preset stands there with scope, legal basis, source and what was only reported', () => {
  const scopes = rows.slice(policies.length, 2 * policies.length);
  expect(scopes).toEqual(
    policies.map(
      ({ id, scope, legal_basis, source, reported = '–' }) =>
        `| \`${id}\` | ${scope.en} | ${legal_basis} | ${source} | ${reported} |`,
    ),
  );
});

test('each baseline pack stands there with its size, and nothing else does', () => {
  expect(rows.slice(2 * policies.length)).toEqual(packs);
});
