// Says to Linux which process may wait: a compilation takes what answering queries leaves.

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Of <linux/sched.h> and <asm/unistd.h>. */
const SCHED_IDLE = 5;
const SET_ATTRIBUTES: Partial<Record<string, number>> = { x64: 314, arm64: 274 };

/** `struct sched_attr`: its octets, and where its fields stand. What is not set here is 0. */
const ATTRIBUTES = 48;
const SIZE = 0;
const POLICY = 4;

/**
 * From now on every thread of this process runs only while no other process wants its core, and gives way at once to one
 * that wakes (sched(7), SCHED_IDLE). There is no way back without privileges. Never for a process that answers queries,
 * or for a thread of one: who waits for a core may hold a lock that the others need. Returns whether it is so: where the
 * system, its sandbox or koffi does not play, nothing changes.
 */
export function runWhenIdle(): boolean {
  const call = SET_ATTRIBUTES[process.arch];
  if (process.platform !== 'linux' || call === undefined) return false;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    // By number: not every C library has a function for it, and musl's for policies does nothing.
    const syscall = koffi.load(null).func('long syscall(long, int, void *, unsigned int)');
    const attributes = new DataView(new ArrayBuffer(ATTRIBUTES));
    attributes.setUint32(SIZE, ATTRIBUTES, true);
    attributes.setUint32(POLICY, SCHED_IDLE, true);
    const octets = new Uint8Array(attributes.buffer);
    // Those that V8 collects and compiles on are there already; later ones take after the one that starts them.
    return readdirSync('/proc/self/task').every((thread) => syscall(call, Number(thread), octets, 0) === 0);
  } catch {
    return false;
  }
}
