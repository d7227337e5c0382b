// The routes as asked through fastify: what they answer, and what they refuse.

import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { buildAdmin } from '../../src/web/app.ts';
import { ADMIN_LIMITS } from '../../src/web/limits.ts';
import { ROUTES } from '../../src/web/routes.ts';
import { adminWorld } from './admin-world.ts';

const world = adminWorld();
const logged: unknown[] = [];
const app = buildAdmin(world, { error: (...line: unknown[]) => logged.push(line) }, ADMIN_LIMITS);

beforeEach(() => {
  Object.assign(world, { ...adminWorld(), status: world.status, explain: world.explain, reload: world.reload });
  logged.length = 0;
});
afterAll(() => app.close());

const LOCAL = { host: '127.0.0.1:8053' };
const get = (url: string) => app.inject({ method: 'GET', url, headers: LOCAL, remoteAddress: '192.0.2.9' });
const post = (url: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') => {
  return app.inject({ method: 'POST', url, headers: { ...LOCAL, ...headers }, remoteAddress });
};

describe('every reply', () => {
  const requests = [
    ...ROUTES.map(({ method, url }) => [method, url]),
    ['GET', '/'],
    ['GET', '/api/v1/explain?nme=x'],
    ['GET', '/api/v1/%'],
    ['PUT', '/metrics'],
    ['OPTIONS', '/api/v1/reload'],
  ];

  it.each(requests)('%s %s binds browsers', async (method, url) => {
    const { headers } = await app.inject({ method: method as 'GET', url, headers: LOCAL });
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['content-type']).toMatch(/^(application\/json|text\/plain)/);
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/metrics/', 404],
    ['GET', '/../etc/passwd', 404],
    ['GET', '/api/v1/%', 400],
    ['POST', '/metrics', 405],
    ['GET', '/api/v1/reload', 405],
    ['DELETE', '/api/v1/status', 405],
    ['OPTIONS', '/api/v1/reload', 405],
    ['GET', '/api/v1/status?x=1', 400],
    ['GET', '/api/v1/explain', 400],
  ])('%s %s is %i with an error and a fix, and nothing of our insides', async (method, url, status) => {
    const reply = await app.inject({ method: method as 'GET', url, headers: LOCAL });
    expect(reply.statusCode).toBe(status);
    expect(Object.keys(reply.json()).sort()).toEqual(['error', 'fix']);
    expect(reply.body).not.toMatch(/\.ts|node_modules|FST_|\bat /);
  });

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])('reads no body: %s', async (type) => {
    const headers = { ...LOCAL, 'content-type': type };
    const reply = await app.inject({ method: 'POST', url: '/metrics', headers, payload: '{' });
    expect(reply.statusCode).toBe(405);
  });

  it('names the methods of a path that is asked wrongly', async () => {
    const reply = await get('/api/v1/reload');
    expect(reply.headers.allow).toBe('POST');
  });

  it('hides what failed, and logs it', async () => {
    world.failure = new Error('the disk at /var/lib/secret is on fire');
    for (const reply of [
      await get('/api/v1/status'),
      await get('/api/v1/explain?name=a'),
      await post('/api/v1/reload'),
    ]) {
      expect(reply.statusCode).toBe(500);
      expect(reply.json()).toEqual({ error: expect.any(String), fix: expect.stringContaining('log') });
      expect(reply.body).not.toContain('disk');
    }
    expect(logged).toHaveLength(3);
    expect(logged[0]).toMatchObject([{ err: world.failure, route: '/api/v1/status' }, expect.any(String)]);
  });
});

describe('GET /metrics', () => {
  it('gives the exposition as it is', async () => {
    const reply = await get('/metrics?collect[]=x');
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-type']).toBe(world.metrics.contentType);
    expect(reply.body).toBe(await world.metrics.expose());
  });
});

describe('GET /healthz and /readyz', () => {
  it('are 200 when all is well', async () => {
    for (const url of ['/healthz', '/readyz']) expect((await get(url)).statusCode).toBe(200);
  });

  it('tell a silent worker, which is unwell and still ready', async () => {
    world.report = { ...world.report, workers: [{ ...world.report.workers[0], silentSeconds: 9 }] };
    const reply = await get('/healthz');
    expect(reply.statusCode).toBe(503);
    expect(reply.json()).toMatchObject({
      error: expect.stringContaining('datagram worker 0'),
      fix: expect.any(String),
      reasons: [expect.stringContaining('9.0 s')],
    });
    expect((await get('/readyz')).statusCode).toBe(200);
  });

  it('tell a missing policy, which is not ready and still well', async () => {
    world.report = { ...world.report, generation: 0 };
    const reply = await get('/readyz');
    expect(reply.statusCode).toBe(503);
    expect(reply.json()).toMatchObject({ error: 'no policy is in force', reasons: ['no policy is in force'] });
    expect((await get('/healthz')).statusCode).toBe(200);
  });

  it('answer HEAD, as load balancers ask', async () => {
    const reply = await app.inject({ method: 'HEAD', url: '/readyz', headers: LOCAL });
    expect([reply.statusCode, reply.body]).toEqual([200, '']);
  });
});

describe('GET /api/v1/status', () => {
  it('gives the state as it is', async () => expect((await get('/api/v1/status')).json()).toEqual(world.report));

  it('escapes texts that a list or settings chose', async () => {
    const reason = '</script><img src=x onerror=alert(1)> \u2028 \u202e \x1b[2J \x9b \u{e0041} \ud800';
    world.report = { ...world.report, lastReload: { ...world.nextReload, result: 'failed', reason } };
    const reply = await get('/api/v1/status');
    expect(reply.body).not.toMatch(/[<>&\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(reply.json().lastReload.reason).toBe(reason);
  });
});

describe('GET /api/v1/explain', () => {
  it.each([
    ['name=www.tiktok.com', { name: 'www.tiktok.com' }],
    [
      'name=a.example&client=2001:db8::1&type=AAAA&at=2026-10-01T00:00:00Z',
      { name: 'a.example', client: '2001:db8::1', type: 'AAAA', at: '2026-10-01T00:00:00Z' },
    ],
    ['name=%3Cb%3E%00%F0%9F%92%A9', { name: '<b>\0💩' }],
    ['name=__proto__', { name: '__proto__' }],
    ['name=a&type=TYPE65', { name: 'a', type: 'TYPE65' }],
    ['name=a&group=service&at=2026-10-01', { name: 'a', group: 'service', at: '2026-10-01' }],
    ['name=a&groups=all', { name: 'a', groups: 'all' }],
    ['name=a&answer=192.0.2.1', { name: 'a', answer: '192.0.2.1' }],
    ['name=a&answer=b.example&answer=2001:db8::1', { name: 'a', answer: ['b.example', '2001:db8::1'] }],
    ['name=a&client=::1&listener=[::1]:53', { name: 'a', client: '::1', listener: '[::1]:53' }],
  ])('asks %s as it came', async (query, question) => {
    const reply = await get(`/api/v1/explain?${query}`);
    expect([reply.statusCode, reply.json()]).toEqual([200, world.explanation]);
    expect(world.questions).toEqual([question]);
  });

  it.each([
    ['', 'the parameter "name" is missing'],
    ['client=192.0.2.1', 'the parameter "name" is missing'],
    ['name=', 'the parameter "name" must NOT have fewer than 1 characters'],
    [`name=${'a'.repeat(1025)}`, 'the parameter "name" must NOT have more than 1024 characters'],
    ['name=a&name=b', 'the parameter "name" is given more than once'],
    ['name=a&nmae=b', 'there is no parameter "nmae"'],
    ['name=a&__proto__=b', 'there is no parameter "__proto__"'],
    ['name=a&type=A%20B', 'the parameter "type" must match pattern'],
    ['name=a&type=A%0A', 'the parameter "type" must match pattern'],
    ['name=a&groups=some', 'the parameter "groups" must be equal to one of the allowed values'],
    ['name=a&client=192.0.2.1&group=service', 'client, group and groups exclude each other'],
    ['name=a&group=service&groups=all', 'client, group and groups exclude each other'],
    [`name=a&group=${'g'.repeat(64)}`, 'the parameter "group" must NOT have more than 63 characters'],
    [`name=a&client=${'1'.repeat(65)}`, 'the parameter "client" must NOT have more than 64 characters'],
    ['name=a&answer=', 'the parameter "answer" must NOT have fewer than 1 characters'],
    [`name=a${'&answer=b'.repeat(33)}`, 'the parameter "answer" must NOT have more than 32 items'],
    [`name=a&at=${'1'.repeat(41)}`, 'the parameter "at" must NOT have more than 40 characters'],
  ])('refuses %s', async (query, error) => {
    const reply = await get(`/api/v1/explain?${query}`);
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toEqual({ error: expect.stringContaining(error), fix: expect.stringContaining('name=') });
    expect(world.questions).toEqual([]);
  });

  it('passes on why a text cannot be read', async () => {
    world.explanation = { error: '"300.0.0.1" is no address', fix: 'write client=192.0.2.1' };
    const reply = await get('/api/v1/explain?name=a&client=300.0.0.1');
    expect([reply.statusCode, reply.json()]).toEqual([400, world.explanation]);
  });

  it('escapes hostile names', async () => {
    world.explanation = { name: '<script>alert(1)</script>' };
    const reply = await get('/api/v1/explain?name=x');
    expect(reply.body).not.toContain('<');
    expect(reply.json()).toEqual(world.explanation);
  });
});

describe('POST /api/v1/reload', () => {
  it('reloads for this machine and answers the report', async () => {
    const reply = await post('/api/v1/reload');
    expect([reply.statusCode, reply.json()]).toEqual([200, world.nextReload]);
    expect(world.reloads).toBe(1);
  });

  it('answers a failed reload as an error with its problems', async () => {
    const problem = {
      severity: 'error',
      file: 'sluis.yaml',
      line: 3,
      column: 1,
      path: 'groups',
      message: 'a',
      fix: 'b',
    } as const;
    world.nextReload = {
      ...world.nextReload,
      result: 'failed',
      reason: 'sluis.yaml has 1 problem',
      problems: [problem],
    };
    const reply = await post('/api/v1/reload');
    expect(reply.statusCode).toBe(422);
    expect(reply.json()).toMatchObject({
      error: 'sluis.yaml has 1 problem',
      fix: expect.any(String),
      result: 'failed',
      problems: [problem],
    });
  });

  it.each<[string, string, Record<string, string>]>([
    ['elsewhere', '192.0.2.9', {}],
    ['elsewhere, with a claim', '192.0.2.9', { 'x-forwarded-for': '127.0.0.1' }],
    ['another site', '127.0.0.1', { origin: 'https://evil.example' }],
    ['a hidden site', '127.0.0.1', { origin: 'null' }],
    ['a link of another site', '127.0.0.1', { referer: 'https://evil.example/' }],
    ['a rebound name', '127.0.0.1', { host: 'evil.example', origin: 'http://evil.example' }],
    ['a form', '127.0.0.1', { 'content-type': 'text/plain' }],
  ])('refuses what comes from %s, and reloads nothing', async (_, peer, headers) => {
    const reply = await post('/api/v1/reload', headers, peer);
    expect(reply.statusCode).toBe(403);
    expect(Object.keys(reply.json())).toEqual(['error', 'fix']);
    expect(world.reloads).toBe(0);
  });

  it('takes no body', async () => {
    const reply = await app.inject({ method: 'POST', url: '/api/v1/reload', headers: LOCAL, payload: 'x'.repeat(10) });
    expect(reply.statusCode).toBe(415);
    expect(reply.json()).toMatchObject({ error: 'a body is taken nowhere', fix: expect.any(String) });
    expect(world.reloads).toBe(0);
  });
});
