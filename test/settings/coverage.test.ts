// What check notes of groups: prefixes within those of others, and private neighbours that nobody named.

import { describe, expect, test } from 'vitest';
import { coverageNotes } from '../../src/settings/coverage.ts';
import { loadText, told } from './memory-files.ts';

const DEVICES = `id,address,purchase,subscription,use,work_apps
a,10.10.0.1,state,none,none,no
b,10.10.0.2,state,none,none,no
`;

function notesOf(listen: string, groups: string): string[] {
  const head = 'presets: []\ndevices: { file: devices.csv }\n';
  const { settings, problems } = loadText(
    `${head}listen: { dns: [${listen}] }\ngroups:\n${groups}`,
    {},
    { '/etc/sluis/devices.csv': DEVICES },
  );
  expect(problems.filter(({ severity }) => severity === 'error').map(told)).toEqual([]);
  return coverageNotes(settings!).map(({ text }) => text);
}

const HERE = '"127.0.0.1:53"';

describe('prefixes within others', () => {
  test('are told with the group that has them', () => {
    expect(
      notesOf(
        HERE,
        `  - { id: wide, match: { subnets: [10.0.0.0/8, 10.10.4.0/24] } }
  - { id: near, match: { subnets: [10.10.0.0/16] } }
  - { id: lone, match: { subnets: [10.10.4.7, 192.0.2.0/24] } }
`,
      ),
    ).toEqual([
      '10.10.4.0/24 of group wide lies in 10.10.0.0/16 of group near: clients there are in group wide',
      '10.10.0.0/16 of group near lies in 10.0.0.0/8 of group wide: clients there are in group near',
      '1 address of group lone lies in 10.10.4.0/24 of group wide: clients there are in group lone',
    ]);
  });

  test('are counted where they are addresses of devices', () => {
    expect(
      notesOf(
        HERE,
        `  - { id: net, match: { subnets: [10.10.0.0/16] } }
  - { id: ours, match: { devices: { kind: service } } }
`,
      ),
    ).toEqual(['2 addresses of group ours lie in 10.10.0.0/16 of group net: clients there are in group ours']);
  });

  test('are told apart by socket', () => {
    expect(
      notesOf(
        `${HERE}, "127.0.0.2:53"`,
        `  - { id: net, match: { subnets: [10.10.0.0/16] } }
  - { id: guest, match: { subnets: [10.10.0.0/16], listeners: ["127.0.0.2:53"] } }
  - { id: rest, match: { listeners: ["127.0.0.1:53"] } }
`,
      ),
    ).toEqual([
      'clients of group net that ask 127.0.0.2:53 are in group guest there',
      'clients of group net that ask 127.0.0.1:53 are in group rest there',
    ]);
  });
});

test('a prefix by socket within one of all sockets is told with the socket', () => {
  const groups = `  - { id: net, match: { subnets: [10.0.0.0/8] } }
  - { id: guest, match: { subnets: [10.10.0.0/16], listeners: ["127.0.0.2:53"] } }
`;
  expect(notesOf(`${HERE}, "127.0.0.2:53"`, groups)).toEqual([
    '10.10.0.0/16 of group guest lies in 10.0.0.0/8 of group net: clients there that ask 127.0.0.2:53 are in group guest',
  ]);
});

describe('private neighbours in no group', () => {
  const two = `  - { id: a, match: { subnets: [10.10.0.0/16, 192.0.2.0/24] } }
  - { id: b, match: { subnets: [10.20.0.0/16, "fd00:0:0:10::/64"] } }
`;

  test('are told for each socket that the network reaches', () => {
    expect(notesOf('"10.0.0.1:53", "[2001:db8::1]:53", "192.168.0.1:53"', two)).toEqual([
      '10.0.0.0 to 10.9.255.255 is in no group: its queries on 10.0.0.1:53, 192.168.0.1:53 are refused',
      '10.11.0.0 to 10.19.255.255 is in no group: its queries on 10.0.0.1:53, 192.168.0.1:53 are refused',
      '10.21.0.0 to 10.255.255.255 is in no group: its queries on 10.0.0.1:53, 192.168.0.1:53 are refused',
      'fd00:: to fd00::f:ffff:ffff:ffff:ffff is in no group: its queries on [2001:db8::1]:53 are refused',
      'fd00:0:0:11:: to fd00::ffff:ffff:ffff:ffff:ffff is in no group: its queries on [2001:db8::1]:53 are refused',
    ]);
  });

  test.each([
    ['on loopback', HERE, two],
    ['where a group takes any', '"10.0.0.1:53"', `${two}  - { id: c, match: any }\n`],
    [
      'of prefixes that are public',
      '"10.0.0.1:53"',
      '  - { id: a, match: { subnets: [192.0.2.0/24, "2001:db8::/64"] } }\n',
    ],
    ['of whole networks', '"10.0.0.1:53", "[::]:53"', '  - { id: a, match: { subnets: [10.0.0.0/8, "fd00::/48"] } }\n'],
  ])('are none %s', (_, listen, groups) => {
    expect(notesOf(listen, groups)).toEqual([]);
  });

  test('are all there is on a socket whose family no group has', () => {
    const groups = '  - { id: a, match: { subnets: [10.0.0.0/8] } }\n';
    expect(notesOf('"10.0.0.1:53", "[2001:db8::1]:53", "[2001:db8::2]:53"', groups)).toEqual([
      'no group has an IPv6 address: every query on [2001:db8::1]:53, [2001:db8::2]:53 is refused',
    ]);
    expect(notesOf('"10.0.0.1:53"', '  - { id: a, match: { subnets: ["fd00::/48"] } }\n')).toEqual([
      'no group has an IPv4 address: every query on 10.0.0.1:53 is refused',
    ]);
  });

  test('are none on a socket whose every client has a group', () => {
    const all = `${two}  - { id: c, match: { listeners: ["10.0.0.1:53"] } }\n`;
    expect(notesOf('"10.0.0.1:53"', all).filter((text) => text.includes('no group'))).toEqual([]);
  });
});
