// The admin server on a real socket: who may ask under which name, limits, and addresses that cannot be had.

import { createServer } from 'node:net';
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { ADMIN_LIMITS, type AdminLimits } from '../../src/web/limits.ts';
import { AdminListenError, type AdminServer, listenAdmin } from '../../src/web/server.ts';
import { type AdminWorld, adminWorld, askRaw, request } from './admin-world.ts';

const log = { error: () => {} };
const open: AdminServer[] = [];
let world: AdminWorld;

async function listen(host = '127.0.0.1', limits = ADMIN_LIMITS): Promise<AdminServer> {
  world = adminWorld();
  const server = await listenAdmin({ host, port: 0, log, limits }, async () => world);
  open.push(server);
  return server;
}

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

describe('on loopback', () => {
  it('says where it listens, and answers there', async () => {
    const { address, port } = await listen();
    expect(address).toBe('127.0.0.1');
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/status`);
    expect([reply.status, await reply.json()]).toEqual([200, world.report]);
  });

  it.each(['127.0.0.1', 'localhost', '[::1]:9000'])('answers to the name %s', async (host) => {
    const { address, port } = await listen();
    expect((await askRaw(address, port, request('GET /metrics', { host }))).status).toBe(200);
  });

  it.each(['evil.example', 'evil.example:8053', '127.0.0.1.evil.example', '192.0.2.1', ''])(
    'refuses the name %j on every path (DNS rebinding)',
    async (host) => {
      const { address, port } = await listen();
      for (const line of ['GET /api/v1/status', 'GET /metrics', 'POST /api/v1/reload', 'GET /nothing']) {
        const reply = await askRaw(address, port, request(line, { host }));
        expect(reply.status, line).toBe(421);
        expect(Object.keys(JSON.parse(reply.body))).toEqual(['error', 'fix']);
        expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
      }
      expect(world.reloads).toBe(0);
    },
  );

  it('reloads for this machine only as itself', async () => {
    const { address, port } = await listen();
    const host = `127.0.0.1:${port}`;
    const ask = (headers: Record<string, string>) => {
      return askRaw(address, port, request('POST /api/v1/reload', { host, ...headers }));
    };
    expect((await ask({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await ask({ origin: 'null', 'content-length': '0' })).status).toBe(403);
    expect(world.reloads).toBe(0);
    expect((await ask({})).status).toBe(200);
    expect((await ask({ origin: `http://${host}`, 'content-length': '0' })).status).toBe(200);
    expect(world.reloads).toBe(2);
  });
});

describe('on every address', () => {
  it('still holds connections through loopback to a loopback name', async () => {
    const { port } = await listen('0.0.0.0');
    expect((await askRaw('127.0.0.1', port, request('GET /metrics', { host: 'evil.example' }))).status).toBe(421);
    expect((await askRaw('127.0.0.1', port, request('GET /metrics', { host: 'localhost' }))).status).toBe(200);
  });
});

describe('limits', () => {
  const LIMITS = { ...ADMIN_LIMITS, headers: 1024 };
  const broken = async (limits: AdminLimits, text: string) => {
    const { address, port } = await listen('127.0.0.1', limits);
    const reply = await askRaw(address, port, text);
    expect(Object.keys(JSON.parse(reply.body))).toEqual(['error', 'fix']);
    expect(reply.body.length).toBe(Number(reply.headers.get('content-length')));
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(reply.headers.get('cache-control')).toBe('no-store');
    return reply.status;
  };

  it.each([
    ['too large', `GET /metrics?${'x'.repeat(2000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`, 431],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
    [
      'of two lengths',
      'POST /api/v1/reload HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
    ],
    ['without a host', 'GET /metrics HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
  ])('answer a request that is %s, and close', async (_, text, status) => {
    expect(await broken(LIMITS, text)).toBe(status);
  });

  it.each(['', 'GET /metrics HTTP/1.1\r\nhost: localhost\r\nx-slow: '])('answer one that stays at %j', async (text) => {
    expect(await broken({ ...LIMITS, requestMs: 100 }, text)).toBe(408);
  });

  it('take HTTP/1.0 without a host, as some probes speak it', async () => {
    const { address, port } = await listen();
    expect((await askRaw(address, port, 'GET /healthz HTTP/1.0\r\n\r\n')).status).toBe(200);
  });

  it('survive octets of every kind', async () => {
    const { address, port } = await listen('127.0.0.1', LIMITS);
    for (const mark of ['\0', '\x7f', '\xff', '%00', '%ff', '%c0%ae', '\\', '<', '"']) {
      const reply = await askRaw(address, port, request(`GET /api/v1/explain?name=${mark}`, { host: 'localhost' }));
      expect([200, 400], JSON.stringify(mark)).toContain(reply.status);
    }
    expect((await askRaw(address, port, request('GET /healthz', { host: 'localhost' }))).status).toBe(200);
  });
});

describe('an address that cannot be had', () => {
  it('in use: says so and what to do, and leaves nothing behind', async () => {
    const { port } = await listen();
    const failure = await listenAdmin({ host: '127.0.0.1', port, log }, async () => adminWorld()).catch(
      (error) => error,
    );
    expect(failure).toBeInstanceOf(AdminListenError);
    expect(failure).toMatchObject({ code: 'EADDRINUSE', fix: expect.stringContaining('admin.listen') });
    expect(failure.message).toContain(`cannot listen on 127.0.0.1:${port}: it is in use by `);
    expect(failure.message).toContain(`process ${process.pid}`);
  });

  it('of another machine: says so', async () => {
    const failure = await listenAdmin({ host: '192.0.2.1', port: 0, log }, async () => adminWorld()).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({
      name: 'AdminListenError',
      code: 'EADDRNOTAVAIL',
      fix: expect.stringContaining('admin.listen'),
    });
  });
});

describe('close', () => {
  it('frees the port, also while a connection is open', async () => {
    const { address, port } = await listen();
    const idle = askRaw(address, port, 'GET /metrics HTTP/1.1\r\n').catch(() => undefined);
    await askRaw(address, port, request('GET /healthz', { host: 'localhost' }));
    await open.pop()!.close();
    await idle;
    const next = createServer().listen(port, address);
    await new Promise((resolve, reject) => next.once('listening', resolve).once('error', reject));
    await new Promise((resolve) => next.close(resolve));
  });

  it('leaves no listener for signals', async () => {
    const before = process.listenerCount('SIGTERM');
    await listen();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
