// Takes policy hits out of the workers' rings, hands them to whoever wants them, and sleeps when there are none.

import { EventAttention, EventReader } from '../engine/event-reader.ts';
import { RING_OCTETS, WANT } from '../engine/event-ring.ts';
import { HitLabels } from './hit-labels.ts';

/** Between two looks at the rings while events come, in milliseconds: at first, at most, and at least. */
const FIRST_MS = 20;
const LONGEST_MS = 200;
const SHORTEST_MS = 5;
/** How full the fullest ring should be found: the looks come closer together or further apart until it is so. */
const WANTED_OCTETS = RING_OCTETS / 4;
const SECOND_MS = 1000;

/** Hits that workers wrote nowhere, ever. */
export interface Unwritten {
  /** Because nobody wanted more in their second. */
  limited: number;
  /** Because a ring was full. */
  dropped: number;
}

/** Whoever hits are read for. Nothing of it throws or waits. */
export interface HitTaker {
  /** What it wants of workers until the next second, one of WANT. */
  readonly want: number;
  /** Whether it takes the next hit; else it is told how many there were. */
  readonly takes: boolean;
  /** Whether it has something to do at the end of the second, even if no hit comes any more. */
  readonly waits: boolean;
  /** Learns what the numbers of an image mean, before any worker decides by it. */
  adopt(labels: HitLabels): void;
  /** A reading begins, at `now`; since the last one workers wrote so many hits nowhere. */
  begin(now: number, unwritten: Unwritten): void;
  /** A second has ended: whatever is bounded by the second begins anew. */
  renew(): void;
  take(event: EventReader, labels: HitLabels): void;
  /** So many hits were there that it did not take. */
  pass(hits: number): void;
  /** The reading is over. */
  end(): void;
}

export interface HitReaderOptions {
  /** The rings, and how many. */
  events: SharedArrayBuffer;
  workers: number;
  takers: readonly HitTaker[];
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  unwritten: () => Unwritten;
  /** The least generation that a worker may still decide by. */
  oldest: () => number;
}

export class HitReader {
  readonly #options: HitReaderOptions;
  readonly #readers: EventReader[];
  readonly #attention: EventAttention;
  readonly #labels = new Map<number, HitLabels>();
  /** When the rings were last read: one time for all events of one reading. */
  #now = 0;
  /** When the second began by which takers bound what they take. */
  #secondAt = 0;
  /** Of what workers wrote nowhere, what takers know of. */
  #unwritten: Unwritten;
  #want = -1;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: HitReaderOptions) {
    this.#options = options;
    this.#readers = Array.from({ length: options.workers }, (_, worker) => new EventReader(options.events, worker));
    this.#attention = new EventAttention(options.events);
    this.#unwritten = options.unwritten();
    this.#tell();
    this.#rest();
  }

  /** Learns what the numbers of an image mean, before any worker decides by it. It has passed its check. */
  adopt(image: SharedArrayBuffer): void {
    const labels = new HitLabels(image);
    this.#labels.set(labels.generation, labels);
    // What there is so far is of the policies before it.
    this.#drain();
    for (const taker of this.#options.takers) taker.adopt(labels);
    this.#tell();
  }

  /** Looks by itself from now on, as after an event: a worker that has died may have left some and told nobody. */
  wake(): void {
    this.#attention.end();
  }

  /** Hands on what is there, and ends. No worker may write any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#attention.end();
    this.#drain();
    for (const taker of this.#options.takers) taker.renew();
  }

  /** Sleeps until there are events. */
  #rest(): void {
    this.#attention.begin();
    // An event that came before `begin` has woken nobody.
    const rest = this.#readers.some((reader) => reader.look() > 0) ? undefined : this.#attention.rest();
    if (rest) void rest.then(() => this.#look(FIRST_MS));
    else this.#look(FIRST_MS);
  }

  /** Looks in `ms` milliseconds, and again, until there is nothing to be seen. */
  #look(ms: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      const before = this.#want;
      const found = this.#drain();
      if (this.#want === WANT.COUNTS) this.#look(Math.max(1, this.#secondAt + SECOND_MS - this.#now));
      else if (found === 0 && !this.#options.takers.some(({ waits }) => waits)) this.#rest();
      else if (before === WANT.COUNTS) this.#look(FIRST_MS);
      else this.#look(Math.min(LONGEST_MS, 4 * ms, Math.max(SHORTEST_MS, (ms * WANTED_OCTETS) / (found + 1))));
    }, ms);
  }

  /** Hands on all events there are; returns the octets that the fullest ring held. */
  #drain(): number {
    // Read before the rings: an event under an earlier policy is then in them already.
    const oldest = this.#options.oldest();
    const { takers } = this.#options;
    let fullest = 0;
    this.#begin();
    if (this.#now - this.#secondAt >= SECOND_MS) {
      this.#secondAt = this.#now;
      for (const taker of takers) taker.renew();
      this.#tell();
    }
    for (const reader of this.#readers) {
      fullest = Math.max(fullest, reader.look());
      this.#read(reader);
      reader.release();
    }
    for (const taker of takers) taker.end();
    this.#tell();
    for (const generation of this.#labels.keys()) if (generation < oldest) this.#labels.delete(generation);
    return fullest;
  }

  #begin(): void {
    const before = this.#unwritten;
    this.#unwritten = this.#options.unwritten();
    this.#now = this.#options.now();
    const { limited, dropped } = this.#unwritten;
    const since = { limited: limited - before.limited, dropped: dropped - before.dropped };
    for (const taker of this.#options.takers) taker.begin(this.#now, since);
  }

  /** Hands on what is wanted. In a flood that is little of what there is, so the rest is counted and not looked at. */
  #read(reader: EventReader): void {
    const { takers } = this.#options;
    while (takers.some(({ takes }) => takes) && reader.next()) {
      const labels = this.#labels.get(reader.generation)!;
      for (const taker of takers) {
        if (taker.takes) taker.take(reader, labels);
        else taker.pass(1);
      }
    }
    const rest = reader.skip();
    for (const taker of takers) taker.pass(rest);
  }

  /** What nobody wants need not be written down either. */
  #tell(): void {
    const want = Math.min(WANT.NOTHING, ...this.#options.takers.map((taker) => taker.want));
    if (this.#want === want) return;
    this.#want = want;
    this.#attention.want(want);
  }
}
