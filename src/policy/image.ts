// The compiled policy as it lies in memory: one immutable SharedArrayBuffer, its sections, and the check before adoption.

/** The header's words. Section offsets are not stored: they follow from the counts, so they cannot disagree. */
export const WORD = {
  MAGIC: 0,
  LAYOUT: 1,
  GENERATION: 2,
  /** What names must be read with to be found here. */
  SEED: 3,
  TOTAL: 4,
  /** The group that takes clients no prefix names, or -1. */
  ANY_GROUP: 5,
  /** First of the counts, in the order of COUNT. */
  COUNTS: 6,
  CONTENTS_CHECKSUM: 30,
  HEADER_CHECKSUM: 31,
} as const;

/** How many items each kind of section holds. */
export const COUNT = {
  /** Places for names other than the root, which has place 0; the last stays empty, so that every search ends. */
  SLOTS: 0,
  /** Octets of interned labels. */
  POOL: 1,
  RULES: 2,
  SETS: 3,
  SET_POLICIES: 4,
  SOURCES: 5,
  SOURCE_POLICIES: 6,
  POLICIES: 7,
  GROUPS: 8,
  ALLOWS: 9,
  ANSWERS: 10,
  RANGES4: 11,
  RANGES6: 12,
  METADATA: 13,
  /** The slots, from the first, where the search for a name may begin. */
  HOMES: 14,
} as const;
const COUNTS = 15;

const MAGIC = 0x534c5549;
/** Moves whenever a section or a bit below changes its meaning. */
export const LAYOUT = 1;
const HEADER_WORDS = 32;
const HEADER_OCTETS = HEADER_WORDS * 4;

/**
 * Words of one slot: key (parent slot and tag, 0 where empty), label (offset in the pool and NODE), rules (first + 1, 0
 * for none, and the distance from home).
 */
export const SLOT_WORDS = 3;
export const MAX_SLOTS = 0xffffff;
/** Low bits of a slot's second word: where its label stands in the pool. */
export const LABEL_BITS = 0x0fffffff;
/** Low bits of a slot's third word: its first rule + 1. */
export const RULE_BITS = 0x03ffffff;
/** The high bits: how many slots behind its home a name stands, or as many or more where it is FAR. */
export const DISTANCE_SHIFT = 26;
export const FAR = 63;
/** High bits of a slot's second word. */
export const NODE = {
  /** Another name lies beneath. */
  CHILDREN: 0x10000000,
  /** Somewhere beneath lies a rule that may let a name through: an allow, or a facet that some policy leaves out. */
  LENIENT: 0x20000000,
  /** A special-use name or a forward zone begins here. */
  SYSTEM: 0x40000000,
  /** Policy rules stand here. */
  RULES: 0x80000000 | 0,
} as const;

/** A rule's 16 bits: set, MATCH, ACTION, and whether it is its name's last. */
export const RULE = { SET: 0x0fff, MATCH_SHIFT: 12, MATCH: 3, ACTION_SHIFT: 14, ACTION: 1, LAST: 0x8000 } as const;
/** The set of rules that belong to no policy. Its action bit says which: 0 a special-use name, 1 a forward zone. */
export const SYSTEM_SET = 0x0fff;

export const MAX_POLICIES = 255;
export const MAX_SETS = 4095;
export const MAX_GROUPS = 4095;

/** One answer: octets from the start of its record. */
export const ANSWER_FIELD = {
  KIND: 0,
  HAS_IPV4: 1,
  HAS_IPV6: 2,
  TEXT_LENGTH: 3,
  EDE: 4,
  TTL: 8,
  IPV4: 12,
  IPV6: 16,
  TEXT: 32,
};
export const ANSWER_OCTETS = 128;
export const MAX_ANSWER_TEXT = ANSWER_OCTETS - 32;

/** The sections in their order and the octets of each. */
const SECTIONS: [name: string, octets: (count: ArrayLike<number>) => number][] = [
  ['nodes', (count) => (count[COUNT.SLOTS] + 1) * SLOT_WORDS * 4],
  ['pool', (count) => count[COUNT.POOL]],
  ['ruleLines', (count) => count[COUNT.RULES] * 4],
  ['ruleKinds', (count) => count[COUNT.RULES] * 2],
  ['setSources', (count) => count[COUNT.SETS] * 2],
  ['setFacets', (count) => count[COUNT.SETS]],
  ['setPolicyStarts', (count) => (count[COUNT.SETS] + 1) * 4],
  ['setPolicies', (count) => count[COUNT.SET_POLICIES]],
  ['sourcePolicyStarts', (count) => (count[COUNT.SOURCES] + 1) * 4],
  ['sourcePolicies', (count) => count[COUNT.SOURCE_POLICIES]],
  ['effective', (count) => count[COUNT.POLICIES] * 8],
  ['expires', (count) => count[COUNT.POLICIES] * 8],
  ['onExpiry', (count) => count[COUNT.POLICIES]],
  ['modes', (count) => count[COUNT.GROUPS] * count[COUNT.POLICIES]],
  ['answerOf', (count) => count[COUNT.GROUPS] * count[COUNT.POLICIES] * 2],
  ['answers', (count) => count[COUNT.ANSWERS] * ANSWER_OCTETS],
  ['allowStarts', (count) => (count[COUNT.GROUPS] + 1) * 4],
  ['allowSources', (count) => count[COUNT.ALLOWS] * 2],
  ['starts4', (count) => count[COUNT.RANGES4] * 4],
  ['groups4', (count) => count[COUNT.RANGES4] * 2],
  ['starts6', (count) => count[COUNT.RANGES6] * 16],
  ['groups6', (count) => count[COUNT.RANGES6] * 2],
  ['metadata', (count) => count[COUNT.METADATA]],
];

/** Where each section begins, in octets, and the octets it takes; every section begins on 8 octets. */
export function planSections(counts: ArrayLike<number>): { offsets: Map<string, number>; total: number } {
  const offsets = new Map<string, number>();
  let total = HEADER_OCTETS;
  for (const [name, octets] of SECTIONS) {
    offsets.set(name, total);
    total += (octets(counts) + 7) & ~7;
  }
  return { offsets, total };
}

/** The octets of each section by name, for people. */
export function sectionOctets(counts: ArrayLike<number>): Record<string, number> {
  return Object.fromEntries(SECTIONS.map(([name, octets]) => [name, octets(counts)]));
}

/** Views on one image. Readers never write; the compiler writes through the same views before it hands the buffer on. */
export class Image {
  readonly buffer: SharedArrayBuffer;
  readonly header: Int32Array;
  /** The whole buffer, for copying answers out of it. */
  readonly bytes: Uint8Array;
  readonly seed: number;
  readonly homeCount: number;
  readonly policyCount: number;
  readonly nodes: Int32Array;
  readonly pool: Uint8Array;
  readonly ruleLines: Uint32Array;
  readonly ruleKinds: Uint16Array;
  readonly setSources: Uint16Array;
  readonly setFacets: Uint8Array;
  /** The policies that cover set s: `setPolicies[setPolicyStarts[s], setPolicyStarts[s + 1])`, ascending. */
  readonly setPolicyStarts: Uint32Array;
  readonly setPolicies: Uint8Array;
  /** The policies that cover any facet of a source, likewise. */
  readonly sourcePolicyStarts: Uint32Array;
  readonly sourcePolicies: Uint8Array;
  /** Unix seconds, -Infinity where a policy has always been in force. */
  readonly effective: Float64Array;
  /** Unix seconds, Infinity where it never ends. */
  readonly expires: Float64Array;
  readonly onExpiry: Uint8Array;
  /** MODE of policy p for group g at `g * policyCount + p`; so `answerOf`. */
  readonly modes: Uint8Array;
  readonly answerOf: Uint16Array;
  /** Where the first answer's record begins in `bytes`. */
  readonly answersOffset: number;
  readonly allowStarts: Uint32Array;
  readonly allowSources: Uint16Array;
  readonly starts4: Uint32Array;
  readonly groups4: Int16Array;
  readonly starts6: Uint32Array;
  readonly groups6: Int16Array;
  readonly metadata: Uint8Array;

  /** `buffer` has passed `checkImage`. */
  constructor(buffer: SharedArrayBuffer) {
    const header = new Int32Array(buffer, 0, HEADER_WORDS);
    const counts = header.subarray(WORD.COUNTS, WORD.COUNTS + COUNTS);
    const { offsets } = planSections(counts);
    const at = (name: string): number => offsets.get(name) ?? 0;
    const { [COUNT.SLOTS]: slots, [COUNT.RULES]: rules, [COUNT.SETS]: sets, [COUNT.SOURCES]: sources } = counts;
    const { [COUNT.POLICIES]: policies, [COUNT.GROUPS]: groups } = counts;
    this.buffer = buffer;
    this.header = header;
    this.bytes = new Uint8Array(buffer);
    this.seed = header[WORD.SEED];
    this.homeCount = counts[COUNT.HOMES];
    this.policyCount = policies;
    this.nodes = new Int32Array(buffer, at('nodes'), (slots + 1) * SLOT_WORDS);
    this.pool = new Uint8Array(buffer, at('pool'), counts[COUNT.POOL]);
    this.ruleLines = new Uint32Array(buffer, at('ruleLines'), rules);
    this.ruleKinds = new Uint16Array(buffer, at('ruleKinds'), rules);
    this.setSources = new Uint16Array(buffer, at('setSources'), sets);
    this.setFacets = new Uint8Array(buffer, at('setFacets'), sets);
    this.setPolicyStarts = new Uint32Array(buffer, at('setPolicyStarts'), sets + 1);
    this.setPolicies = new Uint8Array(buffer, at('setPolicies'), counts[COUNT.SET_POLICIES]);
    this.sourcePolicyStarts = new Uint32Array(buffer, at('sourcePolicyStarts'), sources + 1);
    this.sourcePolicies = new Uint8Array(buffer, at('sourcePolicies'), counts[COUNT.SOURCE_POLICIES]);
    this.effective = new Float64Array(buffer, at('effective'), policies);
    this.expires = new Float64Array(buffer, at('expires'), policies);
    this.onExpiry = new Uint8Array(buffer, at('onExpiry'), policies);
    this.modes = new Uint8Array(buffer, at('modes'), groups * policies);
    this.answerOf = new Uint16Array(buffer, at('answerOf'), groups * policies);
    this.answersOffset = at('answers');
    this.allowStarts = new Uint32Array(buffer, at('allowStarts'), groups + 1);
    this.allowSources = new Uint16Array(buffer, at('allowSources'), counts[COUNT.ALLOWS]);
    this.starts4 = new Uint32Array(buffer, at('starts4'), counts[COUNT.RANGES4]);
    this.groups4 = new Int16Array(buffer, at('groups4'), counts[COUNT.RANGES4]);
    this.starts6 = new Uint32Array(buffer, at('starts6'), counts[COUNT.RANGES6] * 4);
    this.groups6 = new Int16Array(buffer, at('groups6'), counts[COUNT.RANGES6]);
    this.metadata = new Uint8Array(buffer, at('metadata'), counts[COUNT.METADATA]);
  }

  get generation(): number {
    return this.header[WORD.GENERATION];
  }

  get anyGroup(): number {
    return this.header[WORD.ANY_GROUP];
  }

  count(which: number): number {
    return this.header[WORD.COUNTS + which];
  }
}

/** Makes an empty image of the right size, its header written but for the checksums. */
export function allocateImage(counts: ArrayLike<number>, generation: number, seed: number, anyGroup: number): Image {
  const { total } = planSections(counts);
  const buffer = new SharedArrayBuffer(total);
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  header[WORD.MAGIC] = MAGIC;
  header[WORD.LAYOUT] = LAYOUT;
  header[WORD.GENERATION] = generation;
  header[WORD.SEED] = seed;
  header[WORD.TOTAL] = total;
  header[WORD.ANY_GROUP] = anyGroup;
  for (let which = 0; which < COUNTS; which++) header[WORD.COUNTS + which] = counts[which];
  return new Image(buffer);
}

function checksum(words: Int32Array, start: number, end: number): number {
  let sum = 0x811c9dc5 | 0;
  for (let at = start; at < end; at++) sum = Math.imul(sum ^ words[at], 0x01000193) ^ (sum >>> 15);
  return sum;
}

/** Writes the checksums: the compiler's last act. */
export function sealImage(image: Image): void {
  const words = new Int32Array(image.buffer);
  image.header[WORD.CONTENTS_CHECKSUM] = checksum(words, HEADER_WORDS, words.length);
  image.header[WORD.HEADER_CHECKSUM] = checksum(image.header, 0, WORD.HEADER_CHECKSUM);
}

/**
 * What is wrong with `buffer` as an image, in words, or undefined when a receiver may adopt it. Reads the header only,
 * so it costs a worker nothing. `seed`, where given, must be the one that the receiver reads names with: under
 * another, no rule would ever be found.
 */
export function checkImage(buffer: SharedArrayBuffer, seed?: number): string | undefined {
  if (buffer.byteLength < HEADER_OCTETS) return `image: ${buffer.byteLength} octets is less than a header`;
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  if (header[WORD.MAGIC] !== MAGIC) return 'image: this is no policy image';
  if (header[WORD.LAYOUT] !== LAYOUT) return `image: layout ${header[WORD.LAYOUT]}, and this is layout ${LAYOUT}`;
  if (header[WORD.HEADER_CHECKSUM] !== checksum(header, 0, WORD.HEADER_CHECKSUM)) return 'image: the header is corrupt';
  const { total } = planSections(header.subarray(WORD.COUNTS, WORD.COUNTS + COUNTS));
  if (total !== header[WORD.TOTAL] || total !== buffer.byteLength) {
    return `image: ${buffer.byteLength} octets where ${total} were announced`;
  }
  if (seed !== undefined && header[WORD.SEED] !== (seed | 0)) return 'image: compiled for names of another seed';
  return undefined;
}

/** As `checkImage`, and reads every octet too (about a millisecond a megabyte): for main, before it hands an image out. */
export function checkContents(buffer: SharedArrayBuffer, seed?: number): string | undefined {
  const problem = checkImage(buffer, seed);
  if (problem) return problem;
  const words = new Int32Array(buffer);
  const intact = words[WORD.CONTENTS_CHECKSUM] === checksum(words, HEADER_WORDS, words.length);
  return intact ? undefined : 'image: the contents are corrupt';
}
