// Where what has to outlive a restart is kept: in the file that is configured, else in the directory that systemd gives.

import { join } from 'node:path';

/** The configured file, else `name` in the state directory (systemd's STATE_DIRECTORY), else none. */
export function stateFile(
  configured: string | null,
  env: Record<string, string | undefined>,
  name: string,
): string | undefined {
  const [directory = ''] = (env.STATE_DIRECTORY ?? '').split(':');
  return configured ?? (directory === '' ? undefined : join(directory, name));
}
