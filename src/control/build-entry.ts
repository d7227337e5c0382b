// Entry of the thread that reads the configuration, compiles its policy and ends.

import { parentPort, workerData } from 'node:worker_threads';
import { runWhenIdle } from '../workers/scheduling.ts';
import type { BuildThreadOptions, BuiltAside, ConfigurationRead } from './build-thread.ts';

const { file, env, seed, generation, isGentle }: BuildThreadOptions = workerData;
const main = parentPort!;

// Before the rest is even loaded: a thread that is gentle takes what others leave.
if (isGentle) runWhenIdle();
const { loadSettings } = await import('../settings/load.ts');
const { buildPolicy } = await import('./policy-build.ts');
const { checkContents } = await import('../policy/image.ts');

type Loaded = ReturnType<typeof loadSettings>;

function build({ settings, problems }: Loaded): Omit<BuiltAside, 'settings'> {
  if (!settings) return { problems };
  const built = buildPolicy({ settings, seed, generation });
  const corrupt = built.image && checkContents(built.image, seed);
  if (corrupt) throw new Error(corrupt);
  return { ...built, problems: [...problems, ...built.problems] };
}

const loaded = loadSettings(file, env);
const { files, settings } = loaded;
// Main watches the files from here on: a change while they are read is seen after.
main.once('message', () => main.postMessage(build(loaded)));
main.postMessage({ files, ...(settings && { settings }) } satisfies ConfigurationRead);
