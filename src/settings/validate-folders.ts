// Checks of the files that a running Sluis keeps: the audit log and what it learns need a folder that is there.

import { dirname } from 'node:path';
import { type Checks, texts } from './checks.ts';
import { type Files, reasonOf, resolveFrom } from './files.ts';

/** A file whose folder is missing would be told of only when the first policy is in force. */
export function validateFolders(checks: Checks, file: string, files: Files): void {
  for (const { path, value } of [
    ...texts(checks.tree.root, 'audit.file'),
    ...texts(checks.tree.root, 'learning.file'),
  ]) {
    const folder = dirname(resolveFrom(file, value));
    try {
      files.list(folder);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const reason = missing ? 'is not there' : `cannot be used: ${reasonOf(error)}`;
      checks.error(path, `the folder ${folder} ${reason}`, 'make it, or name a file in another');
    }
  }
}
