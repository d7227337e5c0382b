// Circular 716, sentence by sentence: from what an admin writes down to what a device gets, on each day of the story.

import { afterAll, describe, expect, test } from 'vitest';
import { policy } from '../../src/commands/policy.ts';
import { INNOCENT, Network } from '../support/network.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const TIKTOK = ['www.tiktok.com', 'tiktok.com', 'v16-webapp.tiktok.com', 'ttwstatic.com', 'log.tiktokv.com'];

/** An office: who pays for a device says what it is, wherever it is; all others are guests on its networks. */
const OFFICE = `
presets: [be-716]
listen: { dns: ["10.0.0.53:53", "10.0.0.54:53"] }
upstreams: ["192.0.2.53"]
devices: { file: devices.csv }
groups:
  - { id: service, match: { devices: { kind: service } }, modes: { be-716: block } }
  - { id: own-devices, match: { devices: { kind: personal } }, modes: { be-716: observe } }
  - { id: wifi-service, match: { subnets: [10.10.0.0/16] }, modes: { be-716: block } }
  - { id: wifi-personal, match: { subnets: [10.20.0.0/16] }, modes: { be-716: observe } }
  - { id: wifi-guests, match: { subnets: [10.30.0.0/16] }, modes: { be-716: "off" } }
  - { id: wifi-socket, match: { subnets: [10.30.0.0/16], listeners: ["10.0.0.54:53"] }, modes: { be-716: block } }
`;

const DESKTOP = '10.20.1.1';
const PHONE = '10.20.1.2';
const PHONE_6 = '2001:db8:20::2';
const OWN_PHONE = '10.10.1.3';
const GUEST = '10.30.0.7';
const DEVICES = `id,address,mac,purchase,subscription,use,work_apps,owner,note
desktop,${DESKTOP},,state,none,none,no,a.peeters,fixed
phone,${PHONE} ${PHONE_6},,none,partly,none,yes,b.janssens,mobile: subscription paid in part
own,${OWN_PHONE},,none,none,none,yes,b.janssens,
`;

const office = (yaml = OFFICE) => Network.of(yaml, { 'devices.csv': DEVICES });
const BANNED = 'blocked by be-716';

/** What each of these names comes to, where it is one and the same. */
function all(network: Network, client: string, names = TIKTOK, listener?: string): string {
  const fates = new Set(names.map((name) => network.gets(client, name, listener)));
  return [...fates].join(' or ');
}

describe('a: TikTok is neither installed nor used on service devices', async () => {
  test.each([
    ['fixed', DESKTOP],
    ['mobile', PHONE],
    ['mobile, over IPv6', PHONE_6],
  ])('%s ones, at once: from the first second of 10 March 2023', async (_, device) => {
    const network = (await office()).at('2023-03-09T23:59:59Z');
    expect(all(network, device)).toBe('answered');
    // What was answered may be kept for as long as it is right.
    expect(network.keeps(device, 'www.tiktok.com')).toBe(1);
    expect(all(network.at('2023-03-10'), device)).toBe(BANNED);
  });

  const funding = ['state', 'partly', 'none'];
  const paid = funding.flatMap((purchase) =>
    funding.flatMap((subscription) => funding.map((use) => ({ purchase, subscription, use }))),
  );
  const rows = paid.map(({ purchase, subscription, use }, at) => {
    return `d-${at},10.40.0.${at},${purchase},${subscription},${use},no`;
  });
  const registry = `id,address,purchase,subscription,use,work_apps\n${rows.join('\n')}\n`;
  const network = (await Network.of(OFFICE, { 'devices.csv': registry })).at('2023-03-10');

  test.each(paid.map((who, at) => ({ ...who, at })))(
    'a service device is one that the state pays, wholly or partly: purchase $purchase, subscription $subscription, use $use',
    ({ purchase, subscription, use, at }) => {
      const isPaid = [purchase, subscription, use].some((word) => word === 'state' || word === 'partly');
      expect(network.gets(`10.40.0.${at}`, 'www.tiktok.com')).toBe(isPaid ? BANNED : 'observed by be-716');
    },
  );

  test('a visitor of a site that has a pixel of TikTok uses no TikTok', async () => {
    const pixels = ['analytics.tiktok.com', 'business-api.tiktok.com'];
    expect(all((await office()).at('2023-03-10'), DESKTOP, pixels)).toBe('answered');
  });

  test('whoever is blocked is told by whose authority, and where to ask', async () => {
    const yaml = `${OFFICE}policies: [{ id: be-716, contact: netsec@example.be }]\n`;
    const { rcode, errors } = (await office(yaml)).at('2023-03-10').reply(DESKTOP, 'www.tiktok.com');
    expect({ rcode, errors }).toEqual({
      rcode: 'NXDOMAIN',
      errors: [{ code: 15, text: 'be-716: ask netsec@example.be' }],
    });
  });
});

describe('b: it is removed from them by 31 March 2023', () => {
  test('from that day on, and not before, somebody is told to report against it', async () => {
    const network = (await office()).at('2023-03-30T23:59:59Z');
    expect(network.alerts()).toEqual([]);
    expect(network.at('2023-03-31').alerts()).toEqual(['be-716 deadline_passed']);
    expect(network.at('2023-08-01').alerts()).toEqual(['be-716 deadline_passed']);
  });

  test('it stands on the timeline between the first day and the evaluation', async () => {
    const { timeline } = (await office()).at('2023-03-20').standing();
    expect(timeline.map(({ at, kind }) => `${new Date(at * 1000).toISOString().slice(0, 10)} ${kind}`)).toEqual([
      '2023-03-10 decided',
      '2023-03-10 effective',
      '2023-03-31 deadline',
      '2023-09-10 review',
    ]);
  });

  test('who still has it on a service device is counted, before and after', async () => {
    const network = (await office()).at('2023-03-30');
    const before = all(network, PHONE);
    expect(network.count('be-716', 'service', 'BLOCKED')).toBe(2 * TIKTOK.length);
    expect(all(network.at('2023-03-31'), PHONE)).toBe(before);
    expect(network.count('be-716', 'service', 'BLOCKED')).toBe(4 * TIKTOK.length);
  });
});

describe('c: it is advised against on personal devices that reach internal networks', () => {
  test('which get every answer, and are counted', async () => {
    const network = (await office()).at('2023-03-10');
    expect(all(network, OWN_PHONE)).toBe('observed by be-716');
    expect(network.count('be-716', 'own-devices', 'OBSERVED')).toBe(2 * TIKTOK.length);
    expect(network.count('be-716', 'own-devices', 'BLOCKED')).toBe(0);
  });
});

describe('d: the Centre for Cybersecurity looks into blocking it in the professional environment', () => {
  const trial = OFFICE.replaceAll('be-716: block', 'be-716: observe');

  test('what a block would do is counted, group by group, while nobody is blocked', async () => {
    const network = (await office(trial)).at('2023-03-10');
    const asked = { service: DESKTOP, 'own-devices': OWN_PHONE, 'wifi-service': '10.10.9.9' };
    for (const [group, client] of Object.entries(asked)) {
      expect(all(network, client)).toBe('observed by be-716');
      expect(network.count('be-716', group, 'OBSERVED')).toBe(2 * TIKTOK.length);
    }
  });

  test('it counts exactly what is blocked once it is in force', async () => {
    const asked = [...TIKTOK, ...INNOCENT, 'analytics.tiktok.com', 'www.douyin.com'];
    const [observed, blocked] = [await office(trial), await office()].map((network) => {
      const touched = network.at('2023-03-10').touched(DESKTOP, asked);
      return Object.keys(touched);
    });
    expect(observed).toEqual(blocked);
    expect(blocked).toEqual(expect.arrayContaining(TIKTOK));
  });
});

describe('WiFi tells service devices from personal ones', async () => {
  const network = (await office()).at('2023-03-10');

  test('by the subnet that each network has', () => {
    expect(all(network, '10.10.9.9')).toBe(BANNED);
    expect(all(network, '10.20.9.9')).toBe('observed by be-716');
    expect(all(network, GUEST)).toBe('answered');
  });

  test('by the address of the resolver that each network is given', () => {
    expect(all(network, GUEST, TIKTOK, '10.0.0.53:53')).toBe('answered');
    expect(all(network, GUEST, TIKTOK, '10.0.0.54:53')).toBe(BANNED);
  });

  test('and a device that is known stays what it is on the wrong one', () => {
    for (const socket of ['10.0.0.53:53', '10.0.0.54:53']) {
      expect(all(network, DESKTOP, TIKTOK, socket)).toBe(BANNED);
      expect(all(network, OWN_PHONE, TIKTOK, socket)).toBe('observed by be-716');
    }
  });

  test('who is on none of them is refused', () => expect(all(network, '192.168.1.1')).toBe('refused'));
});

describe('the ban is temporary and evaluated after six months', () => {
  test('on that day somebody is told, and the ban stays', async () => {
    const network = (await office()).at('2023-09-09T23:59:59Z');
    expect(network.alerts()).toEqual(['be-716 deadline_passed']);
    expect(all(network, DESKTOP)).toBe(BANNED);
    expect(network.at('2023-09-10').alerts()).toEqual(['be-716 deadline_passed', 'be-716 review_passed']);
    expect(all(network, DESKTOP)).toBe(BANNED);
  });

  test('nothing lapses by itself: it is in force years later', async () => {
    const network = (await office()).at('2033-09-10');
    expect(all(network, DESKTOP)).toBe(BANNED);
    expect(network.standing().policies[0]).toMatchObject({ state: 'in force', since: Date.UTC(2023, 2, 10) / 1000 });
  });

  test.each([
    ['keep-and-alert', BANNED, ['be-716 deadline_passed', 'be-716 review_passed', 'be-716 expired_kept']],
    ['observe', 'observed by be-716', ['be-716 deadline_passed', 'be-716 review_passed', 'be-716 expired_lapsed']],
    ['off', 'answered', ['be-716 expired_lapsed']],
  ])('where an end is decided, "%s" says what it means, to the second', async (onExpiry, fate, alerts) => {
    const yaml = `${OFFICE}policies: [{ id: be-716, expires: 2024-03-20, on_expiry: "${onExpiry}" }]\n`;
    const network = (await office(yaml)).at('2024-03-19T23:59:59Z');
    expect(all(network, DESKTOP)).toBe(BANNED);
    expect(network.keeps(DESKTOP, 'www.tiktok.com')).toBe(1);
    expect(all(network.at('2024-03-20'), DESKTOP)).toBe(fate);
    expect(network.alerts()).toEqual(alerts);
  });
});

describe('Dutch and French side by side', () => {
  const folder = folderOf({ 'sluis.yaml': OFFICE, 'devices.csv': DEVICES });
  afterAll(() => folder.remove());
  const print = async (env: Record<string, string>, ...more: string[]) => {
    const around = surroundings(env);
    await policy.run(['--config', folder.at('sluis.yaml'), '--at', '2023-03-10', ...more], around);
    return around.printed;
  };

  test.each([
    ['nl_BE.UTF-8', 'Tijdelijk verbod op het gebruik van TikTok', 'heeft de Nationale Veiligheidsraad beslist'],
    ['fr_BE.UTF-8', "Interdiction temporaire d'utiliser TikTok", 'le Conseil national de sécurité a décidé'],
  ])('each reads it in their own: %s', async (LANG, title, reason) => {
    const printed = await print({ LANG });
    expect(printed).toContain(`be-716: ${title}\n`);
    expect(printed).toContain(reason);
  });

  test('a program has both', async () => {
    const [{ title, reason }] = JSON.parse(await print({}, '--json')).policies;
    expect(title).toMatchObject({
      nl: 'Tijdelijk verbod op het gebruik van TikTok',
      fr: "Interdiction temporaire d'utiliser TikTok",
    });
    expect(Object.keys(reason)).toEqual(expect.arrayContaining(['nl', 'fr']));
  });
});

test.each(['2023-03-09', '2023-03-10', '2023-03-31', '2023-09-10', '2033-09-10'])(
  'nobody is kept from an innocent name, on %s',
  async (day) => {
    const network = (await office()).at(day);
    for (const client of [DESKTOP, PHONE, PHONE_6, OWN_PHONE, '10.10.9.9', '10.20.9.9', GUEST]) {
      for (const socket of ['10.0.0.53:53', '10.0.0.54:53'])
        expect(network.touched(client, INNOCENT, socket)).toEqual({});
    }
  },
);
