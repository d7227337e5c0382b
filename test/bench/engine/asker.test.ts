// The asker asks what it is said to: blocked and cached answers come from here, new names from the upstream, all of them.

import { expect, it } from 'vitest';
import { Asker, BATCH } from '../../../bench/engine/asker.ts';
import { gain } from '../../../bench/engine/suite.ts';
import { manyPrefixes, sixRules, worldOf } from '../../../bench/engine/traffic.ts';
import { PacketCache } from '../../../src/engine/cache.ts';
import { Counters, OUTCOME } from '../../../src/engine/counters.ts';

const world = worldOf(sixRules, 1);
const BATCHES = 40;

function shared() {
  return { image: world.image, cache: PacketCache.allocate(1 << 20), counters: Counters.allocate(2) };
}

function ask(asker: Asker, kind: keyof typeof world.traffic): { here: number; upstream: number } {
  asker.answered.here = 0;
  asker.answered.upstream = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    asker.lay(world.traffic[kind], kind === 'forwarded');
    expect(asker.ask()).toBe(BATCH);
  }
  return asker.answered;
}

it('blocked questions are blocked, every one', () => {
  const memory = shared();
  expect(ask(new Asker(memory, 0), 'blocked')).toEqual({ here: BATCH * BATCHES, upstream: 0 });
  expect(new Counters(memory.counters, 0).readOutcome(OUTCOME.BLOCKED)).toBe(BATCH * BATCHES);
});

it('new names go upstream, every one', () => {
  const memory = shared();
  expect(ask(new Asker(memory, 0), 'forwarded')).toEqual({ here: 0, upstream: BATCH * BATCHES });
  expect(new Counters(memory.counters, 0).readOutcome(OUTCOME.FORWARDED)).toBe(BATCH * BATCHES);
});

it('what one asker stored, another with the same cache finds', () => {
  const memory = shared();
  const first = ask(new Asker(memory, 0), 'cached');
  expect(first.upstream).toBeGreaterThan(0);
  expect(ask(new Asker(memory, 1), 'cached')).toEqual({ here: BATCH * BATCHES, upstream: 0 });
});

it('many groups take every client', () => {
  const crowded = worldOf(manyPrefixes(1), 1);
  const memory = { ...shared(), image: crowded.image };
  const asker = new Asker(memory, 0);
  asker.lay(crowded.traffic.blocked, false);
  expect(asker.ask()).toBe(BATCH);
  expect(new Counters(memory.counters, 0).readOutcome(OUTCOME.BLOCKED)).toBe(BATCH);
});

it('the gain of a second thread is against the mean of both alone', () => {
  expect(gain({ what: '', alone: [[90, 110]], together: [180] })).toEqual([1.8]);
});
