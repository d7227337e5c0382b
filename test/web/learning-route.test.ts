// What managed devices asked for, over HTTP: to this machine alone, and with nothing in it that a page would act on.

import { afterAll, beforeEach, expect, it } from 'vitest';
import { buildAdmin } from '../../src/web/app.ts';
import { ADMIN_LIMITS } from '../../src/web/limits.ts';
import { adminWorld } from './admin-world.ts';

const world = adminWorld();
const app = buildAdmin(world, { error: () => {} }, ADMIN_LIMITS);

beforeEach(() => {
  world.questions = [];
});
afterAll(() => app.close());

const ask = (query: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') => {
  const all = { host: '127.0.0.1:8053', ...headers };
  return app.inject({ method: 'GET', url: `/api/v1/learning${query}`, headers: all, remoteAddress });
};

it.each([
  ['', {}],
  ['?group=managed&min_count=5', { group: 'managed', min_count: '5' }],
  ['?group=__proto__', { group: '__proto__' }],
])('asks "%s" as it came', async (query, question) => {
  world.explanation = { groups: [{ domains: [{ name: 'a\\"<script>.example' }] }] };
  const reply = await ask(query);
  expect([reply.statusCode, reply.json()]).toEqual([200, world.explanation]);
  expect(reply.body).not.toContain('<');
  expect(world.questions).toEqual([question]);
});

it.each([
  [`?group=${'g'.repeat(64)}`, 'the parameter "group" must NOT have more than 63 characters'],
  ['?min_count=-1', 'the parameter "min_count" must match pattern'],
  ['?min_count=1e9', 'the parameter "min_count" must match pattern'],
  ['?min_count=1&min_count=2', 'the parameter "min_count" is given more than once'],
  ['?name=a', 'there is no parameter "name"'],
])('refuses %s', async (query, error) => {
  const reply = await ask(query);
  expect(reply.statusCode).toBe(400);
  expect(reply.json()).toEqual({ error: expect.stringContaining(error), fix: expect.any(String) });
  expect(world.questions).toEqual([]);
});

it.each<[string, string, Record<string, string>]>([
  ['another machine', '192.0.2.9', {}],
  ['a proxy', '127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }],
  ['a page of another site', '127.0.0.1', { 'sec-fetch-site': 'cross-site' }],
])('tells %s nothing', async (_, peer, headers) => {
  const reply = await ask('', headers, peer);
  expect(reply.statusCode).toBe(403);
  expect(Object.keys(reply.json())).toEqual(['error', 'fix']);
  expect(world.questions).toEqual([]);
});

it('passes on that there is nothing to tell', async () => {
  world.explanation = { error: 'nothing is learnt: learning.names is 0', fix: 'set it' };
  const reply = await ask('');
  expect([reply.statusCode, reply.json()]).toEqual([400, world.explanation]);
});
