// What the log says of a date that comes: which policy or exception, what changes, and for which groups.

import { expect, it } from 'vitest';
import { changesBetween } from '../../src/control/calendar.ts';
import { changeOf } from '../../src/control/date-change.ts';
import { loadText } from '../settings/memory-files.ts';

const { settings } = loadText(`presets: []
listen: { dns: ["127.0.0.1:53", "127.0.0.2:53"] }
policies:
  - { id: ban, title: Ban, authority: A, apps: [tiktok], effective: 2026-01-01, grace: P14D, expires: 2027-01-01, on_expiry: observe }
  - { id: managed, title: Managed, authority: A, effective: 2026-01-02, expires: 2027-01-02, on_expiry: off }
groups:
  - { id: service, match: { subnets: [10.0.0.0/8] }, modes: { ban: block } }
  - { id: lab, match: { subnets: [10.9.0.0/16] }, modes: { ban: observe } }
  - { id: guest, match: { subnets: [192.168.0.0/16] }, modes: { ban: off } }
  - { id: desk, match: { listeners: ["127.0.0.2:53"] }, modes: { ban: block } }
  - { id: laptops, match: any, modes: { ban: off }, default: { mode: block, policy: managed }, allow: ["baseline:time"] }
exceptions:
  - { id: x, ground: inspection, policy: ban, clients: [10.9.0.7], owner: a@example.be, approver: B, reason: R, ticket: T,
      starts: 2026-02-01T08:00:00Z, expires: 2026-03-01 }
  - { id: y, ground: inspection, policy: managed, clients: [172.16.0.1], owner: a@example.be, approver: B, reason: R,
      ticket: T, starts: 2026-02-02, expires: 2026-03-02 }
`);

it('is told whole, in order', () => {
  const { policies, groups, exceptions, listen } = settings!;
  const own = { policies: policies.filter(({ id }) => !id.startsWith('bypass')), groups, exceptions, listen };
  const told = changesBetween(own, 0, Number.MAX_SAFE_INTEGER).map((date) => changeOf(own, date));
  expect(told.map(({ text }) => text)).toEqual([
    'ban takes effect: it observes for service, lab, desk',
    'managed takes effect: it blocks for laptops',
    'the grace of ban ends: it blocks for service, desk; observes for lab',
    'exception x starts: its clients, in lab, desk, are let through ban until 2026-03-01T00:00:00.000Z',
    'exception y starts: its clients, in laptops, are let through managed until 2026-03-02T00:00:00.000Z',
    'exception x ends: ban holds for its clients again, in lab, desk',
    'exception y ends: managed holds for its clients again, in laptops',
    'ban expires: it observes for service, lab, desk',
    'managed expires: it is off for laptops',
  ]);
  expect(told[3]).toMatchObject({
    policy: 'ban',
    exception: 'x',
    owner: 'a@example.be',
    groups: [
      { id: 'lab', mode: 'observe' },
      { id: 'desk', mode: 'block' },
    ],
  });
});

it('of a policy that is off everywhere says so', () => {
  const policy = { ...settings!.policies[0], id: 'own', effective: 10 };
  const world = { ...settings!, policies: [policy] };
  expect(changeOf(world, { at: 10, kind: 'effective', policy: 'own', exception: null })).toMatchObject({
    groups: [],
    text: 'own takes effect: it is off for every group',
  });
});
