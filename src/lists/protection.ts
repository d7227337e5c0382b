// Names that no list blocks, whatever it says: the organisation's own, and those that a country rests on.

import { ACTION, MATCH, type RuleSink } from '../policy/rule.ts';
import { foldHash, Name, readName } from '../wire/name.ts';
import { nameFromText, textFromName } from '../wire/name-text.ts';

/** Bits of the filter that most names do not come through. */
const FILTER_BITS = 16;

const PROTECTED = 'protected';
const SPARED = 'spared';
/** A name beneath which a protected one is. */
const ABOVE = 'above';

export class Protection {
  readonly #filter = new Int32Array(1 << (FILTER_BITS - 5));
  /** What is said of a name, by its text. */
  readonly #names = new Map<string, typeof PROTECTED | typeof SPARED | typeof ABOVE>();
  readonly #seed: number;

  /** `seed` is the one that names are read with. Texts are canonical; what is no name is passed over. */
  constructor(seed: number, names: Iterable<string>, spared: Iterable<string>) {
    this.#seed = seed;
    for (const name of names) {
      this.#add(name, PROTECTED);
      for (let at = name.indexOf('.'); at >= 0; at = name.indexOf('.', at + 1)) this.#add(name.slice(at + 1), ABOVE);
    }
    for (const name of spared) this.#add(name, SPARED);
  }

  /** The protected name that a rule for `name` would block, or blocks one beneath; undefined where it hurts none. */
  hurts(name: Name, match: number): string | undefined {
    let deepest: string | undefined;
    let hash = this.#seed;
    for (let label = name.labelCount - 1; label >= 0; label--) {
      hash = foldHash(hash, name.labelHash[label]);
      if (!this.#passes(hash)) continue;
      const text = textFromName(name, name.labelCount - label);
      const said = this.#names.get(text);
      if (said === PROTECTED) deepest = text;
      else if (said === SPARED) deepest = undefined;
      else if (said === ABOVE && label === 0 && match !== MATCH.EXACT) return this.#beneath(text);
    }
    return deepest;
  }

  /** Where the rules of a list go: on to `sink`, but for blocks that would hurt. */
  before(sink: RuleSink): RuleSink {
    const name = new Name(this.#seed);
    const named: RuleSink['named'] = (known, match, action, facet, line) => {
      const hurt = action === ACTION.BLOCK ? this.hurts(known, match) : undefined;
      if (hurt === undefined) sink.named(known, match, action, facet, line);
      else sink.reject(line, 1, `${hurt} is protected; guard.unprotect lets lists block it`, textFromName(known));
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
    };
  }

  #add(text: string, said: typeof PROTECTED | typeof SPARED | typeof ABOVE): void {
    // What is protected itself stays so, whatever is beneath it.
    if (said === ABOVE && this.#names.has(text)) return;
    const name = new Name(this.#seed);
    if (!nameFromText(text, name)) return;
    this.#names.set(text, said);
    let hash = this.#seed;
    for (let label = name.labelCount - 1; label >= 0; label--) hash = foldHash(hash, name.labelHash[label]);
    const bit = hash >>> (32 - FILTER_BITS);
    this.#filter[bit >>> 5] |= 1 << (bit & 31);
  }

  #passes(hash: number): boolean {
    const bit = hash >>> (32 - FILTER_BITS);
    return (this.#filter[bit >>> 5] & (1 << (bit & 31))) !== 0;
  }

  #beneath(above: string): string | undefined {
    for (const [text, said] of this.#names) if (said === PROTECTED && text.endsWith(`.${above}`)) return text;
    return undefined;
  }
}
