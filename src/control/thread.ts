// One supervised worker thread: started, heard, found dead or stalled, and started again.

import { type MessagePort, Worker } from 'node:worker_threads';
import { BEAT_MS, type Counters, GAUGE } from '../engine/counters.ts';
import type { Endpoint, Order, Report } from '../workers/messages.ts';

/** A thread that dies at once is started again this late, so that a defect at start does not take a core. */
const RESTART_DELAY_MS = 500;
const SHORT_LIFE_MS = 2000;
/** Loading its code may take a thread this long on a machine that is busy: until then its silence means nothing. */
const START_MS = 10_000;

export interface ThreadOptions {
  entry: URL;
  name: string;
  counters: Counters;
  /** What the thread is started with, made anew at each start. */
  workerData: () => object;
  /** Called after each post: wakes a thread that blocks. */
  wake: () => void;
  /** The thread has ended: take back what it held, before it is started again. */
  onEnd: (reason: string) => void;
  /** The thread runs again. */
  onRestart: () => void;
}

/** A socket that a worker could not open. */
export class RefusedError extends Error {
  readonly report: Extract<Report, { type: 'refused' }>;

  constructor(report: Extract<Report, { type: 'refused' }>) {
    super(report.message);
    this.name = 'RefusedError';
    this.report = report;
  }
}

export class Thread {
  restarts = 0;
  readonly #options: ThreadOptions;
  #worker: Worker | undefined;
  #startedAt = 0;
  #lastBeat = 0;
  /** When the heartbeat was last seen to move. */
  #movedAt = performance.now();
  /** Silence before this does not count against the thread: it was being started. */
  #excusedUntil = 0;
  #isReady = false;
  #stopping = false;
  #lastError = 'it ended by itself';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  /** Whether the thread runs and has its sockets. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Starts the thread; resolves with the addresses it listens on once it runs, rejects when it cannot. */
  start(): Promise<Endpoint[]> {
    const { entry, name, workerData } = this.#options;
    const worker = new Worker(entry, { name, workerData: workerData() });
    this.#worker = worker;
    this.#startedAt = performance.now();
    this.#excusedUntil = this.#startedAt + START_MS;
    const ready = new Promise<Endpoint[]>((resolve, reject) => {
      worker.once('message', (report: Report) => {
        this.#excusedUntil = performance.now();
        if (report.type === 'ready') {
          this.#isReady = true;
          resolve(report.endpoints);
        } else {
          this.#lastError = report.message;
          reject(new RefusedError(report));
        }
      });
      worker.once('error', (error) => {
        this.#lastError = error instanceof Error ? (error.stack ?? error.message) : String(error);
        reject(error);
      });
      worker.once('exit', () => reject(new Error(`${name} ended before it was ready`)));
    });
    worker.once('exit', () => this.#ended(worker));
    return ready;
  }

  #ended(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#isReady = false;
    if (this.#stopping) return;
    this.restarts++;
    this.#options.onEnd(this.#lastError);
    this.#lastError = 'it ended by itself';
    const delay = performance.now() - this.#startedAt < SHORT_LIFE_MS && this.restarts > 1 ? RESTART_DELAY_MS : 0;
    this.#timer = setTimeout(() => {
      // A start that fails ends the thread again, and so comes back here.
      this.start().then(this.#options.onRestart, () => {});
    }, delay);
  }

  post(order: Order, transfer: MessagePort[] = []): void {
    // What it is woken by may be closed by now, and its number be another file's.
    if (!this.#worker) return;
    this.#worker.postMessage(order, transfer);
    this.#options.wake();
  }

  /**
   * Milliseconds since the thread last showed life, as seen from here; those before it last died count. Its heartbeat
   * is watched for changes and never compared with a clock of ours, which may have been set since the thread began.
   */
  silence(): number {
    const now = performance.now();
    const beat = this.#options.counters.readGauge(GAUGE.HEARTBEAT);
    if (beat !== this.#lastBeat) {
      this.#lastBeat = beat;
      this.#movedAt = now;
    }
    return now - this.#movedAt;
  }

  /** Whether the thread sleeps longer than one that has work does. */
  get isResting(): boolean {
    return this.#sleep() > BEAT_MS;
  }

  /** Whether a thread that should run has been silent for `slack` milliseconds longer than it may sleep. */
  isStalled(slack: number): boolean {
    // Before the beat is read, which is written first.
    const limit = this.#sleep() + slack;
    return this.silence() > limit && !!this.#worker && performance.now() - this.#excusedUntil > limit;
  }

  #sleep(): number {
    return Math.max(BEAT_MS, this.#options.counters.readGauge(GAUGE.SLEEP));
  }

  /** Ends a thread that no longer shows life; its end starts the next. */
  replace(reason: string): void {
    this.#lastError = reason;
    this.#excusedUntil = performance.now() + START_MS;
    void this.#worker?.terminate();
  }

  /** Ends the thread for good: asks it to, and after `patience` milliseconds insists. */
  async stop(patience = 2000): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const worker = this.#worker;
    if (!worker) return;
    const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    this.post({ type: 'stop' });
    const timer = setTimeout(() => void worker.terminate(), patience);
    await exit;
    clearTimeout(timer);
  }
}
