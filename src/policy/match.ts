// Finds the nodes that carry rules on the way from the root to a name: one walk over its labels, in place.

import { foldHash, type Name } from '../wire/name.ts';
import { DISTANCE_SHIFT, FAR, type Image, LABEL_BITS, MAX_SETS, NODE, RULE, RULE_BITS, SYSTEM_SET } from './image.ts';
import { SLOT_WORDS } from './image-sections.ts';
import { MATCH } from './rule.ts';

/** Names have 127 labels at most below the root, addresses lie in 129 prefixes, from 0 bits to all. */
const DEEPEST = 129;
const PER_24_BITS = 2 ** -24;

/** What a walk found, and the scratch that judging it needs. Reused, never allocated per query. */
export class Path {
  /** Nodes that carry policy rules, root first; of an address the prefixes, the outermost first. */
  count = 0;
  /** By node, its first rule. */
  readonly rule = new Int32Array(DEEPEST);
  /** Labels from the root to each; of a prefix, its bits. */
  readonly depth = new Int32Array(DEEPEST);
  /** The deepest node on the name's own path, and its depth: the name itself where that is its label count. */
  last = 0;
  lastDepth = 0;
  /** Code of the deepest special-use name, 0 for none or where a forward zone at or beneath it takes over. */
  special = 0;
  specialDepth = -1;
  /** The deepest forward zone, -1 for none. A special-use name beneath it goes first: look at `special` before. */
  forward = -1;
  forwardDepth = -1;
  /** Labels of the deepest search domain that the name lies beneath, -1 for none. */
  searchDepth = -1;

  /** Judging's scratch: which sources have spoken and which policies are settled, by stamp, so that nothing is cleared. */
  stamp = 0;
  /** The stamp of the asked name whose judgement holds for the name at hand as well; 0 when that is the asked one. */
  askedStamp = 0;
  readonly spoken = new Int32Array(MAX_SETS + 1);
  readonly settled = new Int32Array(256);
}

/** The slot where a node with this hash is looked for first, in [1, homeCount]. Exact in doubles: 24 bits by 24. */
export function homeSlot(hash: number, homeCount: number): number {
  return 1 + (((hash >>> 8) * homeCount * PER_24_BITS) | 0);
}

/** The sieve's word for a hash, and the bits that a node with this hash has set in it. */
export function sieveWord(hash: number, words: number): number {
  return ((hash >>> 8) * words * PER_24_BITS) | 0;
}

export function sieveBits(hash: number): number {
  return (1 << (hash & 31)) | (1 << ((hash >>> 5) & 31));
}

/** A slot's first word: never 0, so that 0 is an empty slot. */
export function slotKey(parentSlot: number, hash: number): number {
  return (parentSlot << 8) | 0x80 | (hash & 0x7f);
}

/**
 * Walks `name` from its rightmost label down and leaves in `path` what lies on the way. A hit is proved by its parent
 * and by the label's octets, so no collision of hashes can lead astray. `name` was read with the image's seed.
 */
export function match(image: Image, name: Name, path: Path): void {
  const nodes = image.nodes;
  path.count = 0;
  path.special = 0;
  path.specialDepth = -1;
  path.forward = -1;
  path.forwardDepth = -1;
  path.searchDepth = -1;
  let slot = 0;
  let depth = 0;
  let hash = image.seed;
  for (let label = name.labelCount - 1; ; label--) {
    const flags = nodes[slot * SLOT_WORDS + 1];
    if (flags & (NODE.RULES | NODE.SYSTEM)) note(image, slot, depth, flags, path, name.labelCount);
    if (label < 0 || !(flags & NODE.CHILDREN)) break;
    hash = foldHash(hash, name.labelHash[label]);
    const child = childSlot(image, slot, hash, name.bytes, name.labelOffset[label]);
    if (child < 0) break;
    slot = child;
    depth++;
  }
  path.last = slot;
  path.lastDepth = depth;
  // A forward zone says where a name is served: it lifts the special use of the same name and of those above.
  if (path.forwardDepth >= path.specialDepth) path.special = 0;
}

/**
 * The slot of the child with this hash and this label, or -1. Names stand in the order of their homes, so the search
 * ends at the first one that stands nearer to its home than the child would.
 */
function childSlot(image: Image, parent: number, hash: number, bytes: Uint8Array, at: number): number {
  const { nodes, sieve } = image;
  const bits = sieveBits(hash);
  if ((sieve[sieveWord(hash, sieve.length)] & bits) !== bits) return -1;
  const key = slotKey(parent, hash);
  let slot = homeSlot(hash, image.homeCount);
  for (let distance = 0; ; distance++, slot++) {
    const word = nodes[slot * SLOT_WORDS];
    if (word === 0) return -1;
    if (word === key && sameLabel(image.pool, nodes[slot * SLOT_WORDS + 1] & LABEL_BITS, bytes, at)) return slot;
    const stands = nodes[slot * SLOT_WORDS + 2] >>> DISTANCE_SHIFT;
    if (stands < distance && stands < FAR) return -1;
  }
}

/** Number of the first rule of a node that has rules. */
function firstRule(image: Image, slot: number): number {
  return (image.nodes[slot * SLOT_WORDS + 2] & RULE_BITS) - 1;
}

/** Whether two labels are the same octets, their length octets included. */
export function sameLabel(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  const end = atA + a[atA];
  for (; atA <= end; atA++, atB++) if (a[atA] !== b[atB]) return false;
  return true;
}

function note(image: Image, slot: number, depth: number, flags: number, path: Path, labels: number): void {
  if (flags & NODE.RULES) {
    path.rule[path.count] = firstRule(image, slot);
    path.depth[path.count++] = depth;
  }
  if (!(flags & NODE.SYSTEM)) return;
  let rule = firstRule(image, slot);
  for (; ; rule++) {
    const kind = image.ruleKinds[rule];
    if ((kind & RULE.SET) === SYSTEM_SET) {
      if (((kind >> RULE.MATCH_SHIFT) & RULE.MATCH) === MATCH.BELOW) {
        if (depth < labels) path.searchDepth = depth;
      } else if ((kind >> RULE.ACTION_SHIFT) & RULE.ACTION) {
        path.forward = image.ruleLines[rule];
        path.forwardDepth = depth;
      } else {
        path.special = image.ruleLines[rule];
        path.specialDepth = depth;
      }
    }
    if (kind & RULE.LAST) return;
  }
}
