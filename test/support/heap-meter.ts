// Run in a process of its own: what the heap meter says of calls that leave an object each, and of calls that leave none.

import { answer } from '../../bench/apart.ts';
import { octetsLeft, octetsOfOneObject } from '../../bench/heap.ts';

const words = new Uint32Array(16);
const count = (turn: number) => {
  words[turn & 15]!++;
};
for (let turn = 0; turn < 1_000_000; turn++) count(turn);
answer({ object: octetsOfOneObject(), nothing: octetsLeft(100_000, count) });
