// The packet cache: complete replies, shared by all worker threads in one SharedArrayBuffer, off the heap.

import type { Name } from '../wire/name.ts';
import { CacheIndex } from './cache-index.ts';
import { allocateCache, CacheMemory, CONTROL, GRANULE_WORDS } from './cache-layout.ts';
import { CacheReader, type Found } from './cache-reader.ts';
import { CacheWriter, type Marks } from './cache-writer.ts';

export { CACHE, Found } from './cache-reader.ts';
export { type Marks, STORE } from './cache-writer.ts';

/** How long an expired answer may serve when no upstream answers, seconds (RFC 8767 §5 suggests 1 to 3 days). */
const STALE_LIMIT = 86_400;

/**
 * One thread's door to the shared cache.
 *
 * Messages are complete replies without OPT, their question uncompressed at octet 12 and in canonical case, keyed by
 * (name, type, class IN, flags). `find` takes no lock: it copies the entry out, sums the copy, looks whether the tail
 * has passed the entry meanwhile, and verifies the whole key on the copy. A writer moves the tail before it uses
 * octets again, so an entry still ahead of the tail was whole while it was copied. `store` takes the one lock or does
 * nothing. Neither allocates. `flags` are what else changes the answer (DO, CD), 8 bits as the caller sees fit;
 * `seconds` is a uint32 clock that may go back a little.
 */
export class PacketCache {
  readonly found: Found;
  private readonly memory: CacheMemory;
  private readonly reader: CacheReader;
  private readonly writer: CacheWriter;

  /**
   * `buffer` comes from `allocate`; `worker` counts from 0 and is this thread's alone; `staleLimit` is how many
   * seconds past its expiry an entry may be found STALE.
   */
  constructor(buffer: SharedArrayBuffer, worker: number, staleLimit = STALE_LIMIT) {
    this.memory = new CacheMemory(buffer);
    this.reader = new CacheReader(this.memory, staleLimit);
    this.writer = new CacheWriter(this.memory, worker);
    this.found = this.reader.found;
  }

  /** Memory for a cache of at most `bytes` octets, index included. Throws RangeError under 256 KB and over 4 GB. */
  static allocate(bytes: number): SharedArrayBuffer {
    return allocateCache(bytes);
  }

  /**
   * Frees the lock of a worker whose thread has ended, before another thread takes its number; false when it did not
   * hold it. What that worker was writing is out of reach: not yet published, or no longer.
   */
  static releaseLock(buffer: SharedArrayBuffer, worker: number): boolean {
    const memory = new CacheMemory(buffer);
    if (Atomics.load(memory.words, CONTROL.LOCK) !== worker + 1) return false;
    new CacheIndex(memory).repair();
    Atomics.store(memory.words, CONTROL.LOCK, 0);
    return true;
  }

  /**
   * Looks the answer up; returns one of CACHE. On FRESH and STALE `out[0, found.length)` holds the message with its
   * TTLs aged, in STALE all 30 s (RFC 8767 §4), and up to three octets after it may be zeroed. On MISS `out` may hold
   * anything; LARGE says that `out` is too short for what is held. An `out` that starts on a word (`byteOffset % 4 === 0`)
   * is faster, and so is one of a few long-lived buffers.
   */
  find(name: Name, type: number, flags: number, seconds: number, out: Uint8Array): number {
    return this.reader.find(name, type, flags, seconds, out);
  }

  /**
   * Stores a copy of `message[0, length)` over what the key had before; returns one of STORE. `ttl` is how many
   * seconds it is good for, the least of its records' as a rule; `generation` (32 bits) is the caller's own.
   */
  store(
    name: Name,
    type: number,
    flags: number,
    message: Uint8Array,
    length: number,
    marks: Marks,
    ttl: number,
    generation: number,
    seconds: number,
  ): number {
    return this.writer.store(name, type, flags, message, length, marks, ttl, generation, seconds);
  }

  /** Messages this thread stored. */
  get stores(): number {
    return this.writer.stores;
  }

  /** Stores this thread left out because another was writing. */
  get skipped(): number {
    return this.writer.skipped;
  }

  /** Entries this thread dropped to make room: from the log before they expired, from a full bucket always. */
  get evictions(): number {
    return this.writer.log.evictions + this.writer.index.evictions;
  }

  /** Entries this thread kept because they were hit. */
  get reinsertions(): number {
    return this.writer.log.reinsertions;
  }

  /** Copies this thread threw away because a writer overtook it. */
  get overtaken(): number {
    return this.reader.overtaken;
  }

  /** How full the cache is: entries, octets used, octets there are for entries. For metrics: it allocates. */
  usage(): { entries: number; bytes: number; capacity: number } {
    const octets = GRANULE_WORDS * 4;
    return {
      entries: this.memory.words[CONTROL.ENTRIES],
      bytes: this.memory.used() * octets,
      capacity: this.memory.granules * octets,
    };
  }
}
