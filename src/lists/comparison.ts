// What a list holds now against what it held before: how many rules came and went, and the first of each by name.

import type { PrefixInput } from '../policy/compile-input.ts';
import { ACTION, MATCH, type RuleSink } from '../policy/rule.ts';
import { prefixText } from '../wire/address-text.ts';
import { Name, readName } from '../wire/name.ts';
import { textFromName } from '../wire/name-text.ts';
import { differenceOf, hasKey, KeyCollector, type KeyDifference } from './rule-keys.ts';

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

/** Whether something was there before that changed. */
export function isUpdate(change: Change | null): boolean {
  return change !== null && change.before > 0;
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
    this.one = one;
    this.other = other;
  }
}

/**
 * Is fed the list as it was, unless its keys are known, then as it is, on the way to where its rules go. Then `settle`; and
 * where names are wanted of what came and went, each of the two once more, until enough are told.
 */
export class Comparison {
  readonly #seen: Seen;
  readonly #seed: number;
  readonly #old = new KeyCollector();
  readonly #fresh = new KeyCollector();
  #before: BigUint64Array | undefined;
  #now: BigUint64Array<ArrayBuffer> = new BigUint64Array(0);
  #difference: KeyDifference = { added: this.#now, removed: this.#now };
  readonly #added: string[] = [];
  readonly #removed: string[] = [];

  /** `seed` is the one that names are read with; `before`, keys that an earlier comparison left of the list as it was. */
  constructor(seed: number, before?: BigUint64Array) {
    this.#seed = seed;
    this.#seen = new Seen(seed);
    this.#before = before;
  }

  /** Where the list as it was goes. */
  before(): RuleSink {
    const expect = (rules: number) => this.#old.expect(rules);
    return { ...alone(this.#seed, ({ one, other }) => this.#old.add(one, other)), expect };
  }

  /** Where the list as it is goes: all of it on to `sink`. */
  now(sink: RuleSink): RuleSink {
    const seen = this.#seen;
    const name = new Name(this.#seed);
    const named: RuleSink['named'] = (known, match, action, facet, line) => {
      seen.name(known, match, action, facet);
      this.#fresh.add(seen.one, seen.other);
      sink.named(known, match, action, facet, line);
    };
    return {
      seed: sink.seed,
      expect: (rules) => {
        this.#fresh.expect(rules);
        sink.expect(rules);
      },
      rule: (wire, match, action, facet, line) => {
        if (readName(wire, 0, wire.length, name) === wire.length) named(name, match, action, facet, line);
        else sink.rule(wire, match, action, facet, line);
      },
      named,
      prefix: (prefix, action, facet, line) => {
        seen.prefix(prefix, action, facet);
        this.#fresh.add(seen.one, seen.other);
        sink.prefix(prefix, action, facet, line);
      },
      reject: (line, column, reason, text) => sink.reject(line, column, reason, text),
      leave: (kind, line) => sink.leave(kind, line),
      part: (file) => this.now(sink.part?.(file) ?? sink),
    };
  }

  /** Both have been fed. */
  settle(): void {
    this.#before ??= this.#old.sorted();
    this.#now = this.#fresh.sorted();
    this.#difference = differenceOf(this.#before, this.#now);
  }

  /** Keys of the list as it is, for the next comparison. */
  get keys(): BigUint64Array<ArrayBuffer> {
    return this.#now;
  }

  /** Where the list as it is goes once more, until what came `isAddedTold`. */
  nowAgain(): RuleSink {
    return telling(this.#seed, this.#added, this.#difference.added);
  }

  /** Where the list as it was goes once more, until what went `isRemovedTold`. */
  beforeAgain(): RuleSink {
    return telling(this.#seed, this.#removed, this.#difference.removed);
  }

  get isAddedTold(): boolean {
    return this.#added.length >= Math.min(TOLD_NAMES, this.#difference.added.length);
  }

  get isRemovedTold(): boolean {
    return this.#removed.length >= Math.min(TOLD_NAMES, this.#difference.removed.length);
  }

  get change(): Change {
    const { added, removed } = this.#difference;
    const counts = { before: this.#before!.length, added: added.length, removed: removed.length };
    return { ...counts, addedNames: this.#added, removedNames: this.#removed };
  }
}

/** A sink that puts the text of each rule, or of each whose key is among `keys`, into `told`: once, and TOLD_NAMES at most. */
export function telling(seed: number, told: string[], keys?: BigUint64Array): RuleSink {
  const seenBefore = new Set<string>();
  return alone(seed, (seen) => {
    const { one, other } = seen;
    if (told.length === TOLD_NAMES || (keys && !hasKey(keys, one, other))) return;
    const key = `${one} ${other}`;
    if (seenBefore.has(key)) return;
    seenBefore.add(key);
    told.push(seen.text);
  });
}

/** A sink that hands each rule to `take` and keeps nothing else. */
function alone(seed: number, take: (seen: Seen) => void): RuleSink {
  const seen = new Seen(seed);
  const name = new Name(seed);
  const named: RuleSink['named'] = (known, match, action, facet) => {
    seen.name(known, match, action, facet);
    take(seen);
  };
  return {
    seed,
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
