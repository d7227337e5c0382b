// Checks of policies against the catalogue: apps and jurisdictions that must be there, and what a policy covers unseen.

import { type AppChoice, type Catalogue, type SelectedApp, selectApps } from './app-selection.ts';
import { type Checks, each } from './checks.ts';
import { isPlain, type Plain } from './merge.ts';
import { COVERED_FACETS } from './options-policy.ts';
import type { Path } from './problems.ts';

export function words(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}

export function choiceOf(policy: Plain): AppChoice {
  return {
    apps: words(policy.apps),
    jurisdictions: words(policy.jurisdictions),
    contested: policy.contested === true,
  };
}

/** A code that no app has is a slip of the pen, or the name of another country: either way nothing is banned by it. */
function checkJurisdictions(checks: Checks, catalogue: Catalogue): void {
  const asked = [...each(checks.tree.root, 'policies.*.jurisdictions.*')];
  if (asked.length === 0) return;
  const codes = catalogue.codes();
  // An app whose file cannot be read may be managed anywhere, and would be let through in silence.
  for (const id of catalogue.ids ?? []) checks.problems.push(...catalogue.look(id).problems);
  for (const { path, value } of asked) {
    if (typeof value !== 'string' || codes.includes(value)) continue;
    const has = codes.length === 0 ? 'names no jurisdiction at all: take the option out' : `has ${codes.join(', ')}`;
    checks.error(path, `no app of the catalogue is managed in "${value}"`, `the catalogue ${has}`);
  }
}

function checkContested(checks: Checks): void {
  for (const { path, value } of each(checks.tree.root, 'policies.*')) {
    if (!isPlain(value) || value.contested !== true || words(value.jurisdictions).length > 0) continue;
    const fix = 'name jurisdictions, or remove it: an app that is named is covered, contested or not';
    checks.warn([...path, 'contested'], 'contested has no effect without jurisdictions', fix, 'key');
  }
}

/** Where the policy names the app that `selected` is covered for; the policy itself where a jurisdiction takes it. */
function placeOf(policy: Plain, path: Path, { id, continues }: SelectedApp): Path {
  const apps = Array.isArray(policy.apps) ? policy.apps : [];
  const at = apps.indexOf(continues ?? id);
  if (at >= 0) return [...path, 'apps', at];
  return words(policy.jurisdictions).length > 0 ? [...path, 'jurisdictions'] : path;
}

/** What a policy covers without naming it, and what it names without reaching it. */
function tellSelection(checks: Checks, catalogue: Catalogue): void {
  for (const { path, value } of each(checks.tree.root, 'policies.*')) {
    if (!isPlain(value)) continue;
    const selected = selectApps(catalogue, choiceOf(value));
    for (const app of selected) {
      const place = placeOf(value, path, app);
      if (app.continues) {
        checks.note(place, `${app.continues} goes on as ${app.id}, which is covered too`, `name ${app.id} instead`);
      } else if (app.unreachable && !goesOn(selected, app)) {
        const fix = 'ban it on the devices themselves';
        checks.note(place, `no rule on names reaches ${app.id}: ${app.unreachable}`, fix);
      }
    }
    if (selected.length > 0 && words(value.lists).length === 0) tellEmpty(checks, path, value, selected);
  }
}

/** A policy that bans nothing is told of, or somebody counts on it. */
function tellEmpty(checks: Checks, path: Path, { facets }: Plain, selected: readonly SelectedApp[]): void {
  const reached = selected.filter(({ unreachable }) => !unreachable);
  if (reached.length === 0) {
    checks.warn(path, 'no rule on names reaches any app that the policy covers', 'give it apps that have names');
    return;
  }
  const covered: readonly string[] = Array.isArray(facets) ? words(facets) : COVERED_FACETS;
  const there = [...new Set(reached.flatMap((app) => app.facets))];
  // What has no facet at all has a fault of its own, which is told elsewhere.
  if (covered.length === 0 || there.length === 0 || there.some((facet) => covered.includes(facet))) return;
  const message = 'the policy covers nothing: no name of its apps has one of these facets';
  checks.error([...path, 'facets'], message, `take one that they have: ${there.sort().join(', ')}`);
}

/** An app that has gone on under another name is told of with that. */
function goesOn(selected: readonly SelectedApp[], { id }: SelectedApp): boolean {
  return selected.some(({ continues }) => continues === id);
}

/** Checks what policies say of apps. */
export function validateApps(checks: Checks, catalogue: Catalogue): void {
  if (!catalogue.ids) {
    const message = `the folder ${catalogue.directory} cannot be read`;
    checks.error(['blocklists'], message, 'name a folder of app files, or remove the option');
    return;
  }
  checks.known('policies.*.apps.*', catalogue.ids, 'app');
  checkJurisdictions(checks, catalogue);
  checkContested(checks);
  tellSelection(checks, catalogue);
}
