// The log of policy hits: takes events out of the workers' rings, has them written, and sleeps when there are none.

import { EventAttention, EventReader } from '../engine/event-reader.ts';
import { RING_OCTETS } from '../engine/event-ring.ts';
import { type HitEncoder, MAX_LINE } from './hit-encoder.ts';
import { HitLabels } from './hit-labels.ts';
import type { HitLogCounts } from './metrics-source.ts';

/** Between two looks at the rings while events come, in milliseconds: at first, at most, and at least. */
const FIRST_MS = 20;
const LONGEST_MS = 200;
const SHORTEST_MS = 5;
/** How full the fullest ring should be found: the looks come closer together or further apart until it is so. */
const WANTED_OCTETS = RING_OCTETS / 4;
/** After a failure nothing is tried, and nothing encoded, for so long. */
const RETRY_MS = 1000;
const SECOND_MS = 1000;
/** Octets that are written at once, to where that is of use. */
export const LARGE_PIECE = 2 ** 16;

/** Where lines go. Nothing of it throws or waits. */
export interface HitSink {
  /** Takes `lines` whole lines in `octets[0, length)`; returns how many of them are out. */
  write(octets: Uint8Array, length: number, lines: number): number;
  /** Opens anew what was opened by its name. */
  reopen(): void;
  close(): void;
  /** What is wrong since the last write, in words; empty where nothing is. */
  readonly problem: string;
}

export interface HitLogOptions {
  /** The rings, and how many. */
  events: SharedArrayBuffer;
  workers: number;
  sink: HitSink;
  encoder: HitEncoder;
  /** Octets that are gathered before they are written; 1 for each line by itself. */
  piece: number;
  /** Lines a second at most; Infinity for all. */
  perSecond: number;
  /** How those beyond come to be written too, in words. */
  remedy: string;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** Hits that the workers turned away, ever, because lines enough were taken in their second. */
  turnedAway: () => number;
  /** The least generation that a worker may still decide by. */
  oldest: () => number;
  /** What is wrong from the beginning to the end, in words; empty where nothing is. */
  lasting: string;
  /** Told when something is wrong, and with an empty text when it is well again. */
  onProblem: (problem: string) => void;
}

export class HitLog {
  readonly counts: HitLogCounts = { written: 0, failed: 0, limited: 0 };
  readonly #options: HitLogOptions;
  readonly #readers: EventReader[];
  readonly #attention: EventAttention;
  readonly #labels = new Map<number, HitLabels>();
  readonly #piece: Uint8Array;
  /** What waits in `#piece`. */
  #length = 0;
  #lines = 0;
  #problem = '';
  /** When the rings were last read: one time for all events of one reading. */
  #now = 0;
  #retryAt = 0;
  /** When the second began that lines are counted in, how many it had, and how many more there were. */
  #secondAt = 0;
  #taken = 0;
  #more = 0;
  #isSated = false;
  /** Of `turnedAway`, what is counted. */
  #turnedAway: number;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: HitLogOptions) {
    this.#options = options;
    this.#readers = Array.from({ length: options.workers }, (_, worker) => new EventReader(options.events, worker));
    this.#attention = new EventAttention(options.events);
    this.#piece = new Uint8Array(options.piece + MAX_LINE);
    this.#turnedAway = options.turnedAway();
    if (options.lasting) options.onProblem(options.lasting);
    this.#tell();
    this.#rest();
  }

  /** What is wrong, in words. */
  get problems(): string[] {
    return [this.#options.lasting, this.#problem].filter((problem) => problem !== '');
  }

  /** Learns what the numbers of an image mean, before any worker decides by it. It has passed its check. */
  adopt(image: SharedArrayBuffer): void {
    const labels = new HitLabels(image);
    this.#labels.set(labels.generation, labels);
  }

  /** Looks by itself from now on, as after an event: a worker that has died may have left some and told nobody. */
  wake(): void {
    this.#attention.end();
  }

  reopen(): void {
    this.#options.sink.reopen();
    this.#retryAt = 0;
    this.#tell();
  }

  /** Writes what is there, and ends. No worker may write any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#attention.end();
    this.#drain();
    this.#endSecond();
    this.#options.sink.close();
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
      const wasSated = this.#isSated;
      const found = this.#drain();
      if (this.#isSated) this.#look(Math.max(1, this.#secondAt + SECOND_MS - this.#now));
      else if (found === 0 && this.#more === 0) this.#rest();
      else if (wasSated) this.#look(FIRST_MS);
      else this.#look(Math.min(LONGEST_MS, 4 * ms, Math.max(SHORTEST_MS, (ms * WANTED_OCTETS) / (found + 1))));
    }, ms);
  }

  /** Writes all events there are; returns the octets that the fullest ring held. */
  #drain(): number {
    // Read before the rings: an event under an earlier policy is then in them already.
    const oldest = this.#options.oldest();
    let fullest = 0;
    this.#now = this.#options.now();
    this.#beginSecond();
    for (const reader of this.#readers) {
      fullest = Math.max(fullest, reader.look());
      this.#read(reader);
      reader.release();
    }
    this.#flush();
    if (this.#taken >= this.#options.perSecond) this.#turnAway(true);
    for (const generation of this.#labels.keys()) if (generation < oldest) this.#labels.delete(generation);
    return fullest;
  }

  /** Takes what is to be written. In a flood that is little of what there is, so the rest is counted and not looked at. */
  #read(reader: EventReader): void {
    const { perSecond } = this.#options;
    while (this.#taken < perSecond && this.#now >= this.#retryAt && reader.next()) this.#take(reader);
    const rest = reader.skip();
    if (this.#now < this.#retryAt) {
      this.counts.failed += rest;
      return;
    }
    this.#more += rest;
    this.counts.limited += rest;
  }

  /** What is not to be written need not be told either: for the rest of the second workers only count. */
  #turnAway(isSated: boolean): void {
    if (this.#isSated === isSated) return;
    this.#isSated = isSated;
    this.#attention.turnAway(isSated);
  }

  #take(event: EventReader): void {
    this.#taken++;
    const labels = this.#labels.get(event.generation)!;
    this.#length = this.#options.encoder.encode(event, labels, this.#piece, this.#length);
    this.#lines++;
    if (this.#length >= this.#options.piece) this.#flush();
  }

  #flush(): void {
    if (this.#lines === 0) return;
    const written = this.#options.sink.write(this.#piece, this.#length, this.#lines);
    this.counts.written += written;
    this.counts.failed += this.#lines - written;
    if (written < this.#lines) this.#retryAt = this.#now + RETRY_MS;
    this.#length = 0;
    this.#lines = 0;
    this.#tell();
  }

  #beginSecond(): void {
    const turnedAway = this.#options.turnedAway();
    this.#more += turnedAway - this.#turnedAway;
    this.#turnedAway = turnedAway;
    if (this.#now - this.#secondAt < SECOND_MS) return;
    this.#endSecond();
    this.#secondAt = this.#now;
    this.#taken = 0;
    this.#turnAway(false);
  }

  /** Says how many lines the second before would have had. They are counted as missing already, and this line is not. */
  #endSecond(): void {
    if (this.#more === 0) return;
    const { encoder, sink, remedy } = this.#options;
    sink.write(this.#piece, encoder.encodeMore(this.#more, remedy, Date.now(), this.#piece, 0), 1);
    this.#more = 0;
  }

  #tell(): void {
    const { problem } = this.#options.sink;
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.onProblem(problem);
  }
}
