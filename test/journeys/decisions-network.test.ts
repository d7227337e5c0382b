// The two decisions on a real Sluis: clients with addresses of their own, over UDP and TCP, on each socket and driver.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminSource } from '../../src/commands/admin-source.ts';
import { type DecodedReply, decodeReply } from '../support/decode.ts';
import { type Address, TcpClient, UdpClient } from '../support/dns-client.ts';
import { BANNED_ADDRESS } from '../support/honest-zone.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { DRIVERS, RELOAD_MS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { encodeQuery } from '../support/world.ts';

/** By how much the clocks of two threads may differ. */
const CLOCKS_MS = 20;

const BANNED = 'www.tiktok.com';
const INNOCENT = ['example.com', 'www.example.com', 'mail.example.com'];

const CIVIL_SERVANT = '127.40.4.17';
const DEVICES = `id,address,purchase,subscription,use,work_apps
desktop,127.20.1.1,state,none,none,no
phone,127.20.1.2 ::1,none,partly,none,yes
own-phone,127.10.1.3,none,none,none,no
enrolled,127.10.1.4,none,none,none,yes
`;
const SETTINGS = {
  listen: { dns: ['127.0.0.1:0', '127.0.0.2:0', '[::1]:0', '127.0.0.3:0'] },
  presets: ['be-716', 'nl-2023', 'ec-2023'],
  devices: { file: 'devices.csv' },
  lists: [{ id: 'own', file: 'own.txt', format: 'domains' }],
  policies: [{ id: 'managed-only', title: { nl: 'Alleen goedgekeurde apps' }, authority: 'Board' }],
  groups: [
    { id: 'service', match: { devices: { kind: 'service' } }, modes: { 'be-716': 'block' } },
    { id: 'own-devices', match: { devices: { kind: 'personal', work_apps: false } }, modes: { 'be-716': 'observe' } },
    { id: 'enrolled', match: { devices: { kind: 'personal', work_apps: true } }, modes: { 'ec-2023': 'block' } },
    { id: 'wifi-service', match: { subnets: ['127.10.0.0/16'] }, modes: { 'be-716': 'block' } },
    { id: 'wifi-personal', match: { subnets: ['127.20.0.0/16'] }, modes: { 'be-716': 'observe' } },
    { id: 'guests', match: { subnets: ['127.30.0.0/16'] }, modes: {} },
    {
      ...{ id: 'guests-socket', match: { subnets: ['127.30.0.0/16'], listeners: ['127.0.0.2:0'] } },
      modes: { 'be-716': 'block' },
    },
    { id: 'work', match: { subnets: ['127.40.0.0/16'] }, modes: { 'nl-2023': 'block' } },
    {
      ...{ id: 'managed', match: { subnets: ['127.50.0.0/16'] }, modes: { 'nl-2023': 'block' } },
      ...{ default: { mode: 'block', policy: 'managed-only' }, allow: ['own', 'baseline:time'] },
    },
    {
      ...{ id: 'managed-socket', match: { listeners: ['127.0.0.3:0'] }, modes: { 'ec-2023': 'block' } },
      ...{ default: { mode: 'block', policy: 'managed-only' }, allow: ['own'] },
    },
  ],
};

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const exception = (more: object) => ({
  ...{ id: 'x-1', ground: 'investigation', policy: 'nl-2023', clients: [CIVIL_SERVANT] },
  ...{ owner: 'a@example.nl', approver: 'b@example.nl', reason: 'Case support', ticket: 'REQ-1201' },
  ...{ starts: day(-7), expires: day(300), ...more },
});

async function ask(server: Address, from: string, name: string, transport: 'udp' | 'tcp'): Promise<DecodedReply> {
  const client = await (transport === 'udp' ? UdpClient : TcpClient).open(server, from);
  const reply = await client.ask(encodeQuery({ name }));
  client.close();
  if (!reply) throw new Error(`silence for ${from}, who asked for ${name} over ${transport}`);
  return decodeReply(reply);
}

/** A blocked reply names its policy: `blocked by P`. */
function fateOf({ rcode, answers, errors = [] }: DecodedReply): string {
  if (rcode === 'REFUSED') return 'refused';
  const told = errors.filter(({ code }) => code === 15).map(({ text }) => text);
  if (rcode === 'NXDOMAIN' && answers.length === 0 && told.length === 1) return `blocked by ${told}`;
  return rcode === 'NOERROR' && answers.length > 0 && told.length === 0 ? 'answered' : `unaccountable ${rcode}`;
}

describe.each(DRIVERS)('%s driver', (driver) => {
  let upstream: HostileUpstream;
  let sluis: RunningSluis;

  const settings = (...exceptions: object[]) => ({
    ...SETTINGS,
    workers: { driver, datagram: 2 },
    upstreams: [`${upstream.address.address}:${upstream.address.port}`],
    exceptions,
  });
  const server = (socket: number) => sluis.resolver.supervisor.endpoints[socket];
  const counted = async (policy: string, group: string, decision: string): Promise<number> => {
    const text = await adminSource(sluis.resolver, '0', '').metrics.expose();
    const line = text.split('\n').find((one) => {
      const isAbout = [`policy="${policy}"`, `group="${group}"`, `decision="${decision}"`].every((label) =>
        one.includes(label),
      );
      return isAbout && one.startsWith('sluis_policy_decisions_total');
    });
    return Number(line?.split(' ').at(-1) ?? NaN);
  };

  beforeAll(async () => {
    upstream = await HostileUpstream.start();
    const files = { 'devices.csv': DEVICES, 'own.txt': 'example.com\n' };
    sluis = await startSluis(settings(exception({})), { files });
  });
  afterAll(async () => {
    await sluis?.stop();
    await upstream?.stop();
  });

  const table: [who: string, from: string, socket: number, fate: string][] = [
    ['a desktop that the state paid', '127.20.1.1', 0, 'blocked by be-716'],
    ['a phone whose subscription it pays in part', '127.20.1.2', 0, 'blocked by be-716'],
    ['the same over IPv6', '::1', 2, 'blocked by be-716'],
    ['a phone of one’s own, on the WiFi for service', '127.10.1.3', 0, 'answered'],
    ['one with apps for work', '127.10.1.4', 0, 'blocked by ec-2023'],
    ['an unknown device on the WiFi for service', '127.10.9.9', 0, 'blocked by be-716'],
    ['an unknown device on the WiFi for personal ones', '127.20.9.9', 0, 'answered'],
    ['a guest', '127.30.0.1', 0, 'answered'],
    ['a guest at the other resolver', '127.30.0.1', 1, 'blocked by be-716'],
    ['a Dutch civil servant', '127.40.4.18', 0, 'blocked by nl-2023'],
    ['one whose primary task needs it', CIVIL_SERVANT, 0, 'answered'],
    ['a managed device', '127.50.0.1', 0, 'blocked by nl-2023'],
    ['a stranger', '127.60.0.1', 0, 'refused'],
    ['a service device at the resolver for managed ones', '127.20.1.1', 3, 'blocked by ec-2023'],
    ['a guest there', '127.30.0.1', 3, 'blocked by ec-2023'],
    ['a managed device by its subnet there', '127.50.0.1', 3, 'blocked by ec-2023'],
    ['a stranger there', '127.60.0.1', 3, 'blocked by ec-2023'],
  ];

  describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
    test.each(table)('TikTok, for %s (%s at socket %d): %s', async (_, from, socket, fate) => {
      const reply = await ask(server(socket), from, BANNED, transport);
      expect(fateOf(reply)).toBe(fate);
      if (fate === 'answered') expect(reply.answers).toMatchObject([{ type: 'A', data: BANNED_ADDRESS }]);
    });

    test('an innocent name, for all of them', async () => {
      const served = table.filter(([, , , fate]) => fate !== 'refused');
      for (const [who, from, socket] of served) {
        for (const name of INNOCENT) {
          expect([who, name, fateOf(await ask(server(socket), from, name, transport))]).toEqual([
            who,
            name,
            'answered',
          ]);
        }
      }
    });

    test('what nobody approved, for a managed device and for others', async () => {
      const name = 'app.test-up.example';
      expect(fateOf(await ask(server(0), '127.50.0.1', name, transport))).toBe('blocked by managed-only');
      expect(fateOf(await ask(server(0), '127.40.4.18', name, transport))).toBe('answered');
    });

    test('what nobody approved, for a service device: its socket says whether it is a managed one', async () => {
      const name = 'app.test-up.example';
      expect(fateOf(await ask(server(0), '127.20.1.1', name, transport))).toBe('answered');
      expect(fateOf(await ask(server(3), '127.20.1.1', name, transport))).toBe('blocked by managed-only');
      expect(fateOf(await ask(server(3), '127.20.1.1', 'www.example.com', transport))).toBe('answered');
    });
  });

  test('what is observed and what is excepted is answered, and counted', async () => {
    const pairs = [
      ['be-716', 'wifi-personal', 'observed', '127.20.9.9'],
      ['be-716', 'own-devices', 'observed', '127.10.1.3'],
      ['nl-2023', 'work', 'excepted', CIVIL_SERVANT],
    ];
    for (const [policy, group, decision, from] of pairs) {
      const before = await counted(policy, group, decision);
      await ask(server(0), from, BANNED, 'udp');
      await ask(server(0), from, BANNED, 'tcp');
      expect(await counted(policy, group, decision)).toBe(before + 2);
    }
  });

  test('an exception ends by itself, with nobody there to reload', async () => {
    const second = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');
    const expires = second(Date.now() + 4000);
    const reloads = sluis.reloads.length;
    sluis.configure(settings(exception({ starts: second(Date.now() - 1000), expires })));
    expect(await sluis.arrivals.until(() => sluis.reloads.length > reloads, RELOAD_MS)).toBe(true);
    const { generation } = sluis.reloads.at(-1)!;
    await sluis.adopted(generation);
    const end = Date.parse(expires);
    for (let fate = ''; fate !== 'blocked by nl-2023'; ) {
      const asked = Date.now();
      const reply = await ask(server(0), CIVIL_SERVANT, BANNED, 'udp');
      fate = fateOf(reply);
      if (Date.now() < end - CLOCKS_MS) expect(fate).toBe('answered');
      // A whole second afterwards, nobody is let through.
      if (asked >= end + 1000) expect(fate).toBe('blocked by nl-2023');
      // Nobody may keep it for longer than it is right.
      for (const { ttl = Infinity } of reply.answers)
        expect(ttl * 1000).toBeLessThanOrEqual(Math.max(0, end - asked) + CLOCKS_MS);
    }
    const told = () => sluis.alerts.filter(({ exception: id }) => id === 'x-1').map(({ alert }) => alert);
    await expect.poll(told, { timeout: 15_000 }).toContain('exception_ended');
    expect(sluis.resolver.keeper.generation).toBe(generation);
  });
});
