// Reads policy hits out of the workers' rings, for the log.

import { NO_DEVICE } from '../policy/image.ts';
import { MATCH } from '../policy/rule.ts';
import { HEAD, NAMES, OF_DEVICE, RECORD, Ring, SLEEP, sharedWords, TAIL, UNIT, UNITS, WANTED } from './event-ring.ts';
import { Sleeper } from './sleep.ts';

/** Main's end of one ring. After `next` the getters speak of one record, until the next `next`. */
export class EventReader {
  readonly #ring: Ring;
  /** Units read, and up to where they may be. */
  #tail: number;
  #head: number;
  /** The record's first word, and where its name begins in `bytes`. */
  #word = 0;
  nameAt = 0;

  constructor(buffer: SharedArrayBuffer, worker: number) {
    this.#ring = new Ring(buffer, worker);
    this.#tail = Atomics.load(this.#ring.places, TAIL);
    this.#head = this.#tail;
  }

  /** Looks how far the worker has written: `next` goes up to there. Returns the octets that wait. */
  look(): number {
    this.#head = Atomics.load(this.#ring.places, HEAD);
    return ((this.#head - this.#tail) | 0) * UNIT;
  }

  /** Goes on to the next record; false when there is none as of the last `look`. */
  next(): boolean {
    while (this.#tail !== this.#head) {
      const at = this.#tail & (UNITS - 1);
      const octets = this.#ring.words[at * 2 + RECORD.OCTETS];
      this.#tail = (this.#tail + (octets === 0 ? UNITS - at : octets / UNIT)) | 0;
      if (octets === 0) continue;
      this.#word = at * 2;
      this.nameAt = at * UNIT + NAMES;
      return true;
    }
    return false;
  }

  /** Goes past all records up to the last `look`, unread; returns how many. Of each it touches its length alone. */
  skip(): number {
    const { words } = this.#ring;
    let records = 0;
    let tail = this.#tail;
    while (tail !== this.#head) {
      const at = tail & (UNITS - 1);
      const octets = words[at * 2 + RECORD.OCTETS];
      tail = (tail + (octets === 0 ? UNITS - at : octets / UNIT)) | 0;
      if (octets > 0) records++;
    }
    this.#tail = tail;
    return records;
  }

  /** Gives the worker the room of all records that were read: they may be written over from now on. */
  release(): void {
    Atomics.store(this.#ring.places, TAIL, this.#tail);
  }

  /** Whose octets `nameAt` and `leadAt` are places in. */
  get bytes(): Uint8Array {
    return this.#ring.bytes;
  }

  #read(word: number): number {
    return this.#ring.words[this.#word + word];
  }

  /** Number of the policy that decided. */
  get generation(): number {
    return this.#read(RECORD.GENERATION);
  }

  /** Unix milliseconds. */
  get ms(): number {
    return this.#ring.times[(this.#word + RECORD.TIME) >> 1];
  }

  /** Word `index` of the client's address, as in Client. */
  address(index: number): number {
    return this.#read(RECORD.ADDRESS + index);
  }

  /** 4 or 6; OF_DEVICE where the client is a device that was named. */
  get family(): number {
    return (this.#read(RECORD.WAY) >>> 8) & 0xff;
  }

  /** Number of the device that asked, in the image of `generation`, where one was named; else NO_DEVICE. */
  get device(): number {
    return this.family === OF_DEVICE ? this.address(0) : NO_DEVICE;
  }

  get transport(): number {
    return (this.#read(RECORD.WAY) >>> 16) & 0xff;
  }

  /** NO_RCODE where it is not known. */
  get rcode(): number {
    return this.#read(RECORD.WAY) & 0xff;
  }

  /** Policy, group, facet, match and decision as one number below 2^27, for whoever keeps something by all of them. */
  get where(): number {
    return this.#read(RECORD.WHERE);
  }

  get policy(): number {
    return this.#read(RECORD.WHERE) & 0xff;
  }

  get group(): number {
    return (this.#read(RECORD.WHERE) >>> 8) & 0xfff;
  }

  get facet(): number {
    return (this.#read(RECORD.WHERE) >>> 20) & 7;
  }

  get match(): number {
    return (this.#read(RECORD.WHERE) >>> 23) & 3;
  }

  get decision(): number {
    return (this.#read(RECORD.WHERE) >>> 25) & 3;
  }

  /** NO_SOURCE where a group's fallback decided: then facet, match, depth and line say nothing. */
  get source(): number {
    return this.#read(RECORD.SOURCE) & 0xffff;
  }

  /** Labels of the rule's name: the last ones of the lead where there is one, else of the question's name. Of an address, bits. */
  get depth(): number {
    return this.#read(RECORD.SOURCE) >>> 16;
  }

  get line(): number {
    return this.#read(RECORD.LINE);
  }

  get type(): number {
    return this.#read(RECORD.QUESTION) & 0xffff;
  }

  get nameLength(): number {
    return (this.#read(RECORD.QUESTION) >>> 16) & 0xff;
  }

  /** Number of the exception that let the name through, or -1. */
  get exception(): number {
    return this.#read(RECORD.EXCEPTION) - 1;
  }

  /** What the verdict is on: 0 octets where that is the question's name. */
  get leadLength(): number {
    return this.#read(RECORD.QUESTION) >>> 24;
  }

  get leadAt(): number {
    return this.nameAt + this.nameLength;
  }

  /** Whether the lead is an address, and the rule a prefix. */
  get isOnAddress(): boolean {
    return this.match === MATCH.PREFIX;
  }
}

/** What the one who reads all the rings has their writers know: that it sleeps, and what it wants of them. */
export class EventAttention extends Sleeper {
  readonly #shared: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    const shared = sharedWords(buffer);
    super(shared, SLEEP);
    this.#shared = shared;
  }

  /** What writers do with hits from now on, one of WANT, until they are told otherwise. */
  want(what: number): void {
    Atomics.store(this.#shared, WANTED, what);
  }
}
