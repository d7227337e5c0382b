// Stores a message in the packet cache under its one lock, or not at all.

import { CLASS, HEADER, MAX_MESSAGE } from '../wire/codes.ts';
import type { Name } from '../wire/name.ts';
import { CacheIndex } from './cache-index.ts';
import {
  type CacheMemory,
  CONTROL,
  ENTRY,
  ENTRY_WORDS,
  entryGranules,
  hashKey,
  keyWord,
  MAX_MARKS,
} from './cache-layout.ts';
import { CacheLog } from './cache-log.ts';
import { WordView } from './cache-view.ts';

/** What `store` returns. */
export const STORE = {
  OK: 0,
  /** Another worker writes; nothing was stored, which costs one more question to an upstream. */
  BUSY: 1,
  /** Over a sixteenth of the log. */
  TOO_LARGE: 2,
  /** RFC 1035 §3.2.1: for the query in progress only. */
  TTL_ZERO: 3,
  /** The message is not an answer to the key, or a mark lies outside it: a defect of the caller. */
  MALFORMED: 4,
} as const;

/** Where things stand in a message that whoever takes it from the cache must know: octet offsets. */
export interface Marks {
  /** TTL fields, every record's but OPT's. */
  ttlOffset: Uint16Array;
  ttlCount: number;
  /** The names that CNAME, DNAME, SVCB and HTTPS records point to. */
  targetOffset: Uint16Array;
  targetCount: number;
}

/** One thread's writer. */
export class CacheWriter {
  stores = 0;
  skipped = 0;
  readonly log: CacheLog;
  readonly index: CacheIndex;
  private readonly memory: CacheMemory;
  private readonly owner: number;
  private readonly view = new WordView();

  constructor(memory: CacheMemory, worker: number) {
    this.memory = memory;
    this.index = new CacheIndex(memory);
    this.log = new CacheLog(memory, this.index);
    this.owner = worker + 1;
  }

  /** See `PacketCache.store`. */
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
    if (ttl <= 0) return STORE.TTL_ZERO;
    const markCount = marks.ttlCount + marks.targetCount;
    if (length > MAX_MESSAGE || markCount > MAX_MARKS) return STORE.TOO_LARGE;
    const size = entryGranules(markCount, length);
    if (size > this.memory.largest) return STORE.TOO_LARGE;
    if (!isAnswer(name, type, message, length) || !areInside(marks, length)) return STORE.MALFORMED;
    const { words } = this.memory;
    // Never a wait: a thread that blocks here would hold up all its clients for one optional write.
    if (Atomics.compareExchange(words, CONTROL.LOCK, 0, this.owner) !== 0) {
      this.skipped++;
      return STORE.BUSY;
    }
    const tag = hashKey(name.hash, type, flags);
    const position = this.log.reserve(size, seconds);
    const entry = this.memory.wordAt(position);
    this.writeHeader(entry, position, tag, keyWord(name, type, flags), length, ttl, seconds, generation);
    this.writeBody(entry, message, length, marks);
    this.log.commit(position, size);
    this.index.publish(tag, position);
    Atomics.store(words, CONTROL.LOCK, 0);
    this.stores++;
    return STORE.OK;
  }

  /** Writes the header at word `entry` but for what `writeBody` knows. */
  private writeHeader(
    entry: number,
    position: number,
    tag: number,
    key: number,
    size: number,
    ttl: number,
    seconds: number,
    generation: number,
  ): void {
    const { words } = this.memory;
    words[entry + ENTRY.POSITION] = position;
    words[entry + ENTRY.TAG] = tag;
    words[entry + ENTRY.KEY] = key;
    words[entry + ENTRY.SIZE] = size;
    words[entry + ENTRY.TTL] = ttl;
    words[entry + ENTRY.STORED] = seconds;
    words[entry + ENTRY.GENERATION] = generation;
  }

  /** Writes marks, message and checksum of the entry at word `entry`, whose other header words stand. */
  private writeBody(entry: number, message: Uint8Array, length: number, marks: Marks): void {
    const { words, bytes, halves } = this.memory;
    const { ttlCount, targetCount } = marks;
    const front = entry + ENTRY_WORDS;
    const body = front + ((ttlCount + targetCount + 1) >> 1);
    const last = body + ((length + 3) >> 2) - 1;
    words[entry + ENTRY.MARKS] = (targetCount << 16) | ttlCount;
    // The spare octets of the last words are under the checksum too.
    if (body > front) words[body - 1] = 0;
    for (let at = 0, to = front * 2; at < targetCount; at++) halves[to + at] = marks.targetOffset[at];
    for (let at = 0, to = front * 2 + targetCount; at < ttlCount; at++) halves[to + at] = marks.ttlOffset[at];
    this.view.select(message);
    // Whole words at a time where they lie on words in both, the rest by octets.
    const whole = this.view.aligned ? length >> 2 : 0;
    const { words: source, start } = this.view;
    words[last] = 0;
    for (let at = 0; at < whole; at++) words[body + at] = source[start + at];
    for (let at = whole * 4, to = body * 4; at < length; at++) bytes[to + at] = message[at];
    words[entry + ENTRY.CHECKSUM] = this.memory.checksum(entry, last - front + 1);
  }
}

/** Whether the message's question, uncompressed at octet 12, is (name, type, IN). */
function isAnswer(name: Name, type: number, message: Uint8Array, length: number): boolean {
  const end = HEADER + name.length;
  if (name.length === 0 || end + 4 > length) return false;
  for (let at = 0; at < name.length; at++) if (message[HEADER + at] !== name.bytes[at]) return false;
  return ((message[end] << 8) | message[end + 1]) === type && ((message[end + 2] << 8) | message[end + 3]) === CLASS.IN;
}

/** Whether all TTL fields and targets lie in a message of `length` octets. */
function areInside(marks: Marks, length: number): boolean {
  for (let at = 0; at < marks.ttlCount; at++) if (marks.ttlOffset[at] + 4 > length) return false;
  for (let at = 0; at < marks.targetCount; at++) if (marks.targetOffset[at] >= length) return false;
  return true;
}
