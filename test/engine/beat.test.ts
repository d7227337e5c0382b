// A worker tells main for how long it may be silent: long when it has nothing to do, and never past what it is to do.

import { expect, it } from 'vitest';
import { GAUGE } from '../../src/engine/counters.ts';
import { World } from '../support/world.ts';

const beatOf = ({ counters }: World) => ({
  heartbeat: counters.readGauge(GAUGE.HEARTBEAT),
  sleep: counters.readGauge(GAUGE.SLEEP),
});

it('nobody asks: two seconds', () => {
  const world = new World();
  expect(world.engine.tick(world.moment)).toBe(2000);
  expect(beatOf(world)).toEqual({ heartbeat: world.now, sleep: 2000 });
});

it('a query ends the sleep before it is looked at', () => {
  const world = new World();
  world.engine.tick(world.moment);
  world.now += 1500;
  // Shorter than a header: nothing comes of it, and it counts as life all the same.
  world.give(new Uint8Array(5));
  expect(beatOf(world)).toEqual({ heartbeat: world.now, sleep: 0 });
});

it('a question in flight: a quarter of a second, and longer again when it was answered', () => {
  const world = new World();
  world.engine.tick(world.moment);
  world.ask({ name: 'a.example' });
  const sleeps = new Set<number>();
  for (let passed = 0; passed < 1000; passed += 50) {
    sleeps.add(world.engine.tick(world.moment));
    world.now += 50;
  }
  expect(Math.max(...sleeps)).toBeLessThanOrEqual(250);
  world.respond({ answers: [{ type: 'A', name: 'a.example', ttl: 60, data: '192.0.2.1' }] });
  world.pass(2000);
  expect(beatOf(world).sleep).toBeGreaterThan(250);
});

it('a batch that is over leaves the sleep as the last tick did: who serves TCP does not tick after each', () => {
  const world = new World({ blocked: ['banned.example'] });
  world.engine.tick(world.moment);
  world.now += 1500;
  expect(world.answer({ name: 'banned.example', stream: true }).rcode).toBe('NXDOMAIN');
  world.engine.endBatch(world.moment);
  expect(beatOf(world)).toEqual({ heartbeat: world.now, sleep: 2000 });
});

it('work that comes after a rest wakes main, and what comes after it does not', async () => {
  const world = new World({ blocked: ['banned.example'] });
  const { mainSleep } = world;
  world.engine.tick(world.moment);
  mainSleep.begin();
  const rest = mainSleep.rest();
  expect(rest).toBeInstanceOf(Promise);
  world.answer({ name: 'banned.example' });
  expect(await rest).toBe('ok');
  mainSleep.begin();
  world.answer({ name: 'banned.example' });
  expect(mainSleep.rest()).toBeInstanceOf(Promise);
  mainSleep.end();
});

it('a main that lies down while work comes does not sleep', () => {
  const world = new World({ blocked: ['banned.example'] });
  world.engine.tick(world.moment);
  world.mainSleep.begin();
  world.answer({ name: 'banned.example' });
  expect(world.mainSleep.rest()).toBeUndefined();
});
