// What every check beyond shape needs: walking a tree that may be wrong anywhere, and reporting with a place.

import { problemAt, type Tree } from './document.ts';
import { suggest } from './nearest.ts';
import { isTrouble, type Path, type Problem, type Trouble } from './problems.ts';

export interface Found {
  path: Path;
  value: unknown;
}

/** Every value at `pattern`, where `*` stands for each key or index. What is not there is not found. */
export function* each(root: unknown, pattern: string, path: Path = []): Generator<Found> {
  if (pattern === '') {
    yield { path, value: root };
    return;
  }
  if (typeof root !== 'object' || root === null) return;
  const dot = pattern.indexOf('.');
  const part = dot < 0 ? pattern : pattern.slice(0, dot);
  const rest = dot < 0 ? '' : pattern.slice(dot + 1);
  if (part !== '*') {
    if (Object.hasOwn(root, part)) yield* each((root as Record<string, unknown>)[part], rest, [...path, part]);
  } else if (Array.isArray(root)) {
    for (const [index, value] of root.entries()) yield* each(value, rest, [...path, index]);
  } else {
    for (const [key, value] of Object.entries(root)) yield* each(value, rest, [...path, key]);
  }
}

/** Every text at `pattern`. */
export function* texts(root: unknown, pattern: string): Generator<{ path: Path; value: string }> {
  for (const { path, value } of each(root, pattern)) if (typeof value === 'string') yield { path, value };
}

/** A value as it was read, and where its text stands. */
export interface Placed<T> {
  path: Path;
  value: T;
}

/** What `read` makes of the texts at `pattern`; those that it refuses are the table's to report. */
export function all<T extends object>(
  checks: Checks,
  pattern: string,
  read: (text: string) => T | Trouble,
): Placed<T>[] {
  const found: Placed<T>[] = [];
  for (const { path, value } of texts(checks.tree.root, pattern)) {
    const result = read(value);
    if (!isTrouble(result)) found.push({ path, value: result });
  }
  return found;
}

type Part = 'key' | 'value';

export class Checks {
  readonly tree: Tree;
  readonly problems: Problem[] = [];

  constructor(tree: Tree) {
    this.tree = tree;
  }

  error(path: Path, message: string, fix: string, part: Part = 'value'): void {
    this.problems.push(problemAt(this.tree, path, message, fix, { part }));
  }

  warn(path: Path, message: string, fix: string, part: Part = 'value'): void {
    this.problems.push(problemAt(this.tree, path, message, fix, { part, severity: 'warning' }));
  }

  /** What is as it should be, and yet not what one sees. */
  note(path: Path, message: string, fix: string): void {
    this.problems.push(problemAt(this.tree, path, message, fix, { severity: 'note' }));
  }

  /** `file:line` of a value, for pointing at the other of two. */
  where(path: Path): string {
    const { file, line } = this.tree.place(path);
    return `${file}:${line}`;
  }

  /** Every text at `pattern` once only; tells of the second and further ones. */
  unique(pattern: string, what: string, fix: string): void {
    const first = new Map<string, Path>();
    for (const { path, value } of texts(this.tree.root, pattern)) {
      const other = first.get(value);
      if (other) this.error(path, `${what} "${value}" is there already, at ${this.where(other)}`, fix);
      else first.set(value, path);
    }
  }

  /** Every text (or key) at `pattern` must be one of `known`. */
  known(pattern: string, known: Iterable<string>, what: string, part: Part = 'value'): void {
    const words = new Set(known);
    for (const { path, value } of each(this.tree.root, pattern)) {
      const word = part === 'key' ? String(path.at(-1)) : value;
      if (typeof word === 'string' && !words.has(word)) {
        this.error(path, `unknown ${what} "${word}"`, suggest(word, words, what), part);
      }
    }
  }
}
