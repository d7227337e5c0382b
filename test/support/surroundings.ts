// Runs commands in memory: what they print is kept, and their configurations live in a folder that goes away.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Surroundings } from '../../src/commands/command.ts';

export interface Kept extends Surroundings {
  printed: string;
  complained: string;
}

export function surroundings(env: Record<string, string> = {}): Kept {
  const kept: Kept = {
    printed: '',
    complained: '',
    out: (text) => {
      kept.printed += text;
    },
    err: (text) => {
      kept.complained += text;
    },
    isTerminal: false,
    env,
  };
  return kept;
}

export interface Folder {
  at: (name: string) => string;
  remove: () => void;
}

/** A folder with these files; `remove` takes it away. */
export function folderOf(files: Record<string, string | Uint8Array>): Folder {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-test-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { at: (name) => join(folder, name), remove: () => rmSync(folder, { recursive: true }) };
}
