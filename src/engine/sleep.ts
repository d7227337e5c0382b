// A thread that sleeps until another has something for it: the word between the two, and what each end does with it.

const AWAKE = 0;
export const ASLEEP = 1;

/** The end of the one who sleeps. The word at `at` is 1 while it does. */
export class Sleeper {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  /** Says that it sleeps from now on; it must look once more at what it waits for after this, before it rests. */
  begin(): void {
    Atomics.store(this.#words, this.#at, ASLEEP);
  }

  /** Resolves when it was woken since `begin`, or `end` was called; undefined where that is so already. */
  rest(): Promise<unknown> | undefined {
    const { async, value } = Atomics.waitAsync(this.#words, this.#at, ASLEEP);
    return async ? value : undefined;
  }

  end(): void {
    wakeSleeper(this.#words, this.#at);
  }
}

/**
 * The other end, after it stored what the sleeper waits for. Swapped and not read: so the sleeper, which looks after it
 * has said that it sleeps, sees what was stored, or is woken.
 */
export function wakeSleeper(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, AWAKE) === ASLEEP) Atomics.notify(words, at);
}
