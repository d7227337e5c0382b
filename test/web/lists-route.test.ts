// Lists over HTTP: told to whoever may look, changed from this machine alone.

import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { buildAdmin } from '../../src/web/app.ts';
import { ADMIN_LIMITS } from '../../src/web/limits.ts';
import { adminWorld } from './admin-world.ts';

const world = adminWorld();
const { held, nextFetch, nextReload } = world;
const app = buildAdmin(world, { error: () => {} }, ADMIN_LIMITS);

beforeEach(() => {
  Object.assign(world, { held, nextFetch, nextReload, accepted: [], fetched: [] });
});
afterAll(() => app.close());

const ask = (method: 'GET' | 'POST', url: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
  app.inject({ method, url, headers: { host: '127.0.0.1:8053', ...headers }, remoteAddress });

it('tells what is in force of each list', async () => {
  const reply = await ask('GET', '/api/v1/lists', {}, '192.0.2.9');
  expect([reply.statusCode, reply.json()]).toEqual([200, { lists: held }]);
});

it('escapes names that a list chose', async () => {
  const change = { before: 1, added: 1, removed: 0, addedNames: ['<script>.example'], removedNames: [] };
  world.held = [{ ...held[0], use: { ...held[0].use!, change } }];
  const reply = await ask('GET', '/api/v1/lists');
  expect(reply.body).not.toContain('<');
  expect(reply.json()).toEqual({ lists: world.held });
});

describe('accepting', () => {
  it('is of one list, and tells the reload', async () => {
    const reply = await ask('POST', '/api/v1/lists/accept?id=feed');
    expect([reply.statusCode, reply.json()]).toEqual([200, nextReload]);
    expect(world.accepted).toEqual(['feed']);
  });

  it('tells why the policy was not taken', async () => {
    world.nextReload = { ...nextReload, result: 'failed', reason: 'the policy has 1 error' };
    const reply = await ask('POST', '/api/v1/lists/accept?id=feed');
    expect(reply.statusCode).toBe(422);
    expect(reply.json()).toMatchObject({ error: 'the policy has 1 error', fix: expect.any(String), result: 'failed' });
  });

  it('tells that nothing is held', async () => {
    const reply = await ask('POST', '/api/v1/lists/accept?id=other');
    expect([reply.statusCode, reply.json()]).toEqual([404, { error: 'nothing is held', fix: 'see the status' }]);
  });

  it.each(['', '?id=', `?id=${'a'.repeat(64)}`, '?id=a&id=b', '?id=a&x=1', '?id=a&sha256=1234'])(
    'refuses "%s"',
    async (query) => {
      const reply = await ask('POST', `/api/v1/lists/accept${query}`);
      expect(reply.statusCode).toBe(400);
      expect(world.accepted).toEqual([]);
    },
  );
});

describe('fetching', () => {
  it.each([
    ['', undefined],
    ['?id=feed', 'feed'],
  ])('"%s"', async (query, id) => {
    const reply = await ask('POST', `/api/v1/lists/fetch${query}`);
    expect([reply.statusCode, reply.json()]).toEqual([200, { lists: nextFetch }]);
    expect(world.fetched).toEqual([id]);
  });

  it('tells that there is nothing to fetch', async () => {
    world.nextFetch = [];
    expect((await ask('POST', '/api/v1/lists/fetch')).statusCode).toBe(404);
  });
});

it.each<[string, string, Record<string, string>]>([
  ['another machine', '192.0.2.9', {}],
  ['a proxy', '127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }],
  ['a page of another site', '127.0.0.1', { 'sec-fetch-site': 'cross-site' }],
])('does nothing for %s', async (_, peer, headers) => {
  for (const url of ['/api/v1/lists/accept?id=feed', '/api/v1/lists/fetch']) {
    const reply = await ask('POST', url, headers, peer);
    expect(reply.statusCode).toBe(403);
  }
  expect([world.accepted, world.fetched]).toEqual([[], []]);
});
