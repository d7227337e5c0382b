// Looks after the workers' threads: one that shows no life for longer than it may is replaced.

import type { Sleeper } from '../engine/sleep.ts';
import type { Thread } from './thread.ts';

/** How often threads are looked at while one has work, and when all rest: the first that has work again ends that. */
const LOOK_MS = 100;
const RESTING_LOOK_MS = 1000;
/** For how long one may be silent beyond the time it may sleep. */
const SLACK_MS = 300;
/** Milliseconds more for each that a look came late; and how much of that is still held against the machine a look on. */
const LENIENCY = 10;
const FORGETTING = 0.95;

export class Watchdog {
  readonly #threads: () => Thread[];
  readonly #sleeper: Sleeper;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  /** What ends when a thread has work again; undefined where it was not asked for, or has ended. */
  #rest: Promise<unknown> | undefined;
  /** The worst that a look was late, slowly forgotten, in milliseconds. */
  #lateness = 0;

  constructor(threads: () => Thread[], sleeper: Sleeper) {
    this.#threads = threads;
    this.#sleeper = sleeper;
  }

  start(): void {
    this.#isRunning = true;
    this.#lookIn(LOOK_MS);
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    this.#sleeper.end();
  }

  #lookIn(ms: number): void {
    const due = performance.now() + ms;
    this.#timer = setTimeout(() => {
      this.#look(Math.max(0, performance.now() - due));
      this.#lookIn(this.#mayRest() ? RESTING_LOOK_MS : LOOK_MS);
    }, ms);
  }

  /** Whether all threads rest, and the first that has work again will tell. */
  #mayRest(): boolean {
    const isResting = () => this.#threads().every((thread) => thread.isResting);
    if (!isResting()) return false;
    if (this.#rest) return true;
    this.#sleeper.begin();
    // Work that came before `begin` has told nobody.
    if (!isResting()) return false;
    this.#rest = this.#sleeper.rest();
    void this.#rest?.then(() => this.#wake());
    return this.#rest !== undefined;
  }

  /** Looks at once: the beat that came with the work must be known, for silence to be counted from it. */
  #wake(): void {
    this.#rest = undefined;
    if (!this.#isRunning) return;
    clearTimeout(this.#timer);
    this.#look(0);
    this.#lookIn(LOOK_MS);
  }

  /**
   * A thread may be silent because it hangs, or because the machine gives it no time. How late this look is itself tells
   * the two apart: on a machine that is short of time everybody is given more of it.
   */
  #look(late: number): void {
    this.#lateness = Math.max(late, this.#lateness * FORGETTING);
    const slack = SLACK_MS + LENIENCY * this.#lateness;
    for (const thread of this.#threads()) {
      if (thread.isStalled(slack)) thread.replace(`it showed no life for ${Math.round(thread.silence())} ms`);
    }
  }
}
