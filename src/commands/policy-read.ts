// What commands share that speak of a policy as it stands on disk: reading and compiling it, and moments on a command line.

import type { BuildReport } from '../control/build-report.ts';
import { copiesOf } from '../control/list-folder.ts';
import { buildPolicy } from '../control/policy-build.ts';
import { Image } from '../policy/image.ts';
import { loadSettings } from '../settings/load.ts';
import { isTrouble, printable } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { readTime } from '../settings/values.ts';
import { type Surroundings, UsageError } from './command.ts';
import { showProblems } from './configuration.ts';

export interface PolicyOnDisk {
  settings: Settings;
  image: Image;
  report: BuildReport;
}

/** Reads and compiles as "check" does; tells what is wrong and returns nothing where that cannot be done. */
export async function readPolicy(file: string, around: Surroundings): Promise<PolicyOnDisk | undefined> {
  const { settings, problems } = loadSettings(file, around.env);
  const built =
    settings && (await buildPolicy({ settings, seed: 0, generation: 1, copies: copiesOf(settings, around.env) }));
  if (settings && built?.image) return { settings, image: new Image(built.image), report: built.report };
  showProblems([...problems, ...(built?.problems ?? [])], around);
  return undefined;
}

/** Unix seconds. Throws UsageError for what is no moment. */
export function momentOf(text: string): number {
  const at = readTime(text);
  if (isTrouble(at)) throw new UsageError(`${printable(at.message)}: ${at.fix}`);
  return at;
}
