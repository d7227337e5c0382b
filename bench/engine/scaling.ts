/** Run in a process of its own: two threads over one image and one packet cache, against each of them alone. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { PacketCache } from '../../src/engine/cache.ts';
import { Counters } from '../../src/engine/counters.ts';
import { answer, given } from '../apart.ts';
import type { Shared } from './asker.ts';
import type { Scaling, ScalingInput, ScalingResult } from './result.ts';
import type { ScalingStart } from './scaling-worker.ts';
import { manyRules, type World, worldOf } from './traffic.ts';

const CACHE_OCTETS = 64 * 2 ** 20;
const ENTRY = new URL('scaling-worker.ts', import.meta.url);
/** Until the code of both threads is compiled and the cache is full of what is known. */
const WARM_UP_MILLISECONDS = 800;

interface Plan {
  readonly what: string;
  /** Whether both threads work on one image, one cache and one set of counters, as workers do. */
  readonly share: boolean;
  readonly freshTenths: number;
}

/** The last shares nothing: what this machine gives to two threads at most. */
const PLANS: readonly Plan[] = [
  { what: 'cached and 15 % blocked', share: true, freshTenths: 0 },
  { what: 'of it 20 % new, forwarded and stored', share: true, freshTenths: 2 },
  { what: 'cached and 15 % blocked, nothing shared', share: false, freshTenths: 0 },
];

function copyOf(image: SharedArrayBuffer): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(image.byteLength);
  new Uint8Array(copy).set(new Uint8Array(image));
  return copy;
}

function memoryOf(image: SharedArrayBuffer): Shared {
  return { image, cache: PacketCache.allocate(CACHE_OCTETS), counters: Counters.allocate(2) };
}

async function rateOf(thread: Worker, milliseconds: number): Promise<number> {
  thread.postMessage(milliseconds);
  const [rate] = await once(thread, 'message');
  return rate as number;
}

async function measure({ what, share, freshTenths }: Plan, world: World, input: ScalingInput): Promise<Scaling> {
  const memory = memoryOf(world.image);
  const { mixed: known, forwarded: fresh } = world.traffic;
  const threads = [0, 1].map((worker) => {
    const shared = share || worker === 0 ? memory : memoryOf(copyOf(world.image));
    const start: ScalingStart = { shared, worker, known, fresh, freshTenths };
    return new Worker(ENTRY, { workerData: start });
  }) as [Worker, Worker];
  const both = async (milliseconds: number) => {
    const [a, b] = await Promise.all(threads.map((thread) => rateOf(thread, milliseconds)));
    return a! + b!;
  };
  const alone: [number, number][] = [];
  const together: number[] = [];
  await both(WARM_UP_MILLISECONDS);
  for (let round = 0; round < input.rounds; round++) {
    const first = await rateOf(threads[0], input.milliseconds);
    together.push(await both(input.milliseconds));
    alone.push([first, await rateOf(threads[1], input.milliseconds)]);
  }
  for (const thread of threads) thread.postMessage(0);
  await Promise.all(threads.map((thread) => once(thread, 'exit')));
  return { what, alone, together };
}

async function measureAll(input: ScalingInput): Promise<ScalingResult> {
  const million = worldOf(manyRules(input.names, input.seed), input.seed);
  const found: Scaling[] = [];
  for (const plan of PLANS) found.push(await measure(plan, million, input));
  return found;
}

answer(await measureAll(given<ScalingInput>()));
