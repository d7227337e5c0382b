// Gives memory back that a thread had to take and no longer needs: one that leaves no garbage never collects any by itself.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { trimHeap } from './heap.ts';

/** V8's last resort: code that ran once goes too, and the young generation shrinks to what it began with. */
const LAST_RESORT = { type: 'major', execution: 'sync', flavor: 'last-resort' };

let collect: ((options?: object) => void) | undefined;

/** The collector is there only where V8 was told so; it takes that while it runs, for contexts made from then on. */
function collector(): (options?: object) => void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as (options?: object) => void;
  }
  return collect;
}

/**
 * Collects what is unreachable in this thread, in a few milliseconds. A policy's image lies outside the heap, and goes
 * back to the system when the last thread has collected its view of it.
 */
export function reclaim(): void {
  collector()();
}

/**
 * Gives back what only starting needed: for a thread that has started and does nothing yet, since it takes some tens of
 * milliseconds.
 */
export function settle(): void {
  collector()(LAST_RESORT);
  trimHeap();
}
