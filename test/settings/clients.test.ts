// The settings that say to whom a policy applies: grace, sockets, fallbacks, exceptions and the file that has them.

import { describe, expect, test } from 'vitest';
import { FILE, loadText, told } from './memory-files.ts';

function settingsOf(text: string, texts: Record<string, string> = {}) {
  const { settings, problems } = loadText(text, {}, texts);
  expect(problems.map(told)).toEqual([]);
  return settings!;
}

const EFFECTIVE = Date.UTC(2026, 9, 1) / 1000;

test.each([
  ['P14D', 14 * 86400],
  ['P2W', 14 * 86400],
  ['PT36H', 36 * 3600],
  ['P1DT12H', 36 * 3600],
  ['2026-10-15', 14 * 86400],
  ['2026-10-01T02:00:00+01:00', 3600],
])('a grace of %s lets a policy block so many seconds after it is effective: %d', (grace, seconds) => {
  const [policy] = settingsOf(
    `policies: [{ id: be-716, effective: 2026-10-01, deadline: 2026-11-01, review: 2027-01-01, grace: ${grace} }]`,
  ).policies;
  expect(policy).toMatchObject({ effective: EFFECTIVE, blocks: EFFECTIVE + seconds });
});

test('a policy without grace blocks from the beginning', () => {
  expect(settingsOf('').policies[0].blocks).toBeNull();
});

describe('a group by socket', () => {
  const groups = (match: string) => `listen: { dns: ["127.0.0.1:53", "127.0.0.2:53", "[::1]:53"] }
groups:
  - { id: a, match: ${match}, modes: { be-716: block } }
`;

  test('alone takes every address of both families', () => {
    const [group] = settingsOf(groups('{ listeners: ["[::1]:53", "127.0.0.2:53", "[0:0::1]:53"] }')).groups;
    expect(group.listeners).toEqual([2, 1]);
    expect(group.prefixes.map(({ text }) => text)).toEqual(['0.0.0.0/0', '::/0']);
  });

  test('and prefix takes the clients of both', () => {
    const [group] = settingsOf(groups('{ listeners: ["127.0.0.2:53"], subnets: [10.0.0.0/8] }')).groups;
    expect(group.listeners).toEqual([1]);
    expect(group.prefixes.map(({ text }) => text)).toEqual(['10.0.0.0/8']);
  });

  test('may share its prefix with one by another socket, and with one by none', () => {
    const { groups: all } = settingsOf(`listen: { dns: ["127.0.0.1:53", "127.0.0.2:53"] }
groups:
  - { id: a, match: { subnets: [10.0.0.0/8], listeners: ["127.0.0.1:53"] }, modes: { be-716: block } }
  - { id: b, match: { subnets: [10.0.0.0/8], listeners: ["127.0.0.2:53"] }, modes: { be-716: block } }
  - { id: c, match: { subnets: [10.0.0.0/8] }, modes: { be-716: observe } }
`);
    expect(all.map(({ listeners }) => listeners)).toEqual([[0], [1], []]);
  });
});

test('a default names a policy that needs no names of its own, nor a mode', () => {
  const { groups } = settingsOf(`policies: [{ id: managed, title: M, authority: A }]
groups:
  - { id: a, match: any, modes: { be-716: block }, default: { mode: observe, policy: managed } }
  - { id: b, match: { subnets: [10.0.0.0/8] }, modes: { be-716: block } }
`);
  expect(groups.map(({ fallback }) => fallback)).toEqual([{ mode: 'observe', policy: 'managed' }, null]);
});

describe('exceptions', () => {
  const rest = 'owner: A, approver: B, reason: R, ticket: T, starts: 2026-10-01, expires: 2027-10-01';
  const one = (id: string, who: string) => `{ id: ${id}, ground: inspection, policy: be-716, ${who}, ${rest} }`;
  const registry = {
    '/etc/sluis/devices.csv': 'id,address,purchase,subscription,use,work_apps\nd,127.0.0.2,none,none,none,no\n',
  };

  test('have clients, addresses of devices, and a year between two dates', () => {
    const { exceptions } = settingsOf(
      `devices: { file: devices.csv }\nexceptions:\n  - ${one('x', 'clients: [127.0.0.1, 127.0.0.2], devices: [d]')}\n`,
      registry,
    );
    expect(
      exceptions.map(({ clients, prefixes, ...others }) => ({ ...others, who: prefixes.map(({ text }) => text) })),
    ).toEqual([
      {
        ...{ id: 'x', ground: 'inspection', policy: 'be-716', owner: 'A', approver: 'B', reason: 'R', ticket: 'T' },
        starts: EFFECTIVE,
        expires: EFFECTIVE + 365 * 86400,
        sealed: false,
        devices: ['d'],
        who: ['127.0.0.1/32', '127.0.0.2/32'],
      },
    ]);
  });

  test('of a file come behind those of the configuration, each with its place', () => {
    const file = '/etc/sluis/more.yaml';
    const text = `exceptions_file: more.yaml\nexceptions:\n  - ${one('x', 'clients: [127.0.0.1]')}\n`;
    const more = `exceptions:\n  - ${one('y', 'clients: [127.0.0.1]')}\n`;
    const settings = settingsOf(text, { [file]: more });
    expect(settings.exceptions.map(({ id }) => id)).toEqual(['x', 'y']);
    expect(settings.exceptionsFile).toBe(file);
    const { problems, files } = loadText(text, {}, { [file]: more.replace('id: y', 'id: x') });
    expect(problems.map(told)).toEqual([
      `more.yaml:2:11 error: exception "x" is there already, at ${FILE}:3; give it an id of its own, or remove one of the two`,
    ]);
    expect(files).toContain(file);
  });

  test.each([
    ['a single client that is all of a group', '127.0.0.7', []],
    ['half a group', '10.0.0.0, 10.0.0.1', []],
    [
      'a group but for one client',
      '10.0.0.0, 10.0.0.1, 10.0.0.2',
      [
        '5:5 warning: exception x lets 3 of the 4 IPv4 addresses of group "b" through be-716, from 2026-10-01 on: more than half; end what is no longer needed, or change the mode of the group',
      ],
    ],
  ])('may be for %s', (_, clients, problems) => {
    const groups = `groups:
  - { id: a, match: { subnets: [127.0.0.7] }, modes: { be-716: block } }
  - { id: b, match: { subnets: [10.0.0.0/30] }, modes: { be-716: block } }
`;
    const loaded = loadText(`${groups}exceptions:\n  - ${one('x', `clients: [${clients}]`)}\n`);
    expect(loaded.problems.map(told)).toEqual(problems);
  });
});
