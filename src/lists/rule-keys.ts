// The rules of a list as numbers in order: what two readings differ in is found by walking along both, which no cache minds.

const FIRST_KEYS = 1 << 12;

/**
 * Takes the keys of rules as they come: two hashes of 32 bits each. With a million rules, two are taken for one once in
 * some forty million readings.
 */
export class KeyCollector {
  #words = new Uint32Array(2 * FIRST_KEYS);
  #count = 0;

  /** Makes room for so many more. */
  expect(rules: number): void {
    this.#grow(this.#count + rules);
  }

  add(one: number, other: number): void {
    if (2 * this.#count === this.#words.length) this.#grow(2 * this.#count);
    this.#words[2 * this.#count] = one;
    this.#words[2 * this.#count + 1] = other;
    this.#count++;
  }

  /** As they came. */
  get keys(): BigUint64Array<ArrayBuffer> {
    return new BigUint64Array(this.#words.buffer, 0, this.#count).slice();
  }

  /** Each key once, in order. */
  sorted(): BigUint64Array<ArrayBuffer> {
    const keys = this.keys.sort();
    const words = wordsOf(keys);
    let kept = 0;
    for (let at = 0; at < keys.length; at++) {
      if (kept > 0 && compare(words, kept - 1, words, at) === 0) continue;
      copyKey(words, kept++, words, at);
    }
    return keys.slice(0, kept);
  }

  #grow(keys: number): void {
    if (2 * keys <= this.#words.length) return;
    const words = new Uint32Array(2 * keys);
    words.set(this.#words.subarray(0, 2 * this.#count));
    this.#words = words;
  }
}

/** Keys of each of two readings that the other has not, in order. */
export interface KeyDifference {
  added: BigUint64Array;
  removed: BigUint64Array;
}

/** What came and what went from `before` to `now`, both each key once and in order. */
export function differenceOf(before: BigUint64Array, now: BigUint64Array): KeyDifference {
  const [was, is] = [wordsOf(before), wordsOf(now)];
  const added = new KeyCollector();
  const removed = new KeyCollector();
  let old = 0;
  let fresh = 0;
  while (old < before.length || fresh < now.length) {
    let order = 0;
    if (old === before.length) order = 1;
    else if (fresh === now.length) order = -1;
    else order = compare(was, old, is, fresh);
    if (order < 0) removed.add(was[2 * old], was[2 * old + 1]);
    else if (order > 0) added.add(is[2 * fresh], is[2 * fresh + 1]);
    if (order <= 0) old++;
    if (order >= 0) fresh++;
  }
  // As those came in order, so do these.
  return { added: added.keys, removed: removed.keys };
}

/** Whether the keys, in order, have this one. */
export function hasKey(keys: BigUint64Array, one: number, other: number): boolean {
  const words = wordsOf(keys);
  const wanted = Uint32Array.of(one, other);
  let [least, most] = [0, keys.length];
  while (least < most) {
    const middle = (least + most) >>> 1;
    const order = compare(words, middle, wanted, 0);
    if (order === 0) return true;
    if (order < 0) least = middle + 1;
    else most = middle;
  }
  return false;
}

/** The same memory, low word first as on every machine that Node runs on: to read it so makes no object for each key. */
function wordsOf(keys: BigUint64Array): Uint32Array {
  return new Uint32Array(keys.buffer, keys.byteOffset, 2 * keys.length);
}

function compare(ones: Uint32Array, one: number, others: Uint32Array, other: number): number {
  const high = ones[2 * one + 1] - others[2 * other + 1];
  return high === 0 ? ones[2 * one] - others[2 * other] : high;
}

function copyKey(to: Uint32Array, at: number, from: Uint32Array, of: number): void {
  to[2 * at] = from[2 * of];
  to[2 * at + 1] = from[2 * of + 1];
}
