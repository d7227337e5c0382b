// What any implementation of policy decides for a device that a forwarder names: its group and its exceptions.

import { describe, expect, test } from 'vitest';
import { DECISION } from '../../src/policy/rule.ts';
import type { World } from '../support/naive-policy.ts';
import { type PolicySubject, worldOf } from '../support/policy-subject.ts';
import { type Case, exception, groups, HOST, judgeCase, NOW, prefix } from './clients-contract.ts';

const { ALLOW, BLOCK } = DECISION;

/** Which group a device is in that a client of a listener names; of two devices, one is in no group. Named by 10.0.0.0/8. */
const NAMED: [title: string, members: string[], listener: number, client: string, device: number, group: number][] = [
  ['a named device is in the group that means it', ['#0 ~10.0.0.0/8'], 0, '10.0.0.7', 0, 1],
  ['another is in that of whoever names it', ['#0 ~10.0.0.0/8', '10.0.0.0/24'], 0, '10.0.0.7', 1, 2],
  ['and so is whoever names none', ['#0 ~10.0.0.0/8', '10.0.0.0/24'], 0, '10.0.0.7', -1, 2],
  ['a device goes before the address that names it', ['10.0.0.7/32', '#0 ~10.0.0.0/8'], 0, '10.0.0.7', 0, 2],
  ['named from outside the subnets of its group it is not meant', ['#0 ~10.1.0.0/16'], 0, '10.0.0.7', 0, 0],
  ['one that two groups mean is in that of the place', ['#0 ~10.1.0.0/16', '#0 ~10.0.0.0/16'], 0, '10.0.0.7', 0, 2],
  ['named by nobody who may it is not known', ['#0 ~0.0.0.0/0', '11.0.0.0/8'], 0, '11.0.0.7', 0, 2],
  ['a listener goes before a device', ['#0 ~10.0.0.0/8', '0.0.0.0/0 @1'], 1, '10.0.0.7', 0, 2],
  ['on another listener the device is heard', ['#0 ~10.0.0.0/8', '0.0.0.0/0 @1'], 0, '10.0.0.7', 0, 1],
  ['of one listener the device goes first', ['10.0.0.7/32 @1', '#0 ~10.0.0.0/8 @1'], 1, '10.0.0.7', 0, 2],
  ['of a listener and none the listener', ['#0 ~10.0.0.0/8', '#0 ~10.0.0.0/8 @1'], 1, '10.0.0.7', 0, 2],
  ['whichever comes first', ['#0 ~10.0.0.0/8 @1', '#0 ~10.0.0.0/8'], 1, '10.0.0.7', 0, 1],
];

/** Exceptions of devices, which 10.0.0.0/24 names. */
const EXCEPTIONS: Case[] = [
  ['is for the device', 0, HOST, ALLOW],
  ['is not for another', 1, HOST, BLOCK],
  ['is not for whoever names it', -1, HOST, BLOCK],
  ['does not count where it is named by nobody who may', 0, HOST + 256, BLOCK],
].map(([title, device, client, decision]) => ({
  title: `an exception for a device ${title}`,
  lists: [['a.com']],
  world: { devices: 2, naming: [prefix('10.0.0.0/24')], exceptions: [exception({ prefixes: [], devices: [0] })] },
  device: device as number,
  client: client as number,
  names: { 'a.com': [decision as number] },
}));

const TOGETHER: Case[] = [
  {
    title: 'an exception for an address is for devices that are named from there, too',
    lists: [['a.com']],
    world: { devices: 1, naming: [prefix('10.0.0.0/24')], exceptions: [exception()] },
    device: 0,
    names: { 'a.com': [ALLOW, 0, 0] },
  },
  {
    title: 'exceptions of the address and of the device are heard in their order',
    lists: [['a.com']],
    world: {
      devices: 1,
      naming: [prefix('10.0.0.0/24')],
      exceptions: [exception({ expires: 950, devices: [0] }), exception({ prefixes: [], devices: [0] }), exception()],
    },
    device: 0,
    names: { 'a.com': [ALLOW, 0, 1] },
  },
];

/** Holds `subject` to every case. */
export function devicesContract(title: string, subject: (world: World) => PolicySubject): void {
  describe(`devices contract: ${title}`, () => {
    test.each(NAMED)('%s', (_, members, listener, client, device, group) => {
      const naming = [prefix('10.0.0.0/8')];
      const judged = subject(worldOf([[]], { groups: groups(...members), devices: 2, naming }));
      expect(judged.decideFor(listener, prefix(client).address, ['a'], NOW, device).group).toBe(group);
    });

    test.each([...EXCEPTIONS, ...TOGETHER])('$title', (given) => judgeCase(subject, given));
  });
}
