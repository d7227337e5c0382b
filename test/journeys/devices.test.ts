// Devices behind forwarders on a real Sluis: who is named, by whom, over UDP and TCP, over reloads, and through a real dnsmasq.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { EVENT } from '../../src/engine/counters.ts';
import { OPTION } from '../../src/wire/codes.ts';
import { decodeReply } from '../support/decode.ts';
import { type Address, TcpClient, UdpClient } from '../support/dns-client.ts';
import { type Dnsmasq, findDnsmasq, startDnsmasq } from '../support/dnsmasq.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { DRIVERS, RELOAD_MS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { type EdnsOptions, encodeQuery } from '../support/world.ts';

const BANNED = 'www.tiktok.com';
const BRANCH = '127.30.0.2';
const KIOSK = '127.31.0.2';
const STRANGER = '127.30.0.9';
const LAPTOP = '00:00:5e:00:53:11';
const PHONE = '00:00:5e:00:53:12';
const OWN = '00:00:5e:00:53:13';

const HEADER = 'id,address,mac,purchase,subscription,use,work_apps';
const laptop = `laptop-0417,,${LAPTOP},state,none,none,no`;
const REGISTRY = [HEADER, laptop, `phone-0032,,${PHONE},none,none,none,yes`, `own-0001,,${OWN},none,none,none,no`];

const SETTINGS = {
  devices: { file: 'devices.csv', mac_from: [BRANCH], id_from: [KIOSK] },
  groups: [
    { id: 'service', match: { devices: { kind: 'service' } }, modes: { 'be-716': 'block' } },
    {
      ...{ id: 'work-apps', match: { devices: { kind: 'personal', work_apps: true } } },
      modes: { 'be-716': 'observe' },
    },
    { id: 'office', match: { subnets: ['127.30.0.0/24'] }, modes: { 'be-716': 'observe' } },
  ],
  log: { hits: { to: './hits.json', clients: 'plain' } },
};

const byMac = (mac: string): EdnsOptions => {
  return [[OPTION.MAC, Uint8Array.from(mac.split(':'), (octet) => Number.parseInt(octet, 16))]];
};
const byId = (id: string): EdnsOptions => [[OPTION.DEVICE_ID, new TextEncoder().encode(id)]];

async function ask(
  server: Address,
  from: string,
  options: EdnsOptions,
  transport: 'udp' | 'tcp' = 'udp',
): Promise<string> {
  const client = await (transport === 'udp' ? UdpClient : TcpClient).open(server, from);
  const reply = await client.ask(encodeQuery({ name: BANNED, options }));
  client.close();
  if (!reply) throw new Error(`silence for ${from}`);
  const { rcode, answers } = decodeReply(reply);
  if (rcode === 'REFUSED') return 'refused';
  return rcode === 'NXDOMAIN' && answers.length === 0 ? 'blocked' : answers.length > 0 ? 'answered' : rcode;
}

interface Line {
  event: { action: string };
  client?: { address?: string; mac?: string };
  device?: { id: string };
  sluis: { group: string };
}

describe.each(DRIVERS)('%s driver', (driver) => {
  let upstream: HostileUpstream;
  let sluis: RunningSluis;

  const settings = (more: object = {}) => ({
    ...SETTINGS,
    workers: { driver, datagram: 2 },
    upstreams: [`${upstream.address.address}:${upstream.address.port}`],
    ...more,
  });
  const logged = (): Line[] =>
    readFileSync(join(sluis.folder, 'hits.json'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const counted = () =>
    [EVENT.DEVICES_NAMED, EVENT.DEVICES_UNKNOWN, EVENT.DEVICES_MALFORMED].map((event) =>
      sluis.total((counters) => counters.readEvent(event)),
    );
  /** Waits until every worker has the policy that `change` brings. */
  const reload = async (change: () => void): Promise<void> => {
    const before = sluis.reloads.length;
    change();
    expect(await sluis.arrivals.until(() => sluis.reloads.length > before, RELOAD_MS)).toBe(true);
    const { generation, result } = sluis.reloads.at(-1)!;
    expect(result).toBe('ok');
    await sluis.adopted(generation);
  };
  /** In one step: half a registry would be one with faults. */
  const register = (...rows: string[]): void => {
    const file = join(sluis.folder, 'devices.csv');
    writeFileSync(`${file}.new`, `${rows.join('\n')}\n`);
    renameSync(`${file}.new`, file);
  };

  beforeAll(async () => {
    upstream = await HostileUpstream.start();
    sluis = await startSluis(settings(), { files: { 'devices.csv': `${REGISTRY.join('\n')}\n` } });
  });
  afterAll(async () => {
    await sluis?.stop();
    await upstream?.stop();
  });

  test.each<[string, string, EdnsOptions, string, number[], Partial<Line>]>([
    [
      'a service device is blocked',
      BRANCH,
      byMac(LAPTOP),
      'blocked',
      [1, 0, 0],
      { device: { id: 'laptop-0417' }, client: { mac: '00-00-5E-00-53-11' }, sluis: { group: 'service' } },
    ],
    ['by its id too', KIOSK, byId('laptop-0417'), 'blocked', [1, 0, 0], { device: { id: 'laptop-0417' } }],
    [
      'a personal one with apps for work is observed',
      BRANCH,
      byMac(PHONE),
      'answered',
      [1, 0, 0],
      { device: { id: 'phone-0032' }, sluis: { group: 'work-apps' } },
    ],
    [
      'another personal one is of its office',
      BRANCH,
      byMac(OWN),
      'answered',
      [1, 0, 0],
      { device: { id: 'own-0001' }, sluis: { group: 'office' } },
    ],
    [
      'an unknown one is its office',
      BRANCH,
      byMac('00:00:5e:00:53:99'),
      'answered',
      [0, 1, 0],
      { client: { address: BRANCH }, sluis: { group: 'office' } },
    ],
    ['one that no group takes is refused where its forwarder is', KIOSK, byId('own-0001'), 'refused', [1, 0, 0], {}],
    [
      'what cannot be read is its office',
      BRANCH,
      [[OPTION.MAC_TEXT, new TextEncoder().encode(LAPTOP.slice(1))]],
      'answered',
      [0, 0, 1],
      { client: { address: BRANCH } },
    ],
    [
      'a stranger names nobody',
      STRANGER,
      [...byMac(LAPTOP), ...byId('laptop-0417')],
      'answered',
      [0, 0, 0],
      { client: { address: STRANGER }, sluis: { group: 'office' } },
    ],
  ])('%s', async (_, from, options, fate, counts, line) => {
    for (const transport of ['udp', 'tcp'] as const) {
      const [before, hits] = [counted(), logged().length];
      expect([transport, await ask(sluis.udp, from, options, transport)]).toEqual([transport, fate]);
      expect(counted().map((count, at) => count - before[at])).toEqual(counts);
      if (fate === 'refused') continue;
      await expect.poll(() => logged().length, { timeout: 10_000 }).toBe(hits + 1);
      expect(logged().at(-1)).toMatchObject(line);
    }
  });

  test('no MAC is in a metric', async () => {
    const { adminSource } = await import('../../src/commands/admin-source.ts');
    const text = await adminSource(sluis.resolver, '0', '').metrics.expose();
    expect(text).toMatch(/^sluis_named_devices_total\{result="known"\} [1-9]/m);
    for (const word of ['laptop-0417', LAPTOP, '5e00', '53:11', '53-11']) expect(text).not.toContain(word);
  });

  const binary = findDnsmasq();
  const title = binary === null ? 'dnsmasq: SKIPPED, for want of the dnsmasq binary' : 'through a real dnsmasq';
  // On loopback there is no MAC to be added: a client that says one itself stands for it.
  describe.skipIf(binary === null)(title, () => {
    let forwarder: Dnsmasq | undefined;
    const through = async (from: string, ...options: string[]): Promise<Address> => {
      forwarder = await startDnsmasq(binary!, sluis.udp, from, options);
      return forwarder.address;
    };
    const asked = async (address: Address, options: EdnsOptions = []) => {
      const before = counted();
      const fate = await ask(address, '127.0.0.1', options);
      return [fate, ...counted().map((count, at) => count - before[at])];
    };
    const end = async () => {
      await forwarder?.stop();
      forwarder = undefined;
    };
    afterEach(end);

    test('with add-cpe-id it names the device, whatever the client says', async () => {
      const address = await through(KIOSK, '--add-cpe-id=laptop-0417');
      expect(await asked(address)).toEqual(['blocked', 1, 0, 0]);
      expect(await asked(address, byId('own-0001'))).toEqual(['blocked', 1, 0, 0]);
    });

    test('with add-mac it passes on what the client says, and with strip-mac as well it does not', async () => {
      const open = await through(BRANCH, '--add-mac');
      expect(await asked(open, byMac(LAPTOP))).toEqual(['blocked', 1, 0, 0]);
      // An id is not believed from there.
      expect(await asked(open, byId('laptop-0417'))).toEqual(['answered', 0, 0, 0]);
      await end();
      const strict = await through(BRANCH, '--add-mac', '--strip-mac');
      const text: EdnsOptions = [[OPTION.MAC_TEXT, new TextEncoder().encode(LAPTOP)]];
      expect(await asked(strict, byMac(LAPTOP))).toEqual(['answered', 0, 0, 0]);
      expect(await asked(strict, text)).toEqual(['answered', 0, 0, 0]);
    });
  });

  test('a device of the registry is another from the next reload on', { timeout: 4 * RELOAD_MS }, async () => {
    const [phone, own] = [byMac(PHONE), byMac(OWN)];
    expect([await ask(sluis.udp, BRANCH, phone), await ask(sluis.udp, BRANCH, own)]).toEqual(['answered', 'answered']);
    await reload(() => register(HEADER, `new,,${OWN},none,none,partly,no`, `phone-0032,,${PHONE},state,none,none,no`));
    expect([await ask(sluis.udp, BRANCH, phone), await ask(sluis.udp, BRANCH, own)]).toEqual(['blocked', 'blocked']);
    expect(await ask(sluis.udp, BRANCH, byMac(LAPTOP))).toBe('answered');
    await reload(() => sluis.configure(settings({ devices: { ...SETTINGS.devices, mac_from: [] } })));
    expect(await ask(sluis.udp, BRANCH, phone)).toBe('answered');
  });
});
