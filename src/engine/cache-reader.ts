// Finds an entry of the packet cache without a lock, and proves that what it copied out was whole.

import { HEADER, MAX_MESSAGE } from '../wire/codes.ts';
import type { Name } from '../wire/name.ts';
import {
  type CacheMemory,
  CONTROL,
  ENTRY,
  ENTRY_WORDS,
  foldSums,
  hashKey,
  keyWord,
  MAX_MARKS,
  SUMMED,
  secondsSince,
  WAYS,
} from './cache-layout.ts';
import { WordView } from './cache-view.ts';

/** What `find` returns. */
export const CACHE = {
  MISS: 0,
  FRESH: 1,
  STALE: 2,
  /** An answer is held, so it seems, and `out` is too short for it: nothing was verified, nothing copied. */
  LARGE: 3,
} as const;

/** RFC 8767 §4: the TTL of every record in a stale answer, seconds. */
const STALE_TTL = 30;
const SUMMED_WORDS = ENTRY_WORDS - SUMMED;

/** What stands beside the message in `out` after FRESH or STALE; of no meaning after MISS. */
export class Found {
  /** Octets of the message. */
  length = 0;
  /** Seconds since it was stored. */
  age = 0;
  /** Seconds it was good for when stored. */
  ttl = 0;
  /** Seconds it is still good for; 0 when stale. */
  remaining = 0;
  generation = 0;
  targetCount = 0;
  ttlCount = 0;
  /** Where alias and SVCB targets stand in the message: the first `targetCount`. Behind them, where `ttlCount` TTLs do. */
  readonly targetOffset: Uint16Array;

  constructor(targetOffset: Uint16Array) {
    this.targetOffset = targetOffset;
  }
}

/** Writes `ttl` in network order at `at`. */
function writeTtl(out: Uint8Array, at: number, ttl: number): void {
  out[at] = ttl >>> 24;
  out[at + 1] = ttl >>> 16;
  out[at + 2] = ttl >>> 8;
  out[at + 3] = ttl;
}

/** One thread's reader. The order of its steps is the proof; see docs/decisions/0002-shared-packet-cache.md. */
export class CacheReader {
  readonly found: Found;
  /** Copies thrown away because a writer overtook this thread. */
  overtaken = 0;
  private readonly memory: CacheMemory;
  private readonly staleLimit: number;
  /** Whether the last `find` passed over an entry because `out` is too short for it. */
  private large = false;
  /** What stands before the message, copied: the header words under the checksum, then the marks. */
  private readonly front = new Int32Array(SUMMED_WORDS + MAX_MARKS / 2);
  private readonly marks = new Uint16Array(this.front.buffer, SUMMED_WORDS * 4);
  private readonly view = new WordView();
  /** Takes the copy where `out` does not start on a word, or ends within the message's last. */
  private readonly aside = new Uint8Array(MAX_MESSAGE + 1);
  private readonly asideWords = new Int32Array(this.aside.buffer);

  constructor(memory: CacheMemory, staleLimit: number) {
    this.memory = memory;
    this.staleLimit = staleLimit;
    this.found = new Found(this.marks);
  }

  /** See `PacketCache.find`. */
  find(name: Name, type: number, flags: number, seconds: number, out: Uint8Array): number {
    const { words, bytes } = this.memory;
    const tag = hashKey(name.hash, type, flags);
    const bucket = this.memory.bucketOf(tag);
    this.large = false;
    for (let way = 0; way < WAYS; way++) {
      if (words[bucket + way] !== tag) continue;
      const position = words[bucket + WAYS + way];
      if (position === 0 || !this.read(position, keyWord(name, type, flags), name, out)) continue;
      const state = this.judge(seconds, out);
      const visited = this.memory.visitedAt(bucket, way);
      // Written at the first hit only: the line stays shared between the readers' cores.
      if (state !== CACHE.MISS && bytes[visited] === 0) bytes[visited] = 1;
      return state;
    }
    return this.large ? CACHE.LARGE : CACHE.MISS;
  }

  /** Copies the entry at `position` out; true when the copy is whole and is the answer to this key. */
  private read(position: number, key: number, name: Name, out: Uint8Array): boolean {
    const { words } = this.memory;
    if ((position - words[CONTROL.TAIL]) >>> 0 >= this.memory.lap) return false;
    const entry = this.memory.wordAt(position);
    if (words[entry + ENTRY.POSITION] !== position || words[entry + ENTRY.KEY] !== key) return false;
    const length = words[entry + ENTRY.SIZE] & 0xffff;
    const marks = words[entry + ENTRY.MARKS];
    const front = SUMMED_WORDS + (((marks >>> 16) + (marks & 0xffff) + 1) >> 1);
    const rest = (length + 3) >> 2;
    // What a writer is just changing may say anything: bounds first.
    if (front > this.front.length) return false;
    if (length > out.length) {
      this.large = true;
      return false;
    }
    if (entry + SUMMED + front + rest > words.length) return false;
    this.view.select(out);
    const direct = this.view.aligned && rest * 4 <= out.length;
    const sum = direct
      ? this.copy(entry + SUMMED, front, rest, this.view.words, this.view.start)
      : this.copy(entry + SUMMED, front, rest, this.asideWords, 0);
    const copied = direct ? out : this.aside;
    if (!this.isWhole(position, sum, words[entry + ENTRY.CHECKSUM])) {
      this.overtaken++;
      return false;
    }
    if (!isAnswerTo(name, copied)) return false;
    if (!direct) for (let at = 0; at < length; at++) out[at] = copied[at];
    this.found.length = length;
    return true;
  }

  /** Copies `front` words from word `from` to this.front and the `rest` to `target`; returns the checksum of both. */
  private copy(from: number, front: number, rest: number, target: Int32Array, start: number): number {
    const { words } = this.memory;
    const head = this.front;
    let sum = 0;
    let weighted = 0;
    for (let at = 0; at < front; at++) {
      const word = words[from + at];
      head[at] = word;
      sum = (sum + word) | 0;
      weighted = (weighted + sum) | 0;
    }
    const body = from + front;
    for (let at = 0; at < rest; at++) {
      const word = words[body + at];
      target[start + at] = word;
      sum = (sum + word) | 0;
      weighted = (weighted + sum) | 0;
    }
    return foldSums(sum, weighted);
  }

  /** Whether what was copied from `position` was whole: its sum holds, and the tail has still not passed it. */
  private isWhole(position: number, sum: number, checksum: number): boolean {
    return this.isSummed(sum, checksum) && this.isStillLive(position);
  }

  /** Guards CPUs that let a copy's loads or a writer's stores pass the accesses to the tail. */
  private isSummed(sum: number, checksum: number): boolean {
    return sum === checksum;
  }

  /** Comes after the last octet was copied: the tail moves before octets are used again. */
  private isStillLive(position: number): boolean {
    return (position - Atomics.load(this.memory.words, CONTROL.TAIL)) >>> 0 < this.memory.lap;
  }

  /** Fills `found` from the copy and ages the TTLs in `out`; returns one of CACHE. */
  private judge(seconds: number, out: Uint8Array): number {
    const { found, front } = this;
    const age = secondsSince(front[ENTRY.STORED - SUMMED], seconds);
    const ttl = front[ENTRY.TTL - SUMMED];
    if (age - ttl > this.staleLimit) return CACHE.MISS;
    const marks = front[ENTRY.MARKS - SUMMED];
    found.age = age;
    found.ttl = ttl;
    found.generation = front[ENTRY.GENERATION - SUMMED] >>> 0;
    found.targetCount = marks >>> 16;
    found.ttlCount = marks & 0xffff;
    const fresh = age < ttl;
    found.remaining = fresh ? ttl - age : 0;
    const first = found.targetCount;
    const end = first + (marks & 0xffff);
    if (!fresh) for (let at = first; at < end; at++) writeTtl(out, this.marks[at], STALE_TTL);
    else if (age > 0) this.ageTtls(out, age, first, end);
    return fresh ? CACHE.FRESH : CACHE.STALE;
  }

  private ageTtls(out: Uint8Array, age: number, first: number, end: number): void {
    for (let mark = first; mark < end; mark++) {
      const at = this.marks[mark];
      const ttl = ((out[at] << 24) | (out[at + 1] << 16) | (out[at + 2] << 8) | out[at + 3]) >>> 0;
      writeTtl(out, at, ttl > age ? ttl - age : 0);
    }
  }
}

/** Whether the question of the copied message, whose key word is already proved, is for `name`. */
function isAnswerTo(name: Name, message: Uint8Array): boolean {
  const { bytes, length } = name;
  for (let at = 0; at < length; at++) if (message[HEADER + at] !== bytes[at]) return false;
  return true;
}
