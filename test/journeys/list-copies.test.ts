// Copies of lists outlive what goes wrong: no network, a process that is killed while it writes, a folder that is full or
// read-only. After each of them a start has the last good policy.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adminSource } from '../../src/commands/admin-source.ts';
import { Authority } from '../support/certificates.ts';
import { decodeReply } from '../support/decode.ts';
import { UdpClient } from '../support/dns-client.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { STANDSTILLS, whole } from '../support/list-behaviours.ts';
import { ListServer } from '../support/list-server.ts';
import { childCalled } from '../support/processes.ts';
import { type RunningSluis, startSluis } from '../support/sluis.ts';
import { encodeQuery } from '../support/world.ts';

/** Every name beneath it has an address: a gate that opens is seen. */
const ANSWERED = 'wild.example.com';
const namesOf = (word: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${word}-${at}.${ANSWERED}\n`).join('');
const FEED = namesOf('feed', 200);
const OWN = namesOf('own', 200);
/** As many rules, and more than a folder of 64 KiB holds. */
const longer = (text: string) => `${text}${'# and a remark\n'.repeat(20_000)}`;

const UNWRITTEN = 'it was not written';

const ours = new Authority('Ours');
let upstream: HostileUpstream;
let server: ListServer;
let copies: string;
let sources: string;
let sluis: RunningSluis;

async function start(): Promise<void> {
  const settings = {
    presets: [],
    upstreams: [`${upstream.address.address}:${upstream.address.port}`],
    lists: [
      { id: 'feed', url: server.url('/feed') },
      { id: 'own', file: join(sources, 'own.txt') },
    ],
    updates: { folder: copies, ca: 'ca.pem' },
    policies: [{ id: 'house', title: { en: 'House rules' }, authority: 'Board', lists: ['feed', 'own'] }],
    groups: [{ id: 'all', match: 'any', modes: { house: 'block' } }],
  };
  sluis = await startSluis(settings, { files: { 'ca.pem': ours.pem } });
}

/** Without network, and with the list of this machine gone as well. */
async function startAlone(): Promise<void> {
  await sluis.stop();
  await server.stop();
  rmSync(join(sources, 'own.txt'));
  await start();
  for (const name of ['feed-0', 'x.feed-199', 'own-0', 'own-199']) {
    expect([name, await rcodeOf(name)]).toEqual([name, 'NXDOMAIN']);
  }
  expect(await rcodeOf('innocent')).toBe('NOERROR');
}

/** Of a name beneath the one that answers. */
async function rcodeOf(name: string): Promise<string> {
  const client = await UdpClient.open(sluis.udp);
  const reply = await client.ask(encodeQuery({ name: `${name}.${ANSWERED}` }));
  client.close();
  return decodeReply(reply!).rcode;
}

const states = () => Object.fromEntries(sluis.resolver.lists.lists.map(({ list, use }) => [list.id, use.state]));
const ownNow = (text: string) => writeFileSync(join(sources, 'own.txt'), text);

async function metric(name: string): Promise<number> {
  const text = await adminSource(sluis.resolver, '0', '').metrics.expose();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)![1]);
}

beforeEach(async () => {
  copies = mkdtempSync(join(tmpdir(), 'sluis-copies-'));
  sources = mkdtempSync(join(tmpdir(), 'sluis-sources-'));
  ownNow(OWN);
  upstream = await HostileUpstream.start();
  server = await ListServer.start(ours.vouch(['127.0.0.1']));
  server.at('/feed', whole(FEED));
});

afterEach(async () => {
  await sluis.stop();
  await server.stop();
  await upstream.stop();
  rmSync(copies, { recursive: true, force: true });
  rmSync(sources, { recursive: true });
});

test('without network and without the file the last good policy serves', async () => {
  await start();
  expect(states()).toEqual({ feed: 'current', own: 'current' });
  await startAlone();
  expect(states()).toEqual({ feed: 'current', own: 'stale' });
  expect((await sluis.resolver.lists.refresh())[0]).toMatchObject({ result: 'failed' });
  expect(await rcodeOf('feed-1')).toBe('NXDOMAIN');
});

test('so it does where nothing says what was fetched', async () => {
  await start();
  rmSync(join(copies, 'feed.fetched.json'));
  await startAlone();
  expect(states()).toEqual({ feed: 'stale', own: 'stale' });
});

describe('killed while it writes', () => {
  test('the process that fetches', async () => {
    await start();
    server.at('/feed', STANDSTILLS['stops within the list']);
    const outcomes = sluis.resolver.lists.refresh();
    await once(server, 'stuck');
    process.kill(childCalled('sluis list fetch'), 'SIGKILL');
    expect(await outcomes).toMatchObject([
      { result: 'failed', reason: expect.stringContaining('ended with a signal') },
    ]);
    expect(states()).toEqual({ feed: 'current', own: 'current' });
    await startAlone();
  });

  test.each([
    ['a part of the copy is there', /^own\.\d+\.part$/],
    ['the copy is there, and nothing says so', /^own\.[0-9a-f]{16}\.list$/],
  ])('the process that builds, when %s', async (_, written) => {
    await start();
    const { generation } = sluis.reloads[0];
    let isKilled = false;
    const watching = watch(copies, (_, name) => {
      if (isKilled || !written.test(name ?? '')) return;
      isKilled = true;
      process.kill(childCalled('sluis policy build'), 'SIGKILL');
    });
    ownNow(`${longer(OWN)}more.${ANSWERED}\n`);
    // What it says of its end is one of two: the file's change may have come before, and then it is told twice.
    const reload = await sluis.resolver.reload('a test').finally(() => watching.close());
    expect(isKilled).toBe(true);
    expect(reload.result === 'ok' || reload.generation === generation).toBe(true);
    expect(await rcodeOf('own-7')).toBe('NXDOMAIN');
    await startAlone();
  });
});

describe('a folder', () => {
  const mounted = (options: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', copies]).status === 0;
  let isMounted = false;
  afterEach(async () => {
    await sluis.stop();
    if (isMounted) spawnSync('umount', [copies]);
    isMounted = false;
  });

  test('that is full', async (context) => {
    isMounted = mounted('size=64k');
    if (!isMounted) context.skip('this user may mount no folder of 64 KiB');
    await start();
    server.at('/feed', whole(longer(FEED)));
    expect(await sluis.resolver.lists.refresh()).toMatchObject([
      { result: 'failed', reason: `it cannot be kept in ${copies}: the disk is full` },
    ]);
    expect(await metric('sluis_list_copies_failing')).toBe(0);
    ownNow(`${longer(OWN)}more.${ANSWERED}\n`);
    expect((await sluis.resolver.reload('a test')).result).toBe('ok');
    // In force all the same, and told.
    expect(await rcodeOf('more')).toBe('NXDOMAIN');
    expect(await metric('sluis_list_copies_failing')).toBe(1);
    expect(sluis.copies.at(-1)).toBe(`no copy of list "own" can be kept in ${copies}: ${UNWRITTEN}`);
    expect(sluis.reloads.at(-1)!.problems).toMatchObject([
      { severity: 'warning', message: `no copy of list "own" can be kept in ${copies}: the disk is full` },
    ]);
    expect(readdirSync(copies).filter((name) => name.endsWith('.part'))).toEqual([]);
    await startAlone();
    expect(await rcodeOf('more')).toBe('NOERROR');
  });

  test('that is read-only', async (context) => {
    isMounted = mounted('size=1m');
    if (!isMounted) context.skip('this user may mount no folder');
    await start();
    const before = readdirSync(copies).map((name) => [name, readFileSync(join(copies, name), 'latin1')]);
    expect(spawnSync('mount', ['-o', 'remount,ro', copies]).status).toBe(0);
    server.at('/feed', whole(`${FEED}more.${ANSWERED}\n`));
    expect(await sluis.resolver.lists.refresh()).toMatchObject([
      { result: 'failed', reason: `it cannot be kept in ${copies}: the file system is read-only` },
    ]);
    ownNow(`${OWN}more.${ANSWERED}\n`);
    expect((await sluis.resolver.reload('a test')).result).toBe('ok');
    expect(await rcodeOf('more')).toBe('NXDOMAIN');
    expect(await metric('sluis_list_copies_failing')).toBe(1);
    expect(readdirSync(copies).map((name) => [name, readFileSync(join(copies, name), 'latin1')])).toEqual(before);
    await startAlone();
  });
});
