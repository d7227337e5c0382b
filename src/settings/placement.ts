// In which groups the clients of a prefix can be: the longest prefix wins, and groups that name the socket go first.

import type { Prefix } from './address.ts';
import { PrefixTable } from './ranges.ts';

/** By what a group has its clients. */
export interface Seat<T> {
  group: T;
  /** Whether it takes the clients that no other has. */
  any: boolean;
  prefixes: readonly Prefix[];
  /** Sockets by which they come; none for all. */
  listeners: readonly number[];
}

export class Placement<T> {
  readonly #table = new PrefixTable<Seat<T>>();
  readonly #any: Seat<T> | undefined;
  readonly #sockets: number;

  /** `sockets`: how many there are in all. */
  constructor(seats: readonly Seat<T>[], sockets: number) {
    this.#sockets = sockets;
    this.#any = seats.find(({ any }) => any);
    for (const seat of seats) for (const prefix of seat.prefixes) this.#table.add(prefix, seat);
  }

  /** Every group in which a client of the prefix can be, by whichever socket it comes, each once. */
  of(prefix: Prefix): T[] {
    const around = this.#table.holding(prefix).map(({ value }) => value);
    const found = new Set(this.#table.inside(prefix).map(({ value }) => value));
    for (let socket = 0; socket < this.#sockets; socket++) {
      const takes = ({ listeners }: Seat<T>) => listeners.length === 0 || listeners.includes(socket);
      // The longest comes first.
      const taking = around.filter(takes);
      const seat = taking.find(({ listeners }) => listeners.length > 0) ?? taking[0] ?? this.#any;
      if (seat) found.add(seat);
    }
    return [...found].map(({ group }) => group);
  }
}
