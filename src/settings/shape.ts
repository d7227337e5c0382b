// What the option table has against a value, put in words: one problem for each, with its fix.

import * as z from 'zod';
import { problemAt, type Tree } from './document.ts';
import { nearest, suggest } from './nearest.ts';
import { exampleAt, keysAt, schemaAt } from './option-walk.ts';
import { type Path, type Problem, pathText } from './problems.ts';

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
  boolean: 'true or false',
  array: 'a list',
  object: 'options of its own (key: value)',
  record: 'options of its own (key: value)',
  null: 'nothing',
};

function kindName(expected: string): string {
  return KINDS[expected] ?? expected;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of options';
  if (typeof value === 'string') return `the text ${quoted(value)}`;
  return `the ${typeof value} ${value}`;
}

/** What stands there, short enough for a message. */
function quoted(value: unknown): string {
  if (typeof value === 'object') return kindOf(value);
  const text = String(value);
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

class Shape {
  readonly schema: Schema;
  readonly tree: Tree;

  constructor(schema: Schema, tree: Tree) {
    this.schema = schema;
    this.tree = tree;
  }

  /** One problem, as a list of one. */
  say(path: Path, message: string, fix: string, part: 'key' | 'value' = 'value'): Problem[] {
    return [problemAt(this.tree, path, message, fix, { part })];
  }

  /** `for example "id: service"`, where the table has an example. */
  example(path: Path): string {
    const example = exampleAt(this.schema, path);
    const key = path.at(-1);
    if (example === undefined) return 'see the description of the option';
    return `write for example ${typeof key === 'string' ? `${key}: ` : ''}${example}`;
  }

  issue(issue: Issue, base: Path): Problem[] {
    const path = [...base, ...issue.path] as (string | number)[];
    switch (issue.code) {
      case 'unrecognized_keys':
        return this.unknownKeys(path, issue.keys);
      case 'invalid_union':
        return this.union(path, issue.errors);
      case 'invalid_value':
        return this.words(path, issue.values.map(String));
      case 'invalid_type':
        return this.wrongKind(path, [kindName(issue.expected)]);
      case 'too_small':
      case 'too_big':
        return this.range(path, issue);
      case 'custom':
        return this.say(path, issue.message, String(issue.params?.fix ?? this.example(path)));
      default:
        return this.say(path, issue.message, this.example(path));
    }
  }

  unknownKeys(path: Path, keys: readonly string[]): Problem[] {
    const known = keysAt(this.schema, path);
    const where = path.length > 0 ? ` in ${pathText(this.tree.local?.(path) ?? path)}` : '';
    return keys.flatMap((key) =>
      this.say([...path, key], `unknown option "${key}"${where}`, suggest(key, known, 'option'), 'key'),
    );
  }

  words(path: Path, words: string[]): Problem[] {
    const value = valueAt(this.tree.root, path);
    const all = words.join(', ');
    if (value === undefined || value === null) return this.wrongKind(path, [`one of ${all}`]);
    const fix = typeof value === 'string' ? suggest(value, words, 'value') : `write one of ${all}`;
    return this.say(path, `${quoted(value)} is not one of ${all}`, fix);
  }

  wrongKind(path: Path, kinds: string[]): Problem[] {
    const value = valueAt(this.tree.root, path);
    const key = path.at(-1);
    if (value === undefined) {
      const message = typeof key === 'string' ? `"${key}" is missing` : 'a value is missing';
      return this.say(path, message, this.example(path));
    }
    if (value === null) return this.empty(path, kinds);
    const message = `expected ${kinds.join(' or ')}, but this is ${kindOf(value)}`;
    if (!kinds.includes('a text') || typeof value === 'object') return this.say(path, message, this.example(path));
    // Of other numbers, such as 1.10 or a hash that happens to be all digits, more was written than is left.
    const isWhole = typeof value !== 'number' || Number.isSafeInteger(value);
    return this.say(path, message, `put it in quotes${isWhole ? `: "${String(value)}"` : ', as it stands'}`);
  }

  /** YAML reads `null`, `~` and nothing at all alike. */
  empty(path: Path, kinds: string[]): Problem[] {
    const key = String(path.at(-1) ?? 'the file');
    const example = this.example(path);
    const schema = schemaAt(this.schema, path);
    let fix = example;
    if (kinds.includes('"null"')) fix = `${example}, or ${key}: "null" in quotes`;
    else if (schema && z.safeParse(schema, undefined).success) fix = `${example}, or remove it`;
    return this.say(path, `"${key}" is empty`, fix);
  }

  /** The alternative whose shape the value has tells most about it; without one, all are named. */
  union(path: Path, branches: Issue[][]): Problem[] {
    const fitting = branches.find(
      (issues) =>
        issues.every((issue) => issue.path.length > 0 || issue.code !== 'invalid_type') &&
        issues.some((issue) => issue.path.length > 0 || issue.code !== 'invalid_value'),
    );
    if (fitting) return fitting.flatMap((issue) => this.issue(issue, path));
    const issues = branches.flat();
    const words = issues.flatMap((issue) => (issue.code === 'invalid_value' ? issue.values.map(String) : []));
    const kinds = issues.flatMap((issue) => (issue.code === 'invalid_type' ? [kindName(issue.expected)] : []));
    const value = valueAt(this.tree.root, path);
    const all = [...new Set([...words.map((word) => `"${word}"`), ...kinds])];
    if (typeof value !== 'string' || words.length === 0) return this.wrongKind(path, all);
    const meant = nearest(value, words);
    const fix = meant === undefined ? this.example(path) : `did you mean ${meant}?`;
    return this.say(path, `"${value}" is not ${all.filter((kind) => kind !== 'a text').join(' or ')}`, fix);
  }

  range(path: Path, issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): Problem[] {
    const least = issue.code === 'too_small';
    const bound = String(least ? issue.minimum : issue.maximum);
    const value = valueAt(this.tree.root, path);
    if (least && (Array.isArray(value) || value === '')) {
      return this.say(path, `the ${value === '' ? 'text' : 'list'} is empty`, this.example(path));
    }
    if (Array.isArray(value)) return this.say(path, `the list has ${value.length} entries`, `write at most ${bound}`);
    const message = `${String(value)} is ${least ? 'under the least' : 'over the most'} allowed, ${bound}`;
    return this.say(path, message, `write a number ${least ? 'from' : 'up to'} ${bound}${least ? ' on' : ''}`);
  }
}

/** The problems that `issues` of `schema` are for the author of `tree`. */
export function shapeProblems(schema: Schema, tree: Tree, issues: readonly Issue[]): Problem[] {
  const shape = new Shape(schema, tree);
  return issues.flatMap((issue) => shape.issue(issue, []));
}
