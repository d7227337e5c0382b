// Names that no list blocks, whatever it says: the organisation's own, and those that a country rests on.

import { ACTION, MATCH, type RuleSink } from '../policy/rule.ts';
import { foldHash, Name, readName } from '../wire/name.ts';
import { nameFromText, textFromName } from '../wire/name-text.ts';

const REFUSED = 'protected, by what it is or lies above (docs/lists.md); guard.unprotect lets lists block it';

const FILTER_BITS = 16;

/** Hashes that most others are not among: what `passes` may be one that was added. */
class HashFilter {
  readonly #words = new Int32Array(1 << (FILTER_BITS - 5));

  add(hash: number): void {
    const bit = hash >>> (32 - FILTER_BITS);
    this.#words[bit >>> 5] |= 1 << (bit & 31);
  }

  passes(hash: number): boolean {
    const bit = hash >>> (32 - FILTER_BITS);
    return (this.#words[bit >>> 5] & (1 << (bit & 31))) !== 0;
  }
}

export class Protection {
  /** By its text, whether a name is protected; false for one that is spared. */
  readonly #names = new Map<string, boolean>();
  readonly #nameHashes = new HashFilter();
  /** Names beneath which a protected one is: top-level domains are among them, which nearly every rule lies in. */
  readonly #above = new Set<string>();
  readonly #aboveHashes = new HashFilter();
  readonly #seed: number;

  /** `seed` is the one that names are read with. Texts are canonical; what is no name is passed over. */
  constructor(seed: number, names: Iterable<string>, spared: Iterable<string>) {
    this.#seed = seed;
    for (const name of names) {
      this.#add(name, true);
      for (let at = name.indexOf('.'); at >= 0; at = name.indexOf('.', at + 1)) {
        this.#above.add(name.slice(at + 1));
        this.#aboveHashes.add(this.#hashOf(name.slice(at + 1)));
      }
    }
    for (const name of spared) this.#add(name, false);
  }

  /** The protected name that a rule for `name` would block, or blocks one beneath; undefined where it hurts none. */
  hurts(name: Name, match: number): string | undefined {
    let deepest: string | undefined;
    let hash = this.#seed;
    for (let label = name.labelCount - 1; label >= 0; label--) {
      hash = foldHash(hash, name.labelHash[label]);
      if (!this.#nameHashes.passes(hash)) continue;
      const text = textFromName(name, name.labelCount - label);
      const isProtected = this.#names.get(text);
      if (isProtected !== undefined) deepest = isProtected ? text : undefined;
    }
    if (match === MATCH.EXACT || !this.#aboveHashes.passes(hash)) return deepest;
    const text = textFromName(name);
    return this.#above.has(text) ? (deepest ?? this.#beneath(text)) : deepest;
  }

  /** Where the rules of a list go: on to `sink`, but for blocks that would hurt. */
  before(sink: RuleSink): RuleSink {
    const name = new Name(this.#seed);
    const named: RuleSink['named'] = (known, match, action, facet, line) => {
      const hurt = action === ACTION.BLOCK ? this.hurts(known, match) : undefined;
      if (hurt === undefined) sink.named(known, match, action, facet, line);
      else sink.reject(line, 1, REFUSED, textFromName(known));
    };
    return {
      seed: sink.seed,
      expect: (rules) => sink.expect(rules),
      rule: (wire, match, action, facet, line) => {
        if (readName(wire, 0, wire.length, name) === wire.length) named(name, match, action, facet, line);
        else sink.rule(wire, match, action, facet, line);
      },
      named,
      prefix: (prefix, action, facet, line) => sink.prefix(prefix, action, facet, line),
      reject: (line, column, reason, text) => sink.reject(line, column, reason, text),
      leave: (kind, line) => sink.leave(kind, line),
      part: (file) => this.before(sink.part?.(file) ?? sink),
    };
  }

  #add(text: string, isProtected: boolean): void {
    this.#names.set(text, isProtected);
    this.#nameHashes.add(this.#hashOf(text));
  }

  #hashOf(text: string): number {
    const name = new Name(this.#seed);
    nameFromText(text, name);
    let hash = this.#seed;
    for (let label = name.labelCount - 1; label >= 0; label--) hash = foldHash(hash, name.labelHash[label]);
    return hash;
  }

  #beneath(above: string): string | undefined {
    return [...this.#names].find(([text, isProtected]) => isProtected && text.endsWith(`.${above}`))?.[0];
  }
}
