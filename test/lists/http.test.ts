// Asking list servers: what they send, what goes wrong on the way, whose certificates count, and proxies.

import { once } from 'node:events';
import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Asking, type Got, get, type Reach } from '../../src/lists/http.ts';
import { Authority } from '../support/certificates.ts';
import { HttpProxy } from '../support/http-proxy.ts';
import { redirect, status, whole } from '../support/list-behaviours.ts';
import { ListServer } from '../support/list-server.ts';
import { reach } from './http-world.ts';

const ours = new Authority('Ours');
const theirs = new Authority('Theirs');
const open: { stop(): Promise<void> }[] = [];

const served = async (...args: Parameters<typeof ListServer.start>) => {
  const server = await ListServer.start(...args);
  open.push(server);
  return server.at('/list', whole('a.example\n'));
};

let plain: ListServer;
beforeEach(async () => {
  plain = await served();
});
afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
});

const asking = (url: string, more: Partial<Asking> = {}): Asking => {
  return { url, headers: {}, most: 1 << 16, signal: new AbortController().signal, ...more };
};

async function textOf({ body }: Got): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const fetched = async (url: string, by: Partial<Reach> = {}) => textOf(await get(asking(url), reach(by)));

test('headers go there and come back, and 304 has no body', async () => {
  const first = await get(asking(plain.url('/list'), { headers: { 'user-agent': 'Sluis' } }), reach());
  expect(first).toMatchObject({ status: 200, headers: { etag: expect.stringMatching(/^"/) } });
  expect(await textOf(first)).toBe('a.example\n');
  plain.at('/list', whole('a.example\n', { 'content-encoding': 'gzip' }));
  const again = await get(asking(plain.url('/list'), { headers: { 'if-none-match': first.headers.etag! } }), reach());
  expect(again.status).toBe(304);
  expect(await textOf(again)).toBe('');
  expect(plain.seen[0].headers).toMatchObject({ 'user-agent': 'Sluis', 'accept-encoding': 'gzip' });
});

test('of what OpenSSL says the words alone', async () => {
  const blunt = createServer((socket) => void socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
  await once(blunt, 'listening');
  open.push({ stop: async () => void blunt.close() });
  const { port } = blunt.address() as AddressInfo;
  const says = /cannot be fetched: TLS fails: [a-z ]+$/;
  await expect(fetched(`https://127.0.0.1:${port}/list`)).rejects.toThrow(says);
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%s is followed, elsewhere too, five times', async (code) => {
    const other = await served();
    for (let at = 0; at < 4; at++) plain.at(`/${at}`, redirect(`${at + 1}`, code));
    plain.at('/4', redirect(other.url('/list'), code));
    expect(await fetched(plain.url('/0'))).toBe('a.example\n');
    plain.at('/-1', redirect('/0', code));
    await expect(fetched(plain.url('/-1'))).rejects.toThrow('the server redirects more than 5 times');
  });

  test('from https to https, and never to plain HTTP', async () => {
    const secure = await served(ours.vouch(['127.0.0.1']));
    secure.at('/there', redirect('/list')).at('/down', redirect(plain.url('/list')));
    plain.at('/up', redirect(secure.url('/there'))).at('/round', redirect(secure.url('/down')));
    const by = { ca: ours.pem };
    expect(await fetched(secure.url('/there'), by)).toBe('a.example\n');
    expect(await fetched(plain.url('/up'), by)).toBe('a.example\n');
    await expect(fetched(secure.url('/down'), by)).rejects.toThrow(`redirects to plain HTTP, ${plain.url('/list')}`);
    await expect(fetched(plain.url('/round'), by)).rejects.toThrow('redirects to plain HTTP');
    expect(plain.seen.map(({ path }) => path)).toEqual(['/up', '/round']);
  });
});

describe('certificates', () => {
  test.each([
    [
      'of nobody who is trusted',
      () => ours.vouch(['lists.example']),
      undefined,
      /unable to verify[^;]*$/,
      /updates\.ca/,
    ],
    ['of another authority', () => theirs.vouch(['lists.example']), ours.pem, /unable to verify[^;]*$/, /updates\.ca/],
    ['that expired', () => ours.vouch(['lists.example'], -1000), ours.pem, /certificate has expired/, /clock/],
    ['of another host', () => ours.vouch(['other.example']), ours.pem, /does not match certificate/, /asked again/],
    ['of a host beneath', () => ours.vouch(['x.lists.example']), ours.pem, /does not match certificate/, /asked again/],
  ])('%s is refused', async (_, identity, ca, says, fixes) => {
    const server = await served(identity());
    const refused = fetched(server.url('/list', 'lists.example'), { ca });
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(says),
      fix: expect.stringMatching(fixes),
    });
    expect(server.seen).toEqual([]);
  });

  test('that is in order is taken', async () => {
    const server = await served(ours.vouch(['lists.example']));
    expect(await fetched(server.url('/list', 'lists.example'), { ca: ours.pem })).toBe('a.example\n');
  });

  test('HTTPS where there is none', async () => {
    await expect(fetched(plain.url('/list').replace('http:', 'https:'))).rejects.toThrow('cannot be fetched');
    const secure = await served(ours.vouch(['127.0.0.1']));
    await expect(fetched(secure.url('/list').replace('https:', 'http:'))).rejects.toThrow('cannot be fetched');
  });
});

test('nobody there', async () => {
  const url = plain.url('/list');
  await plain.stop();
  await expect(fetched(url)).rejects.toThrow(`${url} cannot be fetched: connect ECONNREFUSED`);
});

test('no such host', async () => {
  const lookup: LookupFunction = (_host, _options, callback) =>
    callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), '');
  const refused = get(asking(plain.url('/list', 'lists.example')), reach({ lookup }));
  await expect(refused).rejects.toMatchObject({ fix: expect.stringContaining('updates.resolvers') });
});

test.each([
  [404, /look at the URL/],
  [403, /look at the URL/],
  [429, /asked again later/],
  [503, /asked again later/],
])('status %s says what to do', async (code, fix) => {
  plain.at('/list', status(code));
  await expect(fetched(plain.url('/list'))).rejects.toMatchObject({ fix: expect.stringMatching(fix) });
});

describe('proxies', () => {
  let proxy: HttpProxy;
  beforeEach(async () => {
    proxy = await HttpProxy.start();
    open.push(proxy);
  });

  test.each(['HTTPS_PROXY', 'https_proxy'])('%s is asked for a tunnel', async (name) => {
    const server = await served(ours.vouch(['lists.example']));
    const url = server.url('/list', 'lists.example');
    expect(await fetched(url, { ca: ours.pem, env: { [name]: proxy.url } })).toBe('a.example\n');
    expect(proxy.asked).toEqual([`CONNECT lists.example:${server.port}`]);
  });

  test.each(['HTTP_PROXY', 'http_proxy'])('%s is asked for what is plain', async (name) => {
    const url = plain.url('/list', 'lists.example');
    expect(await fetched(url, { env: { [name]: proxy.url } })).toBe('a.example\n');
    expect(proxy.asked).toEqual([`GET ${url}`]);
  });

  test.each(['lists.example', '.example', '*'])('not for NO_PROXY=%s', async (hosts) => {
    const env = { HTTP_PROXY: proxy.url, NO_PROXY: hosts };
    expect(await fetched(plain.url('/list', 'lists.example'), { env })).toBe('a.example\n');
    expect(proxy.asked).toEqual([]);
  });

  test('without a scheme it is one for HTTP', async () => {
    const url = plain.url('/list', 'lists.example');
    const env = { HTTP_PROXY: new URL(proxy.url).host };
    expect(await fetched(url, { env })).toBe('a.example\n');
    expect(proxy.asked).toEqual([`GET ${url}`]);
  });

  test('one that never answers is given up when time is over', async () => {
    const limit = new AbortController();
    proxy.keepsWaiting = () => limit.abort();
    const by = reach({ env: { HTTPS_PROXY: proxy.url } });
    const refused = get(asking('https://lists.example/list', { signal: limit.signal }), by);
    await expect(refused).rejects.toThrow('was not fetched in time');
  });

  test('one that refuses, one that is none, and one that is not there are told', async () => {
    const server = await served(ours.vouch(['lists.example']));
    const url = server.url('/list', 'lists.example');
    const by = (HTTPS_PROXY: string) => fetched(url, { ca: ours.pem, env: { HTTPS_PROXY } });
    proxy.refuses = true;
    await expect(by(proxy.url)).rejects.toThrow(/cannot be fetched: .*403/);
    await expect(by('socks5://proxy.example')).rejects.toThrow('cannot be fetched: HTTPS_PROXY is no proxy for HTTP');
    await expect(by('http://[')).rejects.toThrow('cannot be fetched: HTTPS_PROXY is no proxy for HTTP');
    await proxy.stop();
    await expect(by(proxy.url)).rejects.toThrow('cannot be fetched');
    expect(server.seen).toEqual([]);
  });
});

test('a server that answers after it was given up has nobody to disturb', async () => {
  const limit = new AbortController();
  plain.at('/list', ({ response }) => {
    limit.abort();
    response.end('a.example\n');
  });
  await expect(get(asking(plain.url('/list'), { signal: limit.signal }), reach())).rejects.toThrow(
    'was not fetched in time',
  );
});
