/** Waiting for something to arrive, with a deadline, without polling. */

export class Arrivals {
  #waiting = new Set<() => void>();

  /** Tells everybody who waits that something changed. */
  announce(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** True as soon as the condition holds, false when it does not within so many milliseconds. */
  until(condition: () => boolean, milliseconds: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (held: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(held);
      };
      const look = () => condition() && finish(true);
      const timer = setTimeout(() => finish(condition()), milliseconds);
      this.#waiting.add(look);
    });
  }
}
