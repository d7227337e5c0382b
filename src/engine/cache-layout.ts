// Where everything stands in the packet cache's shared memory, and the arithmetic of positions in its log.

import type { Name } from '../wire/name.ts';

/** Words of one granule: entries begin on a cache line and fill whole ones. */
export const GRANULE_WORDS = 16;
/** Ways of an index bucket: seven tags, seven positions and seven visited octets are one cache line. */
export const WAYS = 7;
const BUCKET_WORDS = 16;
/** Where the visited octets stand in a bucket, in octets. */
const VISITED_OFFSET = 2 * WAYS * 4;
/** Words of log behind one bucket. An entry fills 2 to 4 granules as a rule, so buckets stay a little over half full. */
const LOG_WORDS_PER_BUCKET = 160;
const CONTROL_WORDS = 64;

/** Control words, each kind of traffic on its own cache line. */
export const CONTROL = {
  /** 0, or the number of the worker that writes, plus 1. */
  LOCK: 0,
  /** The oldest position that may still be read. Moves before the bytes behind it are used again. */
  TAIL: 16,
  /** Where the next entry goes. */
  HEAD: 17,
  /** Entries in the index. */
  ENTRIES: 32,
} as const;

/** Words of an entry's header. All but the first two are under the checksum, with the marks and the message. */
export const ENTRY = {
  POSITION: 0,
  CHECKSUM: 1,
  TAG: 2,
  /** flags << 24 | name length << 16 | type */
  KEY: 3,
  /** message length; 0 in a pad, which fills the log to its end */
  SIZE: 4,
  /** alias targets << 16 | TTL fields: how many offsets follow the header, targets first */
  MARKS: 5,
  TTL: 6,
  STORED: 7,
  GENERATION: 8,
} as const;
export const ENTRY_WORDS = 9;
/** The first header word under the checksum. */
export const SUMMED = ENTRY.TAG;
/** Most offsets in one entry: 5,957 records of 11 octets fit a message, each with one TTL and at most one target. */
export const MAX_MARKS = 12_288;

/** Octets of the smallest cache: below it one large reply would be most of the log. */
export const MIN_CACHE = 256 * 1024;
/** Octets of the largest: positions must tell at least 64 laps of the log apart. */
export const MAX_CACHE = 4 * 1024 ** 3;

/** The hash of a whole key, every bit of it depending on every bit of name hash, type and flags (MurmurHash3's end). */
export function hashKey(nameHash: number, type: number, flags: number): number {
  let hash = nameHash ^ Math.imul(type | (flags << 16), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** The word that, with the name's octets, is an entry's whole key; class IN goes without saying. */
export function keyWord(name: Name, type: number, flags: number): number {
  return (flags << 24) | (name.length << 16) | type;
}

/** Granules of an entry with `marks` offsets and `length` octets of message. */
export function entryGranules(marks: number, length: number): number {
  const words = ENTRY_WORDS + ((marks + 1) >> 1) + ((length + 3) >> 2);
  return Math.ceil(words / GRANULE_WORDS);
}

/** Seconds since `stored`, both uint32; 0 when the clock went back. */
export function secondsSince(stored: number, seconds: number): number {
  return Math.max((seconds - stored) | 0, 0);
}

/** Fletcher's two sums in one word: the first depends on every bit, the second on their order. */
export function foldSums(sum: number, weighted: number): number {
  return sum ^ Math.imul(weighted, 0x9e3779b1);
}

/**
 * One thread's views of a cache's memory: control words, index, log.
 *
 * A position is an int32 holding an unsigned number: the lap above `mask`, the granule (from 1, so that no position
 * is 0) below it. Positions only grow, modulo 2^32, so `(a - b) >>> 0` is how far a lies ahead of b.
 */
export class CacheMemory {
  readonly words: Int32Array;
  readonly halves: Uint16Array;
  readonly bytes: Uint8Array;
  readonly buckets: number;
  /** Granules of the log. */
  readonly granules: number;
  /** Positions from one lap to the next: a power of two above `granules`. */
  readonly lap: number;
  readonly mask: number;
  /** Granules of the largest entry that is stored. */
  readonly largest: number;
  private readonly bucketScale: number;
  private readonly logWord: number;

  constructor(buffer: SharedArrayBuffer) {
    const total = Math.floor(buffer.byteLength / 64) * 16;
    this.words = new Int32Array(buffer, 0, total);
    this.halves = new Uint16Array(buffer, 0, total * 2);
    this.bytes = new Uint8Array(buffer, 0, total * 4);
    this.buckets = Math.floor((total - CONTROL_WORDS) / (BUCKET_WORDS + LOG_WORDS_PER_BUCKET));
    const logStart = CONTROL_WORDS + this.buckets * BUCKET_WORDS;
    this.granules = Math.floor((total - logStart) / GRANULE_WORDS);
    this.lap = 2 ** (32 - Math.clz32(this.granules + 1));
    this.mask = this.lap - 1;
    this.largest = this.granules >> 4;
    this.bucketScale = this.buckets / 2 ** 32;
    this.logWord = logStart - GRANULE_WORDS;
  }

  /** The first word of the bucket for `tag`. */
  bucketOf(tag: number): number {
    return this.bucketAt(((tag >>> 0) * this.bucketScale) | 0);
  }

  /** The first word of bucket number `index`. */
  bucketAt(index: number): number {
    return CONTROL_WORDS + index * BUCKET_WORDS;
  }

  /** The octet of `bytes` that says whether `way` of the bucket was hit since it was filled. */
  visitedAt(bucket: number, way: number): number {
    return bucket * 4 + VISITED_OFFSET + way;
  }

  /** The first word of what stands at `position`. */
  wordAt(position: number): number {
    return this.logWord + (position & this.mask) * GRANULE_WORDS;
  }

  /** The first position of the lap after the one of `position`. */
  nextLap(position: number): number {
    return ((position & ~this.mask) + this.lap + 1) | 0;
  }

  /** Where an entry of `size` granules starts when `head` comes next: entries never bend round the log's end. */
  startFor(head: number, size: number): number {
    return (head & this.mask) + size > this.granules + 1 ? this.nextLap(head) : head;
  }

  /** The position after `size` granules at `position`. */
  after(position: number, size: number): number {
    return (position & this.mask) + size > this.granules ? this.nextLap(position) : (position + size) | 0;
  }

  /** Granules of the entry at word `entry`, or 0 of a pad. */
  granulesOf(entry: number): number {
    const length = this.words[entry + ENTRY.SIZE] & 0xffff;
    const marks = this.words[entry + ENTRY.MARKS];
    return length === 0 ? 0 : entryGranules((marks >>> 16) + (marks & 0xffff), length);
  }

  /** Whether the entry at word `entry` has outlived its TTL. */
  isExpired(entry: number, seconds: number): boolean {
    return secondsSince(this.words[entry + ENTRY.STORED], seconds) >= this.words[entry + ENTRY.TTL];
  }

  /** The checksum of the entry at word `entry` with `count` words of marks and message. */
  checksum(entry: number, count: number): number {
    let sum = 0;
    let weighted = 0;
    for (let at = entry + SUMMED, end = entry + ENTRY_WORDS + count; at < end; at++) {
      sum = (sum + this.words[at]) | 0;
      weighted = (weighted + sum) | 0;
    }
    return foldSums(sum, weighted);
  }

  /** Granules between tail and head. */
  used(): number {
    const tail = this.words[CONTROL.TAIL];
    const head = this.words[CONTROL.HEAD];
    const apart = (head & this.mask) - (tail & this.mask);
    return (head & ~this.mask) === (tail & ~this.mask) ? apart : apart + this.granules;
  }
}

/** New memory for one cache of at most `bytes` octets. Throws RangeError outside MIN_CACHE to MAX_CACHE. */
export function allocateCache(bytes: number): SharedArrayBuffer {
  if (!(bytes >= MIN_CACHE && bytes <= MAX_CACHE)) {
    throw new RangeError(`a packet cache has ${MIN_CACHE} to ${MAX_CACHE} octets, not ${bytes}`);
  }
  const buffer = new SharedArrayBuffer(Math.floor(bytes));
  const words = new Int32Array(buffer, 0, CONTROL_WORDS);
  words[CONTROL.TAIL] = 1;
  words[CONTROL.HEAD] = 1;
  return buffer;
}
