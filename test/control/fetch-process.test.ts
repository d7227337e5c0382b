// The process that fetches: an outcome for each list, whatever becomes of servers, of the disk, or of the process itself.

import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AT_ONCE, type FetchOrder } from '../../src/control/fetch-messages.ts';
import { fetchAside } from '../../src/control/fetch-process.ts';
import { Copies } from '../../src/lists/copies.ts';
import type { UpdateSettings } from '../../src/settings/settings.ts';
import { aList } from '../lists/list-settings.ts';
import { Authority } from '../support/certificates.ts';
import { HttpProxy } from '../support/http-proxy.ts';
import { inTurn, STANDSTILLS, status, whole } from '../support/list-behaviours.ts';
import { ListServer } from '../support/list-server.ts';
import { childCalled } from '../support/processes.ts';

let folder: string;
let server: ListServer;
const open: { stop(): Promise<void> }[] = [];
const keptOpen = <T extends { stop(): Promise<void> }>(one: T): T => {
  open.push(one);
  return one;
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-fetching-'));
  server = keptOpen(await ListServer.start());
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
  rmSync(folder, { recursive: true });
});

const never = new AbortController().signal;
const copies = () => new Copies(join(folder, 'copies'));
const listOf = (id: string, url: string) => aList(url, { id, fetched: { refresh: 3600 } });

type Differences = Partial<Omit<FetchOrder, 'updates'>> & { updates?: Partial<UpdateSettings> };

function order(urls: Record<string, string>, { updates, ...more }: Differences = {}): FetchOrder {
  return {
    lists: Object.entries(urls).map(([id, url]) => listOf(id, url)),
    folder: copies().folder,
    updates: { folder: null, timeout: 60, resolvers: [], ca: null, ...updates },
    env: {},
    tries: 1,
    ...more,
  };
}

const DONE = { result: 'changed', reason: '', fix: '' };

test('more lists than are fetched at a time, some of which fail', async () => {
  const ids = Array.from({ length: 2 * AT_ONCE + 1 }, (_, at) => `l${at}`);
  for (const id of ids) server.at(`/${id}`, whole(`${id}.example\n`));
  server.at('/l2', status(500)).at('/l3', ({ socket }) => void socket.destroy());
  const outcomes = await fetchAside(order(Object.fromEntries(ids.map((id) => [id, server.url(`/${id}`)]))), never);
  const failed = (reason: string) => ({
    result: 'failed',
    reason: expect.stringContaining(reason),
    fix: expect.stringContaining('asked again later'),
  });
  expect(outcomes.map(({ id }) => id)).toEqual(ids);
  expect(outcomes[2]).toMatchObject(failed('answers 500'));
  expect(outcomes[3]).toMatchObject(failed('cannot be fetched'));
  for (const [at, id] of ids.entries()) {
    if (at === 2 || at === 3) continue;
    expect(outcomes[at]).toEqual({ id, ...DONE });
    const { sha256 } = (await copies().fetched(id, server.url(`/${id}`)))!;
    expect(readFileSync(copies().path(id, sha256), 'utf8')).toBe(`${id}.example\n`);
  }
});

test('a server is asked as often as is told, and no more', async () => {
  server.at('/twice', inTurn(status(503), whole('a.example\n'))).at('/never', status(503));
  const urls = { twice: server.url('/twice'), never: server.url('/never') };
  const outcomes = await fetchAside(order(urls, { tries: 2 }), never);
  expect(outcomes).toMatchObject([DONE, { result: 'failed', reason: expect.stringContaining('answers 503') }]);
  expect(server.seen.map(({ path }) => path).sort()).toEqual(['/never', '/never', '/twice', '/twice']);
});

test.each(Object.entries(STANDSTILLS))('a server that %s is given up after updates.timeout', async (_, behave) => {
  server.at('/list', behave);
  const outcomes = await fetchAside(order({ a: server.url('/list') }, { updates: { timeout: 1 }, tries: 3 }), never);
  expect(outcomes).toMatchObject([{ result: 'failed', reason: expect.stringMatching(/in time/) }]);
  expect(server.seen.length).toBeLessThanOrEqual(1);
});

describe('a process that ends too soon', () => {
  const halfway = () => {
    server.at('/quick', whole('a.example\n')).at('/slow', STANDSTILLS['stops within the list']);
    return order({ quick: server.url('/quick'), slow: server.url('/slow') });
  };
  const LEFT = [
    { id: 'quick', ...DONE },
    { id: 'slow', result: 'failed', reason: 'the process that fetches ended with a signal', fix: 'see the log' },
  ];
  const saidSo = async () => {
    await expect.poll(() => copies().fetched('quick', server.url('/quick')), { timeout: 30_000 }).toBeDefined();
  };

  test('killed by somebody: what it said counts, all else failed', async () => {
    const outcomes = fetchAside(halfway(), never);
    await once(server, 'stuck');
    await saidSo();
    process.kill(childCalled('sluis list fetch'), 'SIGKILL');
    expect([LEFT, LEFT.map(({ id }) => ({ ...LEFT[1], id }))]).toContainEqual(await outcomes);
    expect(await copies().fetched('slow', server.url('/slow'))).toBeUndefined();
  });

  test('called off', async () => {
    const off = new AbortController();
    const outcomes = fetchAside(halfway(), off.signal);
    await once(server, 'stuck');
    off.abort();
    expect((await outcomes)[1]).toEqual(LEFT[1]);
  });

  test('is no matter for the next, which leaves nothing of it but what may still be written', async () => {
    const outcomes = fetchAside(halfway(), never);
    await once(server, 'stuck');
    process.kill(childCalled('sluis list fetch'), 'SIGKILL');
    await outcomes;
    server.at('/slow', whole('b.example\n'));
    expect(await fetchAside(order({ slow: server.url('/slow') }), never)).toEqual([{ id: 'slow', ...DONE }]);
    const { sha256 } = (await copies().fetched('slow', server.url('/slow')))!;
    const left = readdirSync(copies().folder).filter((name) => name.startsWith('slow.') && !name.endsWith('.part'));
    expect(left.sort()).toEqual([`slow.${sha256.slice(0, 16)}.list`, 'slow.fetched.json'].sort());
  });
});

test('a folder that cannot be written is told as what it is', async () => {
  server.at('/list', whole('a.example\n'));
  writeFileSync(copies().folder, '');
  expect(await fetchAside(order({ a: server.url('/list') }), never)).toEqual([
    {
      id: 'a',
      result: 'failed',
      reason: `it cannot be kept in ${copies().folder}: a file is there`,
      fix: 'make room there, or let this user write there',
    },
  ]);
});

describe('authorities', () => {
  const ours = new Authority('Ours');
  const known = new Authority('Known to Node');
  const url = async (authority: Authority) => {
    const secure = keptOpen(await ListServer.start(authority.vouch(['127.0.0.1'])));
    return secure.at('/list', whole('a.example\n')).url('/list');
  };
  afterEach(() => {
    delete process.env.NODE_EXTRA_CA_CERTS;
  });

  test('those of updates.ca are trusted beside those that Node trusts', async () => {
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, ours.pem);
    writeFileSync(join(folder, 'known.pem'), known.pem);
    process.env.NODE_EXTRA_CA_CERTS = join(folder, 'known.pem');
    const urls = { ours: await url(ours), known: await url(known), other: await url(new Authority('Other')) };
    expect((await fetchAside(order(urls, { updates: { ca } }), never)).map(({ result }) => result)).toEqual([
      'changed',
      'changed',
      'failed',
    ]);
    const without = await fetchAside(order(urls), never);
    expect(without.map(({ result }) => result)).toEqual(['failed', 'unchanged', 'failed']);
    expect(without[0].fix).toContain('updates.ca');
  });

  test.each([
    ['is not there', undefined, 'there is no such file'],
    ['holds none', 'no certificate\n', 'it holds no certificate in PEM'],
    ['holds one that is damaged', ours.pem.replace(/[A-Z]/g, 'x'), 'it holds no certificate in PEM'],
  ])('a file that %s is told for every list', async (_, text, why) => {
    const ca = join(folder, 'ca.pem');
    if (text !== undefined) writeFileSync(ca, text);
    const urls = { a: await url(ours), b: server.url('/b') };
    const failed = { result: 'failed', reason: `updates.ca cannot be read: ${why}` };
    expect(await fetchAside(order(urls, { updates: { ca } }), never)).toMatchObject([failed, failed]);
    expect(server.seen).toEqual([]);
  });
});

test('a proxy that never answers is given up after updates.timeout, with its process', async () => {
  const proxy = keptOpen(await HttpProxy.start());
  proxy.keepsWaiting = () => {};
  const updates = { timeout: 1 };
  const outcomes = await fetchAside(
    order({ a: 'https://a.invalid/' }, { env: { HTTPS_PROXY: proxy.url }, updates }),
    never,
  );
  expect(outcomes).toMatchObject([{ result: 'failed', reason: expect.stringContaining('was not fetched in time') }]);
});

test('the proxy of the environment that is told, and of no other', async () => {
  const proxy = keptOpen(await HttpProxy.start());
  server.at('/list', whole('a.example\n'));
  const urls = { a: server.url('/list', 'lists.invalid') };
  const env = { HTTP_PROXY: proxy.url };
  expect(await fetchAside(order(urls, { env }), never)).toEqual([{ id: 'a', ...DONE }]);
  expect(proxy.asked).toEqual([`GET ${urls.a}`]);
  const [{ reason }] = await fetchAside(order(urls, { env: { ...env, NO_PROXY: 'lists.invalid' } }), never);
  expect(reason).toContain('cannot be fetched');
  expect(proxy.asked).toHaveLength(1);
});
