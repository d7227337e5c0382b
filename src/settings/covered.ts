// How many addresses are covered while ranges come and go, each told at once: a tree over all their bounds.

import type { Range } from './ranges.ts';

export class Covered {
  /** Where any of the ranges begins, and just behind where any ends; in order, each once. */
  readonly #bounds: bigint[];
  /** By node: how many ranges cover all of it, and how much of it is covered. */
  readonly #counts: Int32Array;
  readonly #sizes: bigint[];

  /** `ranges`: all that will ever come. */
  constructor(ranges: readonly Range[]) {
    const bounds = new Set(ranges.flatMap(({ start, end }) => [start, end + 1n]));
    this.#bounds = [...bounds].sort((a, b) => (a < b ? -1 : 1));
    const nodes = Math.max(1, 4 * this.#bounds.length);
    this.#counts = new Int32Array(nodes);
    this.#sizes = new Array<bigint>(nodes).fill(0n);
  }

  get size(): bigint {
    return this.#sizes[1] ?? 0n;
  }

  add(range: Range): void {
    this.#change(range, 1);
  }

  /** What was added before. */
  remove(range: Range): void {
    this.#change(range, -1);
  }

  #change({ start, end }: Range, by: number): void {
    this.#update({ node: 1, low: 0, high: this.#bounds.length - 1 }, this.#indexOf(start), this.#indexOf(end + 1n), by);
  }

  #indexOf(bound: bigint): number {
    let low = 0;
    let high = this.#bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#bounds[middle] < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #update(part: { node: number; low: number; high: number }, from: number, to: number, by: number): void {
    const { node, low, high } = part;
    if (to <= low || high <= from) return;
    if (from <= low && high <= to) this.#counts[node] += by;
    else {
      const middle = (low + high) >>> 1;
      this.#update({ node: 2 * node, low, high: middle }, from, to, by);
      this.#update({ node: 2 * node + 1, low: middle, high }, from, to, by);
    }
    if (this.#counts[node] > 0) this.#sizes[node] = this.#bounds[high] - this.#bounds[low];
    else this.#sizes[node] = high - low === 1 ? 0n : this.#sizes[2 * node] + this.#sizes[2 * node + 1];
  }
}
