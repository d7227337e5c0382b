// Whoever was blocked stands in the log of hits: over UDP and TCP, for an alias, observed, over reloads and deaths.

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EVENT } from '../../src/engine/counters.ts';
import { decodeReply } from '../support/decode.ts';
import { TcpClient, UdpClient } from '../support/dns-client.ts';
import { CRASH } from '../support/faulty-engine.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { runLoad } from '../support/load.ts';
import { DRIVERS, RELOAD_MS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { encodeQuery } from '../support/world.ts';

const entry = (kind: string) => new URL(`../support/faulty-${kind}-worker.ts`, import.meta.url);
const ENTRIES = { batched: entry('batched'), portable: entry('portable'), stream: entry('stream') };
const LIST = { id: 'own', file: 'own.txt', format: 'domains', match: 'exact' };
const HOUSE = { id: 'house', title: { en: 'House rules' }, authority: 'Board', lists: ['own'] };
const TARGET = 'target.test-up.example';

interface Line {
  event: { action: string };
  network: { transport: string };
  dns: { response_code?: string; question: { type: string; name: string }; answers?: { data: string }[] };
  client: { address: string; ip: string };
  sluis: { group: string; mode: string; generation: number; app?: string; list?: string };
  rule: { id: string; author: string[]; reference: string; name: string };
}

describe.each(DRIVERS)('%s driver', (driver) => {
  let upstream: HostileUpstream;
  let sluis: RunningSluis;

  const settings = (mode: string, more: object = {}) => ({
    workers: { driver, datagram: 2 },
    upstreams: [`${upstream.address.address}:${upstream.address.port}`],
    lists: [LIST],
    policies: [HOUSE],
    groups: [{ id: 'all', match: 'any', modes: { 'be-716': mode, house: mode } }],
    log: { hits: { to: './hits.json', clients: 'plain' } },
    ...more,
  });
  const start = async (mode: string, more: object = {}) => {
    sluis = await startSluis(settings(mode, more), { files: { 'own.txt': `${TARGET}\n` }, entries: ENTRIES });
  };

  const file = () => join(sluis.folder, 'hits.json');
  const lines = (path = file()): Line[] =>
    existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line))
      : [];
  /** The lines, once there are so many. */
  const logged = async (count: number, path = file()): Promise<Line[]> => {
    await expect.poll(() => lines(path).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
    return lines(path);
  };
  const dropped = () => sluis.total((counters) => counters.readEvent(EVENT.EVENTS_DROPPED));

  const ask = async (name: string, transport: 'udp' | 'tcp' = 'udp') => {
    const client = await (transport === 'udp' ? UdpClient.open(sluis.udp) : TcpClient.open(sluis.tcp));
    const reply = await client.ask(encodeQuery({ name }));
    client.close();
    return decodeReply(reply!);
  };

  beforeEach(async () => {
    upstream = await HostileUpstream.start();
  });
  afterEach(async () => {
    await sluis?.stop();
    await upstream?.stop();
  });

  test('a block over UDP and one over TCP', async () => {
    await start('block');
    await ask('www.tiktok.com');
    await ask('www.tiktok.com', 'tcp');
    const found = await logged(2);
    expect(found.map(({ network }) => network.transport).sort()).toEqual(['tcp', 'udp']);
    for (const line of found) {
      expect(line).toMatchObject({
        event: { action: 'blocked' },
        dns: { response_code: 'NXDOMAIN', question: { type: 'A', name: 'www.tiktok.com' } },
        client: { address: '127.0.0.1', ip: '127.0.0.1' },
        sluis: { group: 'all', mode: 'block', generation: 1, app: 'tiktok' },
        rule: { id: 'be-716', name: 'tiktok.com' },
      });
      expect(line.rule.reference).toMatch(/tiktok\.yaml:\d+$/);
    }
  });

  test('a name that the answer leads to, from upstream and from the cache', async () => {
    await start('block');
    const name = `cname-to.${TARGET}`;
    for (const turn of [1, 2]) {
      expect((await ask(name)).answers).toEqual([]);
      const found = await logged(turn);
      expect(found[turn - 1]).toMatchObject({
        event: { action: 'blocked' },
        dns: { question: { name }, answers: [{ data: TARGET }] },
        sluis: { list: 'own' },
        rule: { id: 'house', author: ['Board'], name: TARGET },
      });
    }
  });

  test('what is observed is answered, and stands in the log once', async () => {
    await start('observe');
    expect((await ask('www.tiktok.com')).answers).not.toEqual([]);
    expect((await ask(`cname-to.${TARGET}`)).answers).toHaveLength(2);
    const found = await logged(2);
    expect(found.map(({ event }) => event.action)).toEqual(['observed', 'observed']);
    expect(found.map(({ dns }) => dns.response_code)).toEqual([undefined, undefined]);
    // Two workers may have written them, in whatever order.
    const targets = new Map(found.map(({ dns }) => [dns.question.name, dns.answers]));
    expect(targets.get('www.tiktok.com')).toBeUndefined();
    expect(targets.get(`cname-to.${TARGET}`)).toEqual([{ data: TARGET }]);
    expect(targets.size).toBe(2);
    expect(found[0].sluis).toMatchObject({ group: 'all', mode: 'observe' });
  });

  test('reloads under load: every hit is named by the policy that decided it', async () => {
    await start('block');
    const load = runLoad({ ...sluis.udp, banned: ['www.tiktok.com'], allowed: [], questions: 6000, rate: 2000 });
    for (const [generation, group] of [
      [2, 'second'],
      [3, 'third'],
    ] as const) {
      // The policies change their places as well, so that an old number means another policy.
      const other = { id: `a-${group}`, title: { en: 'Other' }, authority: 'Nobody', lists: ['own'] };
      const groups = [{ id: group, match: 'any', modes: { 'be-716': 'block' } }];
      sluis.configure(settings('block', { policies: generation === 2 ? [other, HOUSE] : [HOUSE, other], groups }));
      expect(await sluis.arrivals.until(() => sluis.reloads.length >= generation, RELOAD_MS)).toBe(true);
      await sluis.adopted(generation);
      // The load may be over by now.
      await ask('www.tiktok.com');
    }
    const result = await load;
    expect(result).toMatchObject({ lost: 0, letThrough: 0 });
    const found = await logged(6002);
    const named = new Set(
      found.map(({ sluis: { generation, group, app }, rule }) => [generation, group, app, rule.id].join()),
    );
    expect([...named].sort()).toEqual(['1,all,tiktok,be-716', '2,second,tiktok,be-716', '3,third,tiktok,be-716']);
    expect(found).toHaveLength(6002);
    expect(dropped()).toBe(0);
  });

  test('a worker that dies leaves its hits whole, and the next one writes on', async () => {
    await start('block');
    const load = runLoad({ ...sluis.udp, banned: ['www.tiktok.com'], allowed: [], questions: 4000, rate: 2000 });
    const poison = await UdpClient.open(sluis.udp);
    poison.send(encodeQuery({ name: CRASH }));
    const isBack = () => sluis.events.some(({ kind }) => kind === 'worker-restarted');
    expect(await sluis.arrivals.until(isBack, 5000)).toBe(true);
    poison.close();
    const result = await load;
    expect(result.letThrough).toBe(0);
    // All that was answered, but for the batch in the dead worker's hands, each line whole.
    const found = await logged(result.asked - result.lost - 64);
    expect(found.length).toBeLessThanOrEqual(result.asked);
    for (const line of found) expect(line.rule.id).toBe('be-716');
    for (let turn = 0; turn < 8; turn++) await ask('tiktokv.com');
    // Counted by name: lines of the load may still come among them.
    const after = () => lines().filter(({ dns }) => dns.question.name === 'tiktokv.com').length;
    await expect.poll(after, { timeout: 10_000 }).toBe(8);
  });

  test('a place that takes nothing stops no answer, is told once, and is used as soon as it can be', async () => {
    await start('block', { log: { hits: { to: './later/hits.json' } } });
    expect(sluis.hitLog).toEqual([expect.stringContaining('ENOENT')]);
    expect((await ask('www.tiktok.com')).rcode).toBe('NXDOMAIN');
    const log = sluis.resolver.hitLog!;
    await expect.poll(() => log.counts.failed, { timeout: 5000 }).toBe(1);
    expect(log.problems).toHaveLength(1);
    mkdirSync(join(sluis.folder, 'later'));
    await sluis.resolver.reload('the test');
    await ask('www.tiktok.com');
    const [line] = await logged(1, join(sluis.folder, 'later', 'hits.json'));
    expect(line.client.address).toMatch(/^[0-9a-f]{16}$/);
    expect(line.client.ip).toBeUndefined();
    expect(sluis.hitLog).toHaveLength(2);
    expect(log.problems).toEqual([]);
  });

  test('a full ring drops and counts, and every query is answered', async () => {
    await start('block', { log: { hits: { to: './hits.json', max_rate: 0 } } });
    const load = runLoad({ ...sluis.udp, banned: ['www.tiktok.com'], allowed: [], questions: 60_000, rate: 100_000 });
    // Main does nothing for so long that the rings fill: 1 MiB each, of records of at least 72 octets.
    const rings = (2 * 2 ** 20) / 72;
    const answered = () => sluis.total((counters) => counters.readOutcome(0));
    const end = performance.now() + 20_000;
    while (answered() < 59_000 && performance.now() < end)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    expect(await load).toMatchObject({ lost: 0, letThrough: 0 });
    expect(dropped()).toBeGreaterThan(60_000 - rings - 1000);
    await logged(60_000 - dropped());
    expect(lines()).toHaveLength(60_000 - dropped());
  });
});
