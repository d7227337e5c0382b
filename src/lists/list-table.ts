// Several lists in one trie, to say exactly which rules of one the others cover: by what rules mean, not how they are written.

import { CompileError } from '../policy/compile-error.ts';
import { NameTable, NODE_WORD, NODE_WORDS, ROOT, ruleKind } from '../policy/compile-names.ts';
import { MAX_SETS, RULE } from '../policy/image.ts';
import { ACTION, MATCH, NAME_MATCHES, type RuleSink } from '../policy/rule.ts';
import { MAX_NAME } from '../wire/codes.ts';
import { Name, readName } from '../wire/name.ts';
import { textFromWire } from '../wire/name-text.ts';

/** Whatever is compared, no name of it comes from a client who could choose it by its hash. */
const SEED = 0;

/** What came of a list. Rules are counted once, however often they stand in it. */
export interface TableCount {
  /** Those on names that block, and those that allow. */
  rules: number;
  allows: number;
  /** Rules on addresses, which are not compared. */
  addresses: number;
  leftOut: number;
  notHonoured: number;
}

/** A rule that others do not cover. */
export interface Uncovered {
  match: (typeof NAME_MATCHES)[number];
  name: string;
  /** Whether they block some of what it blocks. */
  inPart: boolean;
}

/** How many rules of a list others cover, cover in part, and do not touch. */
export interface Cover {
  covered: number;
  inPart: number;
  missing: number;
  /** Those in part and those that are missing, in the order in which they were fed. */
  uncovered: () => Generator<Uncovered>;
}

/** By node, what a list does: whether it blocks the name itself, and names beneath it that nothing speaks of. */
const ITSELF = 1;
const BENEATH = 2;

/** What some names are that a list blocks: blocked by the others too, or not. */
const BOTH = 1;
const ALONE = 2;

/** Rules of one list at one node: a block has the bit of its MATCH, an allow that bit further up. */
const ALLOWS_SHIFT = 4;
const EXACT = 1 << MATCH.EXACT;
const SUFFIX = 1 << MATCH.SUFFIX;
const WIDE = SUFFIX | (1 << MATCH.BELOW);

/**
 * Feed each list to its sink, then `settle`, then compare. What any list says of names changes at its nodes only: it does
 * one thing with a node's own name and one with all names beneath it that are on the way to no other node. So each list is
 * two bits for each node, and what it covers is counted on nodes, though it speaks of names without end.
 */
export class ListTable {
  readonly seed = SEED;
  readonly #names = new NameTable(SEED);
  readonly #counts: TableCount[] = [];
  readonly #states: Uint8Array[] = [];
  /** By rule, its node. */
  #nodes = new Int32Array(0);

  /** Adds a list; its number. */
  add(): number {
    if (this.#counts.length === MAX_SETS) throw new CompileError(`too many lists: ${MAX_SETS} are compared at most`);
    return this.#counts.push({ rules: 0, allows: 0, addresses: 0, leftOut: 0, notHonoured: 0 }) - 1;
  }

  count(list: number): TableCount {
    return this.#counts[list];
  }

  /** Where the rules of a list go; throws CompileError where there are too many. */
  sink(list: number): RuleSink {
    const names = this.#names;
    const count = this.#counts[list];
    const read = new Name(SEED);
    const named: RuleSink['named'] = (name, match, action, _facet, line) => {
      if (!names.addRule(names.node(name), ruleKind(list, match, action), line)) return;
      if (action === ACTION.BLOCK) count.rules++;
      else count.allows++;
    };
    return {
      seed: SEED,
      expect: (rules) => names.expect(rules),
      named,
      rule: (wire, match, action, facet, line) => {
        if (readName(wire, 0, wire.length, read) === wire.length) named(read, match, action, facet, line);
        else count.leftOut++;
      },
      prefix: () => {
        count.addresses++;
      },
      reject: () => {
        count.leftOut++;
      },
      leave: () => {
        count.notHonoured++;
      },
    };
  }

  /** Finds what each list does at each node; nothing is fed after. */
  settle(): void {
    const { nodeCount, ruleCount, nodes, ruleKinds, olderRules } = this.#names;
    this.#nodes = new Int32Array(ruleCount);
    this.#states.push(...this.#counts.map(() => new Uint8Array(nodeCount)));
    const said = new Uint8Array(this.#counts.length);
    for (let node = ROOT; node < nodeCount; node++) {
      const words = node * NODE_WORDS;
      said.fill(0);
      for (let rule = nodes[words + NODE_WORD.RULE]; rule !== 0; rule = olderRules[rule - 1]) {
        const kind = ruleKinds[rule - 1];
        const bit = 1 << ((kind >> RULE.MATCH_SHIFT) & RULE.MATCH);
        said[kind & RULE.SET] |= (kind >> RULE.ACTION_SHIFT) & RULE.ACTION ? bit << ALLOWS_SHIFT : bit;
        this.#nodes[rule - 1] = node;
      }
      const parent = nodes[words + NODE_WORD.PARENT];
      for (let list = 0; list < said.length; list++) {
        const states = this.#states[list];
        const isAbove = node !== ROOT && (states[parent] & BENEATH) !== 0;
        states[node] = stateOf(said[list], isAbove);
      }
    }
  }

  /** How far the rules of `list` are covered by `others`, taken together. A rule that its own list overrules is covered. */
  cover(list: number, others: readonly number[]): Cover {
    const own = this.#states[list];
    const theirs = this.#union(others);
    const beneath = this.#foundBeneath(own, theirs);
    const foundBy = (rule: number) => {
      const node = this.#nodes[rule];
      const match = (this.#names.ruleKinds[rule] >> RULE.MATCH_SHIFT) & RULE.MATCH;
      const itself = match === MATCH.BELOW ? 0 : found(own[node] & ITSELF, theirs[node] & ITSELF);
      return match === MATCH.EXACT ? itself : itself | beneath[node];
    };
    const cover = { covered: 0, inPart: 0, missing: 0 };
    for (const rule of this.#blocksOf(list)) {
      const what = foundBy(rule);
      if (!(what & ALONE)) cover.covered++;
      else if (what & BOTH) cover.inPart++;
      else cover.missing++;
    }
    const uncovered = function* (this: ListTable): Generator<Uncovered> {
      for (const rule of this.#blocksOf(list)) {
        const what = foundBy(rule);
        if (what & ALONE) yield { ...this.#rule(rule), inPart: (what & BOTH) !== 0 };
      }
    };
    return { ...cover, uncovered: uncovered.bind(this) };
  }

  #union(lists: readonly number[]): Uint8Array {
    const union = new Uint8Array(this.#names.nodeCount);
    for (const list of lists) {
      const states = this.#states[list];
      for (let node = 0; node < union.length; node++) union[node] |= states[node];
    }
    return union;
  }

  /** By node, what all names beneath it are: children stand behind their parents, so one walk back finds it. */
  #foundBeneath(own: Uint8Array, theirs: Uint8Array): Uint8Array {
    const { nodes } = this.#names;
    const beneath = new Uint8Array(own.length);
    for (let node = own.length - 1; node > ROOT; node--) {
      beneath[node] |= found(own[node] & BENEATH, theirs[node] & BENEATH);
      const itself = found(own[node] & ITSELF, theirs[node] & ITSELF);
      beneath[nodes[node * NODE_WORDS + NODE_WORD.PARENT]] |= beneath[node] | itself;
    }
    beneath[ROOT] |= found(own[ROOT] & BENEATH, theirs[ROOT] & BENEATH);
    return beneath;
  }

  *#blocksOf(list: number): Generator<number> {
    const { ruleCount, ruleKinds } = this.#names;
    for (let rule = 0; rule < ruleCount; rule++) {
      const kind = ruleKinds[rule];
      if ((kind & RULE.SET) === list && ((kind >> RULE.ACTION_SHIFT) & RULE.ACTION) === ACTION.BLOCK) yield rule;
    }
  }

  #rule(rule: number): Pick<Uncovered, 'match' | 'name'> {
    const { nodes, labels, ruleKinds } = this.#names;
    const wire = new Uint8Array(MAX_NAME + 1);
    let length = 0;
    for (let node = this.#nodes[rule]; node !== ROOT; node = nodes[node * NODE_WORDS + NODE_WORD.PARENT]) {
      const at = nodes[node * NODE_WORDS + NODE_WORD.LABEL];
      const end = at + 1 + labels.bytes[at];
      wire.set(labels.bytes.subarray(at, end), length);
      length += end - at;
    }
    const match = NAME_MATCHES[(ruleKinds[rule] >> RULE.MATCH_SHIFT) & RULE.MATCH];
    return { match, name: textFromWire(wire.subarray(0, length + 1)) };
  }
}

/** As `policy/decide.ts` has it of one source: the name alone before all beneath it, then an allow before a block. */
function stateOf(said: number, isAbove: boolean): number {
  const ofItself = said & (EXACT | (EXACT << ALLOWS_SHIFT)) ? EXACT : SUFFIX;
  return (does(said, ofItself, isAbove) ? ITSELF : 0) | (does(said, WIDE, isAbove) ? BENEATH : 0);
}

/** Whether rules that match in one of these ways block, or else what stands above them does. */
function does(said: number, matches: number, isAbove: boolean): boolean {
  if (said & (matches << ALLOWS_SHIFT)) return false;
  return (said & matches) !== 0 || isAbove;
}

function found(own: number, theirs: number): number {
  if (own === 0) return 0;
  return theirs === 0 ? ALONE : BOTH;
}
