// The log of policy hits: has hits written, so many a second at most, and counts those that are not.

import type { EventReader } from '../engine/event-reader.ts';
import { WANT } from '../engine/event-ring.ts';
import { type HitEncoder, MAX_LINE } from './hit-encoder.ts';
import type { HitLabels } from './hit-labels.ts';
import type { HitTaker, Unwritten } from './hit-reader.ts';
import type { HitLogCounts } from './metrics-source.ts';

/** After a failure nothing is tried, and nothing encoded, for so long, in milliseconds. */
const RETRY_MS = 1000;
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
  sink: HitSink;
  encoder: HitEncoder;
  /** Octets that are gathered before they are written; 1 for each line by itself. */
  piece: number;
  /** Lines a second at most; Infinity for all. */
  perSecond: number;
  /** How those beyond come to be written too, in words. */
  remedy: string;
  /** What is wrong from the beginning to the end, in words; empty where nothing is. */
  lasting: string;
  /** Told when something is wrong, and with an empty text when it is well again. */
  onProblem: (problem: string) => void;
}

export class HitLog implements HitTaker {
  readonly counts: HitLogCounts = { written: 0, failed: 0, limited: 0 };
  readonly #options: HitLogOptions;
  readonly #piece: Uint8Array;
  /** What waits in `#piece`. */
  #length = 0;
  #lines = 0;
  #problem = '';
  #now = 0;
  #retryAt = 0;
  /** How many lines this second had, and how many more there were. */
  #taken = 0;
  #more = 0;

  constructor(options: HitLogOptions) {
    this.#options = options;
    this.#piece = new Uint8Array(options.piece + MAX_LINE);
    if (options.lasting) options.onProblem(options.lasting);
    this.#tell();
  }

  /** What is wrong, in words. */
  get problems(): string[] {
    return [this.#options.lasting, this.#problem].filter((problem) => problem !== '');
  }

  get want(): number {
    return this.#taken < this.#options.perSecond ? WANT.HITS : WANT.COUNTS;
  }

  get takes(): boolean {
    return this.#taken < this.#options.perSecond && this.#now >= this.#retryAt;
  }

  get waits(): boolean {
    return this.#more > 0;
  }

  adopt(): void {}

  begin(now: number, { limited }: Unwritten): void {
    this.#now = now;
    this.#more += limited;
  }

  /** Says how many lines the second before would have had. They are counted as missing already, and this line is not. */
  renew(): void {
    this.#taken = 0;
    if (this.#more === 0) return;
    const { encoder, sink, remedy } = this.#options;
    sink.write(this.#piece, encoder.encodeMore(this.#more, remedy, Date.now(), this.#piece, 0), 1);
    this.#more = 0;
  }

  take(event: EventReader, labels: HitLabels): void {
    this.#taken++;
    this.#length = this.#options.encoder.encode(event, labels, this.#piece, this.#length);
    this.#lines++;
    if (this.#length >= this.#options.piece) this.#flush();
  }

  pass(hits: number): void {
    if (this.#now < this.#retryAt) {
      this.counts.failed += hits;
      return;
    }
    this.#more += hits;
    this.counts.limited += hits;
  }

  end(): void {
    this.#flush();
  }

  reopen(): void {
    this.#options.sink.reopen();
    this.#retryAt = 0;
    this.#tell();
  }

  /** After the last reading. */
  close(): void {
    this.#options.sink.close();
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

  #tell(): void {
    const { problem } = this.#options.sink;
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.onProblem(problem);
  }
}
