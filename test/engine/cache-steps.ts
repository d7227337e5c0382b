// Runs a packet cache access by access, so that a test can stop it, or let others run, between any two of them.

import { vi } from 'vitest';
import { PacketCache } from '../../src/engine/cache.ts';
import type { CacheMemory } from '../../src/engine/cache-layout.ts';

type Words = Int32Array | Uint16Array | Uint8Array;

/** Thrown by a test's step to end a writer in the middle of its work. */
export class Died extends Error {}

const wrapped = new WeakMap<object, Words>();

/** An array that calls `onAccess` before each read and write of one of its elements. */
function watch<T extends Words>(array: T, onAccess: () => void): T {
  const proxy = new Proxy(array, {
    get(target, key) {
      if (key === 'copyWithin')
        return (to: number, from: number, end: number) => copyStepwise(target, to, from, end, onAccess);
      if (typeof key === 'string' && /^\d+$/.test(key)) onAccess();
      return Reflect.get(target, key, target);
    },
    set(target, key, value) {
      onAccess();
      return Reflect.set(target, key, value, target);
    },
  });
  wrapped.set(proxy, array);
  return proxy;
}

/** Array.prototype.copyWithin one element at a time, from the side that keeps an overlapping source whole. */
function copyStepwise(array: Words, to: number, from: number, end: number, onAccess: () => void): void {
  const count = end - from;
  for (let done = 0; done < count; done++) {
    const at = to <= from ? done : count - 1 - done;
    onAccess();
    array[to + at] = array[from + at];
  }
}

/** Calls `onAccess` before each access that `run` makes to the shared memory through a cache from `openWatched`. */
export function watchAtomics<T>(onAccess: () => void, run: () => T): T {
  const spies = (['load', 'store', 'compareExchange'] as const).map((name) => {
    const real = Atomics[name] as (array: Words, ...rest: number[]) => number;
    return vi.spyOn(Atomics, name).mockImplementation(((array: Words, ...rest: number[]) => {
      const target = wrapped.get(array);
      if (target === undefined) return real(array, ...rest);
      onAccess();
      return real(target, ...rest);
    }) as never);
  });
  try {
    return run();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** What of a reader a test may switch off. */
interface Checks {
  isSummed: () => boolean;
  isStillLive: () => boolean;
}

/** A cache whose accesses to `buffer` call `onAccess` first; `without` names the reader's checks that always pass. */
export function openWatched(
  buffer: SharedArrayBuffer,
  worker: number,
  onAccess: () => void,
  without: (keyof Checks)[] = [],
): PacketCache {
  const cache = new PacketCache(buffer, worker);
  const { memory, reader } = cache as unknown as { memory: CacheMemory; reader: Checks };
  const { words, halves, bytes } = memory;
  Object.assign(memory, {
    words: watch(words, onAccess),
    halves: watch(halves, onAccess),
    bytes: watch(bytes, onAccess),
  });
  for (const check of without) reader[check] = () => true;
  return cache;
}
