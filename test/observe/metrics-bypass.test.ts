// Signals of ways round the resolver are counted by kind and group, and stay within what a node may expose.

import { expect, test } from 'vitest';
import { HIT, HIT_SLOTS } from '../../src/engine/counters.ts';
import { Metrics } from '../../src/observe/prometheus.ts';
import { BYPASS_KINDS, bypassPolicy } from '../../src/settings/bypass.ts';
import { metricsWorld, readExposition } from './metrics-world.ts';

test('a query for a way round is a signal, blocked or observed, and nothing else is one', async () => {
  const world = metricsWorld();
  world.pairList = [
    { policy: 'bypass-doh', group: 'service', slot: 1 },
    { policy: 'bypass-canary', group: 'service', slot: 2 },
    { policy: 'bypass-own', group: 'service', slot: 3 },
  ];
  const [first, second] = world.workers.map(({ counters }) => counters);
  first.hit(1, HIT.BLOCKED);
  second.hit(1, HIT.OBSERVED);
  first.hit(1, HIT.OVERRULED);
  first.hit(1, HIT.ALLOWED);
  first.hit(2, HIT.BLOCKED);
  first.hit(3, HIT.BLOCKED);
  const { series } = readExposition(await new Metrics(world).expose()).get('sluis_bypass_signals_total')!;
  expect(series.map(({ labels, value }) => [labels.kind, labels.group, value])).toEqual([
    ['doh', 'service', 3],
    ['canary', 'service', 1],
  ]);
});

test('at most 2,000 series with every place taken by ways round', async () => {
  const world = metricsWorld();
  world.pairList = Array.from({ length: HIT_SLOTS }, (_, slot) => {
    return { policy: bypassPolicy(BYPASS_KINDS[slot % BYPASS_KINDS.length]), group: `g-${slot}`, slot };
  });
  const families = readExposition(await new Metrics(world).expose());
  expect(families.get('sluis_bypass_signals_total')!.series).toHaveLength(HIT_SLOTS);
  const count = [...families.values()].reduce((sum, { series }) => sum + series.length, 0);
  expect(count).toBeLessThanOrEqual(2000);
});
