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

export interface BuildThreadOptions extends BuildAsideOptions {
  /** Runs only when nothing else wants the core. */
  isGentle: boolean;
}

/** What the thread says first. It goes on when it hears `GO_ON`. */
export interface ConfigurationRead {
  /** Every file that has a part in the configuration. */
  files: string[];
  /** There when it holds no error. */
  settings?: Settings;
}

/** What comes of it: plain data, and memory that is shared. */
export interface BuiltAside {
  /** There when the configuration holds no error. */
  settings?: Settings;
  /** There when nothing at all does; every octet of it has been checked. */
  image?: SharedArrayBuffer;
  /** There when the settings are. */
  report?: BuildReport;
  /** Of the configuration, then of its lists and apps. */
  problems: Problem[];
}

/** V8 keeps pages of an ended thread for seconds, and hands them to the next: with no limit, tens of megabytes more. */
const YOUNG_GENERATION_MB = 12;

/** How long a build may live on what answering leaves it; a machine that leaves nothing gets its policy all the same. */
const GENTLE_MS = 20_000;

export const GO_ON = 'go on';

/**
 * Reads the configuration and builds its image aside; rejects when the thread itself fails, or with what `onRead`
 * throws, which is called after the configuration was read and before its lists and apps are. The first policy is
 * waited for and compiled as fast as can be; while one is in force, answering goes first.
 */
export async function buildAside(
  options: BuildAsideOptions,
  onRead: (read: ConfigurationRead) => void,
  patience = GENTLE_MS,
): Promise<BuiltAside> {
  if (options.generation > 1) {
    const built = await build({ ...options, isGentle: true }, onRead, patience);
    if (built) return built;
    // A thread that runs when idle cannot be told to hurry: another does it anew.
  }
  return (await build({ ...options, isGentle: false }, onRead))!;
}

/** Resolves with nothing where it took longer than `patience` milliseconds, and has been ended. */
function build(
  options: BuildThreadOptions,
  onRead: (read: ConfigurationRead) => void,
  patience?: number,
): Promise<BuiltAside | undefined> {
  return new Promise((resolve, reject) => {
    const entry = new URL('./build-entry.ts', import.meta.url);
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
    const thread = new Worker(entry, { name: 'policy build', workerData: options, resourceLimits });
    const end = () => {
      resolve(undefined);
      void thread.terminate();
    };
    const timer = patience === undefined ? undefined : setTimeout(end, patience);
    thread.once('message', (read: ConfigurationRead) => {
      try {
        onRead(read);
      } catch (error) {
        reject(error);
        void thread.terminate();
        return;
      }
      const { settings } = read;
      thread.once('message', (built: BuiltAside) => resolve(settings ? { ...built, settings } : built));
      thread.postMessage(GO_ON);
    });
    thread.once('error', reject);
    thread.once('exit', () => {
      clearTimeout(timer);
      // The image in force until now goes with it, unless a worker has still to let go of it.
      settle();
      reject(new Error('the policy build ended without a result'));
    });
  });
}
