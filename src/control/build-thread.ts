// Has the configuration read and its policy compiled in a thread of its own: main stays awake, and the memory that this
// takes goes back, what reading takes (the YAML parser, the table of options) included.

import { Worker } from 'node:worker_threads';
import type { Problem } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { settle } from '../workers/reclaim.ts';
import type { BuildReport } from './policy-build.ts';

export interface BuildAsideOptions {
  /** The configuration, and the variables over it. */
  file: string;
  env: Record<string, string | undefined>;
  seed: number;
  generation: number;
}

/** What the thread says first: every file that has a part in the configuration. It goes on when it hears `GO_ON`. */
export interface FilesRead {
  files: string[];
}

/** What the thread says last: plain data, and memory that is shared. */
export interface BuiltAside {
  /** There when the configuration holds no error. */
  settings?: Settings;
  /** There when nothing at all does. */
  image?: SharedArrayBuffer;
  /** There when the settings are. */
  report?: BuildReport;
  /** Of the configuration, then of its lists and apps. */
  problems: Problem[];
}

/** V8 keeps pages of an ended thread for seconds, and hands them to the next: with no limit, tens of megabytes more. */
const YOUNG_GENERATION_MB = 12;

export const GO_ON = 'go on';

/**
 * Reads the configuration and builds its image aside; rejects only when the thread itself fails. `onFiles` is called
 * after the configuration was read and before its lists and apps are.
 */
export function buildAside(options: BuildAsideOptions, onFiles: (files: string[]) => void): Promise<BuiltAside> {
  return new Promise((resolve, reject) => {
    const entry = new URL('./build-entry.ts', import.meta.url);
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
    const thread = new Worker(entry, { name: 'policy build', workerData: options, resourceLimits });
    thread.once('message', ({ files }: FilesRead) => {
      onFiles(files);
      thread.once('message', resolve);
      thread.postMessage(GO_ON);
    });
    thread.once('error', reject);
    thread.once('exit', () => {
      // The image in force until now goes with it, unless a worker has still to let go of it.
      settle();
      reject(new Error('the policy build ended without a result'));
    });
  });
}
