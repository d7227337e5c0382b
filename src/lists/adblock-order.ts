// Which rules of an adblock list give way to others of it: its own order of strength, which depth alone does not tell.

import { MATCH } from '../policy/rule.ts';
import { foldHash, type Name } from '../wire/name.ts';
import { textFromName } from '../wire/name-text.ts';

/** From the weakest; those that allow are odd. A rule gives way to any stronger one that does the opposite. */
export const STRENGTH = { BLOCK: 0, ALLOW: 1, IMPORTANT_BLOCK: 2, IMPORTANT_ALLOW: 3 } as const;

/** For each strength those that do the opposite and are stronger, as bits. */
const STRONGER = [0b1010, 0b0100, 0b1000, 0];
const STRENGTHS = 4;

const bitOf = (match: number, strength: number): number => 1 << (match * STRENGTHS + strength);

/** Rules stronger than a plain block, by name; of a long list they are few. */
export class StrongRules {
  /** Bits of `bitOf`. */
  readonly #byName = new Map<string, number>();
  /** Folded from the root down: what is not among these needs no text. */
  readonly #hashes = new Set<number>();

  add(name: Name, match: number, strength: number): void {
    const text = textFromName(name);
    this.#byName.set(text, (this.#byName.get(text) ?? 0) | bitOf(match, strength));
    this.#hashes.add(hashFromRoot(name));
  }

  /** Whether any of them may speak of the name: never wrong where it says no. */
  concern(name: Name): boolean {
    if (this.#hashes.size === 0) return false;
    let hash = name.seed;
    for (let label = name.labelCount - 1; label >= 0; label--) {
      hash = foldHash(hash, name.labelHash[label]);
      if (this.#hashes.has(hash)) return true;
    }
    return false;
  }

  /**
   * What is left of a rule: its match, or -1 where a stronger one speaks of all that it does. What stronger rules leave
   * of it otherwise, the deepest rule and allow before block, as policies are decided, comes out right by itself.
   */
  remains(name: Name, match: number, strength: number): number {
    const opposing = STRONGER[strength];
    if (this.#byName.size === 0 || opposing === 0) return match;
    let hash = name.seed;
    for (let labels = 1; labels < name.labelCount; labels++) {
      hash = foldHash(hash, name.labelHash[name.labelCount - labels]);
      if (this.#speaks(name, labels, hash, opposing, [MATCH.SUFFIX, MATCH.BELOW])) return -1;
    }
    hash = foldHash(hash, name.labelHash[0]);
    const own = [MATCH.SUFFIX, ...(match === MATCH.SUFFIX ? [] : [match])];
    if (this.#speaks(name, name.labelCount, hash, opposing, own)) return -1;
    // At one name an allow is heard before a block: only here would the weaker one win.
    if (match !== MATCH.SUFFIX || strength !== STRENGTH.ALLOW) return match;
    if (!this.#speaks(name, name.labelCount, hash, opposing, [MATCH.BELOW])) return match;
    return this.#speaks(name, name.labelCount, hash, opposing, [MATCH.EXACT]) ? -1 : MATCH.EXACT;
  }

  #speaks(name: Name, labels: number, hash: number, opposing: number, matches: readonly number[]): boolean {
    if (!this.#hashes.has(hash)) return false;
    const bits = this.#byName.get(textFromName(name, labels)) ?? 0;
    return matches.some((match) => ((bits >> (match * STRENGTHS)) & opposing) !== 0);
  }
}

/** The hash of the name, or of its last `labels` labels, as it grows from the root down. */
export function hashFromRoot(name: Name, labels = name.labelCount): number {
  let hash = name.seed;
  for (let label = 1; label <= labels; label++) hash = foldHash(hash, name.labelHash[name.labelCount - label]);
  return hash;
}

/** A name that a block leaves out, with all beneath it. */
interface Hole {
  text: string;
  /** The line of the block; 0 where that gives no rule. */
  line: number;
  /** What other blocks speak of nevertheless, as bits over MATCH. */
  filled: number;
}

const FILLED_BENEATH = 1 << MATCH.BELOW;
const FILLED = (1 << MATCH.EXACT) | FILLED_BENEATH;

/** Whether a name is `parent` or beneath it. */
export const isWithin = (text: string, parent: string): boolean => text === parent || text.endsWith(`.${parent}`);

/** What `$denyallow` leaves out of its block. Where another block of the list speaks of it, it is blocked all the same. */
export class Holes {
  readonly #byName = new Map<string, Hole>();
  /** By every name that a block may have which speaks of a hole: its own, and those above it. */
  readonly #above = new Map<string, Hole[]>();
  readonly #hashes = new Set<number>();

  get size(): number {
    return this.#byName.size;
  }

  add(name: Name): void {
    const hole: Hole = { text: textFromName(name), line: 0, filled: 0 };
    if (this.#byName.has(hole.text)) return;
    this.#byName.set(hole.text, hole);
    for (let labels = 1; labels <= name.labelCount; labels++) {
      const text = textFromName(name, labels);
      const beneath = this.#above.get(text);
      if (beneath) beneath.push(hole);
      else this.#above.set(text, [hole]);
      this.#hashes.add(hashFromRoot(name, labels));
    }
  }

  /** Whether a block of the name may speak of a hole: never wrong where it says no. */
  concern(name: Name): boolean {
    return this.#hashes.size > 0 && this.#hashes.has(hashFromRoot(name));
  }

  /** Takes note of a block, on `line`, which itself leaves out the names `own`. What is deeper wins, and needs no note. */
  cut(name: Name, match: number, own: readonly string[], line: number): void {
    const text = textFromName(name);
    for (const hole of this.#above.get(text) ?? []) {
      if (own.includes(hole.text)) hole.line ||= line;
      if (own.some((left) => isWithin(hole.text, left))) continue;
      if (hole.text === text && match !== MATCH.SUFFIX) hole.filled |= 1 << match;
      else if (match !== MATCH.EXACT) hole.filled = FILLED;
    }
  }

  /** What is left of them when the list is over, as allows. */
  open(): { text: string; line: number; match: number }[] {
    const isOpen = ({ line, filled }: Hole) => line > 0 && filled !== FILLED;
    // Where the name alone is filled, that block is heard before the allow.
    const matchOf = (filled: number) => (filled === FILLED_BENEATH ? MATCH.EXACT : MATCH.SUFFIX);
    return [...this.#byName.values()]
      .filter(isOpen)
      .map(({ text, line, filled }) => ({ text, line, match: matchOf(filled) }));
  }
}
