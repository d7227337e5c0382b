// Gives memory back that a thread had to take and no longer needs: one that leaves no garbage never collects any by itself.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { trimHeap } from './heap.ts';

let collect: (() => void) | undefined;

/**
 * Collects what is unreachable in this thread, in a few milliseconds. A policy's image lies outside the heap, and goes
 * back to the system when the last thread has collected its view of it. The collector is there only where V8 was told
 * so; it takes that while it runs, for contexts made from then on. Never `last-resort`: that frees code of WebAssembly
 * which threads share, and the module loader of another thread has crashed on it.
 */
export function reclaim(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

/**
 * Gives back what only starting needed: for a thread that has started and does nothing yet, since it takes some tens of
 * milliseconds.
 */
export function settle(): void {
  reclaim();
  trimHeap();
}
