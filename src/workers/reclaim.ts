// Gives memory of replaced policies back: a thread that leaves no garbage never collects any, and so would keep them all.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Collects what is unreachable in this thread, in a few milliseconds. A policy's image lies outside the heap, and goes
 * back to the system when the last thread has collected its view of it. The collector is there only where V8 was told
 * so; it takes that while it runs, for contexts made from then on.
 */
export function reclaim(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
