// What a list holds now against what it held before: how many rules came and went, and the first of each by name.

import type { PrefixInput } from '../policy/compile-input.ts';
import { ACTION, MATCH, type RuleSink } from '../policy/rule.ts';
import { prefixText } from '../wire/address-text.ts';
import { Name, readName } from '../wire/name.ts';
import { textFromName } from '../wire/name-text.ts';
import { MET, RuleSet } from './rule-set.ts';

/** How many names of what came, and of what went, are told. */
export const TOLD_NAMES = 100;

/** How a list differs from what it held before. Rules are counted once, however often they stand in it. */
export interface Change {
  /** Rules before, those that came and those that went. */
  before: number;
  added: number;
  removed: number;
  /** The first that came and that went, in the order of the list; an allow says so. */
  addedNames: string[];
  removedNames: string[];
}

const ONE_PRIME = 0x01000193;
const OTHER_PRIME = 0x85ebca6b | 0;

/** A rule's two hashes and, when somebody asks, its text. */
class Seen {
  one = 0;
  other = 0;
  #octets: Uint8Array = new Uint8Array(0);
  #length = 0;
  /** Bits of a prefix; -1 of a name. */
  #bits = -1;
  #match = 0;
  #action = 0;
  readonly #name: Name;

  constructor(seed: number) {
    this.#name = new Name(seed);
  }

  name({ bytes, length }: Name, match: number, action: number, facet: number): void {
    this.#take(bytes, length, -1, match, action, facet);
  }

  prefix({ family, address, length }: PrefixInput, action: number, facet: number): void {
    this.#take(address, family === 4 ? 4 : 16, length, MATCH.PREFIX, action, facet);
  }

  get text(): string {
    return `${this.#action === ACTION.ALLOW ? 'allow ' : ''}${this.#subject()}`;
  }

  #subject(): string {
    const octets = this.#octets.subarray(0, this.#length);
    if (this.#bits >= 0) return prefixText(octets, this.#bits);
    readName(octets, 0, octets.length, this.#name);
    return `${this.#match === MATCH.BELOW ? '*.' : ''}${textFromName(this.#name)}`;
  }

  #take(octets: Uint8Array, length: number, bits: number, match: number, action: number, facet: number): void {
    this.#octets = octets;
    this.#length = length;
    this.#bits = bits;
    this.#match = match;
    this.#action = action;
    let one = (bits << 12) | (match << 8) | (action << 4) | facet;
    let other = ~one;
    for (let at = 0; at < length; at++) {
      one = Math.imul(one ^ octets[at], ONE_PRIME);
      other = Math.imul(other ^ (other >>> 15) ^ octets[at], OTHER_PRIME);
    }
    // The low bits choose the place, and each octet has moved the high ones most.
    this.one = one ^ (one >>> 16);
    this.other = other;
  }
}

/**
 * Is fed the list as it was, then as it is, on the way to where its rules go, then as it was once more where names of
 * what went are wanted.
 */
export class Comparison {
  readonly #rules = new RuleSet();
  readonly #seen: Seen;
  readonly #seed: number;
  readonly #added: string[] = [];
  readonly #removed: string[] = [];

  /** `seed` is the one that names are read with. */
  constructor(seed: number) {
    this.#seed = seed;
    this.#seen = new Seen(seed);
  }

  /** Where the list as it was goes. */
  before(): RuleSink {
    const expect = (rules: number) => this.#rules.expect(rules);
    return { ...this.#alone(({ one, other }) => this.#rules.remember(one, other)), expect };
  }

  /** Where the list as it is goes: all of it on to `sink`. */
  now(sink: RuleSink): RuleSink {
    const seen = this.#seen;
    const meet = () => {
      if (this.#rules.meet(seen.one, seen.other) !== MET.ADDED) return;
      if (this.#added.length < TOLD_NAMES) this.#added.push(seen.text);
    };
    const name = new Name(this.#seed);
    const named: RuleSink['named'] = (known, match, action, facet, line) => {
      seen.name(known, match, action, facet);
      meet();
      sink.named(known, match, action, facet, line);
    };
    return {
      seed: sink.seed,
      // Most of them are there already: no room is made for what only may come.
      expect: (rules) => sink.expect(rules),
      rule: (wire, match, action, facet, line) => {
        if (readName(wire, 0, wire.length, name) === wire.length) named(name, match, action, facet, line);
        else sink.rule(wire, match, action, facet, line);
      },
      named,
      prefix: (prefix, action, facet, line) => {
        seen.prefix(prefix, action, facet);
        meet();
        sink.prefix(prefix, action, facet, line);
      },
      reject: (line, column, reason, text) => sink.reject(line, column, reason, text),
      leave: (kind, line) => sink.leave(kind, line),
    };
  }

  /** Where the list as it was goes once more; as soon as `isToldEnough`, no more of it is needed. */
  beforeAgain(): RuleSink {
    const told = new RuleSet();
    return this.#alone((seen) => {
      const { one, other } = seen;
      if (this.isToldEnough || !this.#rules.isRemoved(one, other)) return;
      if (told.meet(one, other) === MET.ADDED) this.#removed.push(seen.text);
    });
  }

  /** Whether all names of what went are known that are told. */
  get isToldEnough(): boolean {
    return this.#removed.length >= Math.min(TOLD_NAMES, this.#rules.removed);
  }

  get change(): Change {
    const { before, added, removed } = this.#rules;
    return { before, added, removed, addedNames: this.#added, removedNames: this.#removed };
  }

  /** A sink that hands each rule to `take` and keeps nothing else. */
  #alone(take: (seen: Seen) => void): RuleSink {
    const seen = this.#seen;
    const name = new Name(this.#seed);
    const named: RuleSink['named'] = (known, match, action, facet) => {
      seen.name(known, match, action, facet);
      take(seen);
    };
    return {
      seed: this.#seed,
      expect: () => {},
      rule: (wire, match, action, facet, line) => {
        if (readName(wire, 0, wire.length, name) === wire.length) named(name, match, action, facet, line);
      },
      named,
      prefix: (prefix, action, facet) => {
        seen.prefix(prefix, action, facet);
        take(seen);
      },
      reject: () => {},
      leave: () => {},
    };
  }
}
