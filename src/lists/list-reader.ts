// Reads one list of lines, in pieces of any size, into rules.

import type { RuleSink } from '../policy/rule.ts';
import type { Format, Reader } from './format.ts';
import { Intake, type ListCount } from './intake.ts';
import { LineBlocks, LONGEST_LINE } from './line-blocks.ts';

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** First, where `hasSurvey` says so, every piece goes to `survey`, then every piece to `take`; then `end`. */
export class ListReader {
  readonly #intake: Intake;
  readonly #reader: Reader;
  #blocks: LineBlocks | undefined;
  #isSurvey = false;

  constructor(format: Format, match: number, sink: RuleSink) {
    this.#intake = new Intake(sink);
    this.#reader = format.read(this.#intake, match);
  }

  get hasSurvey(): boolean {
    return this.#reader.survey !== undefined;
  }

  get rules(): number {
    return this.#intake.count.rules;
  }

  survey(piece: Buffer): void {
    this.#isSurvey = true;
    this.#push(piece);
  }

  take(piece: Buffer): void {
    if (this.#isSurvey) this.#finish();
    this.#isSurvey = false;
    this.#push(piece);
  }

  end(): ListCount {
    this.#finish();
    this.#reader.end?.();
    return this.#intake.count;
  }

  #push(piece: Buffer): void {
    this.#blocks ??= new LineBlocks(this.#isSurvey ? this.#surveyor() : this.#taker());
    this.#blocks.push(piece);
  }

  #finish(): void {
    this.#blocks?.end();
    this.#blocks = undefined;
  }

  #surveyor() {
    return { take: withoutMark((block) => this.#reader.survey?.(block)), takeLong: () => {} };
  }

  #taker() {
    const takeLong = () => {
      this.#intake.begin(MARK, 0, 0);
      this.#intake.rejectText('', 0, `a line of more than ${LONGEST_LINE} octets`);
    };
    return { take: withoutMark((block) => this.#reader.take(block)), takeLong };
  }
}

/** A byte order mark is no part of the first line. */
function withoutMark(take: (block: Buffer) => void): (block: Buffer) => void {
  let isFirst = true;
  return (block) => {
    const isMarked = isFirst && block.subarray(0, MARK.length).equals(MARK);
    isFirst = false;
    if (block.length > MARK.length || !isMarked) take(isMarked ? block.subarray(MARK.length) : block);
  };
}
