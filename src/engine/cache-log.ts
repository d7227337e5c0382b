// The packet cache's log: makes room at its tail, keeps what was hit, and moves its head. Needs the lock.

import type { CacheIndex } from './cache-index.ts';
import { type CacheMemory, CONTROL, ENTRY, GRANULE_WORDS } from './cache-layout.ts';

/** Entries that one store saves from eviction at most: it bounds the time of a store. */
const MAX_REINSERTIONS = 8;
/** Granules of the largest entry that is saved (4 KB): the same bound, in octets copied. */
const LARGEST_REINSERTED = 64;
/** Entries from the tail on whose index buckets are touched together, so that memory brings them all at once. */
const AHEAD = 16;

/**
 * First in, first out, but an entry that was hit since it was written is written again (CLOCK).
 * [tail, head) is at every instant a row of whole entries and pads, also when the writer dies: bytes are used again
 * only after the tail has passed them, and the head passes them only when they are whole.
 */
export class CacheLog {
  /** Entries dropped to make room before they expired. */
  evictions = 0;
  /** Entries written again because they were hit. */
  reinsertions = 0;
  /** What was read ahead: of no meaning, but a read whose result nobody keeps is left out. */
  touched = 0;
  /** The position up to which buckets were touched; another thread may have moved the tail past it. */
  private touchedTo = 0;
  private readonly memory: CacheMemory;
  private readonly index: CacheIndex;

  constructor(memory: CacheMemory, index: CacheIndex) {
    this.memory = memory;
    this.index = index;
  }

  /** The position where `size` granules, at most `memory.largest`, are free to be written. */
  reserve(size: number, seconds: number): number {
    const { memory } = this;
    const { words } = memory;
    let saves = MAX_REINSERTIONS;
    for (;;) {
      const start = memory.startFor(words[CONTROL.HEAD], size);
      if (this.isFree(start, size)) return start;
      if (this.passTail(saves > 0, seconds)) saves--;
    }
  }

  /** Takes the whole entry at `start`, a position from `reserve`, into the log. */
  commit(start: number, size: number): void {
    const { words } = this.memory;
    const head = words[CONTROL.HEAD];
    if (start !== head) words[this.memory.wordAt(head) + ENTRY.SIZE] = 0;
    Atomics.store(words, CONTROL.HEAD, this.memory.after(start, size));
  }

  /** Whether an entry at `start` stays clear of what stands at the tail, one lap before. */
  private isFree(start: number, size: number): boolean {
    return (start + size - this.memory.words[CONTROL.TAIL]) >>> 0 <= this.memory.lap;
  }

  /** Moves the tail over one entry or pad. An entry is dropped, or written again: then true. */
  private passTail(maySave: boolean, seconds: number): boolean {
    const { memory, index } = this;
    const { words } = memory;
    const victim = words[CONTROL.TAIL];
    const ahead = (this.touchedTo - victim) >>> 0;
    if (ahead === 0 || ahead > memory.lap) this.touchAhead(victim);
    const entry = memory.wordAt(victim);
    const size = memory.granulesOf(entry);
    // Before any octet behind it changes: whoever still sees the old tail has read the old octets.
    Atomics.store(words, CONTROL.TAIL, size === 0 ? memory.nextLap(victim) : memory.after(victim, size));
    if (size === 0) return false;
    const tag = words[entry + ENTRY.TAG];
    const bucket = memory.bucketOf(tag);
    const way = index.wayOf(bucket, tag, victim);
    if (way < 0) return false;
    const expired = memory.isExpired(entry, seconds);
    const hit = memory.bytes[memory.visitedAt(bucket, way)] !== 0;
    if (maySave && hit && !expired && this.writeAgain(entry, size, bucket, way)) return true;
    index.clear(bucket, way);
    if (!expired) this.evictions++;
    return false;
  }

  /** Reads one word of the bucket of each entry from `tail` on: they lie anywhere, and are needed one by one. */
  private touchAhead(tail: number): void {
    const { memory } = this;
    const { words } = memory;
    const head = words[CONTROL.HEAD];
    let at = tail;
    let sum = 0;
    for (let left = AHEAD; left > 0; left--) {
      const entry = memory.wordAt(at);
      const size = memory.granulesOf(entry);
      sum ^= words[memory.bucketOf(words[entry + ENTRY.TAG])];
      at = size === 0 ? memory.nextLap(at) : memory.after(at, size);
      if (at === head) break;
    }
    this.touched = sum;
    this.touchedTo = at;
  }

  /** Copies the entry at word `entry`, which the tail has passed, to the head; false when it is too large for that. */
  private writeAgain(entry: number, size: number, bucket: number, way: number): boolean {
    const { memory } = this;
    const { words } = memory;
    const start = memory.startFor(words[CONTROL.HEAD], size);
    if (size > LARGEST_REINSERTED || !this.isFree(start, size)) return false;
    const target = memory.wordAt(start);
    // The two overlap where the log is nearly full, and are one place where it is full.
    words.copyWithin(target, entry, entry + size * GRANULE_WORDS);
    words[target + ENTRY.POSITION] = start;
    this.commit(start, size);
    this.index.move(bucket, way, start);
    this.reinsertions++;
    return true;
  }
}
