// Plain lists of names, one a line, straight from their octets into rules: a scan without strings.

import { MATCH } from '../policy/rule.ts';
import { eachLine, type Format, type Reader } from './format.ts';
import { refusal } from './guard.ts';
import type { Intake } from './intake.ts';
import { endsWord, FAULT, isBlank } from './name-scan.ts';

const HASH = 0x23;
const BANG = 0x21;
const STAR = 0x2a;
const DOT = 0x2e;

/** `*.name` is always BELOW, `.name` always SUFFIX. */
export const domains: Format = {
  // Four numbers are an address, and no name.
  looks: /^(?!\d+(?:\.\d+){3}(?:\s|#|$))(?:\*?\.)?[\w\u0080-\uffff-]+(?:\.[\w\u0080-\uffff-]+)+\.?(?:\s*#.*)?$/,
  read: (intake, match) => new DomainsReader(intake, match),
};

class DomainsReader implements Reader {
  readonly #intake: Intake;
  readonly #match: number;

  constructor(intake: Intake, match: number) {
    this.#intake = intake;
    this.#match = match;
  }

  take(block: Buffer): void {
    eachLine(block, this.#intake, this.#entry, this.#plainLine);
  }

  /** Takes a line that is as nearly all are, a good name from its beginning to its end; where the next one begins, or -1. */
  readonly #plainLine = (block: Buffer, at: number): number => {
    const { scan } = this.#intake;
    if (scan.read(block, at, block.length) !== FAULT.NONE) return -1;
    return this.#intake.takeLine(block, scan.end, this.#match);
  };

  readonly #entry = (at: number, stop: number) => {
    const intake = this.#intake;
    const { bytes } = intake;
    if (isDone(bytes, at, stop) || bytes[at] === BANG) return intake.pass();
    let match = this.#match;
    let from = at;
    if (bytes[at] === STAR && bytes[at + 1] === DOT) {
      match = MATCH.BELOW;
      from += 2;
    } else if (bytes[at] === DOT) {
      match = MATCH.SUFFIX;
      from++;
    }
    const end = wordEnd(bytes, from, stop);
    const rest = skipBlanks(bytes, end, stop);
    // One reason a line: what follows a name makes the whole line one of another format.
    if (!isDone(bytes, rest, stop)) intake.reject(rest, 'more than a name on the line', at);
    else if (end === from) intake.reject(at, refusal('', MATCH.SUFFIX) ?? '', at);
    else intake.take(from, end, match);
  };
}

export function skipBlanks(bytes: Buffer, from: number, stop: number): number {
  let at = from;
  while (at < stop && isBlank(bytes[at])) at++;
  return at;
}

/** Whether only a comment, or nothing, is left of the line. */
export function isDone(bytes: Buffer, at: number, stop: number): boolean {
  return at >= stop || bytes[at] === HASH;
}

export function wordEnd(bytes: Buffer, from: number, stop: number): number {
  let end = from;
  while (end < stop && !endsWord(bytes[end])) end++;
  return end;
}
