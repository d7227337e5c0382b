// The compiled policy as it lies in memory: one immutable SharedArrayBuffer, and its bits.

import { COUNT, COUNTS, HEADER_WORDS, planSections, type Section } from './image-sections.ts';

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
  CONTENTS_CHECKSUM: 46,
  HEADER_CHECKSUM: 47,
} as const;

export const MAGIC = 0x534c5549;
/** Moves whenever a section or a bit below changes its meaning. */
export const LAYOUT = 6;

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
  /**
   * Somewhere beneath lies a rule that may let a name through: an allow, or a facet that some policy leaves out. Where a
   * group has a fallback, so does a special-use name or a forward zone, which it does not touch.
   */
  LENIENT: 0x20000000,
  /** A special-use name, a forward zone or a search domain begins here. */
  SYSTEM: 0x40000000,
  /** Policy rules stand here. */
  RULES: 0x80000000 | 0,
} as const;

/** A rule's 16 bits: set, MATCH, ACTION, and whether it is its name's last. */
export const RULE = { SET: 0x0fff, MATCH_SHIFT: 12, MATCH: 3, ACTION_SHIFT: 14, ACTION: 1, LAST: 0x8000 } as const;
/**
 * The set of rules that belong to no policy. Of those that match below a name, each is a search domain; of the others,
 * the action bit says which: 0 a special-use name, 1 a forward zone.
 */
export const SYSTEM_SET = 0x0fff;

export const MAX_POLICIES = 255;
export const MAX_SETS = 4095;
export const MAX_GROUPS = 4095;
/** Groups and derived groups together. */
export const MAX_NUMBERED_GROUPS = 0x7fff;
export const MAX_EXCEPTIONS = 0xffff;
export const MAX_LISTENERS = 0xfffe;
export const MAX_DEVICES = 0xfffff;
/** The number of a device, where none is named. */
export const NO_DEVICE = -1;

interface ViewKind<View> {
  new (buffer: SharedArrayBuffer, offset: number, length: number): View;
  readonly BYTES_PER_ELEMENT: number;
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
  /** Derived groups are numbered from here. */
  readonly groupCount: number;
  /** Whether some group has a fallback, some group names a listener, some rule an address: most images spare their queries a look. */
  readonly hasFallbacks: boolean;
  readonly hasListeners: boolean;
  readonly hasAddresses: boolean;
  /** None where nobody's word is taken on which device asks. */
  readonly deviceCount: number;
  /** Two bits of one word for each node, so that most misses end in a section small enough for the processor's cache. */
  readonly sieve: Int32Array;
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
  /** Unix seconds from which it may block, -Infinity where it always may. */
  readonly blocks: Float64Array;
  readonly onExpiry: Uint8Array;
  /** MODE of policy p for group g at `g * policyCount + p`; so `answerOf`. */
  readonly modes: Uint8Array;
  readonly answerOf: Uint16Array;
  /** Records of ANSWER_OCTETS each: see answer.ts. */
  readonly answers: Uint8Array;
  /** Texts of answer a: STRUCTURED_TEXTS from `a * STRUCTURED_TEXTS` on; t is `structured[structuredStarts[t], structuredStarts[t + 1])`. */
  readonly structuredStarts: Uint32Array;
  readonly structured: Uint8Array;
  readonly allowStarts: Uint32Array;
  readonly allowSources: Uint16Array;
  /** By group: MODE of names that it does not approve, OFF where it says nothing of them, and by which policy. */
  readonly fallbackModes: Uint8Array;
  readonly fallbackPolicies: Uint8Array;
  /** By exception: its policy, and from when until before when it holds, in Unix seconds. */
  readonly exceptionPolicies: Uint8Array;
  readonly exceptionStarts: Float64Array;
  readonly exceptionEnds: Float64Array;
  /** By derived group, counted from 0: its group, and its exceptions `excepted[exceptedStarts[d], exceptedStarts[d + 1])`. */
  readonly bases: Int16Array;
  readonly exceptedStarts: Uint32Array;
  readonly excepted: Uint16Array;
  /** Unix seconds, whole and ascending, at each of which some verdict may change. */
  readonly changes: Float64Array;
  /** Names of devices, open-addressed (devices.ts); by device its id, its MAC, and the first of its tables of ranges. */
  readonly deviceSlots: Uint32Array;
  readonly deviceIdStarts: Uint32Array;
  readonly deviceIds: Uint8Array;
  readonly deviceMacs: Uint8Array;
  readonly deviceTables: Uint32Array;
  /** By listener, its table of ranges; those beyond have table 0. Table t: ranges [tableStarts[t], tableStarts[t + 1]). */
  readonly tableOf: Uint16Array;
  readonly tableStarts4: Uint32Array;
  readonly tableStarts6: Uint32Array;
  /** By range, where it starts, and its group or derived group. */
  readonly starts4: Uint32Array;
  readonly groups4: Int16Array;
  readonly starts6: Uint32Array;
  readonly groups6: Int16Array;
  /** By prefix of addresses: its first rule, the closest prefix around it or -1, and its length in bits. */
  readonly prefixRules: Uint32Array;
  readonly prefixParents: Int32Array;
  readonly prefixLengths: Uint8Array;
  /** By range of addresses, where it starts, and its innermost prefix or -1; none at all where no prefix is of the family. */
  readonly addressStarts4: Uint32Array;
  readonly addressPrefixes4: Int32Array;
  readonly addressStarts6: Uint32Array;
  readonly addressPrefixes6: Int32Array;
  readonly metadata: Uint8Array;

  /** `buffer` has passed `checkImage`. */
  constructor(buffer: SharedArrayBuffer) {
    const header = new Int32Array(buffer, 0, HEADER_WORDS);
    const counts = header.subarray(WORD.COUNTS, WORD.COUNTS + COUNTS);
    const { sections } = planSections(counts);
    const view = <View>(kind: ViewKind<View>, name: string): View => {
      const { offset, octets } = sections.get(name) as Section;
      return new kind(buffer, offset, octets / kind.BYTES_PER_ELEMENT);
    };
    this.buffer = buffer;
    this.header = header;
    this.bytes = new Uint8Array(buffer);
    this.seed = header[WORD.SEED];
    this.homeCount = counts[COUNT.HOMES];
    this.policyCount = counts[COUNT.POLICIES];
    this.groupCount = counts[COUNT.GROUPS];
    this.hasFallbacks = view(Uint8Array, 'fallbackModes').some((mode) => mode !== 0);
    this.hasListeners = counts[COUNT.LISTENERS] > 0;
    this.hasAddresses = counts[COUNT.PREFIXES] > 0;
    this.deviceCount = counts[COUNT.DEVICES];
    this.sieve = view(Int32Array, 'sieve');
    this.nodes = view(Int32Array, 'nodes');
    this.pool = view(Uint8Array, 'pool');
    this.ruleLines = view(Uint32Array, 'ruleLines');
    this.ruleKinds = view(Uint16Array, 'ruleKinds');
    this.setSources = view(Uint16Array, 'setSources');
    this.setFacets = view(Uint8Array, 'setFacets');
    this.setPolicyStarts = view(Uint32Array, 'setPolicyStarts');
    this.setPolicies = view(Uint8Array, 'setPolicies');
    this.sourcePolicyStarts = view(Uint32Array, 'sourcePolicyStarts');
    this.sourcePolicies = view(Uint8Array, 'sourcePolicies');
    this.effective = view(Float64Array, 'effective');
    this.expires = view(Float64Array, 'expires');
    this.blocks = view(Float64Array, 'blocks');
    this.onExpiry = view(Uint8Array, 'onExpiry');
    this.modes = view(Uint8Array, 'modes');
    this.answerOf = view(Uint16Array, 'answerOf');
    this.answers = view(Uint8Array, 'answers');
    this.structuredStarts = view(Uint32Array, 'structuredStarts');
    this.structured = view(Uint8Array, 'structured');
    this.allowStarts = view(Uint32Array, 'allowStarts');
    this.allowSources = view(Uint16Array, 'allowSources');
    this.fallbackModes = view(Uint8Array, 'fallbackModes');
    this.fallbackPolicies = view(Uint8Array, 'fallbackPolicies');
    this.exceptionPolicies = view(Uint8Array, 'exceptionPolicies');
    this.exceptionStarts = view(Float64Array, 'exceptionStarts');
    this.exceptionEnds = view(Float64Array, 'exceptionEnds');
    this.bases = view(Int16Array, 'bases');
    this.exceptedStarts = view(Uint32Array, 'exceptedStarts');
    this.excepted = view(Uint16Array, 'excepted');
    this.changes = view(Float64Array, 'changes');
    this.deviceSlots = view(Uint32Array, 'deviceSlots');
    this.deviceIdStarts = view(Uint32Array, 'deviceIdStarts');
    this.deviceIds = view(Uint8Array, 'deviceIds');
    this.deviceMacs = view(Uint8Array, 'deviceMacs');
    this.deviceTables = view(Uint32Array, 'deviceTables');
    this.tableOf = view(Uint16Array, 'tableOf');
    this.tableStarts4 = view(Uint32Array, 'tableStarts4');
    this.tableStarts6 = view(Uint32Array, 'tableStarts6');
    this.starts4 = view(Uint32Array, 'starts4');
    this.groups4 = view(Int16Array, 'groups4');
    this.starts6 = view(Uint32Array, 'starts6');
    this.groups6 = view(Int16Array, 'groups6');
    this.prefixRules = view(Uint32Array, 'prefixRules');
    this.prefixParents = view(Int32Array, 'prefixParents');
    this.prefixLengths = view(Uint8Array, 'prefixLengths');
    this.addressStarts4 = view(Uint32Array, 'addressStarts4');
    this.addressPrefixes4 = view(Int32Array, 'addressPrefixes4');
    this.addressStarts6 = view(Uint32Array, 'addressStarts6');
    this.addressPrefixes6 = view(Int32Array, 'addressPrefixes6');
    this.metadata = view(Uint8Array, 'metadata');
  }

  get generation(): number {
    return this.header[WORD.GENERATION];
  }

  get anyGroup(): number {
    return this.header[WORD.ANY_GROUP];
  }

  /** In the order of COUNT. */
  get counts(): Int32Array {
    return this.header.subarray(WORD.COUNTS, WORD.COUNTS + COUNTS);
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
