// Names and their rules while compiling: a trie in growing typed arrays, no object per name.

import { foldHash, type Name } from '../wire/name.ts';
import { CompileError } from './compile-error.ts';
import { LabelPool } from './compile-labels.ts';
import { MAX_SLOTS, RULE, RULE_BITS } from './image.ts';
import { sameLabel } from './match.ts';

// The image needs free slots between its names, and one more number than it has rules.
const MAX_NODES = Math.floor(MAX_SLOTS * 0.8);
const MAX_RULES = RULE_BITS - 1;

/** The root's node. */
export const ROOT = 0;

/**
 * The trie that grows. A node is a number; parents are numbered before their children. Rules of a node hang on a chain,
 * newest first, and are written out contiguously by the image writer.
 */
export class NameTable {
  readonly labels: LabelPool;
  nodeCount = 1;
  /** By node: its parent, its label's offset in the pool, its hash from the root, its newest rule + 1 (0 = none). */
  parents = new Int32Array(1 << 12);
  labelOffsets = new Int32Array(1 << 12);
  hashes = new Int32Array(1 << 12);
  newestRules = new Int32Array(1 << 12);

  ruleCount = 0;
  namesWithRules = 0;
  /** By rule: its 16 bits without RULE.LAST, its line, the next older rule of its node + 1 (0 = none). */
  ruleKinds = new Uint16Array(1 << 12);
  ruleLines = new Uint32Array(1 << 12);
  olderRules = new Int32Array(1 << 12);

  /** Open addressing by the top bits of a node's hash; holds nodes, 0 where empty, as the root is never looked up. */
  #slots = new Int32Array(1 << 13);
  #shift = 32 - 13;

  constructor(seed: number) {
    this.labels = new LabelPool(seed);
    this.hashes[ROOT] = seed;
  }

  /** The node of `name`, made with all above it where it is new. The name was read with the compiler's seed. */
  node(name: Name): number {
    let node = ROOT;
    for (let label = name.labelCount - 1; label >= 0; label--) {
      const hash = foldHash(this.hashes[node], name.labelHash[label]);
      node = this.#child(node, hash, name, label);
    }
    return node;
  }

  /** Hangs a rule on `node`; false where the same rule already hangs there. */
  addRule(node: number, kind: number, line: number): boolean {
    for (let rule = this.newestRules[node]; rule !== 0; rule = this.olderRules[rule - 1]) {
      if (this.ruleKinds[rule - 1] === kind) return false;
    }
    if (this.ruleCount === MAX_RULES) throw new CompileError(`too many rules: an image holds ${MAX_RULES}`);
    if (this.ruleCount === this.ruleKinds.length) this.#growRules();
    if (this.newestRules[node] === 0) this.namesWithRules++;
    const rule = this.ruleCount++;
    this.ruleKinds[rule] = kind;
    this.ruleLines[rule] = line;
    this.olderRules[rule] = this.newestRules[node];
    this.newestRules[node] = rule + 1;
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
    for (const array of [this.parents, this.labelOffsets, this.hashes, this.newestRules]) array.buffer.transfer(0);
    for (const array of [this.ruleKinds, this.ruleLines, this.olderRules]) array.buffer.transfer(0);
  }

  /** Puts the rules of a node into `into`, oldest first. */
  rulesOf(node: number, into: number[]): void {
    into.length = 0;
    for (let rule = this.newestRules[node]; rule !== 0; rule = this.olderRules[rule - 1]) into.push(rule - 1);
    into.reverse();
  }

  #child(parent: number, hash: number, name: Name, label: number): number {
    const mask = this.#slots.length - 1;
    const at = name.labelOffset[label];
    let slot = hash >>> this.#shift;
    for (let node = this.#slots[slot]; node !== 0; node = this.#slots[slot]) {
      if (
        this.hashes[node] === hash &&
        this.parents[node] === parent &&
        sameLabel(this.labels.bytes, this.labelOffsets[node], name.bytes, at)
      ) {
        return node;
      }
      slot = (slot + 1) & mask;
    }
    const node = this.#append(parent, hash, this.labels.intern(name.bytes, at, name.labelHash[label]));
    this.#slots[slot] = node;
    if (this.nodeCount > mask * 0.7) this.#rehash();
    return node;
  }

  #append(parent: number, hash: number, labelOffset: number): number {
    const node = this.nodeCount++;
    if (node > MAX_NODES)
      throw new CompileError(`too many names: an image holds ${MAX_NODES} with all that is above them`);
    if (node === this.parents.length) this.#growNodes();
    this.parents[node] = parent;
    this.hashes[node] = hash;
    this.labelOffsets[node] = labelOffset;
    return node;
  }

  #growNodes(): void {
    const length = (this.parents.length * 1.5) | 0;
    this.parents = longer(this.parents, length);
    this.labelOffsets = longer(this.labelOffsets, length);
    this.hashes = longer(this.hashes, length);
    this.newestRules = longer(this.newestRules, length);
  }

  #growRules(): void {
    const length = (this.ruleKinds.length * 1.5) | 0;
    this.ruleKinds = new Uint16Array(this.ruleKinds.buffer.transfer(length * 2));
    this.ruleLines = new Uint32Array(this.ruleLines.buffer.transfer(length * 4));
    this.olderRules = longer(this.olderRules, length);
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    this.#shift--;
    for (let node = 1; node < this.nodeCount; node++) {
      let slot = this.hashes[node] >>> this.#shift;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = node;
    }
    this.#slots.buffer.transfer(0);
    this.#slots = slots;
  }
}

// `transfer` frees the old memory at once instead of at the next collection.
function longer(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  return new Int32Array(array.buffer.transfer(length * 4));
}

/** The 16 bits of a rule, RULE.LAST clear. */
export function ruleKind(set: number, match: number, action: number): number {
  return set | (match << RULE.MATCH_SHIFT) | (action << RULE.ACTION_SHIFT);
}
