// Commits and trees of a git repository, loose or packed: enough to say which blob a commit has at a path.

import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { readIfThere } from './git-files.ts';
import { GitPack, type PackedObject } from './git-pack.ts';

/** No commit and no tree that people make is larger; what is, is left alone. */
const MOST_OCTETS = 1 << 26;
const TREE_MODE = '40000';

export class GitObjects {
  /** The repository's own folder of objects, and those that it borrows from. */
  readonly #folders: string[];
  readonly #idOctets: number;
  #packs: GitPack[] | undefined;

  /** `idOctets`: 20 with SHA-1, 32 with SHA-256. */
  constructor(folder: string, idOctets: number) {
    const borrowed =
      readIfThere(join(folder, 'info', 'alternates'))
        ?.toString('utf8')
        .split('\n') ?? [];
    this.#folders = [folder, ...borrowed.filter((line) => line !== '').map((line) => resolve(folder, line))];
    this.#idOctets = idOctets;
  }

  /** The tree of a commit; undefined where the commit is not here, as in a partial clone. Throws where it is broken. */
  treeOf(commit: string): string | undefined {
    return /^tree ([0-9a-f]+)\n/.exec(this.#read(commit, 'commit')?.toString('latin1') ?? '')?.[1];
  }

  /** The id of the file at `path` under `tree`, from its top; null where there is none. */
  blobAt(tree: string, path: readonly string[]): string | null {
    let at: string | undefined = tree;
    for (const [depth, name] of path.entries()) {
      const octets = this.#read(at, 'tree');
      if (!octets) throw new Error(`tree ${at} is not here`);
      const entry = this.#entry(octets, name);
      if (!entry || (entry.mode === TREE_MODE) === (depth === path.length - 1)) return null;
      at = entry.id;
    }
    return at;
  }

  close(): void {
    for (const pack of this.#packs ?? []) pack.close();
  }

  /** Entries are `mode name`, a zero, and the id in octets. */
  #entry(tree: Buffer, name: string): { mode: string; id: string } | undefined {
    const wanted = Buffer.from(name);
    for (let at = 0; at < tree.length; ) {
      const blank = tree.indexOf(0x20, at);
      const zero = tree.indexOf(0, blank);
      if (blank < 0 || zero < 0) throw new Error('a tree that is none');
      const next = zero + 1 + this.#idOctets;
      if (tree.subarray(blank + 1, zero).equals(wanted)) {
        return { mode: tree.toString('latin1', at, blank), id: tree.toString('hex', zero + 1, next) };
      }
      at = next;
    }
    return undefined;
  }

  #read(id: string, kind: string): Buffer | undefined {
    const object = this.#loose(id) ?? this.#packed(id);
    if (object && object.kind !== kind) throw new Error(`${id} is a ${object.kind} and no ${kind}`);
    return object?.octets;
  }

  /** `kind size`, a zero and the octets, deflated. */
  #loose(id: string): PackedObject | undefined {
    for (const folder of this.#folders) {
      const deflated = readIfThere(join(folder, id.slice(0, 2), id.slice(2)));
      if (!deflated) continue;
      const octets = inflateSync(deflated, { maxOutputLength: MOST_OCTETS });
      const zero = octets.indexOf(0);
      const [kind] = octets.toString('latin1', 0, zero).split(' ');
      return { kind, octets: octets.subarray(zero + 1) };
    }
    return undefined;
  }

  #packed(id: string): PackedObject | undefined {
    this.#packs ??= this.#openPacks();
    const whole = (one: string) => this.#loose(one) ?? this.#packed(one);
    for (const pack of this.#packs) {
      const at = pack.find(Buffer.from(id, 'hex'));
      if (at !== undefined) return pack.read(at, whole);
    }
    return undefined;
  }

  #openPacks(): GitPack[] {
    return this.#folders.flatMap((folder) => {
      const packs = join(folder, 'pack');
      let names: string[] = [];
      try {
        names = readdirSync(packs);
      } catch {
        // Everything is loose.
      }
      const indexes = names.filter((name) => name.endsWith('.idx'));
      return indexes.map((name) => new GitPack(join(packs, name.slice(0, -'.idx'.length)), this.#idOctets));
    });
  }
}
