// sluis explain for one group and for all of them, side by side: for people, for programs, and as their clients get it.

import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { explain } from '../../src/commands/explain.ts';
import { type ExplainResult, explainDecision, isExplainProblem } from '../../src/control/explain.ts';
import { buildPolicy } from '../../src/control/policy-build.ts';
import { Image } from '../../src/policy/image.ts';
import { MODE } from '../../src/policy/rule.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { policyImage } from '../support/policy-image.ts';
import { ANYWHERE } from '../support/serving.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const folder = folderOf({
  'sluis.yaml': `${ANYWHERE}lists:
  - { id: house, file: house.txt, format: domains }
policies:
  - { id: rules, title: House rules, authority: Board, effective: 2026-02-01, lists: [house] }
groups:
  - { id: service, match: { subnets: [10.10.0.0/16] }, modes: { be-716: block, rules: block } }
  - { id: desk, match: { subnets: [10.10.4.0/24] }, modes: { be-716: block, rules: off } }
  - { id: personal, match: { subnets: [10.20.0.0/16] }, modes: { be-716: observe, rules: observe } }
`,
  'house.txt': 'games.example\n',
});
afterAll(() => folder.remove());

const file = folder.at('sluis.yaml');
const settings = loadSettings(file, {}).settings!;
const image = new Image((await buildPolicy({ settings, seed: 7, generation: 3 })).image!);
const CLIENTS = { service: '10.10.9.9', desk: '10.10.4.7', personal: '10.20.0.1' };

async function print(...args: string[]): Promise<string> {
  const around = surroundings();
  expect(await explain.run([...args, '--config', file], around)).toBe(0);
  return around.printed;
}

function explained(request: { client?: string; group?: string }, at: number): ExplainResult {
  const result = explainDecision({ image, settings, name: 'games.example', at, ...request });
  if (isExplainProblem(result)) throw new Error(result.problem);
  return result;
}

describe('all groups', () => {
  it('stand side by side, with what each policy makes of the name', async () => {
    const printed = await print('games.example', '--all-groups', '--at', '2026-06-01');
    expect(printed).toMatch(/^ +group +verdict +rules +reply$/m);
    expect(printed).toMatch(/^ +service +BLOCKED by rules, \S+ +block: blocks +NXDOMAIN/m);
    expect(printed).toMatch(/^ +desk +answered: no policy in force covers it +off: off +from the cache/m);
    expect(printed).toMatch(/^ +personal +answered, observed by rules, \S+ +observe: observes +from the cache/m);
  });

  it('are what is shown without any of the three', async () => {
    const at = ['--at', '2026-06-01'];
    expect(await print('games.example', ...at)).toBe(await print('games.example', '--all-groups', ...at));
  });

  it('are shown as of a moment', async () => {
    const printed = await print('games.example', '--all-groups', '--at', '2026-01-31T23:59:59Z');
    expect(printed).toMatch(/^ +service +answered: .* +off: not yet effective +from the cache/m);
  });

  it('are there for programs', async () => {
    const { client, groups } = JSON.parse(await print('tiktok.com', '--all-groups', '--json'));
    expect(client).toBeNull();
    expect(groups.map(({ group, decision }: { group: string; decision: string }) => [group, decision])).toEqual([
      ['service', 'block'],
      ['desk', 'block'],
      ['personal', 'observe'],
    ]);
  });
});

it('tells of exceptions and of names that are not approved, and gives away no sealed one', () => {
  const exceptions = [false, true].map((sealed) => {
    return { id: sealed ? 'secret' : 'x-1', clients: ['10.10.0.9'], starts: 0, expires: 2_000, sealed };
  });
  const plan = { seed: 7, blocked: ['games.example'], managed: { approved: ['ok.example'], mode: MODE.BLOCK } };
  const own = new Image(policyImage({ ...plan, exceptions, blocking: ['10.10.0.0/16'] }));
  const ask = (name: string, client: string): ExplainResult['groups'][number] => {
    const result = explainDecision({ image: own, settings, name, client, at: 1_000 });
    if (isExplainProblem(result)) throw new Error(result.problem);
    expect(JSON.stringify(result)).not.toContain('secret');
    return result.groups[0];
  };
  const excepted = ask('games.example', '10.10.0.9');
  expect(excepted).toMatchObject({ group: 'blocking', decision: 'allow', policy: 'be-716', exception: 0 });
  expect(excepted.exceptions.map(({ id }) => id)).toEqual(['x-1', null]);
  expect(excepted.reply.from).toBe('upstream');
  const other = ask('shop.example', '10.10.0.8');
  expect(other).toMatchObject({ decision: 'block', rule: null, exception: null, fallback: { outcome: 'blocks' } });
  expect(other.reply).toMatchObject({ from: 'here', status: 'NXDOMAIN', soa: 'shop.example' });
});

describe('a client at one of several sockets', () => {
  const sockets = folderOf({
    'sluis.yaml': `listen: { dns: ["10.0.0.53:53", "[2001:db8::53]:53"] }
upstreams: ["192.0.2.1"]
groups:
  - { id: guests, match: { subnets: [10.30.0.0/16] }, modes: { be-716: observe } }
  - { id: strict, match: { subnets: [10.30.0.0/16], listeners: ["[2001:db8::53]:53"] }, modes: { be-716: block } }
`,
  });
  afterAll(() => sockets.remove());
  const told = async (...args: string[]): Promise<string> => {
    const around = surroundings();
    await explain.run(['tiktok.com', ...args, '--config', sockets.at('sluis.yaml')], around);
    return around.printed;
  };

  it.each([
    [[], /^group +guests, by 10\.30\.0\.0\/16$/m, /observed by be-716/],
    [['--listener', '10.0.0.53:53'], /^group +guests, by 10\.30\.0\.0\/16$/m, /observed by be-716/],
    [['--listener', '[2001:db8:0::53]:53'], /^group +strict, by \S+ at \[2001:db8::53\]:53$/m, /BLOCKED by be-716/],
  ])('%j gets what this socket gives', async (args, group, verdict) => {
    const printed = await told('--client', '10.30.0.1', ...args);
    expect(printed).toMatch(group);
    expect(printed).toMatch(verdict);
  });

  it.each([
    [['--client', '10.30.0.1', '--listener', '10.0.0.53:54'], 'write one of 10.0.0.53:53, [2001:db8::53]:53'],
    [['--client', '10.30.0.1', '--listener', 'x'], '"x" is no socket of listen.dns'],
    [['--listener', '10.0.0.53:53'], 'a socket without a client says nothing'],
    [['--group', 'strict', '--listener', '10.0.0.53:53'], 'a socket without a client says nothing'],
  ])('%j is a wrong command line', async (args, message) => {
    await expect(told(...args)).rejects.toThrow(message);
  });
});

describe('one group', () => {
  it('is shown in full', async () => {
    const printed = await print('tiktok.com', '--group', 'personal', '--at', '2026-06-01');
    expect(printed).toMatch(/^tiktok\.com A, at 2026-06-01T00:00:00\.000Z, asked by a client of personal$/m);
    expect(printed).toMatch(/^group +personal$/m);
    expect(printed).toMatch(/^verdict +answered, observed by be-716/m);
  });

  it.each(Object.entries(CLIENTS))('%s gets what its client %s gets', (group, client) => {
    for (const at of [Date.UTC(2026, 0, 1) / 1000, Date.UTC(2026, 5, 1) / 1000]) {
      const [own] = explained({ group }, at).groups;
      const [theirs] = explained({ client }, at).groups;
      expect(own).toEqual({ ...theirs, by: null });
      expect(theirs.by).not.toBeNull();
    }
  });

  it('that does not exist is a problem, with the likely one', () => {
    expect(explainDecision({ image, settings, name: 'tiktok.com', group: 'servce' })).toEqual({
      problem: '"servce" is no group',
      fix: 'did you mean service?',
    });
  });
});

it.each([
  [['--group', 'x'], /"x" is no group/],
  [['--group', 'desk', '--all-groups'], /one of --client, --group and --all-groups/],
  [['--group', 'desk', '--client', '10.10.4.7'], /one of --client, --group and --all-groups/],
  [['--client', '10.10.4.7', '--all-groups'], /one of --client, --group and --all-groups/],
])('%j is a wrong command line', async (args, message) => {
  const run = explain.run(['tiktok.com', ...args, '--config', file], surroundings());
  await expect(run).rejects.toThrow(UsageError);
  await expect(explain.run(['tiktok.com', ...args, '--config', file], surroundings())).rejects.toThrow(message);
});

describe('a group with a default and ways round', () => {
  const managed = folderOf({
    'sluis.yaml': `${ANYWHERE}policies: [{ id: approved-only, title: Approved only, authority: Board }]
groups:
  - id: managed
    match: { subnets: [10.10.0.0/16] }
    modes: { be-716: block }
    default: { mode: observe, policy: approved-only }
    bypass: { ddr: off, vpn: off }
  - { id: free, match: { subnets: [10.20.0.0/16] }, modes: { be-716: off }, bypass: { vpn: block } }
`,
  });
  afterAll(() => managed.remove());
  const told = async (...args: string[]): Promise<string> => {
    const around = surroundings();
    await explain.run([...args, '--config', managed.at('sluis.yaml')], around);
    return around.printed;
  };

  it('is told of each once, and of ways round only where the name is one', async () => {
    const printed = await told('shop.example', '--client', '10.10.0.1');
    expect(printed).toMatch(/^policies +be-716, mode block: silent/m);
    expect(printed).toMatch(/^default +approved-only, mode observe: observes/m);
    expect(printed).toMatch(
      /^ +every alias, service target and address .*, but for the default: there, the name has decided$/m,
    );
    expect(printed).not.toMatch(/approved-only, mode off|bypass-/);
    expect(await told('turbovpn.com', '--client', '10.10.0.1')).toMatch(/^ +bypass-vpn, mode off: off/m);
    expect(await told('turbovpn.com', '--client', '10.20.0.1')).toMatch(/^ +bypass-vpn, mode block: blocks/m);
  });

  it('stands beside others without columns that say nothing', async () => {
    const printed = await told('shop.example');
    expect(printed).toMatch(/^ +group +verdict +be-716 +approved-only +reply$/m);
    expect(printed).toMatch(/^ +managed .* +block: silent +observe: observes +from/m);
    expect(printed).toMatch(/^ +free .* +off: off +off: off +from/m);
    expect(await told('turbovpn.com')).toMatch(/^ +group +verdict +be-716 +approved-only +bypass-vpn +reply$/m);
  });
});
