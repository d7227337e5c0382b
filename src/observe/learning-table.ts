// What groups with a default asked for and do not approve: names with counts, so many of them and no more.

import { addClient, clientsIn, emptySketch, type Sketch } from './client-sketch.ts';

/** A name that a group asked for. Moments are Unix seconds. */
export interface LearntName {
  /** Queries, and of these how many were blocked. */
  count: number;
  blocked: number;
  first: number;
  last: number;
  /** Clients since this process began, and about how many there were before it. */
  sketch: Sketch;
  earlier: number;
}

/** Of one group, what had to go included. */
export interface LearntGroup {
  since: number;
  count: number;
  blocked: number;
  /** Names that had to go, each time that one did, and their queries. */
  forgotten: { names: number; count: number };
  /** By name, in lower case, escaped as in zone files: it holds no control character. */
  names: Map<string, LearntName>;
}

/** Of the names that there are, this share goes when there is no room: room is made seldom, and then for many. */
const SHARE = 10;

/** At least so many clients: those before and those since the start may be the same. */
export function clientsOf({ earlier, sketch }: Pick<LearntName, 'earlier' | 'sketch'>): number {
  return Math.max(earlier, clientsIn(sketch));
}

export class LearningTable {
  /** By the id of the group. */
  readonly groups = new Map<string, LearntGroup>();
  readonly #most: number;
  /** Groups with a default. */
  #learning: ReadonlySet<string> = new Set();
  #size = 0;

  /** Keeps `most` names at most, of all groups together. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** Forgets what groups asked that there are no more. Of those that do not learn, names go first when there is no room. */
  follow(groups: readonly { id: string; learns: boolean }[]): void {
    this.#learning = new Set(groups.filter(({ learns }) => learns).map(({ id }) => id));
    const known = new Set(groups.map(({ id }) => id));
    for (const [id, { names }] of this.groups) {
      if (known.has(id)) continue;
      this.groups.delete(id);
      this.#size -= names.size;
    }
  }

  /** One query of a client, of which `bit` is all that is known. */
  note(id: string, name: string, at: number, bit: number, isBlocked: boolean): void {
    const group = this.group(id, at);
    let entry = group.names.get(name);
    if (!entry) {
      entry = { count: 0, blocked: 0, first: at, last: at, sketch: emptySketch(), earlier: 0 };
      // As one piece: what was put together letter by letter would keep every step of that.
      this.put(group, Buffer.from(name, 'latin1').toString('latin1'), entry);
    }
    for (const one of [group, entry]) {
      one.count++;
      if (isBlocked) one.blocked++;
    }
    // Workers' hits come one ring after the other.
    entry.first = Math.min(entry.first, at);
    entry.last = Math.max(entry.last, at);
    addClient(entry.sketch, bit);
  }

  /** The group's part; begun at `at` where there is none. */
  group(id: string, at: number): LearntGroup {
    const known = this.groups.get(id);
    if (known) return known;
    const group = { since: at, count: 0, blocked: 0, forgotten: { names: 0, count: 0 }, names: new Map() };
    this.groups.set(id, group);
    return group;
  }

  /** Puts in a name that is not there, if another has to go for it. */
  put(group: LearntGroup, name: string, entry: LearntName): void {
    if (this.#size >= this.#most) this.#makeRoom();
    group.names.set(name, entry);
    this.#size++;
  }

  /**
   * Lets the names go that fewest clients asked for, of these the ones asked for least, of these the ones not asked for
   * the longest. So one device that asks for thousands of random names drives out none that several devices need, as it
   * would if what was asked last stayed.
   */
  #makeRoom(): void {
    const ranked = [...this.groups].flatMap(([id, group]) => {
      const learns = this.#learning.has(id) ? 1 : 0;
      return [...group.names].map(([name, entry]) => ({ group, name, entry, learns, clients: clientsOf(entry) }));
    });
    ranked.sort(
      (a, b) =>
        a.learns - b.learns || a.clients - b.clients || a.entry.count - b.entry.count || a.entry.last - b.entry.last,
    );
    for (const { group, name, entry } of ranked.slice(0, Math.ceil(this.#most / SHARE))) {
      group.names.delete(name);
      group.forgotten.names++;
      group.forgotten.count += entry.count;
      this.#size--;
    }
  }
}
