// What any implementation of policy decides for a client: its group, its exceptions, grace, and names not approved.

import { describe, expect, test } from 'vitest';
import { DECISION, MODE } from '../../src/policy/rule.ts';
import type { World, WorldPrefix } from '../support/naive-policy.ts';
import { labelsOf, type PolicySubject, worldOf } from '../support/policy-subject.ts';
import { covering, ruleFromText } from './policy-contract.ts';

const { PASS, ALLOW, OBSERVE, BLOCK } = DECISION;
export const HOST = 0x0a000007;
export const NOW = 1_000;

export function prefix(text: string): WorldPrefix {
  const [address, length] = text.split('/');
  return {
    address: address.split('.').reduce((value, octet) => value * 256 + Number(octet), 0),
    length: Number(length),
  };
}

type Exception = NonNullable<World['exceptions']>[number];
export function exception(changes: Partial<Exception> = {}): Exception {
  return { policy: 0, prefixes: [prefix('10.0.0.7/32')], starts: 900, expires: 2_000, ...changes };
}

/**
 * Group 0 is off for everything; the others come as `prefix prefix @listener`, and block. `#device` is a device, where
 * `~prefix` names it.
 */
export function groups(...members: string[]): World['groups'] {
  const others = members.map((text) => {
    const keys = text.split(' ');
    const marked = (mark: string) => keys.filter((key) => key.startsWith(mark)).map((key) => key.slice(1));
    return {
      modes: [MODE.BLOCK],
      allow: [],
      prefixes: keys.filter((key) => /^\d/.test(key)).map(prefix),
      listeners: marked('@').map(Number),
      devices: marked('#').map(Number),
      forwarders: marked('~').map(prefix),
    };
  });
  return [{ modes: [MODE.OFF], allow: [] }, ...others];
}

/** Which group a client of a listener is in. */
const MEMBERS: [title: string, members: string[], listener: number, client: string, group: number][] = [
  ['a longer prefix goes first', ['10.0.0.0/8', '10.0.0.0/16'], 0, '10.0.0.7', 2],
  ['a client of neither is in the one for all', ['10.0.0.0/8', '10.0.0.0/16'], 0, '11.0.0.7', 0],
  ['a device goes before its subnet', ['10.0.0.0/24', '10.0.0.7/32'], 0, '10.0.0.7', 2],
  ['a listener without a subnet takes who is in none', ['0.0.0.0/0 @1'], 1, '192.0.2.1', 1],
  ['and no one of another listener', ['0.0.0.0/0 @1'], 0, '192.0.2.1', 0],
  ['nor of one beyond', ['0.0.0.0/0 @1'], 7, '192.0.2.1', 0],
  ['a listener goes before a subnet', ['0.0.0.0/0 @1', '10.0.0.0/8'], 1, '10.0.0.7', 1],
  ['and on another the subnet is heard', ['0.0.0.0/0 @1', '10.0.0.0/8'], 0, '10.0.0.7', 2],
  ['at one prefix the group that names the listener goes first', ['10.0.0.0/8', '10.0.0.0/8 @1'], 1, '10.0.0.7', 2],
  ['whichever comes first', ['10.0.0.0/8 @1', '10.0.0.0/8'], 1, '10.0.0.7', 1],
  ['on another listener the other does', ['10.0.0.0/8 @1', '10.0.0.0/8'], 2, '10.0.0.7', 2],
  ['one prefix on two listeners is two groups', ['10.0.0.0/8 @1', '10.0.0.0/8 @2'], 2, '10.0.0.7', 2],
  ['a listener goes before a longer prefix', ['10.0.0.0/8 @1', '10.0.0.0/16'], 1, '10.0.0.7', 1],
  ['of one listener the longer prefix', ['10.0.0.0/8 @1', '10.0.0.0/16 @1'], 1, '10.0.0.7', 2],
  ['beside the subnets of a listener the others count', ['10.1.0.0/16 @1', '10.0.0.0/8'], 1, '10.2.0.0', 2],
];

export interface Case {
  title: string;
  lists: string[][];
  world: Partial<World>;
  seconds?: number;
  client?: number;
  /** What the client names. */
  device?: number;
  /** By name: the decision, and where it is given the policy and the exception. */
  names: Record<string, [decision: number, policy?: number, exception?: number]>;
}

const blocking = [{ modes: [MODE.BLOCK], allow: [] }];
const watching = [{ modes: [MODE.OBSERVE], allow: [] }];
/** Two authorities' lists; the second policy's mode is given. */
const two = (mode: number): Partial<World> => ({
  policies: [covering([0]), covering([1])],
  groups: [{ modes: [MODE.BLOCK, mode], allow: [] }],
});
const managed = (mode: number, changes: Partial<World['groups'][number]> = {}): World['groups'] => [
  { modes: [MODE.BLOCK, MODE.OFF], allow: [1], fallback: { mode, policy: 1 }, ...changes },
];
const approvals = [['bad.com'], ['ok.com', '*.only.com']];
const twoPolicies = [covering([0]), covering()];

const EXCEPTIONS: Case[] = [
  {
    title: 'an exception lets its client through what is blocked',
    lists: [['a.com']],
    world: { exceptions: [exception()] },
    names: { 'a.com': [ALLOW, 0, 0], 'www.a.com': [ALLOW, 0, 0], 'b.com': [PASS, -1, -1] },
  },
  {
    title: 'nobody else',
    lists: [['a.com']],
    world: { exceptions: [exception()] },
    client: HOST + 1,
    names: { 'a.com': [BLOCK, 0, -1] },
  },
  ...([
    [899, BLOCK, -1],
    [900, ALLOW, 0],
    [1_999, ALLOW, 0],
    [2_000, BLOCK, -1],
  ].map(([seconds, decision, exception_]) => ({
    title: `at ${seconds} an exception from 900 to before 2000 ${exception_ < 0 ? 'is not in force' : 'is in force'}`,
    lists: [['a.com']],
    world: { exceptions: [exception()] },
    seconds,
    names: { 'a.com': [decision, 0, exception_] },
  })) as Case[]),
  {
    title: 'what is only observed needs the exception too',
    lists: [['a.com']],
    world: { groups: watching, exceptions: [exception()] },
    names: { 'a.com': [ALLOW, 0, 0] },
  },
  {
    title: 'where the policy is off, no exception is used',
    lists: [['a.com']],
    world: { groups: [{ modes: [MODE.OFF], allow: [] }], exceptions: [exception()] },
    names: { 'a.com': [PASS, -1, -1] },
  },
  {
    title: "where the policy's own list or the group lets a name through, no exception is used",
    lists: [['a.com', '@b.a.com'], ['c.a.com']],
    world: {
      policies: [covering([0])],
      groups: [{ modes: [MODE.BLOCK], allow: [1] }],
      exceptions: [exception()],
    },
    names: { 'b.a.com': [ALLOW, 0, -1], 'c.a.com': [ALLOW, -1, -1], 'x.a.com': [ALLOW, 0, 0] },
  },
  {
    title: 'another policy that blocks the same name still blocks',
    lists: [['a.com'], ['a.com', 'b.a.com']],
    world: { ...two(MODE.BLOCK), exceptions: [exception()] },
    names: { 'a.com': [BLOCK, 1, -1], 'b.a.com': [BLOCK, 1, -1] },
  },
  {
    title: 'another policy that watches the same name observes, and the exception is told',
    lists: [['a.com', 'b.com'], ['a.com']],
    world: { ...two(MODE.OBSERVE), exceptions: [exception()] },
    names: { 'a.com': [OBSERVE, 1, 0], 'b.com': [ALLOW, 0, 0] },
  },
  {
    title: 'of several exceptions from one policy the first that is in force is used',
    lists: [['a.com']],
    world: { exceptions: [exception({ expires: 950 }), exception({ prefixes: [prefix('10.0.0.0/24')] }), exception()] },
    names: { 'a.com': [ALLOW, 0, 1] },
  },
  {
    title: 'exceptions hold across groups',
    lists: [['a.com']],
    world: {
      groups: [...blocking, { ...watching[0], prefixes: [prefix('10.0.0.0/29')] }],
      exceptions: [exception({ prefixes: [prefix('10.0.0.0/24')] })],
    },
    client: HOST + 1,
    names: { 'a.com': [ALLOW, 0, 0] },
  },
];

const GRACE: Case[] = [
  ['before it is effective', 1_499, PASS],
  ['in its grace', 1_500, OBSERVE],
  ['in its last second', 1_999, OBSERVE],
  ['after it', 2_000, BLOCK],
  ['when it has expired', 3_000, OBSERVE],
].map(([when, seconds, decision]) => ({
  title: `a policy with a grace decides ${decision} ${when}`,
  lists: [['a.com']],
  world: {
    policies: [{ ...covering([0]), effective: 1_500, blocks: 2_000, expires: 3_000, onExpiry: MODE.OBSERVE }],
  },
  seconds: seconds as number,
  names: { 'a.com': [decision as number] },
}));

const FALLBACKS: Case[] = [
  {
    title: 'what no list of the group approves is blocked by its default',
    lists: approvals,
    world: { policies: twoPolicies, groups: managed(MODE.BLOCK) },
    names: {
      'ok.com': [ALLOW, -1],
      'www.ok.com': [ALLOW, -1],
      'x.only.com': [ALLOW, -1],
      'only.com': [BLOCK, 1],
      'other.com': [BLOCK, 1],
      '.': [BLOCK, 1],
      'bad.com': [BLOCK, 0],
    },
  },
  {
    title: 'or observed',
    lists: approvals,
    world: { policies: twoPolicies, groups: managed(MODE.OBSERVE) },
    names: { 'ok.com': [ALLOW, -1], 'other.com': [OBSERVE, 1], 'bad.com': [BLOCK, 0] },
  },
  {
    title: 'an own zone and special-use names are left alone',
    lists: approvals,
    world: {
      policies: twoPolicies,
      groups: managed(MODE.BLOCK),
      forwards: [{ labels: ['corp'], zone: 0 }],
      specials: [{ labels: ['lan'], code: 2 }],
    },
    names: { 'www.corp': [PASS, -1], 'www.lan': [PASS, -1] },
  },
  {
    title: "a policy's own allow approves nothing for the group",
    lists: [['a.com', '@ok.a.com'], []],
    world: { policies: twoPolicies, groups: managed(MODE.BLOCK) },
    names: { 'ok.a.com': [BLOCK, 1] },
  },
  {
    title: 'its policy has its dates there too',
    lists: approvals,
    world: { policies: [covering([0]), { ...covering(), effective: 900, blocks: 1_500 }], groups: managed(MODE.BLOCK) },
    names: { 'other.com': [OBSERVE, 1] },
  },
  {
    title: 'before it is effective it approves all',
    lists: approvals,
    world: { policies: [covering([0]), { ...covering(), effective: 1_500 }], groups: managed(MODE.BLOCK) },
    names: { 'other.com': [PASS, -1], 'bad.com': [BLOCK, 0] },
  },
  {
    title: 'an exception from its policy lets through what is not approved, and nothing else',
    lists: approvals,
    world: { policies: twoPolicies, groups: managed(MODE.BLOCK), exceptions: [exception({ policy: 1 })] },
    names: { 'other.com': [ALLOW, 1, 0], 'bad.com': [BLOCK, 0, -1], 'ok.com': [ALLOW, -1, -1] },
  },
  {
    title: 'an exception from another policy does not approve a name',
    lists: approvals,
    world: { policies: twoPolicies, groups: managed(MODE.BLOCK), exceptions: [exception()] },
    names: { 'bad.com': [BLOCK, 1, -1] },
  },
  {
    title: 'what a policy observes is blocked where it is not approved',
    lists: approvals,
    world: { policies: twoPolicies, groups: managed(MODE.BLOCK, { modes: [MODE.OBSERVE, MODE.OFF] }) },
    names: { 'bad.com': [BLOCK, 1] },
  },
  {
    title: 'what a policy observes is observed by that one where the default would observe it too',
    lists: approvals,
    world: { policies: twoPolicies, groups: managed(MODE.OBSERVE, { modes: [MODE.OBSERVE, MODE.OFF] }) },
    names: { 'bad.com': [OBSERVE, 0] },
  },
];

/** Holds `subject` to one case. */
export function judgeCase(subject: (world: World) => PolicySubject, given: Case): void {
  const { lists, world, seconds, client, device, names } = given;
  const sources = lists.map((lines) => lines.map(ruleFromText));
  const judged = subject(worldOf(sources, world));
  for (const [name, [decision, policy, exception_]] of Object.entries(names)) {
    const told = judged.decideFor(0, client ?? HOST, labelsOf(name), seconds ?? NOW, device);
    expect([name, told.decision]).toEqual([name, decision]);
    if (policy !== undefined) expect([name, told.policy]).toEqual([name, policy]);
    if (exception_ !== undefined) expect([name, told.exception]).toEqual([name, exception_]);
  }
}

/** Holds `subject` to every case. */
export function clientsContract(title: string, subject: (world: World) => PolicySubject): void {
  describe(`clients contract: ${title}`, () => {
    test.each(MEMBERS)('%s', (_, members, listener, client, group) => {
      const judged = subject(worldOf([[]], { groups: groups(...members) }));
      expect(judged.decideFor(listener, prefix(client).address, ['a'], NOW).group).toBe(group);
    });

    test.each([...EXCEPTIONS, ...GRACE, ...FALLBACKS])('$title', (given) => judgeCase(subject, given));
  });
}
