// Standard output without waiting: a reader that does not read must never hold up the program.

import { constants, fstatSync, openSync } from 'node:fs';
import process from 'node:process';

const STDOUT = 1;

/**
 * A descriptor that leads to where `descriptor` leads, and on which a write that would wait fails with EAGAIN instead.
 * Pipes and terminals are opened anew, so that others who hold them notice nothing; a socket (as under systemd) cannot
 * be, and is changed in place, as Node does with every standard output that is one. Files never wait: they come back as
 * they are, as does what cannot be opened. Close what is not `descriptor`.
 */
export function withoutWaiting(descriptor: number): number {
  const stat = fstatSync(descriptor);
  if (stat.isSocket() && descriptor === STDOUT) void process.stdout;
  if (!stat.isFIFO() && !stat.isCharacterDevice()) return descriptor;
  try {
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    return openSync(`/proc/self/fd/${descriptor}`, flags);
  } catch {
    return descriptor;
  }
}
