// What the option table has against a value, put in words: one problem for each, with its fix.

import * as z from 'zod';
import { problemAt, type Tree } from './document.ts';
import { suggest } from './nearest.ts';
import { exampleAt, keysAt, schemaAt } from './option-walk.ts';
import { type Path, pathText, type Problem } from './problems.ts';

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/** The value at `path` of a plain tree; undefined when there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'options of its own (key: value)',
  record: 'options of its own (key: value)',
  null: 'nothing',
};

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of options';
  if (typeof value === 'string') return `the text "${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
  return `the ${typeof value} ${value}`;
}

class Shape {
  readonly schema: Schema;
  readonly tree: Tree;
  readonly problems: Problem[] = [];

  constructor(schema: Schema, tree: Tree) {
    this.schema = schema;
    this.tree = tree;
  }

  add(path: Path, message: string, fix: string, part: 'key' | 'value' = 'value'): void {
    this.problems.push(problemAt(this.tree, path, message, fix, { part }));
  }

  /** `for example "id: service"`, where the table has an example. */
  example(path: Path): string {
    const example = exampleAt(this.schema, path);
    const key = path.at(-1);
    if (example === undefined) return 'see the description of the option';
    return `write for example ${typeof key === 'string' ? `${key}: ` : ''}${example}`;
  }

  issue(issue: Issue, base: Path): void {
    const path = [...base, ...issue.path] as (string | number)[];
    switch (issue.code) {
      case 'unrecognized_keys':
        return this.unknownKeys(path, issue.keys);
      case 'invalid_union':
        return this.union(path, issue.errors);
      case 'invalid_value':
        return this.words(path, issue.values.map(String));
      case 'invalid_type':
        return this.wrongKind(path, [KINDS[issue.expected] ?? issue.expected]);
      case 'too_small':
      case 'too_big':
        return this.range(path, issue);
      case 'custom':
        return this.add(path, issue.message, String(issue.params?.fix ?? this.example(path)));
      default:
        return this.add(path, issue.message, this.example(path));
    }
  }

  unknownKeys(path: Path, keys: readonly string[]): void {
    const known = keysAt(this.schema, path);
    for (const key of keys) {
      const where = path.length > 0 ? ` in ${pathText(this.tree.local?.(path) ?? path)}` : '';
      this.add([...path, key], `unknown option "${key}"${where}`, suggest(key, known, 'option'), 'key');
    }
  }

  words(path: Path, words: string[]): void {
    const value = valueAt(this.tree.root, path);
    if (value === undefined || value === null) return this.wrongKind(path, [`one of ${words.join(', ')}`]);
    const all = words.join(', ');
    if (typeof value === 'string') return this.add(path, `"${value}" is not one of ${all}`, suggest(value, words, 'value'));
    this.add(path, `${kindOf(value)} is not one of ${all}`, `write one of ${all}`);
  }

  wrongKind(path: Path, kinds: string[]): void {
    const value = valueAt(this.tree.root, path);
    const key = path.at(-1);
    if (value === undefined) {
      const message = typeof key === 'string' ? `"${key}" is missing` : 'a value is missing';
      return this.add(path, message, this.example(path));
    }
    if (value === null) return this.empty(path, kinds);
    const message = `expected ${kinds.join(' or ')}, but this is ${kindOf(value)}`;
    const quoted = kinds.includes('a text') && typeof value !== 'object';
    this.add(path, message, quoted ? `put it in quotes: "${String(value)}"` : this.example(path));
  }

  /** YAML reads `null`, `~` and nothing at all alike. */
  empty(path: Path, kinds: string[]): void {
    const key = String(path.at(-1) ?? 'the file');
    if (kinds.includes('"null"')) return this.add(path, `"${key}" is empty`, `${this.example(path)}, or ${key}: "null" in quotes`);
    const schema = schemaAt(this.schema, path);
    const optional = schema && z.safeParse(schema, undefined).success;
    this.add(path, `"${key}" is empty`, optional ? `${this.example(path)}, or remove it` : this.example(path));
  }

  /** The alternative whose shape the value has tells most about it; without one, all are named. */
  union(path: Path, branches: Issue[][]): void {
    const fits = branches.find((issues) => issues.every((issue) => issue.path.length > 0 || issue.code !== 'invalid_type')
      && issues.some((issue) => issue.path.length > 0 || issue.code !== 'invalid_value'));
    if (fits) {
      for (const issue of fits) this.issue(issue, path);
      return;
    }
    const issues = branches.flat();
    const words = issues.flatMap((issue) => (issue.code === 'invalid_value' ? issue.values.map(String) : []));
    const kinds = issues.flatMap((issue) => (issue.code === 'invalid_type' ? [KINDS[issue.expected] ?? issue.expected] : []));
    const value = valueAt(this.tree.root, path);
    if (typeof value === 'string' && words.length > 0) {
      const others = kinds.filter((kind) => kind !== 'a text');
      const rest = others.length > 0 ? ` or ${[...new Set(others)].join(' or ')}` : '';
      const fix = suggest(value, words, 'value');
      return this.add(path, `"${value}" is not ${words.join(', ')}${rest}`, fix.startsWith('did') ? fix : this.example(path));
    }
    this.wrongKind(path, [...new Set([...words.map((word) => `"${word}"`), ...kinds])]);
  }

  range(path: Path, issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): void {
    const least = issue.code === 'too_small';
    const bound = String(least ? issue.minimum : issue.maximum);
    const value = valueAt(this.tree.root, path);
    if (issue.origin === 'array') {
      const many = Array.isArray(value) ? value.length : 0;
      const message = least ? 'the list is empty' : `the list has ${many} entries`;
      return this.add(path, message, least ? this.example(path) : `write at most ${bound}`);
    }
    const message = `${String(value)} is ${least ? 'under the least' : 'over the most'} allowed, ${bound}`;
    this.add(path, message, `write a number ${least ? 'from' : 'up to'} ${bound}${least ? ' on' : ''}`);
  }
}

/** The problems that `issues` of `schema` are for the author of `tree`. */
export function shapeProblems(schema: Schema, tree: Tree, issues: readonly Issue[]): Problem[] {
  const shape = new Shape(schema, tree);
  for (const issue of issues) shape.issue(issue, []);
  return shape.problems;
}
