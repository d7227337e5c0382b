// Reads a zone file record by record: words, quotes, parentheses, comments, and what an owner is relative to (RFC 1035 §5).

/** A word, and where it begins on its line. */
export interface Word {
  text: string;
  at: number;
}

/** The longest entry over several lines, in words; an SOA has eleven. */
const MOST_WORDS = 1000;

/** A comment, a parenthesis, a quoted text, the beginning of one without an end, or a word. */
const WORD = /;.*$|[()]|"(?:\\.|[^"\\])*"|"|(?:\\.|[^\s;()"\\])+|\\$/g;

/** The words of one entry, which parentheses may spread over several lines. */
export class EntryWords {
  words: Word[] = [];
  /** Whether the entry begins with a blank: its owner is that of the one before. */
  isIndented = false;
  #depth = 0;

  /** Whether the entry goes on in the next line. */
  get isOpen(): boolean {
    return this.#depth > 0;
  }

  /** Takes a line; says what is wrong with it, which ends the entry. `line` has an octet for each character. */
  add(line: string): string | undefined {
    if (!this.isOpen) {
      this.words = [];
      this.isIndented = /^[ \t]/.test(line);
    }
    WORD.lastIndex = 0;
    for (let found = WORD.exec(line); found !== null; found = WORD.exec(line)) {
      const [text] = found;
      if (text.startsWith(';')) break;
      if (text === '(') this.#depth++;
      else if (text === ')') {
        if (this.#depth-- === 0) return this.#fail('a parenthesis that was never opened');
      } else if (text === '"') return this.#fail('a quoted text without its end');
      else this.words.push({ text, at: found.index });
    }
    return this.words.length > MOST_WORDS ? this.#fail('a record without its end') : undefined;
  }

  #fail(reason: string): string {
    this.#depth = 0;
    this.words = [];
    return reason;
  }
}

export interface ZoneRecord {
  owner: Word;
  type: Word;
  data: Word[];
}

const CLASS = /^(?:IN|CH|HS)$/i;
const TTL = /^\d+(?:[smhdw]\d+)*[smhdw]?$/i;
const TYPE = /^[a-z][a-z0-9-]*$/i;

/** The record that the words of an entry are; `owner` is given where the entry has none of its own. */
export function recordOf(words: readonly Word[], owner?: Word): ZoneRecord | undefined {
  const rest = owner ? [owner, ...words] : [...words];
  let at = 1;
  while (at < rest.length && at < 3 && (CLASS.test(rest[at].text) || TTL.test(rest[at].text))) at++;
  const type = rest[at];
  if (type === undefined || !TYPE.test(type.text)) return undefined;
  return { owner: rest[0], type: { ...type, text: type.text.toUpperCase() }, data: rest.slice(at + 1) };
}

/** Stands for the zone where the file does not say which it is: no name has it as a label. */
const THIS_ZONE = '@';

/** What names in a zone file are relative to, and which zone it is. Names are lower case, without a dot at their end. */
export class ZoneNames {
  #origin = THIS_ZONE;
  #apex = THIS_ZONE;
  #hasSoa = false;

  /** Whether names without a dot at their end are those of the zone, as they stand. */
  get isAtTop(): boolean {
    return this.#origin === this.#apex;
  }

  /** The whole name that a word of the file stands for. */
  full(text: string): string {
    // Letters of ASCII alone: each character is an octet, which may be a part of another letter.
    const name = text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
    if (name === '@') return this.#origin;
    if (name === '.') return '';
    if (name.endsWith('.') && !name.endsWith('\\.')) return name.slice(0, -1);
    return this.#origin === '' ? name : `${name}.${this.#origin}`;
  }

  setOrigin(text: string): void {
    this.#origin = this.full(text);
    // The first says which zone this is, until an SOA does.
    if (!this.#hasSoa && this.#apex === THIS_ZONE && this.#origin !== '') this.#apex = this.#origin;
  }

  /** An SOA stands at the top of its zone. */
  setApex(full: string): void {
    this.#hasSoa = true;
    this.#apex = full;
  }

  /** What stands before the zone's own name, empty for the zone itself; undefined outside of it. */
  within(full: string): string | undefined {
    if (full === this.#apex) return '';
    if (this.#apex === '') return full;
    return full.endsWith(`.${this.#apex}`) ? full.slice(0, -this.#apex.length - 1) : undefined;
  }
}
