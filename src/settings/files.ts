// How a configuration is read from the disk, so that everything above is a function of texts.

import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

export interface Files {
  /** The text of a file; throws when it cannot be read. */
  read(path: string): string;
  /** Names in a folder; throws when it cannot be read. */
  list(directory: string): string[];
}

export const disk: Files = {
  read: (path) => readFileSync(path, 'utf8'),
  list: (directory) => readdirSync(directory),
};

/**
 * Makes a folder and those above it that are not there; throws what making one does. Node's own way to do so never ends in
 * a file system that has the folder above and lets nobody make one, such as /proc.
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else may have been quicker.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The path of a file or folder as written in the configuration file `from`. */
export function resolveFrom(from: string, path: string): string {
  return resolve(dirname(from), path);
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user lacks the right',
  EEXIST: 'a file is there',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EROFS: 'the file system is read-only',
};

/** Why reading failed, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  return REASONS[code ?? ''] ?? code ?? message ?? 'it cannot be read';
}

export function isMissing(error: unknown): boolean {
  return (error as { code?: string } | null)?.code === 'ENOENT';
}

/** The names in a folder; undefined when it cannot be read. */
export function namesIn(files: Files, directory: string): string[] | undefined {
  try {
    return files.list(directory);
  } catch {
    return undefined;
  }
}
