// Reads TOML as Pi-hole writes it: tables, and values that are texts, numbers, yes or no, or arrays; each with its line.

import { ImportError } from './import-error.ts';

export type TomlValue = string | number | boolean | TomlValue[];

export interface TomlEntry {
  value: TomlValue;
  line: number;
  /** Pi-hole marks what somebody has changed. */
  isMarked: boolean;
}

const ESCAPES: Record<string, string> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', '"': '"', '\\': '\\' };
const KEY = /(?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*/y;
const PLAIN = /[+-]?[\w.:+-]+/y;
/** More than Pi-hole nests: none. */
const MOST_DEPTH = 20;

class Reader {
  readonly entries = new Map<string, TomlEntry>();
  readonly #name: string;
  readonly #text: string;
  #at = 0;
  #table = '';
  /** The line at `#counted`. */
  #line = 1;
  #counted = 0;

  constructor(name: string, text: string) {
    this.#name = name;
    this.#text = text;
  }

  read(): Map<string, TomlEntry> {
    for (this.#blanks(); this.#at < this.#text.length; this.#blanks()) {
      if (this.#text[this.#at] === '[') this.#header();
      else this.#pair();
    }
    return this.entries;
  }

  #fail(message: string): never {
    const before = this.#text.slice(0, this.#at).split('\n');
    const place = `${this.#name}:${before.length}:${before.at(-1)!.length + 1}`;
    throw new ImportError(place, message, 'mend the line, or export the file anew from Pi-hole');
  }

  /** Blanks, ends of lines and comments. */
  #blanks(): void {
    while (this.#take(/[ \t\r\n]+|#[^\n]*/y));
  }

  #take(shape: RegExp): string | undefined {
    shape.lastIndex = this.#at;
    const found = shape.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #expect(mark: string): void {
    this.#take(/[ \t]*/y);
    if (!this.#text.startsWith(mark, this.#at)) this.#fail(`"${mark}" is missing here`);
    this.#at += mark.length;
  }

  #key(): string {
    this.#take(/[ \t]*/y);
    const key = this.#take(KEY) ?? this.#fail('no name of an option');
    return key.replaceAll(/["' \t]/g, '');
  }

  #header(): void {
    this.#at++;
    if (this.#text[this.#at] === '[') this.#fail('tables in arrays are not read');
    this.#table = this.#key();
    this.#expect(']');
    this.#endOfLine();
  }

  #pair(): void {
    for (; this.#counted < this.#at; this.#counted++) if (this.#text[this.#counted] === '\n') this.#line++;
    const line = this.#line;
    const key = this.#key();
    this.#expect('=');
    this.#take(/[ \t]*/y);
    const value = this.#value(0);
    const isMarked = this.#endOfLine().includes('CHANGED');
    const path = this.#table ? `${this.#table}.${key}` : key;
    if (this.entries.has(path)) this.#fail(`${path} is there twice`);
    this.entries.set(path, { value, line, isMarked });
  }

  /** Nothing but a comment may follow; that comment. */
  #endOfLine(): string {
    const rest = this.#take(/[^\n]*/y) ?? '';
    if (/^[ \t]*(?:#.*)?\r?$/.test(rest)) return rest;
    this.#at -= rest.length;
    return this.#fail('more than a value on the line');
  }

  #value(depth: number): TomlValue {
    const mark = this.#text[this.#at];
    if (mark === '"' || mark === "'") return this.#quoted(mark);
    if (mark === '[') return this.#array(depth + 1);
    const word = this.#take(PLAIN) ?? this.#fail('no value that is read');
    if (word === 'true' || word === 'false') return word === 'true';
    const number = Number(word.replaceAll('_', ''));
    return Number.isNaN(number) ? word : number;
  }

  #quoted(mark: string): string {
    if (this.#text.startsWith(mark.repeat(3), this.#at)) this.#fail('texts over several lines are not read');
    const shape = mark === '"' ? /"(?:\\.|[^"\\\n])*"/y : /'[^'\n]*'/y;
    const text = this.#take(shape) ?? this.#fail('a text without its end');
    const inner = text.slice(1, -1);
    if (mark === "'") return inner;
    return inner.replaceAll(/\\(u[0-9a-f]{4}|U[0-9a-f]{8}|.)/gi, (_, code: string) => {
      if (!/^u[0-9a-f]{4}/i.test(code)) return ESCAPES[code] ?? code;
      const point = Number.parseInt(code.slice(1), 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
    });
  }

  #array(depth: number): TomlValue[] {
    if (depth > MOST_DEPTH) this.#fail('arrays are nested too deeply');
    const values: TomlValue[] = [];
    this.#at++;
    for (this.#blanks(); this.#text[this.#at] !== ']'; this.#blanks()) {
      if (this.#at >= this.#text.length) this.#fail('an array without its end');
      values.push(this.#value(depth));
      this.#blanks();
      if (this.#text[this.#at] === ',') this.#at++;
      else if (this.#text[this.#at] !== ']') this.#fail('"," or "]" is missing here');
    }
    this.#at++;
    return values;
  }
}

/** Every value by its path, `dns.blocking.mode`. Throws ImportError with line and column. */
export function readToml(name: string, text: string): Map<string, TomlEntry> {
  return new Reader(name, text.replace(/^\uFEFF/, '')).read();
}

export function isPlainText(value: TomlValue): value is string {
  return typeof value === 'string';
}
