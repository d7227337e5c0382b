// The memory in which policy hits wait for the log: a ring for each worker, which alone writes it; main reads.

/** Octets of one ring, a power of two; touched only as far as events ever filled it. */
export const RING_OCTETS = 2 ** 20;
/** All places and sizes are counted in units of 8 octets, so that a record's time can be a double. */
export const UNIT = 8;
export const UNITS = RING_OCTETS / UNIT;

/** Words of a ring's header, each counter on a cache line of its own: units ever written and read, modulo 2^32. */
export const HEAD = 0;
export const TAIL = 16;
const RING_HEADER = 128;
/** Before all rings, what their reader has writers know: that it sleeps, and what it wants of them, one of WANT. */
export const SLEEP = 0;
export const WANTED = 1;
/** The order is that of less: of two who want something, the lesser number is what both can live with. */
export const WANT = {
  /** Every hit, written down. */
  HITS: 0,
  /** None for now, and how many there were. */
  COUNTS: 1,
  /** Nothing. */
  NOTHING: 2,
} as const;
const SHARED_HEADER = 64;

/**
 * Words of a record. Behind them follow the question's name and, where the verdict is not on that, what it is on (lead):
 * names as canonical wire octets, an address as its 4 or 16. A record of 0 octets says that the next one is at the beginning.
 */
export const RECORD = {
  OCTETS: 0,
  GENERATION: 1,
  /** A double, in words 2 and 3: Unix milliseconds. */
  TIME: 2,
  /** Of the client; where a forwarder named the device that asked, that device's number in the image of GENERATION. */
  ADDRESS: 4,
  /** Policy, group, facet, match and decision, in 8, 12, 3, 2 and 2 bits. The match tells an address from a name. */
  WHERE: 8,
  /** Source, NO_SOURCE where a fallback decided, and from bit 16 labels of the rule's name or bits of its prefix. */
  SOURCE: 9,
  LINE: 10,
  /** Type, length of the name from bit 16, of the lead from bit 24. */
  QUESTION: 11,
  /** Rcode, address family from bit 8 (OF_DEVICE for a device), transport from bit 16. */
  WAY: 12,
  /** Number of the exception that let the name through + 1, 0 for none. */
  EXCEPTION: 13,
} as const;
/** In place of the family of an address. */
export const OF_DEVICE = 0;
/** Octets of a record before its names. */
export const NAMES = 56;

/** The source where no rule decided but a group's fallback. */
export const NO_SOURCE = 0xffff;

/** The rcode of what is observed: it is answered later, by others. */
export const NO_RCODE = 0xff;

/** Octets of shared memory for the rings of `workers` workers. */
export function allocateEvents(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(SHARED_HEADER + workers * (RING_HEADER + RING_OCTETS));
}

/** View on the words before all rings. */
export function sharedWords(buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, 0, SHARED_HEADER / 4);
}

/** Views on one worker's ring. */
export class Ring {
  readonly shared: Int32Array;
  readonly places: Int32Array;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly times: Float64Array;

  constructor(buffer: SharedArrayBuffer, worker: number) {
    const start = SHARED_HEADER + worker * (RING_HEADER + RING_OCTETS);
    const records = start + RING_HEADER;
    this.shared = sharedWords(buffer);
    this.places = new Int32Array(buffer, start, RING_HEADER / 4);
    this.bytes = new Uint8Array(buffer, records, RING_OCTETS);
    this.words = new Uint32Array(buffer, records, RING_OCTETS / 4);
    this.times = new Float64Array(buffer, records, UNITS);
  }
}
