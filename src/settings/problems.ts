// What is wrong in a file that people write: where it stands, what it says, how to mend it, and how that is printed.

/** An error refuses the file; a warning is likely a slip; a note says what a reader would not see. */
export type Severity = 'error' | 'warning' | 'note';

/** Where something stands. Lines and columns count from 1, columns in UTF-16 units as editors do. */
export interface Place {
  /** The file, or the environment variable that overrides it. */
  file: string;
  line: number;
  column: number;
  /** How many columns the offending text takes on its line, at least 1. */
  length: number;
  /** The whole line, for the frame. */
  text: string;
}

export interface Problem extends Place {
  severity: Severity;
  /** The option, such as `groups[0].modes.be-716`; empty for the file as a whole. */
  path: string;
  message: string;
  /** What to write instead, in words. */
  fix: string;
}

/** An error of a file as a whole. */
export function fileProblem(file: string, message: string, fix: string): Problem {
  return { file, line: 1, column: 1, length: 1, text: '', severity: 'error', path: '', message, fix };
}

/** Keys and indexes from the top of a file to one value. */
export type Path = readonly (string | number)[];

/** A value that cannot be read, and the way to mend it. */
export interface Trouble {
  message: string;
  fix: string;
}

export function isTrouble(value: unknown): value is Trouble {
  return typeof value === 'object' && value !== null && 'message' in value && 'fix' in value;
}

/** `['groups', 0, 'id']` as `groups[0].id`. */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : text ? `.${part}` : part;
  return text;
}

/** Puts problems in reading order; files keep the order in which they are given. */
export function sortProblems(problems: Problem[], files: string[]): Problem[] {
  const rank = (file: string) => (files.indexOf(file) + files.length + 1) % (files.length + 1);
  return problems.sort((a, b) => rank(a.file) - rank(b.file) || a.line - b.line || a.column - b.column);
}

const FRAME_WIDTH = 160;

/** Text of others for a terminal: control characters in it would write to the screen of whoever reads it. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, (mark) => (mark === '\t' ? ' ' : '·'));
}

/** The line with a caret under the offending text, cut to the part around it when the line is long. */
function frame(problem: Problem): string[] {
  const start = problem.column > FRAME_WIDTH ? problem.column - FRAME_WIDTH / 2 : 0;
  const line = printable(problem.text.slice(start, start + FRAME_WIDTH)).trimEnd();
  if (!line) return [];
  const column = Math.min(problem.column - 1 - start, line.length);
  const carets = '^'.repeat(Math.max(1, Math.min(problem.length, line.length - column)));
  const gutter = `${problem.line}`.padStart(5);
  return [`${gutter} | ${line}`, `${' '.repeat(gutter.length)} | ${' '.repeat(column)}${carets}`];
}

/** One problem as compilers print it: place, message, the line with a caret, and the fix. No colour. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, severity } = problem;
  const head = `${printable(file)}:${line}:${column}: ${severity}: ${printable(problem.message)}`;
  return [head, ...frame(problem), `      = fix: ${printable(problem.fix)}`].join('\n');
}
