// The sections of an image in their order, and where each lies: all of it follows from the counts in the header.

import { MAC_OCTETS } from '../wire/device-option.ts';

export const HEADER_WORDS = 48;
export const HEADER_OCTETS = HEADER_WORDS * 4;

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
  /** Words of the sieve. */
  SIEVE: 15,
  EXCEPTIONS: 16,
  /** Groups with exceptions of some of their clients, numbered on from the groups. */
  DERIVED: 17,
  /** The exceptions of derived groups, in all. */
  EXCEPTED: 18,
  /** Listeners up to the last one that some group names. */
  LISTENERS: 19,
  /** Tables of ranges: one, and one more for each listener that some group names; devices.ts says which more there are. */
  TABLES: 20,
  CHANGES: 21,
  /** Octets of structured errors. */
  STRUCTURED: 22,
  /** Prefixes of addresses that carry rules, and the ranges that lead to them, by family. */
  PREFIXES: 23,
  ADDRESS_RANGES4: 24,
  ADDRESS_RANGES6: 25,
  /** Devices that somebody may name; places for their names, a power of two or none; octets of their ids. */
  DEVICES: 26,
  DEVICE_SLOTS: 27,
  DEVICE_IDS: 28,
} as const;
export const COUNTS = 29;

/**
 * Words of one slot: key (parent slot and tag, 0 where empty), label (offset in the pool and NODE), rules (first + 1, 0
 * for none, and the distance from home).
 */
export const SLOT_WORDS = 3;

/** Octets of one answer's record: see answer.ts. */
export const ANSWER_OCTETS = 128;
/** Structured errors of one answer: in full, and short. */
export const STRUCTURED_TEXTS = 2;

/** The sections in their order and the octets of each. */
const SECTIONS: [name: string, octets: (count: ArrayLike<number>) => number][] = [
  ['sieve', (count) => count[COUNT.SIEVE] * 4],
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
  ['blocks', (count) => count[COUNT.POLICIES] * 8],
  ['onExpiry', (count) => count[COUNT.POLICIES]],
  ['modes', (count) => count[COUNT.GROUPS] * count[COUNT.POLICIES]],
  ['answerOf', (count) => count[COUNT.GROUPS] * count[COUNT.POLICIES] * 2],
  ['answers', (count) => count[COUNT.ANSWERS] * ANSWER_OCTETS],
  ['structuredStarts', (count) => (count[COUNT.ANSWERS] * STRUCTURED_TEXTS + 1) * 4],
  ['structured', (count) => count[COUNT.STRUCTURED]],
  ['allowStarts', (count) => (count[COUNT.GROUPS] + 1) * 4],
  ['allowSources', (count) => count[COUNT.ALLOWS] * 2],
  ['fallbackModes', (count) => count[COUNT.GROUPS]],
  ['fallbackPolicies', (count) => count[COUNT.GROUPS]],
  ['exceptionPolicies', (count) => count[COUNT.EXCEPTIONS]],
  ['exceptionStarts', (count) => count[COUNT.EXCEPTIONS] * 8],
  ['exceptionEnds', (count) => count[COUNT.EXCEPTIONS] * 8],
  ['bases', (count) => count[COUNT.DERIVED] * 2],
  ['exceptedStarts', (count) => (count[COUNT.DERIVED] + 1) * 4],
  ['excepted', (count) => count[COUNT.EXCEPTED] * 2],
  ['changes', (count) => count[COUNT.CHANGES] * 8],
  ['deviceSlots', (count) => count[COUNT.DEVICE_SLOTS] * 4],
  ['deviceIdStarts', (count) => (count[COUNT.DEVICES] + 1) * 4],
  ['deviceIds', (count) => count[COUNT.DEVICE_IDS]],
  ['deviceMacs', (count) => count[COUNT.DEVICES] * MAC_OCTETS],
  ['deviceTables', (count) => count[COUNT.DEVICES] * 4],
  ['tableOf', (count) => count[COUNT.LISTENERS] * 2],
  ['tableStarts4', (count) => (count[COUNT.TABLES] + 1) * 4],
  ['tableStarts6', (count) => (count[COUNT.TABLES] + 1) * 4],
  ['starts4', (count) => count[COUNT.RANGES4] * 4],
  ['groups4', (count) => count[COUNT.RANGES4] * 2],
  ['starts6', (count) => count[COUNT.RANGES6] * 16],
  ['groups6', (count) => count[COUNT.RANGES6] * 2],
  ['prefixRules', (count) => count[COUNT.PREFIXES] * 4],
  ['prefixParents', (count) => count[COUNT.PREFIXES] * 4],
  ['prefixLengths', (count) => count[COUNT.PREFIXES]],
  ['addressStarts4', (count) => count[COUNT.ADDRESS_RANGES4] * 4],
  ['addressPrefixes4', (count) => count[COUNT.ADDRESS_RANGES4] * 4],
  ['addressStarts6', (count) => count[COUNT.ADDRESS_RANGES6] * 16],
  ['addressPrefixes6', (count) => count[COUNT.ADDRESS_RANGES6] * 4],
  ['metadata', (count) => count[COUNT.METADATA]],
];

/** Where a section lies, in octets. */
export interface Section {
  offset: number;
  octets: number;
}

/** Where each section lies, every one beginning on 8 octets, and the octets of the whole image. */
export function planSections(counts: ArrayLike<number>): { sections: Map<string, Section>; total: number } {
  const sections = new Map<string, Section>();
  let total = HEADER_OCTETS;
  for (const [name, octetsOf] of SECTIONS) {
    const octets = octetsOf(counts);
    sections.set(name, { offset: total, octets });
    total += (octets + 7) & ~7;
  }
  return { sections, total };
}

/** The octets of each section by name, for people. */
export function sectionOctets(counts: ArrayLike<number>): Record<string, number> {
  return Object.fromEntries(SECTIONS.map(([name, octets]) => [name, octets(counts)]));
}
