// Entry of the thread that reads the configuration, compiles its policy and ends.

import { parentPort, workerData } from 'node:worker_threads';
import { loadSettings } from '../settings/load.ts';
import type { BuildAsideOptions, BuiltAside, FilesRead } from './build-thread.ts';
import { buildPolicy } from './policy-build.ts';

const { file, env, seed, generation }: BuildAsideOptions = workerData;
const main = parentPort!;

function build({ settings, problems }: ReturnType<typeof loadSettings>): BuiltAside {
  if (!settings) return { problems };
  const built = buildPolicy({ settings, seed, generation });
  return { ...built, settings, problems: [...problems, ...built.problems] };
}

const loaded = loadSettings(file, env);
// Main watches the files from here on: a change while they are read is seen after.
main.once('message', () => main.postMessage(build(loaded)));
main.postMessage({ files: loaded.files } satisfies FilesRead);
