// Holds docs/presets.md to the presets and packs that are there, cell by cell.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { baseline, parsePlain, presetFiles } from './catalogue.ts';

interface Policy {
  id: string;
  title: { en: string };
  authority: { en: string };
  legal_basis: string;
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

test('each preset stands there with scope, legal basis and what was only reported', () => {
  const scopes = rows.slice(policies.length, 2 * policies.length);
  const cells = scopes.map((row) => row.split(' | '));
  expect(cells.map(([id, , basis, reported]) => [id, basis, reported])).toEqual(
    policies.map(({ id, legal_basis, reported = '–' }) => [`| \`${id}\``, legal_basis, `${reported} |`]),
  );
  expect(cells.filter(([, scope]) => scope.length < 10)).toEqual([]);
});

test('each baseline pack stands there with its size, and nothing else does', () => {
  expect(rows.slice(2 * policies.length)).toEqual(packs);
});
