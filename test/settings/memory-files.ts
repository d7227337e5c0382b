// Files in memory for settings tests, over the presets, the catalogue and the packs that come with Sluis.

import { basename, dirname } from 'node:path';
import { disk, type Files } from '../../src/settings/files.ts';
import { type Loaded, loadSettings } from '../../src/settings/load.ts';
import type { Problem } from '../../src/settings/problems.ts';
import { shippedBaseline, shippedBlocklists, shippedPresets } from '../../src/settings/shipped.ts';

function missing(path: string): never {
  throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
}

/** `texts` by path; without one of its own, a resolv.conf with one server. */
export function memoryFiles(texts: Record<string, string>): Files {
  const all: Record<string, string> = { '/etc/resolv.conf': 'nameserver 192.0.2.1\n', ...texts };
  const folders = [shippedPresets, shippedBlocklists, shippedBaseline];
  const shipped = (path: string) => folders.some((folder) => path.startsWith(folder));
  return {
    read: (path) => all[path] ?? (shipped(path) ? disk.read(path) : missing(path)),
    list: (directory) => {
      const names = Object.keys(all).filter((path) => dirname(path) === directory);
      if (names.length > 0) return names.map((path) => basename(path));
      return shipped(directory) ? disk.list(directory) : missing(directory);
    },
  };
}

export const FILE = '/etc/sluis/sluis.yaml';

/** Before any exception of these tests. */
const NOW = Date.UTC(2026, 0, 1) / 1000;

export function loadText(
  text: string,
  env: Record<string, string> = {},
  texts: Record<string, string> = {},
  now = NOW,
): Loaded {
  return loadSettings(FILE, env, memoryFiles({ ...texts, [FILE]: text }), now);
}

/** `3:5 error: message; fix`, with the file where it is not the settings file. */
export function told(problem: Problem): string {
  const file = problem.file === FILE ? '' : `${basename(problem.file)}:`;
  return `${file}${problem.line}:${problem.column} ${problem.severity}: ${problem.message}; ${problem.fix}`;
}
