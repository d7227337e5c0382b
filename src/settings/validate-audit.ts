// Checks of the audit log: a folder that it can be written in.

import { dirname } from 'node:path';
import { type Checks, texts } from './checks.ts';
import { type Files, reasonOf, resolveFrom } from './files.ts';

/** A log whose folder is missing would say so only when the first policy is in force. */
export function validateAudit(checks: Checks, file: string, files: Files): void {
  for (const { path, value } of texts(checks.tree.root, 'audit.file')) {
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
