/** One of the threads that share an image and a packet cache: answers for as long as it is told, and says how many. */
import { parentPort, workerData } from 'node:worker_threads';
import { Asker, type Shared } from './asker.ts';
import type { Traffic } from './traffic.ts';

export interface ScalingStart {
  readonly shared: Shared;
  readonly worker: number;
  /** Known questions, and new ones that go upstream. */
  readonly known: Traffic;
  readonly fresh: Traffic;
  /** The share of batches with new questions, in tenths. */
  readonly freshTenths: number;
}

/** Asked for `milliseconds`; 0 ends the thread. The answer is how many questions were answered a second. */
export type ScalingOrder = number;

const { shared, worker, known, fresh, freshTenths }: ScalingStart = workerData;
const asker = new Asker(shared, worker);
/** Batches between two looks at the clock. */
const BATCHES = 50;
const port = parentPort!;

function rateOver(milliseconds: number): number {
  let answered = 0;
  const began = performance.now();
  for (;;) {
    for (let batch = 0; batch < BATCHES; batch++) {
      const isNew = batch % 10 < freshTenths;
      asker.lay(isNew ? fresh : known, isNew);
      answered += asker.ask();
    }
    const passed = performance.now() - began;
    if (passed >= milliseconds) return (answered * 1000) / passed;
  }
}

port.on('message', (milliseconds: ScalingOrder) => {
  if (milliseconds === 0) port.close();
  else port.postMessage(rateOver(milliseconds));
});
