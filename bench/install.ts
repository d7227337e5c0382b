/** Brings missing servers with apt-get, none of which starts as a service: it would take ports and cores. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { run } from './processes.ts';
import { findProgram } from './programs.ts';

/** What invoke-rc.d asks before it starts a service; status 101 forbids it. */
const POLICY = '/usr/sbin/policy-rc.d';
const PATIENCE_MILLISECONDS = 600_000;

export const aptCommand = (packages: readonly string[]) => [
  'apt-get',
  'install',
  '-y',
  '--no-install-recommends',
  ...packages,
];

/**
 * Installs Debian packages, as root on Debian. A policy for services that is there already is left as it is.
 * @throws Error (rejects) with the command where this user or machine cannot, or with what apt-get said.
 */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const command = aptCommand(packages);
  if (process.getuid?.() !== 0 || findProgram('apt-get') === null) {
    throw new Error(`installing needs root on Debian: ${command.join(' ')}`);
  }
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const undo = () => {
    if (ours) rmSync(POLICY, { force: true });
  };
  process.once('exit', undo);
  try {
    await run(['apt-get', 'update', '-qq'], PATIENCE_MILLISECONDS);
    await run(['env', 'DEBIAN_FRONTEND=noninteractive', ...command], PATIENCE_MILLISECONDS);
  } finally {
    process.off('exit', undo);
    undo();
  }
}
