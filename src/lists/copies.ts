// The folder that keeps what lists held: of each the last good copy, and what was fetched or read since.

import { createHash } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { makeFolder } from '../settings/files.ts';
import { octetsOf } from './folder.ts';

/** The octets of a list, as its source had them. */
export interface Content {
  /** In hexadecimal. */
  sha256: string;
  size: number;
}

/** A content that is kept, and what vouches for it. */
export interface KeptCopy extends Content {
  /** The file or URL that it came from. */
  from: string;
  /** Of whoever signed it; null without one. */
  signature: string | null;
}

/** What a list was when it was last in force. */
export interface GoodCopy extends KeptCopy {
  /** When it came into force, in Unix milliseconds. */
  at: number;
  rules: number;
  /** The content that somebody let through the guard, whatever it finds; null without one. */
  accepted: string | null;
}

/** What was last fetched, and what its server said for the next time. */
export interface FetchedCopy extends KeptCopy {
  /** When this content was first seen, and when it was last asked for with success, in Unix milliseconds. */
  at: number;
  checked: number;
  etag: string | null;
  lastModified: string | null;
}

/** Of a hash, so much names a file: nobody chooses contents that agree in it to their gain, as the whole is looked at. */
const NAME_DIGITS = 16;
/** What keys begin with; another way of making them has another. */
const KEYS_MARK = Buffer.from('sluiskey1\n');
const HASH_OCTETS = 32;
/** After how long a file that nobody finished is taken for one that nobody will. */
const ABANDONED_MS = 3_600_000;
/** After how long what is kept of a list that left the configuration goes: somebody may have taken it out to look. */
const FORGOTTEN_MS = 30 * 86_400_000;
/** A file of this folder, after the id of its list. */
const OWN_FILE = /^(.+)\.(?:(?:good|fetched)\.json(?:\.part)?|[0-9a-f]{16}\.(?:list|keys)|\d+\.part)$/;

/**
 * Contents are named by their hash and never changed; what says which of them counts is small, and replaced whole. So
 * whatever moment a process ends at, each list has its old copy or its new one. Who writes: whoever fetches or builds puts
 * contents there, whoever fetches says what was fetched, and main says what is good.
 */
export class Copies {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the content of a list is, if it is there. */
  path(id: string, sha256: string): string {
    return join(this.folder, `${id}.${sha256.slice(0, NAME_DIGITS)}.list`);
  }

  /** The last good copy of the list, if it came from there; undefined where there is none whose content is whole. */
  async good(id: string, from: string): Promise<GoodCopy | undefined> {
    return this.#whole(id, from, await this.#said<GoodCopy>(`${id}.good.json`));
  }

  async fetched(id: string, from: string): Promise<FetchedCopy | undefined> {
    return this.#whole(id, from, await this.#said<FetchedCopy>(`${id}.fetched.json`));
  }

  /** As `good`, without a look at the content. */
  async goodSaid(id: string, from: string): Promise<GoodCopy | undefined> {
    const said = await this.#said<GoodCopy>(`${id}.good.json`);
    return said?.from === from ? said : undefined;
  }

  /** As `fetched`, without a look at the content. */
  async fetchedSaid(id: string, from: string): Promise<FetchedCopy | undefined> {
    const said = await this.#said<FetchedCopy>(`${id}.fetched.json`);
    return said?.from === from ? said : undefined;
  }

  /** Whether there is a content of that name, whole or not. */
  async has(id: string, sha256: string): Promise<boolean> {
    return (await stat(this.path(id, sha256)).catch(() => undefined)) !== undefined;
  }

  sayGood(id: string, copy: GoodCopy): Promise<void> {
    return this.#say(`${id}.good.json`, copy);
  }

  sayFetched(id: string, copy: FetchedCopy): Promise<void> {
    return this.#say(`${id}.fetched.json`, copy);
  }

  /** Puts a content there; it is whole and on the disk when this resolves. Rejects with what reading or writing does. */
  async keep(id: string, octets: AsyncIterable<Buffer>): Promise<Content> {
    makeFolder(this.folder);
    const part = join(this.folder, `${id}.${process.pid}.part`);
    const hash = createHash('sha256');
    let size = 0;
    try {
      const handle = await open(part, 'w', 0o640);
      try {
        for await (const piece of octets) {
          hash.update(piece);
          size += piece.length;
          await handle.writeFile(piece);
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
      const sha256 = hash.digest('hex');
      await rename(part, this.path(id, sha256));
      await this.#syncFolder();
      return { sha256, size };
    } catch (error) {
      await rm(part, { force: true }).catch(() => {});
      throw error;
    }
  }

  /**
   * Keeps the keys of the rules of a content beside it, so that it need not be read to see what changed. Never rejects: they
   * are worth no more than the time that they save.
   */
  async keepKeys(id: string, sha256: string, keys: BigUint64Array<ArrayBuffer>): Promise<void> {
    const path = this.#keysPath(id, sha256);
    const part = join(this.folder, `${id}.${process.pid}.part`);
    const octets = new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength);
    const hash = createHash('sha256').update(octets).digest();
    try {
      await writeFile(part, Buffer.concat([KEYS_MARK, hash, octets]), { mode: 0o640 });
      await rename(part, path);
    } catch {
      await rm(part, { force: true }).catch(() => {});
    }
  }

  /** The keys that were kept of a content; undefined where there are none, or not all. */
  async keys(id: string, sha256: string): Promise<BigUint64Array<ArrayBuffer> | undefined> {
    const file = await readFile(this.#keysPath(id, sha256)).catch(() => undefined);
    if (!file?.subarray(0, KEYS_MARK.length).equals(KEYS_MARK)) return undefined;
    const octets = file.subarray(KEYS_MARK.length + HASH_OCTETS);
    const hash = file.subarray(KEYS_MARK.length, KEYS_MARK.length + HASH_OCTETS);
    if (octets.length % 8 !== 0 || !createHash('sha256').update(octets).digest().equals(hash)) return undefined;
    // A copy of its own: in the file's memory it may stand where no key can be read.
    return new BigUint64Array(new Uint8Array(octets).buffer);
  }

  #keysPath(id: string, sha256: string): string {
    return join(this.folder, `${id}.${sha256.slice(0, NAME_DIGITS)}.keys`);
  }

  /** Removes a content that is said of nowhere. Never rejects. */
  async drop(id: string, sha256: string): Promise<void> {
    const said = await Promise.all([
      this.#said<KeptCopy>(`${id}.good.json`),
      this.#said<KeptCopy>(`${id}.fetched.json`),
    ]);
    if (said.some((copy) => copy?.sha256 === sha256)) return;
    await rm(this.path(id, sha256), { force: true }).catch(() => {});
  }

  /** Removes contents of the list but these, and what was never finished; `now` in Unix milliseconds. Never rejects. */
  async sweep(id: string, kept: readonly string[], now: number): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    const own = names.filter((name) => name.startsWith(`${id}.`)).map((name) => [name, name.slice(id.length + 1)]);
    for (const [name, rest] of own) {
      const path = join(this.folder, name);
      const isContent = /^[0-9a-f]{16}\.(?:list|keys)$/.test(rest);
      const isPart = /^\d+\.part$/.test(rest);
      if (isContent && kept.some((sha256) => rest.startsWith(sha256.slice(0, NAME_DIGITS)))) continue;
      if (isPart && !(await isAbandoned(path, now))) continue;
      if (isContent || isPart) await rm(path, { force: true }).catch(() => {});
    }
  }

  /** Removes what is kept of other lists than these, where nothing of the list was written for a long time. Never rejects. */
  async sweepOthers(ids: ReadonlySet<string>, now: number): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    const others = Map.groupBy(names, (name) => OWN_FILE.exec(name)?.[1]);
    for (const [id, files] of others) {
      if (id === undefined || ids.has(id)) continue;
      const paths = files.map((name) => join(this.folder, name));
      const isOld = await Promise.all(paths.map((path) => isAbandoned(path, now, FORGOTTEN_MS)));
      if (isOld.includes(false)) continue;
      for (const path of paths) await rm(path, { force: true }).catch(() => {});
    }
  }

  /** What a content has to be named by is what it is: one that was cut off or changed is none. */
  async #whole<T extends KeptCopy>(id: string, from: string, said: T | undefined) {
    if (said?.from !== from) return undefined;
    const found = await contentOf(this.path(id, said.sha256)).catch(() => undefined);
    return found?.sha256 === said.sha256 ? said : undefined;
  }

  /** Undefined where nothing is said, or nothing that can be read. */
  async #said<T>(name: string): Promise<T | undefined> {
    try {
      const said = JSON.parse(await readFile(join(this.folder, name), 'utf8')) as unknown;
      return isSaid(said) ? (said as T) : undefined;
    } catch {
      return undefined;
    }
  }

  async #say(name: string, said: object): Promise<void> {
    makeFolder(this.folder);
    const part = join(this.folder, `${name}.part`);
    const handle = await open(part, 'w', 0o640);
    try {
      await handle.writeFile(`${JSON.stringify(said)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, join(this.folder, name));
    await this.#syncFolder();
  }

  /** A file is there after a crash only once its folder says so. */
  async #syncFolder(): Promise<void> {
    const handle = await open(this.folder);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

function isSaid(said: unknown): boolean {
  const { sha256, from, at } = (said ?? {}) as Partial<GoodCopy>;
  return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) && typeof from === 'string' && Number.isFinite(at);
}

async function isAbandoned(path: string, now: number, after = ABANDONED_MS): Promise<boolean> {
  const state = await stat(path).catch(() => undefined);
  return state === undefined || now - state.mtimeMs > after;
}

/** Reads a file, or a folder, for its hash; rejects with what reading does. */
export async function contentOf(path: string): Promise<Content> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of octetsOf(path)) {
    hash.update(piece);
    size += piece.length;
  }
  return { sha256: hash.digest('hex'), size };
}
