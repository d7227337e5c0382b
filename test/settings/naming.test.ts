// Devices that a forwarder names: which the settings have, for which groups and exceptions, and what check says of them.

import { describe, expect, test } from 'vitest';
import { coverageNotes } from '../../src/settings/coverage.ts';
import { loadText, told } from './memory-files.ts';

const REGISTRY = `id,address,mac,purchase,subscription,use,work_apps
laptop,10.10.4.17,00:00:5e:00:53:01,state,none,none,no
phone,,00-00-5E-00-53-02,none,none,none,yes
site,,,state,none,none,no
`;

function load(text: string, registry = REGISTRY) {
  return loadText(
    `presets: [be-716]\nlisten: { dns: ["127.0.0.1:53", "127.0.0.2:53"] }\n${text}`,
    {},
    {
      '/etc/sluis/devices.csv': registry,
    },
  );
}

const SERVICE = '- { id: service, match: { devices: { kind: service } }, modes: { be-716: block } }';
const exception = (devices: string) =>
  `exceptions: [{ id: x, ground: inspection, policy: be-716, devices: [${devices}], owner: A, approver: B, reason: R, ticket: T, starts: 2026-10-01, expires: 2027-03-31 }]`;

describe('settings have', () => {
  const namesOf = (devices: string) => {
    const { settings, problems } = load(`devices: { file: devices.csv, ${devices} }\ngroups:\n  ${SERVICE}\n`);
    expect(problems.filter(({ severity }) => severity === 'error').map(told)).toEqual([]);
    const [group] = settings!.groups;
    return {
      named: settings!.devices.named.map(({ id }) => id),
      unreachable: settings!.devices.unreachable,
      group: group.devices,
      forwarders: group.forwarders.map(({ text }) => text),
      prefixes: group.prefixes.map(({ text }) => text),
    };
  };
  const prefixes = ['10.10.4.17/32'];

  test.each<[string, string, object]>([
    ['no device where nobody names any', '', { named: [], unreachable: 1, group: [], forwarders: [] }],
    [
      'devices with a MAC, where somebody says MACs',
      'mac_from: [10.0.0.2, 10.0.0.2]',
      { named: ['laptop', 'phone'], unreachable: 0, group: ['laptop'], forwarders: ['10.0.0.2/32'] },
    ],
    [
      'all devices, where somebody says ids',
      'id_from: [10.0.0.2, "2001:db8::/56"]',
      {
        ...{ named: ['laptop', 'phone', 'site'], unreachable: 0, group: ['laptop', 'site'] },
        forwarders: ['10.0.0.2/32', '2001:db8::/56'],
      },
    ],
  ])('%s', (_, devices, expected) => {
    expect(namesOf(devices)).toEqual({ ...expected, prefixes });
  });

  test('of a group with subnets the forwarders within them', () => {
    const { settings } = load(`devices: { file: devices.csv, mac_from: [10.0.0.2, 10.1.0.0/25, 10.2.0.0/24] }
groups:
  - { id: a, match: { subnets: [10.1.0.0/16, 10.2.0.64/26], devices: { kind: service } }, modes: { be-716: block } }
`);
    expect(settings!.groups[0].forwarders.map(({ text }) => text)).toEqual(['10.1.0.0/25', '10.2.0.64/26']);
  });
});

describe('problems with', () => {
  const two = (one: string, other: string) => `groups:
  - { id: a, match: { ${one} }, modes: { be-716: block } }
  - { id: b, match: { ${other} }, modes: { be-716: observe } }
`;
  const named = 'devices: { file: devices.csv, id_from: [10.0.0.2, 10.1.0.2] }\n';
  const twice = (place: string, id: string, more = '') =>
    `${place} error: device "${id}" of group "b" is also in group "a", at /etc/sluis/sluis.yaml:5${more}; a client belongs to one group: have the two exclude each other by kind, work_apps, ids or subnets`;

  test.each<[string, string, string[]]>([
    [
      'a device without an address in two groups',
      named + two('devices: { ids: [phone] }', 'devices: { work_apps: true }'),
      [twice('6:32', 'phone')],
    ],
    [
      'a device in two groups by its address and its name, which is one device',
      named + two('devices: { kind: service }', 'devices: { work_apps: false }'),
      [twice('6:32', 'laptop', ' (and 1 more)')],
    ],
    [
      'two groups with forwarders of their own: none',
      named +
        two('subnets: [10.0.0.0/16], devices: { ids: [phone] }', 'subnets: [10.1.0.0/16], devices: { ids: [phone] }'),
      [],
    ],
    [
      'two groups on sockets of their own: none',
      named +
        two(
          'listeners: ["127.0.0.1:53"], devices: { ids: [phone] }',
          'listeners: ["127.0.0.2:53"], devices: { ids: [phone] }',
        ),
      [],
    ],
    [
      'a group on a socket, and one on any: none',
      named + two('listeners: ["127.0.0.1:53"], devices: { ids: [phone] }', 'devices: { ids: [phone] }'),
      [],
    ],
    [
      'two groups on one socket',
      named +
        two(
          'listeners: ["127.0.0.1:53"], devices: { ids: [phone] }',
          'listeners: ["127.0.0.2:53", "127.0.0.1:53"], devices: { ids: [phone] }',
        ),
      [twice('6:77', 'phone')],
    ],
    [
      'devices that nothing tells',
      `devices: { file: devices.csv, mac_from: [10.0.0.2] }\ngroups: [{ id: a, match: { devices: { ids: [site] } }, modes: { be-716: block } }]\n`,
      [
        '4:37 warning: no address of the registry is meant, and no device that a forwarder names, so the group is empty; mend the condition, or give the devices their addresses in the registry',
      ],
    ],
    [
      'forwarders that are a network',
      'devices: { file: devices.csv, mac_from: [10.0.0.0/8, 10.0.0.0/24], id_from: ["::/0"] }\n',
      [
        '3:42 warning: each address of 10.0.0.0/8 can pass itself off as any device; name the forwarders alone',
        '3:78 warning: each address of ::/0 can pass itself off as any device; name the forwarders alone',
      ],
    ],
    [
      'a forwarder that is none',
      'devices: { file: devices.csv, mac_from: [gateway] }\n',
      ['3:42 error: "gateway" is no prefix; write an address and a length: 10.0.0.0/8 or 2001:db8::/32'],
    ],
    [
      'an exception for a device that a forwarder names: none',
      `devices: { file: devices.csv, mac_from: [10.0.0.2] }\ngroups:\n  - { id: a, match: any, modes: { be-716: block } }\n${exception('phone, laptop')}\n`,
      [],
    ],
    [
      'an exception for a device that none names',
      `devices: { file: devices.csv, mac_from: [10.0.0.2] }\ngroups:\n  - { id: a, match: any, modes: { be-716: block } }\n${exception('site')}\n`,
      [
        '6:69 warning: device "site" has no address in the registry: the exception does nothing for it; give it one in the registry',
      ],
    ],
    [
      'an exception for a device in no group, by forwarders in none',
      `devices: { file: devices.csv, mac_from: [10.0.0.2] }\ngroups:\n  ${SERVICE}\n${exception('phone')}\n`,
      [
        '6:69 error: device "phone" is in no group, and neither is any forwarder: its queries are refused; put it in a group, or the forwarders',
      ],
    ],
    [
      'an exception for all devices of a group, by what forwarders call them',
      `devices: { file: devices.csv, id_from: [10.0.0.2] }\ngroups:\n  ${SERVICE}\n  - { id: rest, match: any, modes: { be-716: observe } }\n${exception('laptop, site')}\n`,
      [
        '7:68 error: the exception takes in all of group "service", at /etc/sluis/sluis.yaml:5; name single clients, or change the mode of the group',
      ],
    ],
    [
      'an exception for all of them that have an address: none',
      `devices: { file: devices.csv, id_from: [10.0.0.2] }\ngroups:\n  ${SERVICE}\n  - { id: rest, match: any, modes: { be-716: observe } }\n${exception('laptop')}\n`,
      [],
    ],
    [
      'an exception for all devices of a group that have none',
      `devices: { file: devices.csv, id_from: [10.0.0.2] }\ngroups:\n  - { id: service, match: { devices: { ids: [phone, site] } }, modes: { be-716: block } }\n${exception('phone, site')}\n`,
      [
        '6:68 error: the exception takes in all of group "service", at /etc/sluis/sluis.yaml:5; name single clients, or change the mode of the group',
      ],
    ],
    [
      'an exception from a policy that is off for the device, and for its forwarders',
      `devices: { file: devices.csv, id_from: [10.0.0.2] }\ngroups:\n  - { id: a, match: { devices: { ids: [phone] } }, modes: { be-716: "off" } }\n  - { id: b, match: { subnets: [10.0.0.0/24] }, modes: { be-716: "off" } }\n${exception('phone')}\n`,
      [
        '7:51 warning: policy be-716 is off for these clients, in group "a", "b": there is nothing to except; name the policy that is meant, or remove the exception',
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(load(text).problems.map(told)).toEqual(expected);
  });

  test('a registry without a MAC', () => {
    const { problems } = load(
      'devices: { file: devices.csv, mac_from: [10.0.0.2] }\n',
      REGISTRY.replace(/00.00.5.*?,/gi, ','),
    );
    expect(problems.map(told)).toEqual([
      '3:31 warning: no device of the registry has a MAC, so none is found by it; fill the column mac',
    ]);
  });
});

describe('what check notes', () => {
  const notes = (text: string) => coverageNotes(load(text).settings!).map((note) => note.text);
  const open = 'listen: { dns: ["10.0.0.53:53"] }\n';
  const all = `groups:\n  ${SERVICE}\n`;

  test('is a device that is known by its MAC alone, while nobody says MACs', () => {
    expect(notes(`devices: { file: devices.csv }\n${all}`)).toEqual([
      '1 device has a MAC and no address, and no forwarder is believed about MACs (devices.mac_from): no group and no exception reaches it by the registry',
    ]);
    expect(notes(`devices: { file: devices.csv, mac_from: [10.0.0.2] }\n${all}`)).toEqual([]);
    expect(notes(`devices: { file: devices.csv, id_from: [10.0.0.2] }\n${all}`)).toEqual([]);
  });

  test('is a forwarder in no group, whose devices may be in one', () => {
    const text = `${open}devices: { file: devices.csv, mac_from: [10.30.0.2] }
groups:
  - { id: net, match: { subnets: [10.0.0.0/12, 10.32.0.0/11, 10.64.0.0/10, 10.128.0.0/9] }, modes: { be-716: block } }
`;
    const { settings } = loadText(`presets: [be-716]\n${text}`, {}, { '/etc/sluis/devices.csv': REGISTRY });
    expect(coverageNotes(settings!).map((note) => note.text)).toEqual([
      '10.16.0.0 to 10.31.255.255 is in no group: its queries on 10.0.0.53:53 are refused, but for devices of a group that a forwarder there names',
    ]);
  });
});

describe('exceptions for devices that only a forwarder knows', () => {
  const REGISTRY_OF_FOUR = ['a', 'b', 'c', 'd'].map((id) => `${id},,,state,none,none,no`);
  const from = (id: string, devices: string) =>
    `  - { id: ${id}, ground: inspection, policy: be-716, devices: [${devices}], owner: A, approver: B, reason: R, ticket: T, starts: 2026-10-01, expires: 2027-03-31 }`;
  const said = (exceptions: string[]) =>
    load(
      `devices: { file: devices.csv, id_from: [10.0.0.2] }\ngroups:\n  ${SERVICE}\n  - { id: rest, match: any, modes: { be-716: observe } }\nexceptions:\n${exceptions.join('\n')}\n`,
      `id,address,mac,purchase,subscription,use,work_apps\n${REGISTRY_OF_FOUR.join('\n')}\n`,
    ).problems.map(({ severity, message }) => `${severity}: ${message}`);

  test.each<[string, string[], string]>([
    ['all of a group', ['a, b', 'c, d'], 'error: exceptions x-0 and x-1 together take in all of group "service"'],
    ['more than half', ['a, b', 'c'], 'warning: exceptions x-0 and x-1 together let 3 of the 4 devices of group'],
  ])('together are %s', (_, devices, expected) => {
    expect(said(devices.map((some, index) => from(`x-${index}`, some)))).toContainEqual(
      expect.stringContaining(expected),
    );
  });

  test('for half of a group are fine', () => {
    expect(said([from('x-0', 'a'), from('x-1', 'b')]).filter((text) => text.includes('together'))).toEqual([]);
  });
});
