// The hostile upstream really lies as its cases say, is honest otherwise, and remembers what it was sent.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadUpstreamCases } from '../packets/load.ts';
import { framed, TcpClient, UdpClient } from './dns-client.ts';
import { BEHAVIOURS, BIG_COUNT, EVIL_ADDRESS } from './hostile-behaviours.ts';
import { HostileUpstream } from './hostile-upstream.ts';
import { type Message, nameText, readMessage } from './read-message.ts';
import { addressesOf, leastTtl } from './upstream-judge.ts';
import { ascii, opt, option, writeMessage } from './write-message.ts';

let upstream: HostileUpstream;
let client: UdpClient;
let lastId = 0;

beforeAll(async () => {
  upstream = await HostileUpstream.start();
});
afterAll(() => upstream.stop());

/** A fresh socket, so that what comes back late for one case is not taken for another's. */
async function ask(name: string, type = 1, additional = [opt()]): Promise<Uint8Array> {
  client = await UdpClient.open(upstream.address);
  const reply = await client.ask(queryFor(name, type, additional));
  client.close();
  if (reply === null) throw new Error(`no reply for ${name}`);
  return reply;
}

function queryFor(name: string, type = 1, additional = [opt()]): Uint8Array {
  return writeMessage({ id: ++lastId, flags: 0x0100, question: { name, type }, additional });
}

/** Everything that arrives at a connected socket before the honest answer to a second query. */
async function datagramsFor(name: string): Promise<Uint8Array[]> {
  client = await UdpClient.open(upstream.address);
  client.send(queryFor(name));
  // Far from the first id: some cases answer with an id a little higher than they were asked with.
  lastId += 1000;
  const honest = await client.ask(queryFor('after.test-up.example'));
  const datagrams = client.received.filter((one) => honest === null || Buffer.compare(one, honest) !== 0);
  client.close();
  return datagrams;
}

async function overTcp(name: string): Promise<TcpClient> {
  const stream = await TcpClient.open(upstream.address);
  await stream.write([framed(queryFor(name))]);
  await stream.arrivals.until(() => stream.received.length > 0 || stream.closed, 5000);
  stream.close();
  return stream;
}

function read(bytes: Uint8Array): Message {
  const message = readMessage(bytes);
  if (typeof message === 'string') throw new Error(message);
  return message;
}

test('knows every case, and no other', () => {
  expect(Object.keys(BEHAVIOURS)).toEqual(loadUpstreamCases().map(({ id }) => id.toLowerCase()));
});

describe('an honest answer', () => {
  test.each([
    ['a.test-up.example', 1, 1],
    ['a.test-up.example', 28, 1],
    ['a.test-up.example', 65, 1],
    ['a.test-up.example', 15, 1],
    ['a.test-up.example', 16, 1],
    ['a.test-up.example', 6, 0],
    ['cname-to.cname-to.a.test-up.example', 1, 3],
    ['cname-to.a.test-up.example', 5, 1],
    ['unk.example.com', 65300, 1],
    ['big.example.com', 16, 1],
    ['p0.wild.example.com', 1, 1],
    ['www.example.com', 33, 0],
  ])('%s type %i has %i records', async (name, type, count) => {
    const message = read(await ask(name, type));
    expect([message.rcode, message.counts[1], message.flags & 0x0600]).toEqual([0, count, 0]);
    expect(message.counts[2]).toBe(count === 0 ? 1 : 0);
  });

  test.each(['nx.test-up.example', 'nothing.example.com', 'unknown.invalid'])('%s does not exist', async (name) => {
    expect(read(await ask(name))).toMatchObject({ rcode: 3, counts: [1, 0, 1, 1] });
  });

  test('keeps to the size the asker takes: 600 octets need EDNS, 2 KB need TCP', async () => {
    expect(read(await ask('big.example.com', 16, [])).flags & 0x0200).toBe(0x0200);
    expect(read(await ask('huge.example.com', 16)).flags & 0x0200).toBe(0x0200);
  });

  test('an alias chain names its links', async () => {
    const { records } = read(await ask('cname-to.b.test-up.example'));
    expect(records.map(({ name }) => nameText(name)).slice(0, 2)).toEqual([
      'cname-to.b.test-up.example',
      'b.test-up.example',
    ]);
  });

  test('a case label elsewhere than below test-up.example is no case', async () => {
    expect(read(await ask('e49.wild.example.com')).rcode).toBe(0);
  });
});

describe('a lie', () => {
  test('E04: 200 wrong ids, then the right one', async () => {
    const datagrams = await datagramsFor('e04.q.test-up.example');
    const evil = datagrams.filter((one) => addressesOf(one).includes(EVIL_ADDRESS));
    expect(new Set(evil.map((one) => read(one).id)).size).toBe(200);
    expect(datagrams).toHaveLength(201);
    expect(addressesOf(datagrams.at(-1)!)).toEqual(['192.0.2.10']);
  });

  test.each(['e10', 'e11'])('%s: nothing comes from the address that was asked', async (id) => {
    expect(await datagramsFor(`${id}.q.test-up.example`)).toEqual([]);
  });

  test('E13 is no response, E14 has another opcode', async () => {
    expect(read(await ask('e13.q.test-up.example')).flags & 0x8000).toBe(0);
    expect(read(await ask('e14.q.test-up.example')).opcode).toBe(5);
  });

  test('E26: the alias points at the victim, whose address is forged; the victim itself is honest', async () => {
    expect(addressesOf(await ask('e26.q.test-up.example'))).toEqual([EVIL_ADDRESS]);
    expect(addressesOf(await ask('victim.q.test-up.example'))).toEqual(['192.0.2.77']);
  });

  test.each([
    ['e31', 'pointer to no prior name'],
    ['e32', 'pointer to no prior name'],
    ['e34', 'name over 255 octets'],
    ['e35', 'answer rdata cut short'],
    ['e37', 'address of 0 octets'],
    ['e38', 'name cut short'],
  ])('%s cannot be read: %s', async (id, reason) => {
    expect(readMessage(await ask(`${id}.q.test-up.example`))).toBe(reason);
  });

  test('E40 is 11 octets, E41 none', async () => {
    expect((await datagramsFor('e40.q.test-up.example')).map(({ length }) => length)).toEqual([11]);
    expect((await datagramsFor('e41.q.test-up.example')).map(({ length }) => length)).toEqual([0]);
  });

  test('E43 and E44 have absurd TTLs', async () => {
    expect(leastTtl(await ask('e43.q.test-up.example'))).toBe(0xffffffff);
    expect(leastTtl(await ask('e44.q.test-up.example'))).toBe(0x7fffffff);
  });

  test('E52 refuses EDNS and answers without it', async () => {
    expect(read(await ask('e52.q.test-up.example')).rcode).toBe(1);
    expect(read(await ask('e52.q.test-up.example', 1, [])).rcode).toBe(0);
  });

  test('E65 says it three times, E67 only when asked again', async () => {
    expect(await datagramsFor('e65.q.test-up.example')).toHaveLength(3);
    expect(await datagramsFor('e67.q.test-up.example')).toEqual([]);
    expect(await datagramsFor('e67.q.test-up.example')).toHaveLength(1);
  });

  test('over TCP E16 closes, E17 has a wrong id, E64 sends it all', async () => {
    expect(await overTcp('e16.q.test-up.example')).toMatchObject({ received: [], closed: true });
    expect((await overTcp('e17.q.test-up.example')).received.map((one) => read(one).id)).toEqual([lastId + 1]);
    expect(addressesOf((await overTcp('e64.q.test-up.example')).received[0]!)).toHaveLength(BIG_COUNT);
  });
});

test('what was received is kept: counted by name, options noted, octets as they came', async () => {
  const additional = [opt(option(65001, ascii('hello')))];
  await ask('Counted.test-up.example', 1, additional);
  await overTcp('counted.test-up.example');
  expect(upstream.count('COUNTED.test-up.example')).toEqual({ udp: 1, tcp: 1 });
  const seen = upstream.seen.find(({ name }) => name === 'counted.test-up.example')!;
  expect(seen).toMatchObject({ transport: 'udp', type: 1, edns: true, options: [65001] });
  expect(Buffer.from(seen.bytes).includes('Counted')).toBe(true);
});
