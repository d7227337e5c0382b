// What has been sent upstream and may still be answered: for each question in flight, up to three attempts.

/** RFC 9520 §3.1: few sends for one question. */
export const MAX_ATTEMPTS = 3;

const NONE = -1;
/** Places for what was lately let go: a power of two. */
const RECENT = 1 << 12;

/**
 * Attempts by the upstream socket and id that an answer must bear (RFC 5452 §9.1). An attempt is a number; those of
 * slot s are `s * MAX_ATTEMPTS` and on. An earlier attempt is still listened for after the next one was sent: an
 * upstream that has to look far answers late, and rightly.
 */
export class Attempts {
  readonly upstream: Int32Array;
  /** When it was sent, in milliseconds. */
  readonly sent: Float64Array;
  readonly #token: Int32Array;
  readonly #id: Int32Array;
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #recent = new Float64Array(RECENT).fill(NONE);

  constructor(slots: number) {
    const capacity = slots * MAX_ATTEMPTS;
    this.upstream = new Int32Array(capacity);
    this.sent = new Float64Array(capacity);
    this.#token = new Int32Array(capacity).fill(NONE);
    this.#id = new Int32Array(capacity);
    this.#next = new Int32Array(capacity);
    let heads = 1;
    while (heads < capacity) heads *= 2;
    this.#heads = new Int32Array(heads).fill(NONE);
  }

  slotOf(attempt: number): number {
    return Math.floor(attempt / MAX_ATTEMPTS);
  }

  /** Listens for an answer to the slot's attempt `number` on this socket under this id; false when both are in use. */
  expect(slot: number, number: number, token: number, id: number): boolean {
    if (this.find(token, id) !== NONE) return false;
    const attempt = slot * MAX_ATTEMPTS + number;
    const head = this.#headOf(token, id);
    this.#token[attempt] = token;
    this.#id[attempt] = id;
    this.#next[attempt] = this.#heads[head];
    this.#heads[head] = attempt;
    return true;
  }

  /** The attempt that an answer on this socket under this id belongs to, or -1. */
  find(token: number, id: number): number {
    let attempt = this.#heads[this.#headOf(token, id)];
    while (attempt !== NONE && (this.#token[attempt] !== token || this.#id[attempt] !== id))
      attempt = this.#next[attempt];
    return attempt;
  }

  /** Whether an attempt of the slot uses this socket. */
  uses(slot: number, token: number): boolean {
    const first = slot * MAX_ATTEMPTS;
    for (let attempt = first; attempt < first + MAX_ATTEMPTS; attempt++)
      if (this.#token[attempt] === token) return true;
    return false;
  }

  /** Whether the slot's attempt `number` uses this socket. */
  usesAt(slot: number, number: number, token: number): boolean {
    return this.#token[slot * MAX_ATTEMPTS + number] === token;
  }

  /** Whether any attempt of the slot may still be answered. */
  anyOpen(slot: number): boolean {
    const first = slot * MAX_ATTEMPTS;
    for (let attempt = first; attempt < first + MAX_ATTEMPTS; attempt++) if (this.#token[attempt] !== NONE) return true;
    return false;
  }

  /** Stops listening for one attempt. */
  drop(attempt: number): void {
    if (this.#token[attempt] === NONE) return;
    const token = this.#token[attempt];
    const id = this.#id[attempt];
    const head = this.#headOf(token, id);
    if (this.#heads[head] === attempt) this.#heads[head] = this.#next[attempt];
    else {
      let at = this.#heads[head];
      while (this.#next[at] !== attempt) at = this.#next[at];
      this.#next[at] = this.#next[attempt];
    }
    this.#token[attempt] = NONE;
    this.#recent[head & (RECENT - 1)] = keyOf(token, id);
  }

  /** Stops listening for the slot. */
  dropAll(slot: number): void {
    const first = slot * MAX_ATTEMPTS;
    for (let attempt = first; attempt < first + MAX_ATTEMPTS; attempt++) this.drop(attempt);
  }

  /** Whether this socket and id were listened for a moment ago: a second or late answer, and nobody's guess. */
  isLate(token: number, id: number): boolean {
    return this.#recent[this.#headOf(token, id) & (RECENT - 1)] === keyOf(token, id);
  }

  #headOf(token: number, id: number): number {
    return (Math.imul(token ^ Math.imul(id, 0x85ebca6b), 0x9e3779b1) >>> 8) & (this.#heads.length - 1);
  }
}

function keyOf(token: number, id: number): number {
  return token * 65536 + id;
}
