// The packet cache's index: which tag's entry stands where. Only the thread that holds the lock changes it.

import { type CacheMemory, CONTROL, ENTRY, WAYS } from './cache-layout.ts';

/**
 * Buckets of seven ways. A tag has one way at most: two keys of one 32-bit tag replace each other, which readers
 * survive because they verify the whole key.
 */
export class CacheIndex {
  /** Entries given up for another in a full bucket, expired or not. */
  evictions = 0;
  private readonly memory: CacheMemory;

  constructor(memory: CacheMemory) {
    this.memory = memory;
  }

  /** The way of `bucket` that points to `position` under `tag`, or -1. */
  wayOf(bucket: number, tag: number, position: number): number {
    const { words } = this.memory;
    for (let way = 0; way < WAYS; way++) {
      if (words[bucket + way] === tag && words[bucket + WAYS + way] === position) return way;
    }
    return -1;
  }

  /** Points `tag` to the whole entry at `position`, over the old one or in place of the least useful way. */
  publish(tag: number, position: number): void {
    const { words, bytes } = this.memory;
    const bucket = this.memory.bucketOf(tag);
    const way = this.chooseWay(bucket, tag);
    const at = bucket + WAYS + way;
    if (words[at] === 0) words[CONTROL.ENTRIES]++;
    if (words[bucket + way] !== tag) {
      if (words[at] !== 0) this.evictions++;
      // Never another's position under the new tag, not even when this thread dies between the two writes.
      Atomics.store(words, at, 0);
      words[bucket + way] = tag;
    }
    bytes[this.memory.visitedAt(bucket, way)] = 0;
    // The entry is whole before the word that leads to it.
    Atomics.store(words, at, position);
  }

  /** Points a way, whose entry moved, to its new position. */
  move(bucket: number, way: number, position: number): void {
    this.memory.bytes[this.memory.visitedAt(bucket, way)] = 0;
    Atomics.store(this.memory.words, bucket + WAYS + way, position);
  }

  /** Empties a way. */
  clear(bucket: number, way: number): void {
    const { words } = this.memory;
    Atomics.store(words, bucket + WAYS + way, 0);
    words[CONTROL.ENTRIES]--;
  }

  /**
   * The way of the same tag, else an empty one, else the oldest not hit, else the oldest. Which of them have expired
   * stands in seven places of the log, each far from the next: asking there cost more than the rest of a store.
   */
  private chooseWay(bucket: number, tag: number): number {
    const { words, bytes } = this.memory;
    let empty = -1;
    for (let way = 0; way < WAYS; way++) {
      if (words[bucket + way] === tag) return way;
      if (words[bucket + WAYS + way] === 0) empty = way;
    }
    if (empty >= 0) return empty;
    let chosen = 0;
    let least = Number.MAX_SAFE_INTEGER;
    for (let way = 0; way < WAYS; way++) {
      const position = words[bucket + WAYS + way];
      const hit = bytes[this.memory.visitedAt(bucket, way)] * 2 ** 32;
      const worth = hit + ((position - words[CONTROL.TAIL]) >>> 0);
      if (worth < least) {
        least = worth;
        chosen = way;
      }
    }
    return chosen;
  }

  /**
   * Empties every way that points outside the log, and counts the others anew: what a writer that died may leave.
   * The caller has the dead writer's lock.
   */
  repair(): void {
    const { words } = this.memory;
    const tail = words[CONTROL.TAIL];
    const live = (words[CONTROL.HEAD] - tail) >>> 0;
    let entries = 0;
    for (let index = 0; index < this.memory.buckets; index++) {
      const bucket = this.memory.bucketAt(index);
      for (let way = 0; way < WAYS; way++) {
        const position = words[bucket + WAYS + way];
        if (position === 0) continue;
        const whole = (position - tail) >>> 0 < live && this.tagAt(position) === words[bucket + way];
        if (whole) entries++;
        else Atomics.store(words, bucket + WAYS + way, 0);
      }
    }
    words[CONTROL.ENTRIES] = entries;
  }

  private tagAt(position: number): number {
    return this.memory.words[this.memory.wordAt(position) + ENTRY.TAG];
  }
}
