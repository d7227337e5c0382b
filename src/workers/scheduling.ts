// Says to Linux which threads may wait: a compilation takes what answering queries leaves.

import { createRequire } from 'node:module';

/** Of <linux/sched.h> and <asm/unistd.h>. Thread 0 is the calling one. */
const SCHED_IDLE = 5;
const THIS_THREAD = 0;
const SET_ATTRIBUTES: Partial<Record<string, number>> = { x64: 314, arm64: 274 };

/** `struct sched_attr`: its octets, and where its fields stand. What is not set here is 0. */
const ATTRIBUTES = 48;
const SIZE = 0;
const POLICY = 4;

/**
 * From now on the calling thread runs only while no other thread of the system wants its core, and gives way at once to
 * one that wakes (sched(7), SCHED_IDLE). There is no way back without privileges. Returns whether that is so: where the
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
    return syscall(call, THIS_THREAD, new Uint8Array(attributes.buffer), 0) === 0;
  } catch {
    return false;
  }
}
