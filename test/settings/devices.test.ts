// The device registry: what a row says, which devices are service devices, whom the EC rule covers, and bad rows.

import { describe, expect, test } from 'vitest';
import { FUNDINGS, isServiceDevice, readDevices } from '../../src/settings/devices.ts';
import { loadText, told } from './memory-files.ts';

const FILE = '/etc/sluis/devices.csv';
const HEADER = 'id,address,mac,purchase,subscription,use,work_apps,owner,note';

/** Every way in which a device can be paid for and used: 3 × 3 × 3 × 2. */
const COMBINATIONS = FUNDINGS.flatMap((purchase) =>
  FUNDINGS.flatMap((subscription) =>
    FUNDINGS.flatMap((use) => ['yes', 'no'].map((workApps) => ({ purchase, subscription, use, workApps }))),
  ),
);

/** Whoever has no state money in it at all: the one row in 27 by which a device is personal. */
const PERSONAL = 'none none none';

const REGISTRY = [
  HEADER,
  ...COMBINATIONS.map(
    ({ purchase, subscription, use, workApps }, at) =>
      `d${at},10.0.0.${at},,${purchase},${subscription},${use},${workApps},,`,
  ),
].join('\n');

test('there are 54 combinations, two of which are personal devices', () => {
  expect(new Set(COMBINATIONS.map((one) => JSON.stringify(one))).size).toBe(54);
  const { devices, problems } = readDevices(FILE, REGISTRY);
  expect(problems).toEqual([]);
  expect(devices.filter((device) => !isServiceDevice(device))).toHaveLength(2);
});

test.each(COMBINATIONS)('purchase $purchase, subscription $subscription, use $use, work apps $workApps', (one) => {
  const { purchase, subscription, use, workApps } = one;
  const isPersonal = [purchase, subscription, use].join(' ') === PERSONAL;
  expect(isServiceDevice(one)).toBe(!isPersonal);
  expect(groupsOf(`10.0.0.${COMBINATIONS.indexOf(one)}/32`)).toEqual(
    isPersonal ? (workApps === 'yes' ? ['work', 'ec'] : ['private']) : ['service', 'ec'],
  );
});

/** The groups that have the address, and `ec` where one of them is of those whom the Commission's rule covers. */
function groupsOf(prefix: string): string[] {
  const groups = SETTINGS.groups.filter(({ prefixes }) => prefixes.some(({ text }) => text === prefix));
  const isCovered = groups.some(({ modes }) => modes['ec-rule'] === 'block');
  return [...groups.map(({ id }) => id), ...(isCovered ? ['ec'] : [])];
}

/** The EC rule as a configuration has it: service devices, and personal ones with work apps. */
const SETTINGS = loadText(
  `presets: []
devices: { file: devices.csv }
policies: [{ id: ec-rule, title: T, authority: A, apps: [tiktok] }]
groups:
  - { id: service, match: { devices: { kind: service } }, modes: { ec-rule: block } }
  - { id: work, match: { devices: { kind: personal, work_apps: true } }, modes: { ec-rule: block } }
  - { id: private, match: { devices: { kind: personal, work_apps: false } }, modes: { ec-rule: "off" } }
`,
  {},
  { [FILE]: REGISTRY },
).settings!;

describe('a row', () => {
  test('has addresses of both families, and what else is known', () => {
    const { devices } = readDevices(
      FILE,
      `\uFEFF${HEADER}\r\nL-1,10.0.0.1 2001:DB8::1,00-00-5E-00-53-0A,state,partly,none,no,"Peeters, An","says ""hi"""\r\n`,
    );
    expect(
      devices.map(({ addresses, ...rest }) => ({ ...rest, addresses: addresses.map(({ text }) => text) })),
    ).toEqual([
      {
        id: 'L-1',
        addresses: ['10.0.0.1/32', '2001:db8::1/128'],
        mac: '00:00:5e:00:53:0a',
        purchase: 'state',
        subscription: 'partly',
        use: 'none',
        workApps: false,
        owner: 'Peeters, An',
        note: 'says "hi"',
        line: 2,
      },
    ]);
  });

  test('may leave out what is not needed, in columns of any order', () => {
    const { devices, problems } = readDevices(
      FILE,
      'work_apps,use,subscription,purchase,address,id\nyes,none,none,none,,d\n',
    );
    expect(problems).toEqual([]);
    expect(devices).toMatchObject([{ id: 'd', addresses: [], workApps: true, mac: '', owner: '' }]);
  });
});

describe('a group', () => {
  test('of devices within subnets has those of their addresses alone', () => {
    const { settings, problems } = loadText(
      `devices: { file: devices.csv }
groups:
  - { id: here, match: { subnets: [10.0.0.0/31], devices: { kind: service } }, modes: { be-716: block } }
  - { id: there, match: { subnets: [10.0.0.2/31], devices: { kind: service } }, modes: { be-716: observe } }
`,
      {},
      { [FILE]: REGISTRY },
    );
    expect(problems).toEqual([]);
    expect(settings?.groups.map(({ prefixes }) => prefixes.map(({ text }) => text))).toEqual([
      ['10.0.0.0/32', '10.0.0.1/32'],
      ['10.0.0.2/32', '10.0.0.3/32'],
    ]);
    expect(settings?.devices.file).toBe(FILE);
  });
});

describe('a registry with faults', () => {
  test.each([
    ['nothing', '', [`devices.csv:1:1 error: the registry is empty; begin it with the line ${HEADER}`]],
    [
      'another separator',
      'id;address\n',
      [`devices.csv:1:1 error: the columns are not separated by commas; write the header ${HEADER}, with commas`],
    ],
    [
      'unknown and missing columns',
      'id,adress,purchase,subscription,use,use\n',
      [
        'devices.csv:1:4 error: unknown column "adress"; did you mean address?',
        'devices.csv:1:37 error: column "use" is there twice; remove one of the two',
        `devices.csv:1:1 error: the header lacks address, work_apps; write the header ${HEADER}`,
      ],
    ],
    [
      'a short row',
      `${HEADER}\nd,10.0.0.1\n`,
      [
        'devices.csv:2:1 error: the row has 2 fields, the header 9; give each column a field, empty or not; put fields with commas in quotes',
      ],
    ],
    [
      'bad words',
      `${HEADER}\n a b ,10.0.0.0/24,xx,sate,,none,true,,\n`,
      [
        'devices.csv:2:1 error: "a b" cannot be the id of a device; use letters, digits, "-", ".", "_", ":" and "/", at most 63',
        'devices.csv:2:7 error: "10.0.0.0/24" is no address; write single addresses; prefixes belong in "subnets" of a group',
        'devices.csv:2:19 error: "xx" is no MAC address; write it as 00:00:5e:00:53:01, or leave it empty',
        'devices.csv:2:22 error: purchase is "sate", which is none of state, partly, none; did you mean state?',
        'devices.csv:2:27 error: subscription is empty; write one of state, partly, none',
        'devices.csv:2:33 error: work_apps is "true", which is none of yes, no; known here: no, yes',
      ],
    ],
    [
      'an IPv4 address in IPv6 form',
      `${HEADER}\nd,::ffff:10.0.0.1,,state,none,none,no,,\n`,
      ['devices.csv:2:3 error: "::ffff:10.0.0.1" is an IPv4 prefix in IPv6 form; write 10.0.0.1/32'],
    ],
    [
      'quotes in the wrong places',
      `${HEADER}\nd"e,,,state,none,none,no,,\n"d"e,,,state,none,none,no,,\n"d\n`,
      [
        'devices.csv:2:2 error: a quote stands within a field; put the whole field in quotes, and write "" for a quote',
        'devices.csv:3:4 error: text follows the closing quote; end the field with its quote: a quote within is ""',
        'devices.csv:4:1 error: the quote that begins here is never closed; close it, or double the quote',
      ],
    ],
  ])('%s', (_, text, expected) => {
    const { devices, problems } = readDevices(FILE, text);
    expect(problems.map(told)).toEqual(expected);
    expect(devices).toEqual([]);
  });

  test('has a MAC twice, in whatever form, or one of zeros', () => {
    const rows = ['a,,00:00:5e:00:53:0a', 'b,,00-00-5E-00-53-0A', 'c,,00:00:00:00:00:00', 'd,,', 'e,,'];
    const text = [HEADER, ...rows.map((row) => `${row},none,none,none,no,,`)].join('\n');
    const { devices, problems } = readDevices(FILE, text);
    expect(devices.map(({ id }) => id)).toEqual(['a', 'd', 'e']);
    expect(problems.map(told)).toEqual([
      'devices.csv:3:4 error: MAC 00:00:5e:00:53:0a is there already, at line 2; a MAC belongs to one device: take it from the other',
      'devices.csv:4:4 error: "00:00:00:00:00:00" is no MAC address; write it as 00:00:5e:00:53:01, or leave it empty',
    ]);
  });

  test('has a device or an address twice', () => {
    const row = 'd,10.0.0.1,,state,none,none,no,,\n';
    const { devices, problems } = readDevices(FILE, `${HEADER}\n${row}${row}`);
    expect(devices).toHaveLength(1);
    expect(problems.map(told)).toEqual([
      'devices.csv:3:1 error: device "d" is there already, at line 2; remove one of the two',
      'devices.csv:3:3 error: address 10.0.0.1 is there already, at line 2; an address belongs to one device: take it from the other',
    ]);
  });

  test('is told of twenty times, then summed up', () => {
    const rows = Array.from({ length: 30 }, (_, at) => `d${at},,,none,none,none,maybe,,`);
    const { problems } = readDevices(FILE, [HEADER, ...rows].join('\n'));
    expect(problems).toHaveLength(21);
    expect(problems[20]).toMatchObject({ line: 22, message: '10 more problems from here on' });
  });

  test('keeps the rows that have none', () => {
    const { devices, problems } = readDevices(FILE, `${HEADER}\na,,,none,none,none,maybe,,\nb,,,none,none,none,no,,\n`);
    expect(devices.map(({ id }) => id)).toEqual(['b']);
    expect(problems.map(({ line }) => line)).toEqual([2]);
  });
});
