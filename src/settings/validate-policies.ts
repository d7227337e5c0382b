// Checks across policies, groups and lists: names that must exist, ids, dates in order, coverage.

import { basename, dirname } from 'node:path';
import type { Catalogue } from './app-selection.ts';
import { bypassKind } from './bypass.ts';
import { type Checks, each, texts } from './checks.ts';
import { type Files, namesIn, reasonOf, resolveFrom } from './files.ts';
import { LIST_FORMATS, matchTrouble } from './list-formats.ts';
import { isPlain, type Plain, wordOf } from './merge.ts';
import { TO_BE_NAMED } from './options-policy.ts';
import { isTrouble, type Path } from './problems.ts';
import { baselineIds, shippedBaseline } from './shipped.ts';
import { validateAnswers, validateContacts, validateSinkholes } from './validate-answers.ts';
import { validateApps } from './validate-apps.ts';
import { graceEnd, readGrace, readTime } from './values.ts';

function idsOf(checks: Checks, section: string): string[] {
  return [...texts(checks.tree.root, `${section}.*.id`)].map(({ value }) => value);
}

function checkIds(checks: Checks): void {
  for (const [section, what] of [
    ['policies', 'policy'],
    ['groups', 'group'],
    ['lists', 'list'],
    ['exceptions', 'exception'],
  ]) {
    checks.unique(`${section}.*.id`, what, 'give it an id of its own, or remove one of the two');
  }
  for (const { path, value } of texts(checks.tree.root, 'policies.*.id')) {
    const kind = bypassKind(value);
    if (!kind) continue;
    const fix = `give it another id; what groups do about it stands under their bypass: { ${kind}: … }`;
    checks.error(path, `policy "${value}" comes with Sluis`, fix);
  }
}

function checkNames(checks: Checks, files: Files): void {
  const policies = idsOf(checks, 'policies');
  const lists = idsOf(checks, 'lists');
  checks.known('policies.*.lists.*', lists, 'list');
  checks.known('groups.*.allow.*', [...lists, ...baselineIds(namesIn(files, shippedBaseline) ?? [])], 'list');
  checks.known('groups.*.modes.*', policies, 'policy', 'key');
  checks.known('groups.*.answers.*', policies, 'policy', 'key');
  checks.known('groups.*.default.policy', policies, 'policy');
  checks.known('exceptions.*.policy', policies, 'policy');
}

/** The policies by which groups treat what no list of theirs allows: those need no names of their own. */
function fallbacksOf(checks: Checks): Set<string> {
  return new Set([...texts(checks.tree.root, 'groups.*.default.policy')].map(({ value }) => value));
}

function checkCoverage(checks: Checks): void {
  const fallbacks = fallbacksOf(checks);
  for (const { path, value } of each(checks.tree.root, 'policies.*')) {
    if (!isPlain(value)) continue;
    const empty = (part: unknown) => part === undefined || (Array.isArray(part) && part.length === 0);
    if (!empty(value.apps) || !empty(value.jurisdictions) || !empty(value.lists)) continue;
    if (fallbacks.has(wordOf(value.id))) continue;
    checks.error(path, 'the policy covers nothing', 'give it apps, as in "apps: [tiktok]", jurisdictions or lists');
  }
}

/** A decision that nobody took is none: what an import wrote is to be filled in. */
function checkAuthorities(checks: Checks): void {
  for (const { path, value } of texts(checks.tree.root, 'policies.*.authority')) {
    if (value.trim() !== TO_BE_NAMED) continue;
    checks.warn(path, 'nobody has said who decided this', 'write who did, and under "owner" who answers for it here');
  }
}

function moment(policy: Plain, key: string): number | undefined {
  const text = policy[key];
  const seconds = typeof text === 'string' ? readTime(text) : undefined;
  return isTrouble(seconds) ? undefined : seconds;
}

function checkDates(checks: Checks): void {
  for (const { path, value } of each(checks.tree.root, 'policies.*')) {
    if (!isPlain(value)) continue;
    const effective = moment(value, 'effective');
    const before = (key: string) => {
      const seconds = moment(value, key);
      return effective !== undefined && seconds !== undefined && seconds <= effective;
    };
    const told = `write a moment after ${wordOf(value.effective)}`;
    if (before('expires')) checks.error([...path, 'expires'], 'the policy expires before it is effective', told);
    if (before('deadline')) checks.warn([...path, 'deadline'], 'the deadline is not after the effective date', told);
    if (before('review')) checks.warn([...path, 'review'], 'the review is not after the effective date', told);
    if (value.on_expiry !== undefined && typeof value.expires !== 'string') {
      checks.warn(
        [...path, 'on_expiry'],
        'on_expiry has no effect without expires',
        'set expires, or remove it',
        'key',
      );
    }
  }
}

function checkGrace(checks: Checks): void {
  for (const { path, value } of each(checks.tree.root, 'policies.*')) {
    if (!isPlain(value) || typeof value.grace !== 'string') continue;
    const grace = readGrace(value.grace);
    const effective = moment(value, 'effective');
    const at = [...path, 'grace'];
    if (isTrouble(grace)) continue;
    if (typeof value.effective !== 'string') {
      checks.error(
        at,
        'a grace counts from the effective date, and there is none',
        'set effective, or remove grace',
        'key',
      );
    } else if (effective !== undefined) checkGraceEnd(checks, at, value, graceEnd(grace, effective), effective);
  }
}

function checkGraceEnd(checks: Checks, path: Path, policy: Plain, end: number, effective: number): void {
  const expires = moment(policy, 'expires');
  if (end <= effective) {
    checks.error(path, 'the grace ends before the policy is effective', `write a moment after ${policy.effective}`);
  } else if (expires !== undefined && expires <= end && ['observe', 'off'].includes(wordOf(policy.on_expiry))) {
    checks.warn(
      path,
      'the policy expires before its grace ends: it never blocks',
      'shorten the grace, or move expires',
    );
  }
}

/** A policy that a group passes over in silence is off there: say so, or a ban has a hole nobody chose. */
function checkModes(checks: Checks): void {
  const fallbacks = fallbacksOf(checks);
  const policies = [...new Set(idsOf(checks, 'policies'))].filter((policy) => !fallbacks.has(policy));
  for (const { path, value } of each(checks.tree.root, 'groups.*')) {
    if (!isPlain(value) || !(value.modes === undefined || isPlain(value.modes))) continue;
    const modes = value.modes ?? {};
    const silent = policies.filter((policy) => !Object.hasOwn(modes as Plain, policy));
    if (silent.length === 0) continue;
    const one = silent.length === 1;
    const which = one ? `policy ${silent[0]}, so it is` : `policies ${silent.join(', ')}, so they are`;
    const fix = `add to modes: { ${silent.map((policy) => `${policy}: off`).join(', ')} }, or block or observe`;
    checks.warn(path, `group "${wordOf(value.id)}" does not name ${which} off there`, fix);
  }
}

/** A gate that was closed before anybody said who may pass: most likely the list was forgotten. */
function checkDefaults(checks: Checks): void {
  for (const { path, value } of each(checks.tree.root, 'groups.*')) {
    if (!isPlain(value) || !isPlain(value.default) || value.default.mode !== 'block') continue;
    if (!(value.allow === undefined || (Array.isArray(value.allow) && value.allow.length === 0))) continue;
    const message = `group "${wordOf(value.id)}" allows no list, so its default blocks every name but those of forward zones`;
    checks.warn([...path, 'default'], message, 'add for example allow: [own-list, "baseline:os-updates"]');
  }
}

function checkLists(checks: Checks, file: string, files: Files): void {
  for (const { path, value } of texts(checks.tree.root, 'updates.ca')) {
    checkFile(checks, path, resolveFrom(file, value), files);
  }
  for (const { path, value } of each(checks.tree.root, 'lists.*')) {
    if (!isPlain(value)) continue;
    const format = LIST_FORMATS.find((known) => known === value.format);
    const reason = format && matchTrouble(format);
    if (reason !== undefined && value.match !== undefined) {
      checks.error([...path, 'match'], reason, 'remove match', 'key');
    }
    checkVouched(checks, path, value);
    if (typeof value.file === 'string') checkFile(checks, [...path, 'file'], resolveFrom(file, value.file), files);
  }
}

/** Over plain HTTP, whoever is on the way decides what is blocked. */
function checkVouched(checks: Checks, path: Path, list: Plain): void {
  if (list.signature !== undefined && list.signed_by === undefined) {
    const fix = 'say with signed_by whose signature it must be, or remove it';
    checks.error([...path, 'signature'], 'a signature says nothing without a key', fix, 'key');
  }
  if (!wordOf(list.url).startsWith('http:') || list.sha256 !== undefined || list.signed_by !== undefined) return;
  const message = 'a list over plain HTTP can be changed by anybody on the way';
  checks.error([...path, 'url'], message, 'write https:, or vouch for it with sha256 or signed_by');
}

/** What a list blocks has an author, or is no ban at all. */
function checkUnnamedLists(checks: Checks): void {
  const named = new Set(
    ['policies.*.lists.*', 'groups.*.allow.*'].flatMap((pattern) =>
      [...texts(checks.tree.root, pattern)].map(({ value }) => value),
    ),
  );
  for (const { path, value } of texts(checks.tree.root, 'lists.*.id')) {
    if (named.has(value)) continue;
    const message = `no policy and no group names list "${value}": nobody answers for it, and nothing uses it`;
    checks.error(path, message, 'add it to "lists" of a policy or to "allow" of a group, or remove it');
  }
}

function checkFile(checks: Checks, path: Path, file: string, files: Files): void {
  let reason = 'there is no such file';
  try {
    if (files.list(dirname(file)).includes(basename(file))) return;
  } catch (error) {
    reason = reasonOf(error);
  }
  checks.warn(
    path,
    `${file} cannot be read: ${reason}`,
    'mend the path; it counts from the folder of the configuration on',
  );
}

/** Checks what policies, groups and lists say of each other. */
export function validatePolicies(checks: Checks, catalogue: Catalogue, file: string, files: Files): void {
  checkIds(checks);
  checkNames(checks, files);
  validateApps(checks, catalogue);
  validateAnswers(checks);
  validateContacts(checks);
  validateSinkholes(checks);
  checkCoverage(checks);
  checkAuthorities(checks);
  checkDates(checks);
  checkGrace(checks);
  checkModes(checks);
  checkDefaults(checks);
  checkLists(checks, file, files);
  checkUnnamedLists(checks);
}
