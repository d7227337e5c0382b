// A point in time, set once per batch and handed to everything that happens in it.

/**
 * A point in time that is handed about without being copied: a double passed as an argument is boxed, and that would be
 * the only garbage of a query. Whoever owns it sets it once per batch; whoever is given it reads it and keeps no
 * reference.
 */
export class Moment {
  readonly #at = new Float64Array(1);

  /** Milliseconds since 1970, with a fraction. */
  get ms(): number {
    return this.#at[0];
  }
  set ms(value: number) {
    this.#at[0] = value;
  }
}
