// The life of a query in memory: every outcome, in the order of decisions.

import { describe, expect, it, test } from 'vitest';
import { EVENT, HIT, OUTCOME } from '../../src/engine/counters.ts';
import { ANSWER } from '../../src/policy/rule.ts';
import { POLICY_TEXT } from '../support/policy-image.ts';
import { encodeQuery, World } from '../support/world.ts';

const A = (name: string, data = '192.0.2.1', ttl = 100) => ({ type: 'A', name, ttl, data });
const CNAME = (name: string, data: string, ttl = 100) => ({ type: 'CNAME', name, ttl, data });

describe('a blocked name', () => {
  test.each(['A', 'AAAA', 'UNKNOWN_65', 'MX', 'TXT', 'ANY', 'UNKNOWN_65280'])(
    'is NXDOMAIN with SOA and EDE 15 for %s',
    (type) => {
      const world = new World({ blocked: ['tiktok.com'] });
      const reply = world.answer({ name: 'wWw.TikTok.com', type, id: 99 });
      expect(reply).toMatchObject({ id: 99, rcode: 'NXDOMAIN', aa: false, ra: true, ad: false, tc: false });
      expect(reply.questions[0].name).toBe('wWw.TikTok.com');
      expect(reply.answers).toEqual([]);
      expect(reply.authorities[0]).toMatchObject({ type: 'SOA', name: 'TikTok.com', ttl: 60, data: { minimum: 60 } });
      expect(reply.errors).toEqual([{ code: 15, text: POLICY_TEXT }]);
      expect(world.asked).toEqual([]);
    },
  );

  it('has no OPT where the query had none', () => {
    const reply = new World({ blocked: ['tiktok.com'] }).answer({ name: 'tiktok.com', edns: false });
    expect(reply.additionals).toEqual([]);
  });

  it('is NODATA where an allowed name lies beneath, and where the rule speaks of that name alone', () => {
    const world = new World({ blocked: ['tiktok.com', '!allowed.tiktok.com', '=exact.example', '*.below.example'] });
    expect(world.answer({ name: 'tiktok.com' }).rcode).toBe('NOERROR');
    expect(world.answer({ name: 'exact.example' }).rcode).toBe('NOERROR');
    expect(world.answer({ name: 'www.tiktok.com' }).rcode).toBe('NXDOMAIN');
    expect(world.answer({ name: 'a.below.example' }).rcode).toBe('NXDOMAIN');
    expect(world.ask({ name: 'below.example' })).toBe('pending');
    expect(world.ask({ name: 'allowed.tiktok.com' })).toBe('pending');
    expect(world.ask({ name: 'x.exact.example' })).toBe('pending');
  });

  it('gets the addresses that the policy gives, and NODATA for other types', () => {
    const ipv4 = Uint8Array.of(192, 0, 2, 53);
    const world = new World({ blocked: ['tiktok.com'], answer: { kind: ANSWER.SINKHOLE, ede: 4, ipv4 } });
    expect(world.answer({ name: 'a.tiktok.com' })).toMatchObject({
      rcode: 'NOERROR',
      answers: [{ type: 'A', data: '192.0.2.53', ttl: 60 }],
      errors: [{ code: 4 }],
    });
    expect(world.answer({ name: 'a.tiktok.com', type: 'AAAA' })).toMatchObject({
      rcode: 'NOERROR',
      answers: [],
      authorities: [{ type: 'SOA' }],
    });
  });

  it('is not taken for one that has a dot in a label', () => {
    const world = new World({ blocked: ['tiktok.com'] });
    const query = encodeQuery({ name: 'www-tiktok.com' });
    query[12 + 4] = 0x2e;
    expect(world.give(query)).toBe('pending');
  });
});

describe('who asks', () => {
  const plan = { blocked: ['tiktok.com'], observing: ['10.20.0.0/16'] };

  it('is refused where no group has the client', () => {
    expect(new World(plan).answer({ name: 'example.com', from: '192.0.2.9' })).toMatchObject({
      rcode: 'REFUSED',
      errors: [{ code: 18 }],
    });
  });

  it('is answered and counted where the group only observes', () => {
    const world = new World(plan);
    expect(world.ask({ name: 'tiktok.com', from: '10.20.1.1' })).toBe('pending');
    world.respond({ answers: [A('tiktok.com')] });
    expect(world.takeSent().decoded.answers).toHaveLength(1);
    expect(world.counters.readHit(0, HIT.OBSERVED)).toBe(1);
    expect(world.counters.readHit(0, HIT.BLOCKED)).toBe(0);
  });

  it('is sent to TCP when over its rate, and has it back a second later', () => {
    const world = new World(plan, { queriesPerSecond: 2 });
    const ask = (from: string) => world.answer({ name: 'tiktok.com', from }).tc;
    expect([1, 2, 3, 4, 5].map(() => ask('10.0.0.1'))).toEqual([false, false, false, false, true]);
    expect(ask('10.0.0.2')).toBe(false);
    expect(world.answer({ name: 'tiktok.com', from: '10.0.0.1', stream: true }).tc).toBe(false);
    world.pass(1000);
    expect(ask('10.0.0.1')).toBe(false);
  });
});

describe('what is never forwarded', () => {
  test.each([
    ['localhost', 'A', 'NOERROR', ['127.0.0.1']],
    ['x.localhost', 'AAAA', 'NOERROR', ['::1']],
    ['localhost', 'MX', 'NOERROR', []],
    ['a.invalid', 'A', 'NXDOMAIN', []],
    ['b.onion', 'A', 'NXDOMAIN', []],
    ['1.0.0.10.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    ['_dns.resolver.arpa', 'UNKNOWN_64', 'NOERROR', []],
  ])('%s %s is answered from here', (name, type, rcode, data) => {
    const world = new World();
    const reply = world.answer({ name, type });
    expect(reply.rcode).toBe(rcode);
    expect(reply.answers.map((record) => record.data)).toEqual(data);
    if (data.length === 0) expect(reply.authorities).toMatchObject([{ type: 'SOA' }]);
    expect(world.asked).toEqual([]);
  });

  it('is asked all the same where a forward zone has the name', () => {
    const world = new World({ forward: [['10.in-addr.arpa', 0]] });
    world.adopt({ forward: [['10.in-addr.arpa', 0]] }, [0], [[5]]);
    expect(world.ask({ name: '1.0.0.10.in-addr.arpa', type: 'PTR' })).toBe('pending');
    expect(world.asked.at(-1)!.upstream).toBe(5);
  });

  test.each([
    ['AXFR', 'IN', 'REFUSED'],
    ['IXFR', 'IN', 'REFUSED'],
    ['UNKNOWN_200', 'IN', 'REFUSED'],
    ['UNKNOWN_128', 'IN', 'FORMERR'],
    ['A', 'CH', 'REFUSED'],
    ['A', 'ANY', 'REFUSED'],
  ])('type %s class %s gets %s', (type, klass, rcode) => {
    const world = new World({ blocked: ['tiktok.com'] });
    expect(world.answer({ name: 'tiktok.com', type, class: klass }).rcode).toBe(rcode);
    expect(world.asked).toEqual([]);
  });

  it('ANY gets one small record', () => {
    expect(new World().answer({ name: 'example.com', type: 'ANY' }).answers).toMatchObject([{ type: 'HINFO' }]);
  });

  it('RD=0 gets what is held, and nothing more', () => {
    const world = new World();
    expect(world.answer({ name: 'a.example', flags: 0 }).rcode).toBe('REFUSED');
    world.ask({ name: 'a.example' });
    world.respond({ answers: [A('a.example')] });
    expect(world.answer({ name: 'a.example', flags: 0 }).answers).toHaveLength(1);
  });
});

describe('the cache', () => {
  it('keeps an answer, ages it, and gives it in the case asked', () => {
    const world = new World();
    world.ask({ name: 'WWW.Example.com', id: 7 });
    world.respond({ answers: [A('www.example.com')] });
    const sent = world.takeSent().decoded;
    expect(sent).toMatchObject({ id: 7, rcode: 'NOERROR' });
    expect(sent.questions[0].name).toBe('WWW.Example.com');
    world.pass(40_000);
    const cached = world.answer({ name: 'www.EXAMPLE.com', id: 8 });
    expect(cached.answers).toMatchObject([{ name: 'www.EXAMPLE.com', data: '192.0.2.1', ttl: 60 }]);
    expect(world.counters.readOutcome(OUTCOME.CACHED)).toBe(1);
  });

  it('keeps DO, CD and other upstreams apart', () => {
    const world = new World();
    world.ask({ name: 'a.example' });
    world.respond({ answers: [A('a.example')] });
    expect(world.ask({ name: 'a.example', dnssecOk: true })).toBe('pending');
    expect(world.ask({ name: 'a.example', flags: 0x0110 })).toBe('pending');
    world.adopt({}, [3]);
    world.engine.adopt({
      ...world.adoption!,
      routes: [{ upstreams: Int32Array.of(3), tag: 1 }],
    });
    expect(world.ask({ name: 'a.example' })).toBe('pending');
  });

  it('keeps a negative answer by its SOA, and none without', () => {
    const world = new World();
    const soa = {
      type: 'SOA',
      name: 'example',
      ttl: 900,
      data: { mname: 'ns.example', rname: 'h.example', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 30 },
    };
    world.ask({ name: 'no.example' });
    world.respond({ flags: 0x8183, authorities: [soa] } as never);
    expect(world.takeSent().decoded).toMatchObject({ rcode: 'NXDOMAIN', authorities: [{ ttl: 30 }] });
    world.pass(10_000);
    expect(world.answer({ name: 'no.example' })).toMatchObject({ rcode: 'NXDOMAIN', authorities: [{ ttl: 20 }] });
    world.ask({ name: 'none.example' });
    world.respond({ flags: 0x8183 } as never);
    expect(world.ask({ name: 'none.example' })).toBe('pending');
  });

  it('sends a client to TCP for what no datagram of ours holds', () => {
    const world = new World();
    world.ask({ name: 'big.example', type: 'TXT', stream: true });
    const data = Array.from({ length: 40 }, () => 'x'.repeat(200));
    world.respond({ answers: [{ type: 'TXT', name: 'big.example', ttl: 100, data }] });
    world.takeSent();
    const reply = world.give(encodeQuery({ name: 'big.example', type: 'TXT' }), '10.0.0.1', false, 4096);
    expect(reply).toBeInstanceOf(Uint8Array);
    expect((reply as Uint8Array)[2] & 2).toBe(2);
    expect(world.answer({ name: 'big.example', type: 'TXT', stream: true }).answers).toHaveLength(1);
    expect(world.counters.readEvent(EVENT.REPLIES_TRUNCATED)).toBe(1);
  });
});

describe('what an answer leads to', () => {
  it('is blocked where an alias is banned, from upstream and from the cache, for those groups alone', () => {
    const world = new World({ blocked: ['tiktok.com'], observing: ['10.9.0.0/16'] });
    world.ask({ name: 'innocent.example' });
    world.respond({ answers: [CNAME('innocent.example', 'www.tiktok.com'), A('www.tiktok.com')] });
    expect(world.takeSent().decoded).toMatchObject({ rcode: 'NOERROR', answers: [], errors: [{ code: 15 }] });
    expect(world.answer({ name: 'innocent.example' }).answers).toEqual([]);
    expect(world.answer({ name: 'innocent.example', from: '10.9.0.1' }).answers).toHaveLength(2);
    expect(world.counters.readEvent(EVENT.BLOCKED_ALIAS)).toBe(2);
  });

  it('is blocked by a ban that came after it was cached', () => {
    const world = new World({ blocked: [] });
    world.ask({ name: 'innocent.example' });
    world.respond({ answers: [CNAME('innocent.example', 'www.tiktok.com'), A('www.tiktok.com')] });
    expect(world.answer({ name: 'innocent.example' }).answers).toHaveLength(2);
    world.adopt({ blocked: ['tiktok.com'], generation: 2 });
    expect(world.answer({ name: 'innocent.example' }).answers).toEqual([]);
    expect(world.answer({ name: 'www.tiktok.com' }).rcode).toBe('NXDOMAIN');
  });

  it('is not looked at where the asked name is allowed', () => {
    const world = new World({ blocked: ['tiktok.com', '!ok.tiktok.com'] });
    world.ask({ name: 'ok.tiktok.com' });
    world.respond({ answers: [CNAME('ok.tiktok.com', 'cdn.tiktok.com'), A('cdn.tiktok.com')] });
    expect(world.takeSent().decoded.answers).toHaveLength(2);
    expect(world.answer({ name: 'ok.tiktok.com' }).answers).toHaveLength(2);
  });

  it('is judged by the policy in force when it comes', () => {
    const world = new World({ blocked: [] });
    world.ask({ name: 'www.tiktok.com' });
    world.adopt({ blocked: ['tiktok.com'], generation: 2 });
    world.respond({ answers: [A('www.tiktok.com')] });
    expect(world.takeSent().decoded.rcode).toBe('NXDOMAIN');
  });
});

it('answers SERVFAIL with EDE 14 until there is a policy, and never unfiltered', () => {
  const world = new World(null);
  expect(world.answer({ name: 'example.com' })).toMatchObject({ rcode: 'SERVFAIL', errors: [{ code: 14 }] });
});

it('follows the wall clock when it is set', () => {
  const world = new World({ blocked: ['tiktok.com'], effective: 1_800_000_000 + 3600 });
  expect(world.ask({ name: 'a.tiktok.com' })).toBe('pending');
  world.skew = 3_600_000;
  world.pass(250);
  expect(world.answer({ name: 'b.tiktok.com' }).rcode).toBe('NXDOMAIN');
});
