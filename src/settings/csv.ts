// Comma-separated values (RFC 4180), each field with its place; what breaks the rules is told, not guessed at.

import type { Trouble } from './problems.ts';

/** Lines and columns count from 1; `length` is what the field takes, quotes included, at least 1. */
export interface Field {
  text: string;
  line: number;
  column: number;
  length: number;
}

export type CsvTrouble = Trouble & Pick<Field, 'line' | 'column'>;

class Reader {
  readonly records: Field[][] = [];
  readonly troubles: CsvTrouble[] = [];
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
    while (this.#at < this.#text.length) {
      if (this.#endOfLine()) continue;
      const record = this.#record();
      if (record) this.records.push(record);
      else this.#skipLine();
    }
  }

  /** Steps over an end of line, LF or CRLF, if one is here. */
  #endOfLine(): boolean {
    const length = this.#text.startsWith('\r\n', this.#at) ? 2 : this.#text[this.#at] === '\n' ? 1 : 0;
    if (length === 0) return false;
    this.#at += length;
    this.#line++;
    this.#lineStart = this.#at;
    return true;
  }

  /** One record and its end of line. A record with a fault is told of and left out. */
  #record(): Field[] | undefined {
    const fields: Field[] = [];
    for (;;) {
      const field = this.#text[this.#at] === '"' ? this.#quoted() : this.#plain();
      if (!field) return undefined;
      fields.push(field);
      if (this.#text[this.#at] === ',') this.#at++;
      else if (this.#at >= this.#text.length || this.#endOfLine()) return fields;
      else {
        this.#tell('text follows the closing quote', 'end the field with its quote: a quote within is ""');
        return undefined;
      }
    }
  }

  #plain(): Field | undefined {
    const start = this.#at;
    while (this.#at < this.#text.length && !',\n'.includes(this.#text[this.#at])) {
      if (this.#text[this.#at] === '"') {
        this.#tell('a quote stands within a field', 'put the whole field in quotes, and write "" for a quote');
        return undefined;
      }
      this.#at++;
    }
    if (this.#text[this.#at] === '\n' && this.#at > start && this.#text[this.#at - 1] === '\r') this.#at--;
    return this.#field(this.#text.slice(start, this.#at), start, this.#line, this.#lineStart);
  }

  #quoted(): Field | undefined {
    const [start, line, lineStart] = [this.#at++, this.#line, this.#lineStart];
    let text = '';
    for (;;) {
      const end = this.#text.indexOf('"', this.#at);
      if (end < 0) {
        // Told where it begins: what comes after is most likely sound.
        [this.#at, this.#line, this.#lineStart] = [start, line, lineStart];
        this.#tell('the quote that begins here is never closed', 'close it, or double the quote');
        return undefined;
      }
      this.#countLines(end);
      text += this.#text.slice(this.#at, end);
      this.#at = end + 1;
      if (this.#text[this.#at] !== '"') return this.#field(text, start, line, lineStart);
      text += '"';
      this.#at++;
    }
  }

  /** Lines that end within a quoted field, from here to `end`. */
  #countLines(end: number): void {
    for (let at = this.#text.indexOf('\n', this.#at); at >= 0 && at < end; at = this.#text.indexOf('\n', at + 1)) {
      this.#line++;
      this.#lineStart = at + 1;
    }
  }

  #field(text: string, start: number, line: number, lineStart: number): Field {
    return { text, line, column: start - lineStart + 1, length: Math.max(1, this.#at - start) };
  }

  #tell(message: string, fix: string): void {
    this.troubles.push({ line: this.#line, column: this.#at - this.#lineStart + 1, message, fix });
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
    this.#endOfLine();
  }
}

/** The records of `text`, which begins behind any byte order mark; empty lines are none. */
export function readCsv(text: string): { records: Field[][]; troubles: CsvTrouble[] } {
  const { records, troubles } = new Reader(text);
  return { records, troubles };
}
