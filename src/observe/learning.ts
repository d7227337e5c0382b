// Learns what groups with a default ask for that no list of theirs allows, from the same hits as the log.

import type { EventReader } from '../engine/event-reader.ts';
import { WANT } from '../engine/event-ring.ts';
import { DECISION } from '../policy/rule.ts';
import { textFromWire } from '../wire/name-text.ts';
import { clientBit } from './client-sketch.ts';
import type { HitLabels } from './hit-labels.ts';
import type { HitTaker, Unwritten } from './hit-reader.ts';
import type { LearningFile } from './learning-file.ts';
import { LearningTable } from './learning-table.ts';

/** Hits a second that are looked at: some 3 % of a core. Those beyond are counted. */
export const LOOKED_AT = 10_000;
/** What a crash may cost: so long after a change it is written down. */
const KEEP_MS = 300_000;

export interface LearningOptions {
  /** Names that are kept at most. */
  names: number;
  /** Undefined where nothing outlives the process. */
  file: LearningFile | undefined;
  /** A random number, by which clients are hashed: nobody else may know it. */
  key: number;
  /** Told when something is wrong, and with an empty text when it is well again. */
  onProblem: (problem: string) => void;
}

export class Learning implements HitTaker {
  readonly table: LearningTable;
  /** Hits of whichever group that were not looked at, while some group had a default. */
  unseen = 0;
  readonly #options: LearningOptions;
  #isActive = false;
  /** How many hits of this second were looked at. */
  #taken = 0;
  #isChanged = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  /** One writing after the other. */
  #writing: Promise<void> = Promise.resolve();
  #problem = '';

  constructor(options: LearningOptions) {
    this.#options = options;
    this.table = new LearningTable(options.names);
    this.unseen = options.file?.read(this.table) ?? 0;
    this.#tell();
  }

  /** Where it is kept over restarts; null where it is not. */
  get file(): string | null {
    return this.#options.file?.path ?? null;
  }

  /** What is wrong, in words; empty where nothing is. */
  get problem(): string {
    return this.#problem;
  }

  get want(): number {
    if (!this.#isActive) return WANT.NOTHING;
    return this.#taken < LOOKED_AT ? WANT.HITS : WANT.COUNTS;
  }

  get takes(): boolean {
    return this.want === WANT.HITS;
  }

  get waits(): boolean {
    return false;
  }

  adopt(labels: HitLabels): void {
    const groups = labels.groups.map(({ id, fallback }) => ({ id, learns: fallback !== null }));
    this.#isActive = groups.some(({ learns }) => learns);
    this.table.follow(groups);
  }

  begin(_: number, { limited, dropped }: Unwritten): void {
    this.pass(limited + dropped);
  }

  renew(): void {
    this.#taken = 0;
  }

  take(event: EventReader, labels: HitLabels): void {
    this.#taken++;
    if (!teaches(event, labels)) return;
    const at = Math.floor(event.ms / 1000);
    const bit = clientBit(event, this.#options.key, labels.device(event));
    const name = textFromWire(event.bytes, event.nameAt);
    this.table.note(labels.group(event), name, at, bit, event.decision === DECISION.BLOCK);
    this.#change();
  }

  pass(hits: number): void {
    if (hits === 0 || !this.#isActive) return;
    this.unseen += hits;
    this.#change();
  }

  end(): void {}

  /** Writes down what was learnt, after the last reading. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    if (this.#isChanged) this.#keep();
    await this.#writing;
  }

  #change(): void {
    this.#isChanged = true;
    if (this.#timer || this.#isClosed || !this.#options.file) return;
    this.#timer = setTimeout(() => this.#keep(), KEEP_MS).unref();
  }

  #keep(): void {
    this.#timer = undefined;
    this.#isChanged = false;
    this.#writing = this.#writing.then(async () => {
      await this.#options.file?.write(this.table, this.unseen);
      this.#tell();
      // What could not be written is tried again.
      if (this.#problem) this.#change();
    });
  }

  #tell(): void {
    const { problem = '' } = this.#options.file ?? {};
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.onProblem(problem);
  }
}

/**
 * Whether a default met the name, or will once it blocks: a policy that watches a name is told in the place of a default
 * that does. Of a client with an exception nothing is learnt: what it asks for, it asks on a ground that is nobody's
 * business. Where an answer led is not asked about: the asked name decides.
 */
function teaches(event: EventReader, labels: HitLabels): boolean {
  if (event.exception >= 0 || event.leadLength > 0) return false;
  if (labels.isFallback(event)) return true;
  return event.decision === DECISION.OBSERVE && labels.hasFallback(event);
}
