// Makes ids of names that people gave: unique among their kind, and as the option table takes them.

/** Leaves room for a number behind it: an id has 63 characters at most. */
const LONGEST = 50;

function slug(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '');
}

export class Ids {
  /** What one is called whose name has no letter that an id can have. */
  readonly #kind: string;
  readonly #taken: Set<string>;

  /** `taken` are those that something else has. */
  constructor(kind: string, taken: readonly string[] = []) {
    this.#kind = kind;
    this.#taken = new Set(taken);
  }

  of(name: string): string {
    const base = slug(name) || this.#kind;
    let id = base;
    for (let at = 2; this.#taken.has(id); at++) id = `${base}-${at}`;
    this.#taken.add(id);
    return id;
  }
}
