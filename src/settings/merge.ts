// One tree out of the file, the environment over it, and the policies of presets under it; each value keeps its place.

import { isAbsolute } from 'node:path';
import { type Document, problemAt, readDocument, type Tree } from './document.ts';
import { type Override, overrideAt, overridePlace } from './environment.ts';
import { type Files, isMissing, namesIn, reasonOf, resolveFrom } from './files.ts';
import { suggest } from './nearest.ts';
import { options } from './options.ts';
import type { Path, Problem } from './problems.ts';
import { fileOf, idsIn, shippedPresets } from './shipped.ts';

export type Plain = Record<string, unknown>;

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands where a word should: an object there may not even be made a text. */
export function wordOf(value: unknown): string {
  return typeof value === 'object' ? '' : String(value);
}

/** Where a policy or exception of the tree was written; of a policy our own file first, then the preset under it. */
interface Origin {
  document: Document;
  index: number;
}

interface MergedPolicy {
  value: unknown;
  origins: Origin[];
}

const DEFAULT_PRESETS: unknown = options.parse({}).presets;

/** Sets `value` at `path`; an option that is there but no group of options is left for the table to refuse. */
function set(root: Plain, path: readonly string[], value: unknown): void {
  let at = root;
  for (const part of path.slice(0, -1)) {
    const inner = at[part];
    if (inner !== undefined && inner !== null && !isPlain(inner)) return;
    const copy: Plain = { ...inner };
    at[part] = copy;
    at = copy;
  }
  at[path[path.length - 1]] = value;
}

class Merge implements Tree {
  root: unknown;
  readonly main: Document;
  readonly overrides: Override[];
  readonly problems: Problem[] = [];
  readonly files: string[] = [];
  policies: MergedPolicy[] = [];
  /** Where the exceptions behind our own were written. */
  readonly #exceptions: Origin[] = [];
  #ownExceptions = 0;
  readonly #presets = new Set<string>();

  constructor(main: Document, overrides: Override[]) {
    this.main = main;
    this.overrides = overrides;
    this.root = main.root ?? {};
  }

  /** The place in the file that has the value; a policy may be in two. */
  origin(path: Path): Origin | undefined {
    const [section, index, ...rest] = path;
    if (section === 'exceptions' && typeof index === 'number') return this.#exceptions[index - this.#ownExceptions];
    const policy = section === 'policies' && typeof index === 'number' ? this.policies[index] : undefined;
    const having = policy?.origins.find((from) => from.document.has(['policies', from.index, ...rest]));
    return having ?? policy?.origins[0];
  }

  local(path: Path): Path {
    const origin = this.origin(path);
    return origin ? [path[0], origin.index, ...path.slice(2)] : path;
  }

  place(path: Path, part: 'key' | 'value' = 'value') {
    const override = overrideAt(this.overrides, path);
    const index = override && path[override.path.length];
    if (override) return overridePlace(override, typeof index === 'number' ? index : undefined);
    return (this.origin(path)?.document ?? this.main).place(this.local(path), part);
  }

  add(path: Path, message: string, fix: string, severity: Problem['severity'] = 'error'): void {
    this.problems.push(problemAt(this, path, message, fix, { severity }));
  }

  preset(name: unknown, path: Path, files: Files) {
    if (typeof name !== 'string') return;
    if (this.#presets.has(name)) return this.add(path, `preset "${name}" is there twice`, 'remove one of the two');
    this.#presets.add(name);
    const known = idsIn(namesIn(files, shippedPresets) ?? []);
    const file = isAbsolute(name) ? name : fileOf(shippedPresets, name);
    if (!isAbsolute(name) && !known.includes(name)) {
      return this.add(path, `unknown preset "${name}"`, suggest(name, known, 'preset'));
    }
    try {
      const text = files.read(file);
      this.files.push(file);
      this.presetPolicies(readDocument(file, text));
    } catch (error) {
      this.add(path, `preset ${file} cannot be read: ${reasonOf(error)}`, 'mend the path, or remove the preset');
    }
  }

  /** Our own exceptions and those of the file that `name` names; a file that is not there yet holds none. */
  exceptions(own: unknown[], name: string, files: Files): unknown[] {
    const file = resolveFrom(this.main.file, name);
    const path = ['exceptions_file'];
    this.files.push(file);
    this.#ownExceptions = own.length;
    try {
      return [...own, ...this.#exceptionsIn(readDocument(file, files.read(file)))];
    } catch (error) {
      const message = `${file} cannot be read: ${reasonOf(error)}`;
      if (isMissing(error)) {
        const fix = 'mend the path, or have "sluis exceptions add" write the first';
        this.add(path, `${message}, so it holds no exceptions`, fix, 'warning');
      } else this.add(path, message, 'mend the path; it counts from the folder of the configuration on');
      return own;
    }
  }

  #exceptionsIn(document: Document): unknown[] {
    this.problems.push(...document.problems);
    if (document.problems.length > 0 || document.root === null) return [];
    const listed = isPlain(document.root) ? document.root.exceptions : undefined;
    for (const key of isPlain(document.root) ? Object.keys(document.root) : []) {
      if (key === 'exceptions') continue;
      const message = `a file of exceptions holds nothing else, not "${key}"`;
      this.problems.push(problemAt(document, [key], message, 'move it to your own configuration', { part: 'key' }));
    }
    if (listed === null) return [];
    if (!Array.isArray(listed)) {
      const fix = 'write exceptions: and a list';
      this.problems.push(problemAt(document, ['exceptions'], 'a file of exceptions needs a list of them', fix));
      return [];
    }
    this.#exceptions.push(...listed.map((_, index) => ({ document, index })));
    return listed;
  }

  presetPolicies(document: Document): void {
    this.problems.push(...document.problems);
    if (document.problems.length > 0) return;
    const policies = isPlain(document.root) ? document.root.policies : undefined;
    const stray = isPlain(document.root) ? Object.keys(document.root).filter((key) => key !== 'policies') : [];
    for (const key of stray) {
      const fix = 'move it to your own configuration';
      this.problems.push(
        problemAt(document, [key], `a preset holds policies only, not "${key}"`, fix, { part: 'key' }),
      );
    }
    if (!Array.isArray(policies)) {
      this.problems.push(
        problemAt(document, ['policies'], 'a preset needs a list of policies', 'write policies: and a list'),
      );
      return;
    }
    for (const [index, value] of policies.entries()) this.policies.push({ value, origins: [{ document, index }] });
  }

  /** Our own policies; one with the id of a preset's changes what it names of that one and keeps the rest. */
  ownPolicies(own: unknown[]): void {
    const presets = new Map<unknown, MergedPolicy>();
    for (const policy of this.policies) if (isPlain(policy.value)) presets.set(policy.value.id, policy);
    for (const [index, value] of own.entries()) {
      const origin = { document: this.main, index };
      const under = isPlain(value) ? presets.get(value.id) : undefined;
      if (under && isPlain(value)) {
        under.value = { ...(under.value as Plain), ...value };
        under.origins.unshift(origin);
        presets.delete(value.id);
      } else this.policies.push({ value, origins: [origin] });
    }
  }
}

/** Without groups this machine alone is served, every policy at block. */
function defaultGroups(policies: MergedPolicy[]): unknown[] {
  const ids = policies
    .map(({ value }) => (isPlain(value) ? value.id : undefined))
    .filter((id) => typeof id === 'string');
  const modes = Object.fromEntries(ids.map((id) => [id, 'block']));
  return [{ id: 'local', match: { subnets: ['127.0.0.0/8', '::1'] }, modes }];
}

export interface Merged extends Tree {
  problems: Problem[];
  /** Presets, and the file of exceptions, whether read yet or not. */
  files: string[];
}

/** Puts the file, `overrides` and presets together. Never throws. */
export function merge(main: Document, overrides: Override[], files: Files): Merged {
  const merged = new Merge(main, overrides);
  if (!isPlain(merged.root)) return merged;
  const root: Plain = { ...merged.root };
  merged.root = root;
  for (const override of overrides) set(root, override.path, override.value);
  const presets = root.presets ?? DEFAULT_PRESETS;
  if (Array.isArray(presets))
    for (const [index, name] of presets.entries()) merged.preset(name, ['presets', index], files);
  if (root.policies === undefined || Array.isArray(root.policies)) {
    merged.ownPolicies(root.policies ?? []);
    root.policies = merged.policies.map((policy) => policy.value);
  }
  const name = root.exceptions_file;
  if (typeof name === 'string' && (root.exceptions === undefined || Array.isArray(root.exceptions))) {
    root.exceptions = merged.exceptions(root.exceptions ?? [], name.trim(), files);
  }
  if (root.groups === undefined) root.groups = defaultGroups(merged.policies);
  return merged;
}
