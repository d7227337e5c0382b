// Where copies of lists are kept: in the folder that is configured, else in the state directory that systemd gives.

import { Copies } from '../lists/copies.ts';
import { stateFile } from '../observe/state-directory.ts';
import type { Settings } from '../settings/settings.ts';

/** Undefined where none are kept. */
export function copiesOf({ updates }: Settings, env: Record<string, string | undefined>): Copies | undefined {
  const folder = stateFile(updates.folder, env, 'lists');
  return folder === undefined ? undefined : new Copies(folder);
}
