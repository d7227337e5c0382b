// Writes names, labels and rules into the image, as the walk in match.ts looks for them.

import { type NameTable, NODE_WORD, NODE_WORDS, ROOT } from './compile-names.ts';
import { DISTANCE_SHIFT, FAR, type Image, NODE, RULE, SYSTEM_SET } from './image.ts';
import { SLOT_WORDS } from './image-sections.ts';
import { homeSlot, sieveBits, sieveWord, slotKey } from './match.ts';
import { ACTION, MATCH } from './rule.ts';

/**
 * Names for each home. Fuller saves memory and lengthens searches; with names in the order of their homes a search looks
 * at (1 + 1 / (1 - LOAD)) / 2 slots, side by side; and of misses the sieve lets few come so far.
 */
const LOAD = 0.9;

/** Names for each word of the sieve: with two bits each, one miss in thirty passes it. */
const NAMES_PER_SIEVE_WORD = 3;

const { PARENT, HASH, LABEL, RULE: NEWEST } = NODE_WORD;

/** How names will lie in the table. */
export interface SlotPlan {
  homeCount: number;
  slotCount: number;
  sieveWords: number;
  /** By home, the slot of the next name to be placed. */
  next: Int32Array<ArrayBuffer>;
}

/** Gives each home its slots: names stand at their home, or behind those that came to theirs earlier in the table. */
export function planSlots(names: NameTable): SlotPlan {
  const homeCount = Math.ceil((names.nodeCount - 1) / LOAD);
  const next = new Int32Array(homeCount + 1);
  for (let node = 1; node < names.nodeCount; node++) next[homeSlot(names.nodes[node * NODE_WORDS + HASH], homeCount)]++;
  let free = 1;
  for (let home = 1; home <= homeCount; home++) {
    const here = next[home];
    next[home] = Math.max(home, free);
    if (here > 0) free = next[home] + here;
  }
  // The last slot stays empty; it is at or behind the last home, where a search may begin.
  const sieveWords = Math.ceil(names.nodeCount / NAMES_PER_SIEVE_WORD);
  return { homeCount, slotCount: Math.max(homeCount, free), sieveWords, next };
}

/**
 * Fills the image's pool, rules and nodes. `lenient`: see NODE.LENIENT, by set. `isManaged`: some group has a fallback,
 * which blocks names above special-use names and own zones, and not these.
 */
export function writeNames(
  image: Image,
  names: NameTable,
  plan: SlotPlan,
  lenient: readonly boolean[],
  isManaged: boolean,
): void {
  image.pool.set(names.labels.bytes.subarray(0, names.labels.length));
  const flags = writeRules(image, names, lenient, isManaged ? NODE.SYSTEM | HERE : NODE.SYSTEM);
  passUp(names, flags);
  place(image, names, plan, flags);
}

/** Here: a rule of the node itself is lenient. Not in the image: a walk only asks what lies beneath. */
const HERE = 1;

/**
 * Writes each node's rules one behind the other, nodes in their order, and returns each node's flags. The newest rule
 * of each node in `names` gives way to the first in the image. `system`: the flags of a special-use name or own zone.
 */
function writeRules(image: Image, names: NameTable, lenient: readonly boolean[], system: number): Int32Array {
  const { nodes, ruleKinds, ruleLines, olderRules } = names;
  const flags = new Int32Array(names.nodeCount);
  let first = 0;
  for (let node = 0; node < names.nodeCount; node++) {
    const newest = nodes[node * NODE_WORDS + NEWEST];
    if (newest === 0) continue;
    let end = first;
    for (let rule = newest; rule !== 0; rule = olderRules[rule - 1]) end++;
    // The chain begins with the newest, and the oldest is written first.
    let at = end;
    for (let rule = newest; rule !== 0; rule = olderRules[rule - 1]) {
      const kind = ruleKinds[rule - 1];
      image.ruleLines[--at] = ruleLines[rule - 1];
      image.ruleKinds[at] = kind;
      flags[node] |= flagsOf(kind, lenient, system);
    }
    image.ruleKinds[end - 1] |= RULE.LAST;
    nodes[node * NODE_WORDS + NEWEST] = first + 1;
    first = end;
  }
  return flags;
}

function flagsOf(kind: number, lenient: readonly boolean[], system: number): number {
  const set = kind & RULE.SET;
  // A search domain lets nothing through by itself.
  if (set === SYSTEM_SET) return ((kind >> RULE.MATCH_SHIFT) & RULE.MATCH) === MATCH.BELOW ? NODE.SYSTEM : system;
  const allows = ((kind >> RULE.ACTION_SHIFT) & RULE.ACTION) === ACTION.ALLOW;
  return allows || lenient[set] ? NODE.RULES | HERE : NODE.RULES;
}

/** Tells each node what lies beneath it: children are numbered after their parents, so one pass backwards does. */
function passUp(names: NameTable, flags: Int32Array): void {
  for (let node = names.nodeCount - 1; node > ROOT; node--) {
    const lenient = flags[node] & (HERE | NODE.LENIENT) ? NODE.LENIENT : 0;
    flags[names.nodes[node * NODE_WORDS + PARENT]] |= NODE.CHILDREN | lenient;
  }
}

/** Writes each node to its slot, parents first, as their slot is in a child's key. */
function place(image: Image, names: NameTable, plan: SlotPlan, flags: Int32Array): void {
  const { nodes, sieve } = image;
  const slotOf = new Int32Array(names.nodeCount);
  nodes[1] = flags[ROOT] & ~HERE;
  nodes[2] = names.nodes[ROOT * NODE_WORDS + NEWEST];
  for (let node = 1; node < names.nodeCount; node++) {
    const hash = names.nodes[node * NODE_WORDS + HASH];
    const home = homeSlot(hash, plan.homeCount);
    const slot = plan.next[home]++;
    sieve[sieveWord(hash, sieve.length)] |= sieveBits(hash);
    slotOf[node] = slot;
    nodes[slot * SLOT_WORDS] = slotKey(slotOf[names.nodes[node * NODE_WORDS + PARENT]], hash);
    nodes[slot * SLOT_WORDS + 1] = names.nodes[node * NODE_WORDS + LABEL] | (flags[node] & ~HERE);
    nodes[slot * SLOT_WORDS + 2] =
      names.nodes[node * NODE_WORDS + NEWEST] | (Math.min(slot - home, FAR) << DISTANCE_SHIFT);
  }
  slotOf.buffer.transfer(0);
  plan.next.buffer.transfer(0);
}
