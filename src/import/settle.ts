// Makes the files of a plan, and proves that they are a configuration before anybody writes them.

import { basename, dirname, join, relative } from 'node:path';
import { disk, type Files } from '../settings/files.ts';
import { loadSettings } from '../settings/load.ts';
import type { Problem } from '../settings/problems.ts';
import type { Plan } from './plan.ts';
import { filesOf, MAIN_FILE, STAND_INS } from './write.ts';

export interface Settled {
  /** By path in the folder; undefined where they would be no sound configuration. */
  files?: Map<string, string | Uint8Array>;
  problems: Problem[];
}

/** `from` is the source, which is named where a thing has no place in it; `folder` is where the files are to be. */
export function settledFiles(plan: Plan, from: string, folder: string): Settled {
  plan.withoutLoops();
  plan.withoutUnused();
  if (plan.upstreams.length === 0) {
    const fix = 'fill in "upstreams"';
    plan.leave({ at: from, what: 'upstreams' }, 'there is none that Sluis can ask', fix);
  }
  let problems: Problem[] = [];
  for (const standIn of STAND_INS) {
    const files = filesOf(plan, standIn);
    const loaded = loadSettings(join(folder, MAIN_FILE), {}, asWritten(folder, files));
    if (loaded.settings) return { files, problems: loaded.problems };
    problems = loaded.problems;
  }
  return { problems };
}

/** The disk as it would be with the files on it. */
function asWritten(folder: string, files: ReadonlyMap<string, string | Uint8Array>): Files {
  const textAt = (path: string) => files.get(relative(folder, path));
  return {
    read: (path) => {
      const text = textAt(path);
      return text === undefined ? disk.read(path) : Buffer.from(text).toString('utf8');
    },
    list: (directory) => {
      const beside = [...files.keys()].filter((path) => join(folder, dirname(path)) === directory);
      return beside.length > 0 ? beside.map((path) => basename(path)) : disk.list(directory);
    },
  };
}
