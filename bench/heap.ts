/** Counts the octets of heap that calls leave behind, in a process whose young generation was pinned (apart.ts). */
import { getHeapStatistics } from 'node:v8';

/** Blocks of calls, each looked at by itself: the median of them is free of what the compiler leaves once. */
const BLOCKS = 11;

const used = () => getHeapStatistics().used_heap_size;

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/** What a block leaves: looking at the heap leaves something too, and so does a block that calls nothing. */
function blockOf(calls: number, call: (turn: number) => void): number {
  const before = used();
  for (let turn = 0; turn < calls; turn++) call(turn);
  return used() - before;
}

/**
 * Octets of heap a call leaves, garbage or not, in blocks of `calls` calls. `call` must be warm.
 * @throws Error where the heap was not pinned, for then nothing would be seen.
 */
export function octetsLeft(calls: number, call: (turn: number) => void): number {
  if (!globalThis.gc) throw new Error('the heap is not pinned: run with --expose-gc and a large semi-space');
  const blocks = (of: number) => median(Array.from({ length: BLOCKS }, () => blockOf(of, call)));
  globalThis.gc();
  const looking = blocks(0);
  const left = blocks(calls) - looking;
  return Math.max(0, left) / calls;
}

/** What `octetsLeft` says of the smallest object a call could leave: far from 0, or the meter sees nothing. */
export function octetsOfOneObject(): number {
  const kept: { turn: number }[] = [{ turn: 0 }];
  return octetsLeft(100_000, (turn) => {
    kept[0] = { turn };
  });
}
