// The policy changes under load: no query lost, nothing banned let through, nothing innocent blocked.

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeReply } from '../support/decode.ts';
import { UdpClient } from '../support/dns-client.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { runLoad } from '../support/load.ts';
import { DRIVERS, RELOAD_MS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { encodeQuery } from '../support/world.ts';

const LIST = { id: 'own', file: 'own.txt', format: 'domains' };
const HOUSE = { id: 'house', title: { en: 'House rules' }, authority: 'Board', lists: ['own'] };
const ALLOWED = Array.from({ length: 200 }, (_, index) => `h${index}.wild.example.com`);
const BANNED = [
  'www.tiktok.com',
  'tiktok.com',
  'v16m.tiktokcdn-eu.com',
  'banned.wild.example.com',
  'x.banned.wild.example.com',
];

describe.each(DRIVERS)('%s driver', (driver) => {
  let upstream: HostileUpstream;
  let sluis: RunningSluis;

  const settings = (more: object = {}) => ({
    workers: { driver, datagram: 2 },
    upstreams: [`${upstream.address.address}:${upstream.address.port}`],
    lists: [LIST],
    policies: [HOUSE],
    groups: [{ id: 'all', match: 'any', modes: { 'be-716': 'block', house: 'block' } }],
    ...more,
  });

  const reloaded = (count: number) => sluis.arrivals.until(() => sluis.reloads.length >= count, RELOAD_MS);

  const ask = async (name: string) => {
    const client = await UdpClient.open(sluis.udp);
    const reply = await client.ask(encodeQuery({ name }));
    client.close();
    return decodeReply(reply!);
  };

  beforeEach(async () => {
    upstream = await HostileUpstream.start();
    sluis = await startSluis(settings(), { files: { 'own.txt': 'banned.wild.example.com\n' } });
  });

  afterEach(async () => {
    await sluis?.stop();
    await upstream?.stop();
  });

  test('a changed list and a changed configuration come into force by themselves', async () => {
    expect((await ask('www.example.com')).answers).toHaveLength(1);
    appendFileSync(join(sluis.folder, 'own.txt'), 'www.example.com\n');
    expect(await reloaded(2)).toBe(true);
    expect(sluis.reloads[1]).toMatchObject({ result: 'ok', generation: 2 });
    expect((await ask('www.example.com')).rcode).toBe('NXDOMAIN');
    sluis.configure(settings({ groups: [{ id: 'all', match: 'any', modes: { 'be-716': 'block', house: 'off' } }] }));
    expect(await reloaded(3)).toBe(true);
    expect((await ask('www.example.com')).answers).toHaveLength(1);
  });

  test('a configuration that is not sound changes nothing, and says why', async () => {
    sluis.configure(settings({ log: { level: 'loud' }, cache: { size: 'huge' } }));
    expect(await reloaded(2)).toBe(true);
    expect(sluis.reloads[1]).toMatchObject({
      result: 'failed',
      generation: 1,
      reason: 'the configuration has 2 errors',
    });
    expect(sluis.reloads[1].problems.map(({ path, line }) => [path, line > 1])).toEqual([
      ['log.level', true],
      ['cache.size', true],
    ]);
    expect((await ask('www.tiktok.com')).rcode).toBe('NXDOMAIN');
    sluis.configure(settings());
    expect(await reloaded(3)).toBe(true);
    expect(sluis.reloads[2]).toMatchObject({ result: 'ok', generation: 2 });
  });

  test('an app file that would block strangers changes nothing', async () => {
    const app = (name: string) => `id: own
title: Own
operator: Board
sources: [{ key: one, name: the board, licence: none, date: 2026-08-19 }]
names:
  - { name: ${name}, match: suffix, facet: app, sources: [one] }
`;
    const file = join(sluis.folder, 'own.yaml');
    writeFileSync(file, app('www.example.com'));
    sluis.configure(settings({ lists: [{ id: 'own', file: 'own.yaml', format: 'sluis' }] }));
    expect(await reloaded(2)).toBe(true);
    expect((await ask('www.example.com')).rcode).toBe('NXDOMAIN');
    writeFileSync(file, app('github.io'));
    expect(await reloaded(3)).toBe(true);
    expect(sluis.reloads[2]).toMatchObject({ result: 'failed', generation: 2, reason: 'the policy has 1 error' });
    expect(sluis.reloads[2].problems).toMatchObject([{ file, line: 6, column: 13, path: 'names[0].name' }]);
    expect((await ask('www.example.com')).rcode).toBe('NXDOMAIN');
  });

  test('a list that went missing changes nothing', async () => {
    sluis.configure(settings({ lists: [{ ...LIST, file: 'gone.txt' }] }));
    expect(await reloaded(2)).toBe(true);
    expect(sluis.reloads[1]).toMatchObject({ result: 'failed', generation: 1 });
    expect((await ask('banned.wild.example.com')).rcode).toBe('NXDOMAIN');
  });

  test('under load, good and bad edits alike lose nothing', async () => {
    const load = runLoad({
      ...sluis.udp,
      banned: BANNED,
      allowed: ALLOWED,
      questions: driver === 'batched' ? 80_000 : 32_000,
      rate: driver === 'batched' ? 20_000 : 8000,
    });
    for (let edit = 0; edit < 8; edit++) {
      if (edit % 3 === 2) sluis.configure(settings({ presets: ['nonsense'] }));
      else appendFileSync(join(sluis.folder, 'own.txt'), `more-${edit}.example.com\n`);
      const reload = await sluis.resolver.reload(`edit ${edit}`);
      expect(reload.result).toBe(edit % 3 === 2 ? 'failed' : 'ok');
      if (edit % 3 === 2) sluis.configure(settings());
    }
    const result = await load;
    expect(result).toMatchObject({ lost: 0, letThrough: 0, wronglyBlocked: 0, otherRcodes: {} });
    expect(result.answered).toBe(result.asked);
    expect(sluis.resolver.supervisor.restarts()).toEqual({ datagram: 0, stream: 0 });
  });
});
