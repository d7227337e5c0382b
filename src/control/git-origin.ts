// Which commit a configuration comes from, and whether it differs from it: read from .git, without running git.

import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { readIfThere } from './git-files.ts';
import { GitObjects } from './git-objects.ts';

/** Who is behind what was read, as far as it is known. */
export interface Origin {
  /** The configuration file, absolute. */
  file: string;
  /** The commit that the work tree stands at; null outside of one, or before its first. */
  commit: string | null;
  /** Whether a file that was read is not as in the commit; null where there is no commit, or it cannot be read. */
  dirty: boolean | null;
  /** Those files, from the top of the work tree. */
  changed: string[];
}

interface WorkTree {
  root: string;
  /** The folder with HEAD, and the one with objects and branches: another where the tree is a linked one. */
  gitFolder: string;
  shared: string;
}

/** A commit's id is as long as the hash that its repository uses. */
const HASHES: Record<number, string> = { 40: 'sha1', 64: 'sha256' };
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** The octets of a file; null where it cannot be read. */
export type ReadOctets = (path: string) => Uint8Array | null;

/**
 * What git knows of the configuration `file`, and of those of `paths` that are in its work tree. Never throws: what cannot
 * be found out is null.
 */
export function originOf(file: string, paths: readonly string[], read: ReadOctets): Origin {
  try {
    const tree = workTreeOf(realpathSync(file));
    const commit = tree ? headOf(tree) : null;
    if (!tree || commit === null) return { file, commit: null, dirty: null, changed: [] };
    return { file, commit, ...differences(tree, commit, paths, read) };
  } catch {
    return { file, commit: null, dirty: null, changed: [] };
  }
}

/** The work tree that holds `file`. A `.git` that is a file leads to that of a linked tree or a submodule. */
function workTreeOf(file: string): WorkTree | undefined {
  for (let root = dirname(file); ; root = dirname(root)) {
    const link = readIfThere(join(root, '.git'))?.toString('utf8');
    const gitFolder = link?.startsWith('gitdir: ')
      ? resolve(root, link.slice('gitdir: '.length).trim())
      : join(root, '.git');
    if (readIfThere(join(gitFolder, 'HEAD')) !== undefined) {
      const common = readIfThere(join(gitFolder, 'commondir'))?.toString('utf8').trim();
      return { root, gitFolder, shared: common === undefined ? gitFolder : resolve(gitFolder, common) };
    }
    if (root === dirname(root)) return undefined;
  }
}

function headOf({ gitFolder, shared }: WorkTree): string | null {
  const head = readIfThere(join(gitFolder, 'HEAD'))?.toString('utf8').trim() ?? '';
  if (COMMIT.test(head)) return head;
  const branch = /^ref: (refs\/\S+)$/.exec(head)?.[1];
  if (branch === undefined || branch.split('/').includes('..')) return null;
  const loose = (readIfThere(join(gitFolder, branch)) ?? readIfThere(join(shared, branch)))?.toString('utf8').trim();
  if (loose !== undefined) return COMMIT.test(loose) ? loose : null;
  const packed = readIfThere(join(shared, 'packed-refs'))?.toString('utf8') ?? '';
  const line = packed.split('\n').find((one) => one.endsWith(` ${branch}`));
  const commit = line?.split(' ', 1)[0] ?? '';
  return COMMIT.test(commit) ? commit : null;
}

function differences(
  { root, shared }: WorkTree,
  commit: string,
  paths: readonly string[],
  read: ReadOctets,
): Pick<Origin, 'dirty' | 'changed'> {
  const objects = new GitObjects(join(shared, 'objects'), commit.length / 2);
  try {
    const tree = objects.treeOf(commit);
    if (tree === undefined) return { dirty: null, changed: [] };
    const changed = paths.flatMap((path) => {
      const inside = pathIn(root, path);
      if (inside === undefined) return [];
      const committed = objects.blobAt(tree, inside.split(sep));
      const octets = read(path);
      return committed === (octets && blobId(octets, HASHES[commit.length])) ? [] : [inside];
    });
    return { dirty: changed.length > 0, changed: changed.sort() };
  } catch {
    // A pack or an object that cannot be read, or is not what it should be.
    return { dirty: null, changed: [] };
  } finally {
    objects.close();
  }
}

/** The path of a file from the top of the work tree; undefined for one that is elsewhere. */
function pathIn(root: string, file: string): string | undefined {
  let path = file;
  try {
    path = realpathSync(file);
  } catch {
    // One that is gone is still the tree's.
  }
  const inside = relative(root, path);
  return inside === '' || inside === '..' || inside.startsWith(`..${sep}`) ? undefined : inside;
}

function blobId(octets: Uint8Array, hash: string): string {
  return createHash(hash).update(`blob ${octets.length}\0`).update(octets).digest('hex');
}
