// The life of a query in memory: every outcome, in the order of decisions.

import { describe, expect, it } from 'vitest';
import { OUTCOME } from '../../src/engine/counters.ts';
import { POLICY_TEXT } from '../support/policy-image.ts';
import { World } from '../support/world.ts';

const BLOCKED = ['tiktok.com', '!allowed.tiktok.com', '=exact.example'];

describe('a blocked name', () => {
  for (const type of ['A', 'AAAA', 'UNKNOWN_65', 'MX', 'TXT', 'UNKNOWN_65280']) {
    it(`is NXDOMAIN with SOA and EDE 15 for ${type}`, () => {
      const world = new World({ blocked: ['tiktok.com'] });
      const reply = world.answer({ name: 'wWw.TikTok.com', type });
      expect(reply.rcode).toBe('NXDOMAIN');
      expect(reply.questions[0].name).toBe('wWw.TikTok.com');
      expect(reply.authorities[0]).toMatchObject({ type: 'SOA', ttl: 60 });
      expect(reply.errors).toEqual([{ code: 15, text: POLICY_TEXT }]);
    });
  }
  it('is NODATA where an allowed name lies beneath, and where the rule is exact', () => {
    const world = new World({ blocked: BLOCKED });
    expect(world.answer({ name: 'tiktok.com' }).rcode).toBe('NOERROR');
    expect(world.answer({ name: 'exact.example' }).rcode).toBe('NOERROR');
    expect(world.answer({ name: 'www.tiktok.com' }).rcode).toBe('NXDOMAIN');
    expect(world.ask({ name: 'allowed.tiktok.com' })).toBe('pending');
  });
});

it('relays an answer, caches it, and ages it', () => {
  const world = new World();
  expect(world.ask({ name: 'WWW.Example.com', id: 7 })).toBe('pending');
  world.respond({ answers: [{ type: 'A', name: 'www.example.com', ttl: 100, data: '192.0.2.1' }] });
  const sent = world.takeSent();
  expect(sent.decoded).toMatchObject({ id: 7, rcode: 'NOERROR' });
  expect(sent.decoded.questions[0].name).toBe('WWW.Example.com');
  world.pass(40_000);
  const cached = world.answer({ name: 'www.EXAMPLE.com', id: 8 });
  expect(cached.answers).toMatchObject([{ data: '192.0.2.1', ttl: 60 }]);
  expect(world.counters.readOutcome(OUTCOME.CACHED)).toBe(1);
});

it('blocks a name whose alias is banned, from upstream and from the cache', () => {
  const world = new World({ blocked: ['tiktok.com'], observing: ['10.9.0.0/16'] });
  world.ask({ name: 'innocent.example' });
  world.respond({
    answers: [
      { type: 'CNAME', name: 'innocent.example', ttl: 100, data: 'www.tiktok.com' },
      { type: 'A', name: 'www.tiktok.com', ttl: 100, data: '192.0.2.1' },
    ],
  });
  expect(world.takeSent().decoded.answers).toEqual([]);
  expect(world.answer({ name: 'innocent.example' }).answers).toEqual([]);
  expect(world.answer({ name: 'innocent.example', from: '10.9.0.1' }).answers).toHaveLength(2);
});

it('fails over, then SERVFAIL, then remembers', () => {
  const world = new World();
  world.ask({ name: 'slow.example' });
  world.pass(6000);
  expect(world.asked.map(({ upstream }) => upstream)).toEqual([0, 1, 0]);
  expect(world.takeSent().decoded.rcode).toBe('SERVFAIL');
});

it('serves stale data when nobody answers', () => {
  const world = new World();
  world.ask({ name: 'a.example' });
  world.respond({ answers: [{ type: 'A', name: 'a.example', ttl: 10, data: '192.0.2.1' }] });
  world.takeSent();
  world.pass(20_000);
  expect(world.ask({ name: 'a.example' })).toBe('pending');
  world.pass(1900);
  expect(world.takeSent().decoded.answers).toMatchObject([{ ttl: 30 }]);
});
