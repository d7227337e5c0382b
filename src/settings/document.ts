// One YAML file read for its values and for where each of them stands.

import type { Document as YamlDocument } from 'yaml';
import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments, visit } from 'yaml';
import { type Path, type Place, type Problem, pathText } from './problems.ts';

/** A configuration is written by hand: what is longer than this is a list, and lists are files of their own. */
const MAX_LENGTH = 4 * 1024 * 1024;

export interface Document {
  file: string;
  /** The plain value; undefined when the file is empty or could not be read. */
  root: unknown;
  /** What makes the file unreadable; nothing more can be said about its values then. */
  problems: Problem[];
  has(path: Path): boolean;
  /** Where a value or its key stands; the nearest thing around it when it is not there. */
  place(path: Path, part?: 'key' | 'value'): Place;
}

type Step = { node: Node | null; key: Node | null };

function stepInto(node: Node | null, part: string | number): Step | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item: Pair) => isScalar(item.key) && String(item.key.value) === String(part));
    if (!pair) return undefined;
    return { node: isNode(pair.value) ? pair.value : null, key: isNode(pair.key) ? pair.key : null };
  }
  if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
    const item = node.items[part];
    return { node: isNode(item) ? item : null, key: null };
  }
  return undefined;
}

class Lines {
  readonly file: string;
  readonly text: string;
  readonly counter: LineCounter;

  constructor(file: string, text: string, counter: LineCounter) {
    this.file = file;
    this.text = text;
    this.counter = counter;
  }

  at(start: number, end: number): Place {
    const offset = Math.min(start, this.text.length);
    const found = this.counter.linePos(offset);
    const line = Math.max(1, found.line);
    const first = this.counter.lineStarts[line - 1] ?? 0;
    const stop = this.text.indexOf('\n', first);
    const text = this.text.slice(first, stop < 0 ? this.text.length : stop).replace(/\r$/, '');
    const column = Math.max(1, found.col);
    const length = Math.max(1, Math.min(end - offset, text.length - column + 1));
    return { file: this.file, line, column, length, text };
  }

  problem(start: number, end: number, message: string, fix: string): Problem {
    return { ...this.at(start, end), severity: 'error', path: '', message, fix };
  }

  of(node: Node): Place {
    const [start, end] = node.range ?? [0, 0];
    return this.at(start, isScalar(node) ? end : start + 1);
  }
}

const REMOVE_TAG = 'remove the tag; quote the value if it is text';
const TOO_DEEP = 'the file is nested too deeply';

const SYNTAX_FIX: Record<string, string> = {
  DUPLICATE_KEY: 'keep one of the two',
  TAB_AS_INDENT: 'indent with spaces',
  MULTIPLE_DOCS: 'keep one document in a file: remove the line "---" and what follows',
  BAD_INDENT: 'indent as the lines around it, with two spaces a level',
  MULTIPLE_ANCHORS: 'write the value out where it is used',
  TAG_RESOLVE_FAILED: REMOVE_TAG,
};

/** One slip makes many errors further down; the first few are the ones to mend. */
const MAX_SYNTAX_PROBLEMS = 8;

/** The parser explains itself in several lines; the first sentence is the message. */
function syntaxProblems(document: YamlDocument, lines: Lines): Problem[] {
  const found = [...document.errors, ...document.warnings].slice(0, MAX_SYNTAX_PROBLEMS);
  return found.map((error) => {
    const first = error.message.split('\n')[0].replace(/ at line \d+, column \d+:?$/, '');
    const message = first.includes('call stack') ? TOO_DEEP : first;
    const fix = SYNTAX_FIX[error.code] ?? 'mend the YAML here; brackets, quotes and indentation must match';
    return lines.problem(error.pos[0], error.pos[1], message, fix);
  });
}

/** Aliases can grow a small file without end, and hide where a value comes from; tags mean another language. */
function forbiddenProblems(document: YamlDocument, lines: Lines): Problem[] {
  const problems: Problem[] = [];
  const fix = 'write the value out where it is used';
  const report = (node: Node, message: string, mend = fix) => {
    const [start, end] = node.range ?? [0, 1];
    problems.push(lines.problem(start, end, message, mend));
  };
  if (document.directives?.yaml.explicit) {
    problems.push(lines.problem(0, 1, 'directives (%YAML) are not allowed', 'remove the line: the file is YAML 1.2'));
  }
  visit(document, {
    Alias: (_, node) => report(node, `aliases (*${node.source}) are not allowed`),
    Value: (_, node) => {
      if (node.anchor) report(node, `anchors (&${node.anchor}) are not allowed`);
      // A tag that begins with "!" is unknown, and the parser has reported it.
      if (node.tag && !node.tag.startsWith('!')) report(node, `tags (${node.tag}) are not allowed`, REMOVE_TAG);
    },
  });
  return problems;
}

function unreadable(file: string, lines: Lines, problems: Problem[]): Document {
  return { file, root: undefined, problems, has: () => false, place: () => lines.at(0, 0) };
}

/** Parses `text` as one YAML 1.2 document. Never throws: what is wrong stands in `problems`, each with its place. */
export function readDocument(file: string, text: string): Document {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const counter = new LineCounter();
  const lines = new Lines(file, source, counter);
  if (source.length > MAX_LENGTH) {
    return unreadable(file, lines, [
      lines.problem(0, 0, 'the file is over 4 MiB', 'put long lists in files of their own'),
    ]);
  }
  try {
    return parsed(file, source, lines);
  } catch (error) {
    const message = error instanceof RangeError ? TOO_DEEP : String(error);
    return unreadable(file, lines, [lines.problem(0, 0, message, 'write it with fewer levels')]);
  }
}

function parsed(file: string, source: string, lines: Lines): Document {
  const documents = parseAllDocuments(source, { lineCounter: lines.counter, logLevel: 'silent', version: '1.2' });
  const [document, second] = documents;
  if (document === undefined) return { ...unreadable(file, lines, []), root: null };
  const problems = [
    ...syntaxProblems(document as YamlDocument, lines),
    ...forbiddenProblems(document as YamlDocument, lines),
  ];
  if (second) {
    const start = second.range[0];
    problems.push(lines.problem(start, start + 1, 'a second document begins here', SYNTAX_FIX.MULTIPLE_DOCS));
  }
  if (problems.length > 0) return unreadable(file, lines, problems);
  const contents = document.contents as Node | null;
  const root: unknown = document.toJS();
  return { file, root, problems, has: (path) => walk(contents, path).whole, place: placer(contents, lines) };
}

function walk(contents: Node | null, path: Path): { whole: boolean; step: Step } {
  let step: Step = { node: contents, key: null };
  for (const part of path) {
    const next = stepInto(step.node, part);
    if (!next) return { whole: false, step };
    step = next;
  }
  return { whole: true, step };
}

function placer(contents: Node | null, lines: Lines): Document['place'] {
  return (path, part = 'value') => {
    const { whole, step } = walk(contents, path);
    const node = (part === 'key' && whole ? step.key : null) ?? step.node ?? step.key ?? contents;
    return node ? lines.of(node) : lines.at(0, 0);
  };
}

/** Plain values, and where each of them stands. */
export interface Tree extends Pick<Document, 'root' | 'place'> {
  /** The path as the author of the file at that place would count it, where files were put together. */
  local?(path: Path): Path;
}

/** A problem with the value (or key) at `path`. */
export function problemAt(
  from: Tree,
  path: Path,
  message: string,
  fix: string,
  extra: { part?: 'key' | 'value'; severity?: Problem['severity'] } = {},
): Problem {
  const { part = 'value', severity = 'error' } = extra;
  return { ...from.place(path, part), severity, path: pathText(from.local?.(path) ?? path), message, fix };
}
