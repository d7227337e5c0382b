// Who a client is and what that changes: groups by prefix and listener, exceptions, grace, names that are not approved.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Compiler } from '../../src/policy/compile.ts';
import type { ExceptionInput, GroupInput } from '../../src/policy/compile-input.ts';
import { decide, decideTarget } from '../../src/policy/decide.ts';
import { baseOf, findGroup4, findGroup6 } from '../../src/policy/groups.ts';
import { Image } from '../../src/policy/image.ts';
import { Path } from '../../src/policy/match.ts';
import { readMetadata } from '../../src/policy/metadata.ts';
import { nextChange } from '../../src/policy/moments.ts';
import { DECISION, MODE } from '../../src/policy/rule.ts';
import { Verdict } from '../../src/policy/verdict.ts';
import { clientsContract } from '../contracts/clients-contract.ts';
import { devicesContract } from '../contracts/devices-contract.ts';
import { covering, ruleFromText } from '../contracts/policy-contract.ts';
import type { World } from '../support/naive-policy.ts';
import { prefix } from '../support/policy-image.ts';
import {
  compiledSubject,
  compileWorld,
  labelsOf,
  naiveSubject,
  readLabels,
  worldOf,
} from '../support/policy-subject.ts';
import { client, device, labels, listener, seconds, world } from '../support/policy-worlds.ts';

clientsContract('compiled image', compiledSubject);
clientsContract('naive oracle', naiveSubject);
devicesContract('compiled image', compiledSubject);
devicesContract('naive oracle', naiveSubject);

test('clients are judged as the naive oracle does on random worlds', () => {
  const asked = fc.tuple(listener, client, labels, seconds, device);
  fc.assert(
    fc.property(world, fc.array(asked, { minLength: 1, maxLength: 20 }), (random, questions) => {
      const [compiled, naive] = [compiledSubject(random), naiveSubject(random)];
      const ruled = random.sources.flat().map((rule) => rule.labels);
      for (const [on, from, name, now, named] of questions) {
        for (const one of [name, ...ruled]) {
          const expected = naive.decideFor(on, from, one, now, named);
          expect({ one, on, from, now, named, ...compiled.decideFor(on, from, one, now, named) }).toEqual({
            ...{ one, on, from, now, named },
            ...expected,
          });
        }
      }
    }),
    { numRuns: 400 },
  );
});

const office = { id: 'office', any: true, prefixes: [], modes: [MODE.BLOCK], allow: [] };

function exception(changes: Partial<ExceptionInput> = {}): ExceptionInput {
  const dates = { starts: 100, expires: 200 };
  return { id: 'x-1', policy: 0, prefixes: [prefix('10.0.0.7/32')], sealed: false, ...dates, ...changes };
}

/** One policy over nothing, the groups, and the exceptions. */
function compile(groups: GroupInput[], exceptions: ExceptionInput[] = [], dates = {}): Image {
  const compiler = new Compiler(1);
  const named = { id: 'p', title: {}, authority: '', contact: '', effective: null, expires: null, ...dates };
  compiler.policy({ ...named, onExpiry: MODE.OFF, selections: [], answer: { kind: 0, ttl: 60, ede: 15, text: '' } });
  for (const group of groups) compiler.group(group);
  for (const one of exceptions) compiler.exception(one);
  return new Image(compiler.finish(1));
}

describe('derived groups', () => {
  test('lead back to their group, in both families', () => {
    const ipv6 = {
      family: 6 as const,
      address: Uint8Array.of(0x20, 1, 0xd, 0xb8, ...new Array(12).fill(0)),
      length: 64,
    };
    const image = compile([office], [exception({ prefixes: [prefix('10.0.0.0/30'), ipv6] })]);
    const found = [
      ...[0x09ffffff, 0x0a000000, 0x0a000003, 0x0a000004].map((address) => findGroup4(image, 0, address)),
      findGroup6(image, 0, 0x20010db8, 0, 5, 5),
      findGroup6(image, 0, 0x20010db8, 1, 0, 0),
    ];
    expect(found).toEqual([0, 1, 1, 0, 1, 0]);
    expect([-1, 0, 1].map((group) => baseOf(image, group))).toEqual([-1, 0, 0]);
  });

  test('are as few as there are sets of exceptions in a group', () => {
    const wide = exception({ id: 'x-2', prefixes: [prefix('10.0.0.0/24'), prefix('10.0.0.0/28')] });
    const image = compile([office], [exception({ prefixes: [prefix('10.0.0.7'), prefix('10.0.0.9')] }), wide]);
    const found = [6, 7, 8, 9, 10, 200].map((host) => findGroup4(image, 0, 0x0a000000 + host));
    expect(found).toEqual([1, 2, 1, 2, 1, 1]);
    expect(image.bases.length).toBe(2);
  });

  test('reach to both ends of the address space', () => {
    const all = [prefix('0.0.0.0/1'), prefix('128.0.0.0/1')];
    const image = compile([office], [exception({ prefixes: all })]);
    expect([0, 0x7fffffff, 0x80000000, 0xffffffff].map((address) => findGroup4(image, 0, address))).toEqual([
      1, 1, 1, 1,
    ]);
  });

  test('a client in no group stays in none', () => {
    const image = compile([{ ...office, any: false }], [exception()]);
    expect(findGroup4(image, 0, 0x0a000007)).toBe(-1);
  });

  test('hold for clients of every listener', () => {
    const other = { ...office, id: 'other', any: false, prefixes: [prefix('0.0.0.0/0')], listeners: [1] };
    const image = compile([office, other], [exception()]);
    const found = [0, 1].map((on) => findGroup4(image, on, 0x0a000007));
    expect(found.map((group) => baseOf(image, group))).toEqual([0, 1]);
    expect(found.every((group) => group > 1)).toBe(true);
  });
});

describe('is refused', () => {
  const group = (id: string, listeners: number[]): GroupInput => {
    return { ...office, id, any: false, prefixes: [prefix('10.0.0.0/8')], listeners };
  };
  test.each<[string, GroupInput[], ExceptionInput[], string]>([
    [
      'one prefix on one listener twice',
      [group('a', [1, 2]), group('b', [2])],
      [],
      'groups a and b both name 10.0.0.0/8',
    ],
    ['a group for any client that names listeners', [{ ...office, listeners: [0] }], [], 'takes any client, and names'],
    ['a listener that is none', [group('a', [-1])], [], 'group a: there is no listener -1'],
    ['a default by no policy', [{ ...office, fallback: { mode: MODE.BLOCK, policy: 4 } }], [], 'there is no policy 4'],
    ['an exception from no policy', [office], [exception({ policy: 4 })], 'exception x-1: there is no policy 4'],
    [
      'an exception that ends as it starts',
      [office],
      [exception({ expires: 100 })],
      'starts at 100 and expires at 100',
    ],
    ['an exception without end', [office], [exception({ expires: Number.POSITIVE_INFINITY })], 'expires at Infinity'],
    ['an exception from no moment', [office], [exception({ starts: Number.NaN })], 'starts at NaN'],
    [
      'a prefix that is none',
      [office],
      [exception({ prefixes: [prefix('10.0.0.0/33')] })],
      'exception x-1: a prefix of 33',
    ],
  ])('%s', (_, groups, exceptions, message) => {
    expect(() => compile(groups, exceptions)).toThrow(message);
  });
});

test('a sealed exception leaves nothing in the image but its number and its dates', () => {
  const image = compile([office], [exception(), exception({ id: 'secret-case', sealed: true })]);
  const dates = { policy: 0, starts: 100, expires: 200 };
  expect(readMetadata(image).exceptions).toEqual([
    { id: 'x-1', ...dates },
    { id: null, ...dates },
  ]);
  expect(Buffer.from(image.bytes).includes('secret-case')).toBe(false);
});

describe('changes', () => {
  const dates = { effective: 50.5, blocks: 200, expires: 300 };

  test('are all moments at which a verdict may change, once each', () => {
    expect([...compile([office], [exception(), exception({ starts: 150 })], dates).changes]).toEqual([
      51, 100, 150, 200, 300,
    ]);
    expect([...compile([office]).changes]).toEqual([]);
  });

  test('the next one is found from wherever the last look was', () => {
    const image = compile([office], [exception()], dates);
    const expected = (now: number): number => [51, 100, 200, 300].filter((moment) => moment <= now).length;
    for (let now = 49; now <= 301; now++) {
      for (let near = 0; near <= 4; near++) expect([now, nextChange(image, now, near)]).toEqual([now, expected(now)]);
    }
  });

  test('between them no verdict changes', () => {
    fc.assert(
      fc.property(world, labels, client, fc.integer({ min: 0, max: 12 }), (random, name, from, now) => {
        const changes = compileWorld(random).changes;
        if (changes.includes(now + 1)) return;
        const subject = compiledSubject(random);
        const [before, after] = [now, now + 1].map((at) => subject.decideFor(0, from, name, at));
        expect(after).toEqual(before);
      }),
      { numRuns: 400 },
    );
  });
});

describe('what an answer leads to', () => {
  const path = new Path();
  const verdict = new Verdict();

  /** Decides on the first name, and then on what it leads to. */
  function chain(random: Partial<World>, lists: string[][], [first, ...targets]: string[]): number[] {
    const image = compileWorld(
      worldOf(
        lists.map((lines) => lines.map(ruleFromText)),
        random,
      ),
    );
    const group = findGroup4(image, 0, 0x0a000007);
    const asked = decide(image, group, readLabels(labelsOf(first)), 150, path, verdict);
    const stamp = path.stamp;
    const judge = (name: string): number =>
      decideTarget(image, group, readLabels(labelsOf(name)), 150, path, verdict, stamp);
    return [asked, ...targets.map(judge)];
  }

  const exceptions = [{ policy: 0, prefixes: [{ address: 0x0a000007, length: 32 }], starts: 100, expires: 200 }];
  const policies = [covering([0]), covering([1])];
  const both = [{ modes: [MODE.BLOCK, MODE.BLOCK], allow: [] }];
  const managed = [{ modes: [MODE.OFF, MODE.OFF], allow: [0], fallback: { mode: MODE.BLOCK, policy: 1 } }];
  const { PASS, ALLOW, BLOCK } = DECISION;

  test.each<[string, Partial<World>, string[][], string[], number[]]>([
    [
      "an exception on the asked name is its policy's word on the chain",
      { exceptions, policies, groups: both },
      [['a.com', 'cdn.com'], ['ads.com']],
      ['a.com', 'cdn.com', 'ads.com'],
      [ALLOW, PASS, BLOCK],
    ],
    [
      'whichever of its lists bans what follows',
      { exceptions, policies: [covering([0], [1])], groups: [{ modes: [MODE.BLOCK], allow: [] }] },
      [['a.com'], ['cdn.com']],
      ['a.com', 'cdn.com'],
      [ALLOW, PASS],
    ],
    [
      'also where it was needed for want of an approval',
      {
        exceptions,
        policies: [covering([0])],
        groups: [{ modes: [MODE.BLOCK], allow: [1], fallback: { mode: MODE.BLOCK, policy: 0 } }],
      },
      [['bad.com'], ['ok.com']],
      ['other.com', 'bad.com'],
      [ALLOW, PASS],
    ],
    [
      'an exception lets through what a stranger leads to',
      { exceptions, policies, groups: both },
      [['a.com'], ['ads.com']],
      ['b.com', 'a.com', 'ads.com'],
      [PASS, ALLOW, BLOCK],
    ],
    [
      'names that an approved one leads to need no approval of their own',
      { policies, groups: managed },
      [['ok.com'], []],
      ['ok.com', 'cdn.com'],
      [ALLOW, PASS],
    ],
    [
      'nor do those that an own zone leads to',
      { policies, groups: managed, forwards: [{ labels: ['corp'], zone: 0 }] },
      [['ok.com'], []],
      ['www.corp', 'cdn.com'],
      [PASS, PASS],
    ],
  ])('%s', (_, random, lists, names, decisions) => {
    expect(chain(random, lists, names)).toEqual(decisions);
  });
});
