// Builds the engine that every kind of worker drives, from what main started it with.

import { performance } from 'node:perf_hooks';
import { PacketCache } from '../engine/cache.ts';
import { Counters } from '../engine/counters.ts';
import { Engine } from '../engine/engine.ts';
import { EventWriter } from '../engine/events.ts';
import { Moment } from '../engine/moment.ts';
import type { WorkerStart } from './messages.ts';

/** Sockets in use at once for each upstream: the more, the harder to guess a port (RFC 5452 §9.2). */
export const SOCKETS_PER_UPSTREAM = 8;

/** The engine, not yet attached to a driver, and this worker's counters. */
export function buildEngine(start: WorkerStart, random: () => number): { engine: Engine; counters: Counters } {
  const counters = new Counters(start.counters, start.worker);
  const cache = new PacketCache(start.cache, start.worker, start.stale);
  const events = new EventWriter(start.events, start.worker, counters);
  const { seed, pending, mostUpstreams, queriesPerSecond, longest } = start;
  const engine = new Engine(
    { seed, random, pending, upstreams: mostUpstreams, queriesPerSecond, longest, wallClock: Date.now, events },
    cache,
    counters,
  );
  if (start.adoption) engine.adopt(start.adoption);
  return { engine, counters };
}

const { timeOrigin } = performance;

/** Milliseconds since 1970, with a fraction; never steps back. */
export function clock(): number {
  return timeOrigin + performance.now();
}

const now = new Moment();

/** The moment it is; the same object each time. */
export function moment(): Moment {
  now.ms = clock();
  return now;
}
