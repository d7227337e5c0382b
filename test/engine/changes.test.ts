// No reply on a name that a policy speaks of is kept beyond the next moment at which that policy changes its mind.

import { describe, expect, it, test } from 'vitest';
import { MODE } from '../../src/policy/rule.ts';
import type { PolicyPlan } from '../support/policy-image.ts';
import { World } from '../support/world.ts';

/** Unix seconds: when every world begins. */
const START = 1_800_000_000;
const DAY = 86_400;

/** Asks for what must go upstream, and answers it; the TTLs that the client gets. */
function fetch(world: World, name: string, ttl = DAY, target?: string): number[] {
  expect(world.ask({ name })).toBe('pending');
  const alias = target === undefined ? [] : [{ type: 'CNAME', name, ttl, data: target }];
  world.respond({ answers: [...alias, { type: 'A', name: target ?? name, ttl, data: '192.0.2.1' }] });
  return world.takeSent().decoded.answers.map((record) => record.ttl ?? -1);
}

/** The TTLs of what is answered at once. */
function ttls(world: World, name: string, type = 'A'): number[] {
  const { answers, authorities } = world.answer({ name, type });
  return [...answers, ...authorities].map((record) => record.ttl ?? -1);
}

const coming: Partial<PolicyPlan> = { blocked: ['tiktok.com'], effective: START + 100 };

describe('a name that will be blocked', () => {
  it('is answered, forwarded and cached, up to that moment and not beyond', () => {
    const world = new World(coming);
    expect(fetch(world, 'www.tiktok.com')).toEqual([100]);
    for (const [ms, ttl] of [
      [1, 99],
      [39_999, 60],
      [40_000, 60],
      [99_000, 1],
      [99_001, 0],
      [99_999, 0],
    ]) {
      world.now = START * 1000 + ms;
      expect([ms, ttls(world, 'www.tiktok.com')]).toEqual([ms, [ttl]]);
    }
    world.now = (START + 100) * 1000;
    expect(world.answer({ name: 'www.tiktok.com' }).rcode).toBe('NXDOMAIN');
  });

  it('keeps a shorter time of its own', () => {
    expect(fetch(new World(coming), 'www.tiktok.com', 30)).toEqual([30]);
  });

  it('takes with it what leads to it', () => {
    const world = new World(coming);
    expect(fetch(world, 'shop.example', DAY, 'cdn.tiktok.com')).toEqual([100, 100]);
    world.now += 60_000;
    expect(ttls(world, 'shop.example')).toEqual([40, 40]);
    world.now += 40_000;
    expect(world.answer({ name: 'shop.example' }).answers).toEqual([]);
  });

  it('is answered so for type ANY too', () => {
    expect(ttls(new World(coming), 'tiktok.com', 'ANY')).toEqual([100]);
  });

  it('is answered so from stale data', () => {
    const world = new World({ ...coming, effective: START + 50 });
    expect(fetch(world, 'www.tiktok.com', 10)).toEqual([10]);
    world.now += 40_000;
    expect(world.ask({ name: 'www.tiktok.com' })).toBe('pending');
    world.pass(1_800);
    expect(world.takeSent().decoded.answers.map((record) => record.ttl)).toEqual([8]);
  });

  it('is answered so when there is no answer', () => {
    const world = new World(coming);
    world.ask({ name: 'none.tiktok.com' });
    const soa = { mname: 'a.example', rname: 'b.example', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: DAY };
    world.respond({ authorities: [{ type: 'SOA', name: 'tiktok.com', ttl: DAY, data: soa }] });
    expect(world.takeSent().decoded.authorities.map((record) => record.ttl)).toEqual([100]);
    expect(ttls(world, 'none.tiktok.com')).toEqual([100]);
  });
});

test.each<[string, Partial<PolicyPlan>, number]>([
  ['a policy that ends', { expires: START + 20 }, 20],
  ['a policy that ends later than the answer', { expires: START + 2_000 }, 60],
  [
    'an exception that begins',
    { exceptions: [{ clients: ['10.9.9.9'], starts: START + 30, expires: START + DAY }] },
    30,
  ],
])('a blocked answer is kept no longer than %s', (_, plan, ttl) => {
  expect(ttls(new World({ blocked: ['tiktok.com'], ...plan }), 'tiktok.com')).toEqual([ttl]);
});

describe('an exception', () => {
  const exceptions = [{ clients: ['10.0.0.1'], starts: START - 10, expires: START + 50 }];

  it('lets through up to its last second, and blocks again in the next', () => {
    const world = new World({ blocked: ['tiktok.com'], exceptions });
    expect(fetch(world, 'tiktok.com')).toEqual([50]);
    world.now += 49_999;
    expect(ttls(world, 'tiktok.com')).toEqual([0]);
    world.now += 1;
    expect(world.answer({ name: 'tiktok.com' }).rcode).toBe('NXDOMAIN');
  });

  it('that ends while the question is away lets nothing through', () => {
    const world = new World({ blocked: ['tiktok.com'], exceptions });
    world.ask({ name: 'tiktok.com' });
    world.now += 50_000;
    world.respond({ answers: [{ type: 'A', name: 'tiktok.com', ttl: 9, data: '192.0.2.1' }] });
    expect(world.takeSent().decoded).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
  });
});

describe('a group with a default', () => {
  const managed = { approved: ['ok.com'], mode: MODE.OBSERVE };

  it('has no reply that is kept beyond a change, whatever the name', () => {
    const world = new World({ managed, blocks: START + 40 });
    expect(fetch(world, 'innocent.example')).toEqual([40]);
    expect(fetch(world, 'ok.com')).toEqual([40]);
    world.now += 30_000;
    expect(ttls(world, 'innocent.example')).toEqual([10]);
  });
});

it('innocent names are kept as long as they say', () => {
  const world = new World(coming);
  expect(fetch(world, 'innocent.example', DAY, 'cdn.example')).toEqual([DAY, DAY]);
  expect(ttls(world, 'innocent.example')).toEqual([DAY, DAY]);
});

it('where nothing changes any more, nothing is shortened', () => {
  const world = new World({ ...coming, effective: START - 100, blocks: START - 50, observing: ['10.0.0.0/16'] });
  expect(fetch(world, 'tiktok.com')).toEqual([DAY]);
});

it('follows the wall clock when it is set', () => {
  const world = new World(coming);
  expect(ttls(world, 'tiktok.com', 'ANY')).toEqual([100]);
  for (const [skew, ttl] of [
    [50, 50],
    [-100, 200],
    [99, 1],
  ]) {
    world.skew = skew * 1000;
    world.pass(0);
    expect(ttls(world, 'tiktok.com', 'ANY')).toEqual([ttl]);
  }
});
