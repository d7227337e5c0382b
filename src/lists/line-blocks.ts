// Cuts what comes in pieces of any size into blocks of whole lines, in bounded memory.

export const NEWLINE = 0x0a;
/** Before a newline, where lines end as on Windows. */
export const RETURN = 0x0d;

/** Octets of the longest line that is read; the longest known ones, of lists for browsers, have a few thousand. */
export const LONGEST_LINE = 1 << 16;

/** What blocks are handed to. */
export interface BlockTaker {
  /** Whole lines; good until it returns. */
  take(block: Buffer): void;
  /** In place of a line that is too long to be read. */
  takeLong(): void;
}

/** How the pieces are cut changes nothing: a line is too long by itself, not by where a piece ends. */
export class LineBlocks {
  readonly #taker: BlockTaker;
  /** The beginning of a line whose end has not come yet. */
  readonly #begun = Buffer.allocUnsafe(LONGEST_LINE + 1);
  #held = 0;
  #isTooLong = false;

  constructor(taker: BlockTaker) {
    this.#taker = taker;
  }

  push(piece: Buffer): void {
    for (let at = 0; at < piece.length; at += LONGEST_LINE) this.#push(piece.subarray(at, at + LONGEST_LINE));
  }

  end(): void {
    if (this.#held > 0 || this.#isTooLong) this.#finish();
  }

  #push(piece: Buffer): void {
    let at = 0;
    if (this.#held > 0 || this.#isTooLong) {
      const newline = piece.indexOf(NEWLINE);
      at = newline < 0 ? piece.length : newline + 1;
      this.#hold(piece.subarray(0, at));
      if (newline < 0) return;
      this.#finish();
    }
    const end = piece.lastIndexOf(NEWLINE) + 1;
    if (end > at) this.#taker.take(piece.subarray(at, end));
    this.#hold(piece.subarray(Math.max(at, end)));
  }

  #hold(part: Buffer): void {
    const isWhole = part.at(-1) === NEWLINE;
    if (this.#held + part.length - Number(isWhole) > LONGEST_LINE) this.#isTooLong = true;
    if (this.#isTooLong) this.#held = 0;
    else this.#held += part.copy(this.#begun, this.#held);
  }

  #finish(): void {
    if (this.#isTooLong) this.#taker.takeLong();
    else this.#taker.take(this.#begun.subarray(0, this.#held));
    this.#held = 0;
    this.#isTooLong = false;
  }
}
