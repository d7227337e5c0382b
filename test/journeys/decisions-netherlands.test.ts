// The Dutch cabinet's advice and the rule of the European Commission, sentence by sentence, on each day of the story.

import { describe, expect, test } from 'vitest';
import { INNOCENT, Network } from '../support/network.ts';

/** One name of each app that stands for a country; of North Korea only malware is known, which has no names. */
const MANAGED_IN: Record<string, string[]> = {
  CN: ['www.tiktok.com', 'weixin.qq.com', 'www.temu.com', 'chat.deepseek.com', 'www.wechat.com'],
  RU: ['vk.com', 'faceapp.io'],
  IR: ['igap.net'],
};
const ALL = Object.values(MANAGED_IN).flat();
const DISPUTED = ['telegram.org', 't.me'];

const CIVIL_SERVANT = '10.10.4.17';
const COLLEAGUE = '10.10.4.18';
const PRIVATE = '10.20.4.17';

const MINISTRY = `
presets: [nl-2023]
upstreams: ["192.0.2.53"]
groups:
  - { id: work, match: { subnets: [10.10.0.0/16] }, modes: { nl-2023: block } }
  - { id: private, match: { subnets: [10.20.0.0/16] }, modes: { nl-2023: "off" } }
`;
const BANNED = 'blocked by nl-2023';

/** A primary task, and who answers for the way through. */
const CASE = {
  ...{ id: 'x-2026-014', ground: 'investigation', policy: 'nl-2023', clients: [CIVIL_SERVANT] },
  ...{ owner: 'a@example.nl', approver: 'b@example.nl', reason: 'Case support', ticket: 'REQ-1201' },
  ...{ starts: '2026-10-01', expires: '2027-03-31' },
};

const policies = (text: string) => `${MINISTRY}policies:\n  - { id: nl-2023, ${text} }\n`;

/** What all of these names come to. */
function all(network: Network, client: string, names: readonly string[] = ALL): string {
  return [...new Set(names.map((name) => network.gets(client, name)))].join(' or ');
}

describe('not only TikTok, but all apps managed in a country with an offensive cyber programme', () => {
  test('from the day of the letter on', async () => {
    const network = (await Network.of(MINISTRY)).at('2023-03-20T23:59:59Z');
    expect(all(network, CIVIL_SERVANT)).toBe('answered');
    expect(network.keeps(CIVIL_SERVANT, 'vk.com')).toBe(1);
    expect(all(network.at('2023-03-21'), CIVIL_SERVANT)).toBe(BANNED);
  });

  test.each(Object.keys(MANAGED_IN))(
    'designating %s takes its apps, and those of no other country',
    async (country) => {
      const network = (await Network.of(policies(`jurisdictions: [${country}]`))).at('2023-03-21');
      for (const [code, names] of Object.entries(MANAGED_IN)) {
        expect(all(network, CIVIL_SERVANT, names)).toBe(code === country ? BANNED : 'answered');
      }
    },
  );

  test.each(Object.keys(MANAGED_IN))('no longer designating %s lets its apps go, and no others', async (country) => {
    const rest = Object.keys(MANAGED_IN).filter((code) => code !== country);
    const network = (await Network.of(policies(`jurisdictions: [${rest}]`))).at('2023-03-21');
    for (const [code, names] of Object.entries(MANAGED_IN)) {
      expect(all(network, CIVIL_SERVANT, names)).toBe(code === country ? 'answered' : BANNED);
    }
  });

  test('those of which the management is disputed come only when they are asked for', async () => {
    expect(all((await Network.of(MINISTRY)).at('2023-03-21'), CIVIL_SERVANT, DISPUTED)).toBe('answered');
    expect(all((await Network.of(policies('contested: true'))).at('2023-03-21'), CIVIL_SERVANT, DISPUTED)).toBe(BANNED);
  });

  test('advised against at once, barred when the time of grace is over', async () => {
    const network = (await Network.of(policies('grace: P14D'))).at('2023-03-21');
    expect(all(network, CIVIL_SERVANT)).toBe('observed by nl-2023');
    expect(all(network.at('2023-04-03T23:59:59Z'), CIVIL_SERVANT)).toBe('observed by nl-2023');
    expect(network.keeps(CIVIL_SERVANT, 'vk.com')).toBe(1);
    expect(all(network.at('2023-04-04'), CIVIL_SERVANT)).toBe(BANNED);
  });

  test('it is told which of this the cabinet never published, and who reported it', async () => {
    const [{ reported, jurisdictions }] = (await Network.of(MINISTRY)).at('2023-03-21').standing().policies;
    expect(jurisdictions).toEqual(['CN', 'RU', 'IR', 'KP']);
    expect(reported).toContain('NOS');
  });
});

describe('private devices are left alone', () => {
  test('they are answered, and nothing is counted', async () => {
    const network = (await Network.of(MINISTRY)).at('2023-03-21');
    expect(all(network, PRIVATE, [...ALL, ...DISPUTED])).toBe('answered');
    expect(network.count('nl-2023', 'private', 'OBSERVED')).toBe(0);
    expect(network.count('nl-2023', 'private', 'BLOCKED')).toBe(0);
  });
});

describe('an app that a primary task needs is excepted', () => {
  const excepting = (...more: object[]) =>
    `${MINISTRY}exceptions: ${JSON.stringify(more.map((one) => ({ ...CASE, ...one })))}\n`;
  const THROUGH = 'let through nl-2023 by x-2026-014';

  test.each(['inspection', 'investigation', 'intelligence'])('for %s', async (ground) => {
    expect(all((await Network.of(excepting({ ground }))).at('2026-10-01'), CIVIL_SERVANT)).toBe(THROUGH);
  });

  test('for those it names, from its first second to its last, and then no longer', async () => {
    const network = (await Network.of(excepting({}))).at('2026-09-30T23:59:59Z');
    expect(all(network, CIVIL_SERVANT)).toBe(BANNED);
    expect(network.keeps(CIVIL_SERVANT, 'vk.com')).toBe(1);
    for (const moment of ['2026-10-01', '2027-03-30T23:59:59Z']) {
      expect(all(network.at(moment), CIVIL_SERVANT)).toBe(THROUGH);
      expect(all(network, COLLEAGUE)).toBe(BANNED);
    }
    expect(network.keeps(CIVIL_SERVANT, 'vk.com')).toBe(1);
    expect(all(network.at('2027-03-31'), CIVIL_SERVANT)).toBe(BANNED);
    expect(network.count('nl-2023', 'work', 'EXCEPTED')).toBe(4 * ALL.length + 1);
  });

  test('its owner is told before it ends, and when it has ended', async () => {
    const network = (await Network.of(excepting({}))).at('2027-03-16T23:59:59Z');
    expect(network.alerts()).toEqual([]);
    expect(network.at('2027-03-17').alerts()).toEqual(['x-2026-014 exception_ending']);
    expect(network.standing().alerts).toMatchObject([{ owner: 'a@example.nl', policy: 'nl-2023' }]);
    expect(network.at('2027-03-31').alerts()).toEqual(['x-2026-014 exception_ended']);
    expect(network.at('2027-04-07').alerts()).toEqual([]);
  });

  test('from one decision, and no other', async () => {
    const groups = MINISTRY.replace('modes: { nl-2023: block }', 'modes: { nl-2023: block, be-716: block }');
    const yaml = `${groups.replace('[nl-2023]', '[nl-2023, be-716]')}exceptions: ${JSON.stringify([CASE])}\n`;
    const network = (await Network.of(yaml)).at('2026-10-01');
    expect(network.gets(CIVIL_SERVANT, 'vk.com')).toBe(THROUGH);
    expect(network.gets(CIVIL_SERVANT, 'www.tiktok.com')).toBe('blocked by be-716');
  });

  test('a sealed one works as well, stands nowhere by name, and is counted', async () => {
    const network = (await Network.of(excepting({ sealed: true }))).at('2027-03-17');
    expect(all(network, CIVIL_SERVANT)).toBe('let through nl-2023 by a sealed exception');
    const standing = network.standing();
    expect(standing.policies[0]).toMatchObject({ exceptions: [], sealed: 1 });
    expect(JSON.stringify(standing)).not.toContain('x-2026-014');
    expect(JSON.stringify(standing)).not.toContain('a@example.nl');
    expect(all(network.at('2027-03-31'), CIVIL_SERVANT)).toBe(BANNED);
  });

  test.each([
    ['that no primary task asks for', { ground: 'convenience' }, /"convenience" is not one of inspection/],
    ['that one person decided', { approver: 'A@example.nl' }, /owner approves their own exception/],
    ['that nobody approved', { approver: undefined }, /"approver" is missing/],
    ['without a reason', { reason: undefined }, /"reason" is missing/],
    ['without an end', { expires: undefined }, /"expires" is missing/],
    ['for more than a year', { expires: '2027-10-03' }, /may last a year/],
    ['for a whole organisation', { clients: ['10.10.0.0/16'] }, /never for a whole organisation/],
    ['for everybody', { clients: ['0.0.0.0/0'] }, /never for a whole organisation/],
  ])('one %s is refused', async (_, more, problem) => {
    await expect(Network.of(excepting(more))).rejects.toThrow(problem);
  });

  test('one for a year to the day is not', async () => {
    const network = (await Network.of(excepting({ expires: '2027-10-01' }))).at('2027-09-30T23:59:59Z');
    expect(all(network, CIVIL_SERVANT)).toBe(THROUGH);
    expect(all(network.at('2027-10-01'), CIVIL_SERVANT)).toBe(BANNED);
  });
});

describe('managed devices, on which only approved apps run', async () => {
  const PACKS = ['os-updates', 'certificates', 'captive-portals', 'mdm', 'time'];
  const APPROVED = ['intranet.example.nl', 'mail.example.nl'];
  const NEEDED: Record<string, string> = {
    'os-updates': 'download.windowsupdate.com',
    certificates: 'ocsp.sectigo.com',
    'captive-portals': 'captive.apple.com',
    mdm: 'login.microsoftonline.com',
    time: 'time.google.com',
  };
  const managed = (mode: string, packs = PACKS) => `
presets: [nl-2023]
upstreams: ["192.0.2.53"]
lists: [{ id: own, file: own.txt, format: domains }]
policies: [{ id: managed-only, title: { nl: Alleen goedgekeurde apps }, authority: Management board }]
groups:
  - id: managed
    match: { subnets: [10.30.0.0/16] }
    modes: { nl-2023: block }
    default: { mode: ${mode}, policy: managed-only }
    allow: ${JSON.stringify(['own', ...packs.map((pack) => `baseline:${pack}`)])}
  - { id: work, match: { subnets: [10.10.0.0/16] }, modes: { nl-2023: block } }
`;
  const DEVICE = '10.30.0.9';
  const network = async (mode: string, packs = PACKS) =>
    (await Network.of(managed(mode, packs), { 'own.txt': 'example.nl\n' })).at('2024-01-01');

  test('what the organisation approves is answered', async () => {
    expect(all(await network('block'), DEVICE, APPROVED)).toBe('answered');
  });

  test.each(PACKS)('they can do what %s needs with its pack, and not without', async (pack) => {
    const name = NEEDED[pack];
    expect((await network('block', [pack])).gets(DEVICE, name)).toBe('answered');
    const others = PACKS.filter((other) => other !== pack);
    expect((await network('block', others)).gets(DEVICE, name)).toBe('blocked by managed-only');
  });

  test('everything else is blocked, and a banned app under the decision that bans it', async () => {
    const own = await network('block');
    expect(all(own, DEVICE, ['www.example.com', 'some-app.example', 'com'])).toBe('blocked by managed-only');
    expect(all(own, DEVICE)).toBe(BANNED);
  });

  test('before that it is learned what they ask for beside it', async () => {
    const own = await network('observe');
    expect(all(own, DEVICE, ['www.example.com', 'some-app.example'])).toBe('observed by managed-only');
    expect(all(own, DEVICE)).toBe(BANNED);
    expect(all(own, DEVICE, APPROVED)).toBe('answered');
    expect(own.count('managed-only', 'managed', 'OBSERVED')).toBe(4);
  });

  test('an exception opens the way past the decision it names, and no further', async () => {
    const through = async (mode: string, ...from: string[]) => {
      const all = from.map((policy) => ({ ...CASE, id: `x-${policy}`, policy, clients: [DEVICE] }));
      const yaml = `${managed(mode)}exceptions: ${JSON.stringify(all)}\n`;
      return (await Network.of(yaml, { 'own.txt': 'example.nl\n' })).at('2026-10-01').gets(DEVICE, 'vk.com');
    };
    expect(await through('block', 'nl-2023')).toBe('blocked by managed-only');
    expect(await through('block', 'managed-only')).toBe(BANNED);
    expect(await through('block', 'nl-2023', 'managed-only')).toBe('let through nl-2023 by x-nl-2023');
    expect(await through('observe', 'nl-2023')).toBe('observed by managed-only, let through nl-2023 by x-nl-2023');
  });

  test('devices that are not managed keep everything that is not banned', async () => {
    const own = await network('block');
    expect(own.touched(CIVIL_SERVANT, INNOCENT)).toEqual({});
    expect(all(own, CIVIL_SERVANT)).toBe(BANNED);
  });
});

describe('the Commission: corporate devices, and personal ones with work apps', async () => {
  const COMMISSION = `
presets: [ec-2023]
upstreams: ["192.0.2.53"]
devices: { file: devices.csv }
groups:
  - { id: corporate, match: { devices: { kind: service } }, modes: { ec-2023: block } }
  - { id: enrolled, match: { devices: { kind: personal, work_apps: true } }, modes: { ec-2023: block } }
  - { id: others, match: { subnets: [10.0.0.0/8] }, modes: { ec-2023: "off" } }
`;
  const truth = [
    { device: 'corporate', paid: 'state', apps: 'no', fate: 'blocked by ec-2023' },
    { device: 'corporate', paid: 'state', apps: 'yes', fate: 'blocked by ec-2023' },
    { device: 'corporate in part', paid: 'partly', apps: 'no', fate: 'blocked by ec-2023' },
    { device: 'personal', paid: 'none', apps: 'yes', fate: 'blocked by ec-2023' },
    { device: 'personal', paid: 'none', apps: 'no', fate: 'answered' },
  ];
  const registry = (rows: string[]) => `id,address,purchase,subscription,use,work_apps\n${rows.join('\n')}\n`;
  const rows = truth.map(({ paid, apps }, at) => `d-${at},10.1.0.${at},${paid},none,none,${apps}`);
  const network = (await Network.of(COMMISSION, { 'devices.csv': registry(rows) })).at('2023-02-23');

  test.each(truth.map((row, at) => ({ ...row, at })))('$device, work apps: $apps → $fate', ({ at, fate }) => {
    expect(network.gets(`10.1.0.${at}`, 'www.tiktok.com')).toBe(fate);
    expect(network.touched(`10.1.0.${at}`, INNOCENT)).toEqual({});
  });

  test('who keeps TikTok on a personal device takes the work apps off it', async () => {
    const phone = async (apps: string) => {
      const devices = registry([`phone,10.1.0.1,none,none,none,${apps}`]);
      return (await Network.of(COMMISSION, { 'devices.csv': devices })).at('2023-03-15');
    };
    expect((await phone('yes')).gets('10.1.0.1', 'www.tiktok.com')).toBe('blocked by ec-2023');
    expect((await phone('no')).gets('10.1.0.1', 'www.tiktok.com')).toBe('answered');
  });

  test('from 15 March 2023 on a device that has it is not compliant', async () => {
    const own = (await Network.of(COMMISSION, { 'devices.csv': registry(rows) })).at('2023-03-14T23:59:59Z');
    expect(own.alerts()).toEqual([]);
    expect(own.at('2023-03-15').alerts()).toEqual(['ec-2023 deadline_passed']);
  });
});

test.each(['2023-03-20', '2023-03-21', '2033-01-01'])('nobody is kept from an innocent name, on %s', async (day) => {
  const network = (await Network.of(policies('contested: true'))).at(day);
  for (const client of [CIVIL_SERVANT, PRIVATE]) expect(network.touched(client, INNOCENT)).toEqual({});
});
