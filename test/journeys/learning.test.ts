// A managed group from observing to blocking: what its devices asked for becomes the list that somebody approves.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adminSource } from '../../src/commands/admin-source.ts';
import { learning } from '../../src/commands/learning.ts';
import type { LearningReport } from '../../src/observe/learning-report.ts';
import { type AdminServer, listenAdmin } from '../../src/web/server.ts';
import { decodeReply } from '../support/decode.ts';
import { TcpClient, UdpClient } from '../support/dns-client.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { DRIVERS, RELOAD_MS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';
import { encodeQuery } from '../support/world.ts';

const DEVICES = ['127.50.0.1', '127.50.0.2', '127.50.0.3'];
const OTHER = '127.60.0.1';
const NEEDED = ['work.test-up.example', 'mail.test-up.example'];
const UNWANTED = 'game.other-up.example';
const BANNED = 'www.tiktok.com';
/** In a pack that the group allows. */
const TIME = 'time.apple.com';

describe.each(DRIVERS)('%s driver', (driver) => {
  let upstream: HostileUpstream;
  let sluis: RunningSluis;
  let admin: AdminServer | undefined;
  let state: ReturnType<typeof folderOf>;

  const settings = (mode: string, allow: string[]) => ({
    workers: { driver, datagram: 2 },
    upstreams: [`${upstream.address.address}:${upstream.address.port}`],
    presets: ['be-716'],
    learning: { file: state.at('learning.json') },
    lists: [{ id: 'approved', file: 'approved.txt', format: 'domains' }],
    policies: [{ id: 'managed-only', title: { en: 'Approved apps only' }, authority: 'Board' }],
    groups: [
      {
        ...{ id: 'managed', match: { subnets: ['127.50.0.0/16'] }, modes: { 'be-716': 'block' } },
        ...{ default: { mode, policy: 'managed-only' }, allow: ['baseline:time', ...allow] },
      },
      { id: 'others', match: { subnets: ['127.60.0.0/16'] }, modes: { 'be-716': 'observe' }, allow: ['approved'] },
    ],
  });

  async function start(): Promise<void> {
    sluis = await startSluis(settings('observe', []), { files: { 'approved.txt': 'nobody.asks.example\n' } });
    const log = { error: (...told: unknown[]) => expect.fail(String(told)) };
    admin = await listenAdmin({ host: '127.0.0.1', port: 0, log }, async () => adminSource(sluis.resolver, '0', ''));
  }

  async function stop(): Promise<void> {
    await admin?.close();
    await sluis?.stop();
  }

  async function fate(from: string, name: string, transport: 'udp' | 'tcp' = 'udp'): Promise<string> {
    const client = await (transport === 'udp' ? UdpClient : TcpClient).open(sluis.udp, from);
    const { errors = [] } = decodeReply((await client.ask(encodeQuery({ name })))!);
    client.close();
    const blocked = errors.filter(({ code }) => code === 15).map(({ text }) => text);
    return blocked.length === 0 ? 'let through' : `blocked by ${blocked}`;
  }

  /** What the command prints. */
  async function command(...args: string[]): Promise<string> {
    const around = surroundings();
    const code = await learning.run(['--config', sluis.file, '--admin', `127.0.0.1:${admin!.port}`, ...args], around);
    expect([code, around.complained]).toEqual([0, '']);
    return around.printed;
  }

  const report = async () => (await adminSource(sluis.resolver, '0', '').learning({})) as LearningReport;
  const names = async (): Promise<Record<string, number>> => {
    const [group] = (await report()).groups;
    const each = group.domains.flatMap((domain) => domain.names.map(({ name, count }) => [name, count]));
    return Object.fromEntries(each);
  };

  /** Brings another configuration into force, for every worker. */
  async function reload(next: object): Promise<void> {
    const before = sluis.reloads.length;
    sluis.configure(next);
    expect(await sluis.arrivals.until(() => sluis.reloads.length > before, RELOAD_MS)).toBe(true);
    const { generation, result } = sluis.reloads.at(-1)!;
    expect(result).toBe('ok');
    await sluis.adopted(generation);
  }

  beforeEach(async () => {
    state = folderOf({});
    upstream = await HostileUpstream.start();
  });
  afterEach(async () => {
    await stop();
    await upstream?.stop();
    state.remove();
  });

  test('observe, learn, approve, block', async () => {
    await start();
    for (const from of DEVICES) {
      for (const name of NEEDED) expect(await fate(from, name)).toBe('let through');
      expect(await fate(from, TIME)).toBe('let through');
    }
    expect(await fate(DEVICES[0], UNWANTED, 'tcp')).toBe('let through');
    expect(await fate(DEVICES[0], BANNED)).toBe('blocked by be-716');
    // Of a group without a default nothing is learnt.
    expect(await fate(OTHER, 'private.test-up.example')).toBe('let through');
    expect(await fate(OTHER, BANNED)).toBe('let through');

    const learnt = { [NEEDED[0]]: 3, [NEEDED[1]]: 3, [UNWANTED]: 1 };
    await expect.poll(names, { timeout: 10_000 }).toEqual(learnt);
    expect(await report()).toMatchObject({
      complete: true,
      groups: [{ group: 'managed', mode: 'observe', count: 7, blocked: 0 }],
    });
    const [first, second] = (await report()).groups[0].domains;
    // Two of three may have the same bit.
    expect([first.clients >= 2, first.clients <= 3, second.clients]).toEqual([true, true, 1]);

    const [{ domains }] = JSON.parse(await command('--json', '--min-count', '3', '--group', 'managed')).groups;
    expect(domains.map(({ name }: { name: string }) => name)).toEqual(['test-up.example']);

    // A human strikes out one line.
    const list = await command('--as-list');
    const approved = list.split('\n').filter((line) => !line.startsWith(UNWANTED));
    expect(approved).toHaveLength(list.split('\n').length - 1);
    writeFileSync(join(sluis.folder, 'approved.txt'), approved.join('\n'));
    await reload(settings('block', ['approved']));

    for (const name of [...NEEDED, TIME]) expect(await fate(DEVICES[0], name)).toBe('let through');
    expect(await fate(DEVICES[0], UNWANTED)).toBe('blocked by managed-only');
    expect(await fate(DEVICES[0], 'new.test-up.example', 'tcp')).toBe('blocked by managed-only');
    await expect.poll(names, { timeout: 10_000 }).toEqual({ [UNWANTED]: 2, 'new.test-up.example': 1 });
    expect(await report()).toMatchObject({ groups: [{ mode: 'block', count: 9, blocked: 2, approved: 2 }] });
    expect(await command()).toContain('2 names are answered by now');
  });

  test('what was learnt outlives a restart; a broken file is told, and learning begins anew', async () => {
    await start();
    await fate(DEVICES[0], NEEDED[0]);
    await fate(DEVICES[1], NEEDED[0]);
    await stop();
    await start();
    await fate(DEVICES[2], NEEDED[0]);
    await expect.poll(names, { timeout: 10_000 }).toEqual({ [NEEDED[0]]: 3 });
    expect(sluis.learning).toEqual([]);
    await stop();
    writeFileSync(state.at('learning.json'), '{');
    await start();
    expect(await names()).toEqual({});
    expect(sluis.learning).toEqual([expect.stringContaining('learning has begun anew')]);
    expect((await report()).problem).toBe(sluis.learning[0]);
    await fate(DEVICES[2], NEEDED[0]);
    await expect.poll(names, { timeout: 10_000 }).toEqual({ [NEEDED[0]]: 1 });
  });

  test('a group whose default comes with a reload learns from then on', async () => {
    await start();
    const next = settings('observe', []);
    const groups = next.groups.map((group) => ({ ...group, default: undefined }));
    await reload({ ...next, policies: [], groups });
    expect((await report()).groups).toEqual([]);
    expect(await command()).toContain('no group has a default');
    await fate(DEVICES[0], NEEDED[0]);
    await reload(settings('observe', []));
    await fate(DEVICES[0], NEEDED[1]);
    await expect.poll(names, { timeout: 10_000 }).toEqual({ [NEEDED[1]]: 1 });
  });
});

test('where no Sluis answers, the command says where it asked', async () => {
  const around = surroundings();
  expect(await learning.run(['--admin', '127.0.0.1:1'], around)).toBe(1);
  expect(around.complained).toMatch(/no Sluis answers at http:\/\/127\.0\.0\.1:1\/.*nobody listens there/);
});
