// Sockets before subnets: who asks the socket of managed devices is one, wherever it is and whatever else it would be.

import { describe, expect, test } from 'vitest';
import { Network } from '../support/network.ts';

const ORDINARY = '10.0.0.53:53';
const MANAGED = '10.0.0.54:53';
const MANAGED_6 = '[2001:db8::54]:53';

/** The socket alone makes a device a managed one; its subnet, or the registry, says what it is everywhere else. */
const OFFICE = `
presets: [be-716]
listen: { dns: ["${ORDINARY}", "${MANAGED}", "${MANAGED_6}"] }
upstreams: ["192.0.2.53"]
devices: { file: devices.csv }
lists: [{ id: approved, file: approved.txt, format: domains }]
policies:
  - { id: ban, title: Ban, authority: B, lists: [approved] }
  - { id: managed-only, title: Approved apps only, authority: B }
groups:
  - { id: service, match: { subnets: [10.10.0.0/16, "2001:db8:10::/48"] }, modes: { be-716: block } }
  - { id: lone, match: { subnets: [10.10.4.17] }, modes: { be-716: observe } }
  - { id: registered, match: { devices: { kind: service } }, modes: { be-716: block, ban: observe } }
  - id: managed
    match: { listeners: ["${MANAGED}", "${MANAGED_6}"] }
    modes: { be-716: block }
    default: { mode: block, policy: managed-only }
    allow: [approved]
`;

const REGISTERED = '10.10.1.1';
const network = (
  await Network.of(OFFICE, {
    'devices.csv': `id,address,purchase,subscription,use,work_apps\ntablet,${REGISTERED},state,none,none,no\n`,
    'approved.txt': 'approved.example\n',
  })
).at('2023-04-01');

const UNAPPROVED = 'www.example.com';

const clients: [who: string, client: string, socket: string, there: { banned: string; approved: string }][] = [
  ['in a service subnet', '10.10.0.7', MANAGED, { banned: 'blocked by be-716', approved: 'answered' }],
  ['in one over IPv6', '2001:db8:10::7', MANAGED_6, { banned: 'blocked by be-716', approved: 'answered' }],
  ['with a group for its address alone', '10.10.4.17', MANAGED, { banned: 'observed by be-716', approved: 'answered' }],
  ['of the registry', REGISTERED, MANAGED, { banned: 'blocked by be-716', approved: 'observed by ban' }],
];

describe.each(clients)('a device %s (%s)', (_, client, socket, elsewhere) => {
  test('is managed where managed devices ask', () => {
    expect(network.gets(client, UNAPPROVED, socket)).toBe('blocked by managed-only');
    expect(network.gets(client, 'www.approved.example', socket)).toBe('answered');
    expect(network.gets(client, 'www.tiktok.com', socket)).toBe('blocked by be-716');
  });

  test('is what its address says everywhere else', () => {
    expect(network.gets(client, UNAPPROVED, ORDINARY)).toBe('answered');
    expect(network.gets(client, 'www.approved.example', ORDINARY)).toBe(elsewhere.approved);
    expect(network.gets(client, 'www.tiktok.com', ORDINARY)).toBe(elsewhere.banned);
  });
});

test('a stranger is managed where managed devices ask, and refused elsewhere', () => {
  expect(network.gets('192.0.2.9', UNAPPROVED, MANAGED)).toBe('blocked by managed-only');
  expect(network.gets('192.0.2.9', UNAPPROVED, ORDINARY)).toBe('refused');
});
