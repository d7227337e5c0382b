// The addresses of list servers: asked of the resolvers that are told, and of the system where those know nothing.

import type { LookupAddress, LookupOptions } from 'node:dns';
import { afterEach, expect, test } from 'vitest';
import { get } from '../../src/lists/http.ts';
import { lookupBy } from '../../src/lists/resolve-host.ts';
import { type Endpoint, readAddress } from '../../src/settings/address.ts';
import { RCODE, TYPE } from '../../src/wire/codes.ts';
import { whole } from '../support/list-behaviours.ts';
import { ListServer } from '../support/list-server.ts';
import { nameText, readMessage } from '../support/read-message.ts';
import { buildReply } from '../support/reply-builder.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { reach } from './http-world.ts';

const REPLY = 0x8180;
const TYPE_NAMES: Record<number, string> = { [TYPE.A]: 'A', [TYPE.AAAA]: 'AAAA' };
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** Knows hosts by their addresses, `rcode` is its word on all others; what it is asked comes to `asked`. */
async function resolver(hosts: Record<string, string[]>, rcode: number, asked: string[] = []): Promise<Endpoint> {
  const server = await ScriptedServer.open((query) => {
    const message = readMessage(query);
    if (typeof message === 'string') throw new Error(message);
    const { name: wire, type } = message.questions[0];
    const name = nameText(wire);
    asked.push(`${name} ${TYPE_NAMES[type]}`);
    const found = (hosts[name] ?? []).map((text) => readAddress(text)!);
    const answer = found
      .filter(({ family }) => (family === 4 ? TYPE.A : TYPE.AAAA) === type)
      .map(({ octets }) => ({ owner: name, type, rdata: [octets] }));
    return [buildReply({ name, type, id: message.id, flags: REPLY | (name in hosts ? 0 : rcode), answer })];
  });
  open.push(server);
  return { ...readAddress('127.0.0.1')!, port: server.port };
}

const find = (resolvers: Endpoint[], host: string, options: LookupOptions = { all: true }) =>
  new Promise<LookupAddress[] | [string, number | undefined]>((resolve, reject) => {
    lookupBy(resolvers)(host, options, (error, found, family) => {
      if (error) reject(error);
      else resolve(typeof found === 'string' ? [found, family] : found);
    });
  });

const BOTH = { 'lists.example': ['192.0.2.7', '2001:db8::7', '192.0.2.8'] };

test('all addresses of a host, or one', async () => {
  const asked: string[] = [];
  const knows = await resolver(BOTH, RCODE.NXDOMAIN, asked);
  const addresses = [
    { address: '192.0.2.7', family: 4 },
    { address: '192.0.2.8', family: 4 },
    { address: '2001:db8::7', family: 6 },
  ];
  expect(await find([knows], 'lists.example')).toEqual(addresses);
  expect(asked.sort()).toEqual(['lists.example A', 'lists.example AAAA']);
  expect(await find([knows], 'lists.example', {})).toEqual(['192.0.2.7', 4]);
});

test.each([
  ['refuses', RCODE.REFUSED],
  ['fails', RCODE.SERVFAIL],
])('another is asked where one %s', async (_, rcode) => {
  const asked: string[] = [];
  const useless = await resolver({}, rcode, asked);
  const knows = await resolver({ 'lists.example': ['192.0.2.7'] }, RCODE.NXDOMAIN);
  expect(await find([useless, knows], 'lists.example', {})).toEqual(['192.0.2.7', 4]);
  expect(asked).toContain('lists.example A');
});

test('the system is asked for what they do not know, and where there are none', async () => {
  const nothing = await resolver({}, RCODE.NXDOMAIN);
  const [address] = await find([nothing], 'localhost', {});
  expect(['127.0.0.1', '::1']).toContain(address);
  expect(['127.0.0.1', '::1']).toContain((await find([], 'localhost', {}))[0]);
});

test('what nobody knows is told', async () => {
  const nothing = await resolver({}, RCODE.NXDOMAIN);
  await expect(find([nothing], 'nobody.invalid')).rejects.toMatchObject({ hostname: 'nobody.invalid' });
});

test('a list is fetched from a host that they alone know', async () => {
  const server = await ListServer.start();
  try {
    server.at('/list', whole('a.example\n'));
    const knows = await resolver({ 'lists.invalid': ['127.0.0.1'] }, RCODE.NXDOMAIN);
    const asking = { headers: {}, most: 100, signal: new AbortController().signal };
    const url = server.url('/list', 'lists.invalid');
    const got = await get({ url, ...asking }, reach({ lookup: lookupBy([knows]) }));
    expect(got.status).toBe(200);
    for await (const piece of got.body) expect(`${piece}`).toBe('a.example\n');
    expect(server.seen[0].headers.host).toBe(`lists.invalid:${server.port}`);
    const lookup = lookupBy([await resolver({}, RCODE.NXDOMAIN)]);
    await expect(get({ url, ...asking }, reach({ lookup }))).rejects.toThrow('cannot be fetched: getaddrinfo');
  } finally {
    await server.stop();
  }
});
