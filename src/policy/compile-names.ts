// Names and their rules while compiling: a trie in growing typed arrays, no object per name.

import { foldHash, type Name } from '../wire/name.ts';
import { CompileError } from './compile-error.ts';
import { LabelPool } from './compile-labels.ts';
import { MAX_SLOTS, RULE, RULE_BITS } from './image.ts';
import { sameLabel } from './match.ts';

/** Low bits of a slot: its node, which MAX_SLOTS bounds. */
const NODE_BITS = 0xffffff;

// The image needs free slots between its names, and one more number than it has rules.
const MAX_NODES = Math.floor(MAX_SLOTS * 0.8);
const MAX_RULES = RULE_BITS - 1;

/** Nodes for each name, and octets of its label, as lists have them: what `expect` makes room for. */
const ABOVE = 1.25;
const LABEL_OCTETS = 11;

/** Nodes for each slot. Fuller saves memory and lengthens searches. */
const LOAD = 0.7;

/** The words of one node. */
export const NODE_WORDS = 4;
export const NODE_WORD = {
  PARENT: 0,
  /** From the root. */
  HASH: 1,
  /** Where its label stands in the pool. */
  LABEL: 2,
  /** Its newest rule + 1, 0 for none. */
  RULE: 3,
} as const;
const { PARENT, HASH, LABEL, RULE: NEWEST } = NODE_WORD;

/** The root's node. */
export const ROOT = 0;

/**
 * The trie that grows. A node is a number; parents are numbered before their children. Rules of a node hang on a chain,
 * newest first, and are written out contiguously by the image writer.
 */
export class NameTable {
  readonly labels: LabelPool;
  nodeCount = 1;
  /** By node, at NODE_WORDS times its number: the words of NODE_WORD, side by side as a search reads all of them. */
  nodes = new Int32Array(NODE_WORDS << 12);

  ruleCount = 0;
  namesWithRules = 0;
  /** By rule: its 16 bits without RULE.LAST, its line, the next older rule of its node + 1 (0 = none). */
  ruleKinds = new Uint16Array(1 << 12);
  ruleLines = new Uint32Array(1 << 12);
  olderRules = new Int32Array(1 << 12);

  /**
   * Open addressing by the top bits of a node's hash; 0 where empty, as the root is never looked up. A slot holds a node
   * and, above it, low bits of its hash: what a search passes by is seldom looked at elsewhere, each time far away.
   */
  #slots = new Int32Array(1 << 13);
  #shift = 32 - 13;

  constructor(seed: number) {
    this.labels = new LabelPool();
    this.nodes[ROOT * NODE_WORDS + HASH] = seed;
  }

  /** Makes room for so many names with a rule each, as far as an image holds them. */
  expect(names: number): void {
    // What lies above names, and above the labels that several share.
    const nodes = Math.min(Math.ceil((this.nodeCount + names) * ABOVE), MAX_NODES + 1);
    const rules = Math.min(this.ruleCount + names, MAX_RULES);
    if (nodes * NODE_WORDS > this.nodes.length) this.#growNodes(nodes);
    if (rules > this.ruleKinds.length) this.#growRules(rules);
    let shift = this.#shift;
    while (nodes > 2 ** (32 - shift) * LOAD) shift--;
    if (shift < this.#shift) this.#rehash(shift);
    this.labels.expect(names * LABEL_OCTETS);
  }

  /** The node of `name`, made with all above it where it is new. The name was read with the compiler's seed. */
  node(name: Name): number {
    let node = ROOT;
    for (let label = name.labelCount - 1; label >= 0; label--) {
      const hash = foldHash(this.nodes[node * NODE_WORDS + HASH], name.labelHash[label]);
      node = this.#child(node, hash, name, label);
    }
    return node;
  }

  /** Hangs a rule on `node`; false where the same rule already hangs there. */
  addRule(node: number, kind: number, line: number): boolean {
    const at = node * NODE_WORDS + NEWEST;
    const newest = this.nodes[at];
    for (let rule = newest; rule !== 0; rule = this.olderRules[rule - 1]) {
      if (this.ruleKinds[rule - 1] === kind) return false;
    }
    if (this.ruleCount === MAX_RULES) throw new CompileError(`too many rules: an image holds ${MAX_RULES}`);
    if (this.ruleCount === this.ruleKinds.length) this.#growRules((this.ruleCount * 1.5) | 0);
    if (newest === 0) this.namesWithRules++;
    const rule = this.ruleCount++;
    this.ruleKinds[rule] = kind;
    this.ruleLines[rule] = line;
    this.olderRules[rule] = newest;
    this.nodes[at] = rule + 1;
    return true;
  }

  /** Gives back at once, not at the next collection, what only adding needs; nothing can be added after. */
  freeze(): void {
    this.labels.freeze();
    this.#slots.buffer.transfer(0);
  }

  /** Gives back all but the counts: the image is written. */
  release(): void {
    this.labels.release();
    for (const array of [this.nodes, this.ruleKinds, this.ruleLines, this.olderRules]) array.buffer.transfer(0);
  }

  #child(parent: number, hash: number, name: Name, label: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const { nodes } = this;
    const at = name.labelOffset[label];
    const tag = hash << 24;
    let slot = hash >>> this.#shift;
    for (let held = slots[slot]; held !== 0; held = slots[slot]) {
      const node = held & NODE_BITS;
      const words = node * NODE_WORDS;
      if (
        ((held ^ tag) & ~NODE_BITS) === 0 &&
        nodes[words + HASH] === hash &&
        nodes[words + PARENT] === parent &&
        sameLabel(this.labels.bytes, nodes[words + LABEL], name.bytes, at)
      ) {
        return node;
      }
      slot = (slot + 1) & mask;
    }
    const node = this.#append(parent, hash, this.labels.intern(name.bytes, at, name.labelHash[label]));
    slots[slot] = node | tag;
    if (this.nodeCount > slots.length * LOAD) this.#rehash(this.#shift - 1);
    return node;
  }

  #append(parent: number, hash: number, labelOffset: number): number {
    const node = this.nodeCount++;
    if (node > MAX_NODES)
      throw new CompileError(`too many names: an image holds ${MAX_NODES} with all that is above them`);
    const at = node * NODE_WORDS;
    if (at === this.nodes.length) this.#growNodes((node * 1.5) | 0);
    this.nodes[at + PARENT] = parent;
    this.nodes[at + HASH] = hash;
    this.nodes[at + LABEL] = labelOffset;
    return node;
  }

  #growNodes(count: number): void {
    this.nodes = longer(this.nodes, new Int32Array(count * NODE_WORDS));
  }

  #growRules(length: number): void {
    this.ruleKinds = longer(this.ruleKinds, new Uint16Array(length));
    this.ruleLines = longer(this.ruleLines, new Uint32Array(length));
    this.olderRules = longer(this.olderRules, new Int32Array(length));
  }

  /** Moves all to slots by so many bits fewer of a hash. */
  #rehash(shift: number): void {
    const slots = new Int32Array(2 ** (32 - shift));
    const mask = slots.length - 1;
    this.#shift = shift;
    for (let node = 1; node < this.nodeCount; node++) {
      const hash = this.nodes[node * NODE_WORDS + HASH];
      let slot = hash >>> this.#shift;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = node | (hash << 24);
    }
    this.#slots.buffer.transfer(0);
    this.#slots = slots;
  }
}

type Numbers = Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** Moves what is in `from` to the beginning of `to`, and frees the old memory at once instead of at the next collection. */
function longer<Kind extends Numbers>(from: Numbers, to: Kind): Kind {
  to.set(from);
  from.buffer.transfer(0);
  return to;
}

/** The 16 bits of a rule, RULE.LAST clear. */
export function ruleKind(set: number, match: number, action: number): number {
  return set | (match << RULE.MATCH_SHIFT) | (action << RULE.ACTION_SHIFT);
}
