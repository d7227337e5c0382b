// sluis explain --answer: what a name's answer leads to is told in order, with the rule that decides and the reply.

import { afterAll, describe, expect, it, test } from 'vitest';
import { check } from '../../src/commands/check.ts';
import { UsageError } from '../../src/commands/command.ts';
import { explain } from '../../src/commands/explain.ts';
import type { ExplainResult } from '../../src/control/explain.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const CONFIGURATION = `
upstreams: ["192.0.2.53"]
presets: []
lists:
  - { id: nets, file: nets.txt, format: addresses }
  - { id: fine, file: fine.txt, format: addresses }
  - { id: names, file: names.txt, format: domains }
  - { id: partners, file: partners.txt, format: domains }
policies:
  - { id: hosting, title: Barred networks, authority: Board, owner: board@example.be, lists: [nets, names] }
groups:
  - { id: office, match: { subnets: [10.10.0.0/16] }, modes: { hosting: block }, allow: [fine, partners] }
  - { id: guests, match: { subnets: [10.20.0.0/16] }, modes: { hosting: observe } }
exceptions:
  - { id: x-1, ground: investigation, policy: hosting, clients: [10.10.4.17], owner: a@example.be, approver: b@example.be,
      reason: Case support, ticket: REQ-1, starts: 2026-01-01, expires: 2026-12-31 }
`;

const folder = folderOf({
  'sluis.yaml': CONFIGURATION,
  'nets.txt': '# barred\n192.0.2.0/24\n2001:db8::/32\n0.0.0.0/0\n192.0.2.0/24\n',
  'fine.txt': '192.0.2.128/25\n',
  'names.txt': 'edge.example\n',
  'partners.txt': 'partner.example\n',
});
afterAll(() => folder.remove());

async function print(...args: string[]): Promise<string> {
  const around = surroundings();
  const file = folder.at('sluis.yaml');
  expect(await explain.run([...args, '--config', file, '--at', '2026-06-01'], around)).toBe(0);
  return around.printed;
}

const office = ['--client', '10.10.9.9'];
const answers = (...leads: string[]) => leads.flatMap((lead) => ['--answer', lead]);

describe('what a person reads', () => {
  it('is the chain in order, and what of it decides', async () => {
    const printed = await print('shop.example', ...office, ...answers('192.0.2.9', 'cdn.example', '192.0.2.200'));
    const at = (line: RegExp) => printed.search(line);
    expect([/^answer +cdn\.example$/m, /^ +192\.0\.2\.9$/m, /^ +192\.0\.2\.200$/m].map(at)).toEqual(
      [/^answer +cdn\.example$/m, /^ +192\.0\.2\.9$/m, /^ +192\.0\.2\.200$/m].map(at).sort((a, b) => a - b),
    );
    expect(printed).toMatch(/^answer +cdn\.example\n +no rule of any list or app speaks of it$/m);
    expect(printed).toMatch(
      /^ +192\.0\.2\.9\n +block 192\.0\.2\.0\/24 +list nets {2}\S*nets\.txt:2\n +hosting, mode block: blocks, covers nets$/m,
    );
    expect(printed).toMatch(/^ +block 192\.0\.2\.0\/24 .* not heard: the group's allow list goes first$/m);
    expect(printed).toMatch(/^verdict +BLOCKED by hosting, \S*nets\.txt:2, as the answer leads to 192\.0\.2\.9$/m);
    expect(printed).toMatch(
      /^reply +NOERROR, no data, SOA shop\.example, TTL 60 s, EDE 15 Blocked: hosting: ask board@example\.be$/m,
    );
  });

  test.each<[string, string[], RegExp[]]>([
    [
      'an address behind NAT64, by the IPv4 prefix that it stands for',
      ['shop.example', ...office, ...answers('64:ff9b::192.0.2.9')],
      [/^answer +64:ff9b::c000:209\n +block 192\.0\.2\.0\/24 /m, /^verdict +BLOCKED by hosting/m],
    ],
    [
      'a name that decides before an address',
      ['shop.example', ...office, ...answers('192.0.2.9', 'a.edge.example')],
      [/^verdict +BLOCKED by hosting, \S*names\.txt:1, as the answer leads to a\.edge\.example$/m],
    ],
    [
      'one that is observed',
      ['shop.example', '--group', 'guests', ...answers('203.0.113.1', '2001:db8::1')],
      [
        /^verdict +answered, observed by hosting, \S*nets\.txt:3, as the answer leads to 2001:db8::1$/m,
        /^reply +from the cache/m,
      ],
    ],
    [
      'one that an exception lets through',
      ['shop.example', '--client', '10.10.4.17', ...answers('192.0.2.9')],
      [/^verdict +let past hosting by x-1 from hosting, in force: .*, as the answer leads to 192\.0\.2\.9$/m],
    ],
    [
      'one that is settled by the asked name',
      ['edge.example', '--client', '10.10.4.17', ...answers('192.0.2.9')],
      [
        /^ +hosting, mode block: settled, covers nets; .*; what let the asked name past it holds here too$/m,
        /^verdict +let past hosting by x-1/m,
        /^reply +from the cache/m,
      ],
    ],
    [
      'an asked name that is blocked',
      ['edge.example', ...office, ...answers('192.0.2.9')],
      [/^answer +not looked at: the asked name is blocked$/m, /^verdict +BLOCKED by hosting, \S*names\.txt:1$/m],
    ],
    [
      'an asked name that the group approves',
      ['www.partner.example', ...office, ...answers('192.0.2.9')],
      [/^answer +not looked at: the group's allow list approves/m, /^reply +from the cache/m],
    ],
    [
      'nothing that any rule speaks of',
      ['shop.example', ...office, ...answers('203.0.113.1')],
      [/^verdict +answered: no policy in force covers it$/m, /^reply +from the cache, else from 192\.0\.2\.53:53\n$/m],
    ],
    [
      'every group',
      ['shop.example', ...answers('192.0.2.9')],
      [
        /^ +office +BLOCKED by hosting, .* leads to 192\.0\.2\.9 /m,
        /^ +guests +answered, observed by hosting, .* 192\.0\.2\.9 /m,
      ],
    ],
  ])('tells of %s', async (_, args, lines) => {
    const printed = await print(...args);
    for (const line of lines) expect(printed).toMatch(line);
  });

  it('is as ever without it', async () => {
    const printed = await print('shop.example', ...office);
    expect(printed).not.toMatch(/^answer/m);
    expect(printed).toContain('every alias, service target and address in the answer is then judged in the same way');
  });
});

test('a program reads it as an object', async () => {
  const printed = await print('shop.example', ...office, ...answers('192.0.2.9', 'cdn.example'), '--json');
  const [group] = (JSON.parse(printed) as ExplainResult).groups;
  expect(group).toMatchObject({
    decision: 'pass',
    policy: null,
    answer: {
      settledBy: null,
      leads: [
        { to: 'cdn.example', rules: [], decision: 'pass', policy: null, rule: null },
        {
          to: '192.0.2.9',
          rules: [{ name: '192.0.2.0/24', match: 'prefix', source: 'nets', line: 2, heard: true }],
          decision: 'block',
          policy: 'hosting',
          rule: 0,
          exception: null,
        },
      ],
      decides: 1,
    },
    reply: { from: 'here', cause: 'policy', status: 'NOERROR', answers: [] },
  });
});

test('what is neither a name nor an address is a wrong command line', async () => {
  const args = ['shop.example', ...answers('192.0.2.9', 'no..name'), '--config', folder.at('sluis.yaml')];
  await expect(explain.run(args, surroundings())).rejects.toThrow(UsageError);
  await expect(explain.run(args, surroundings())).rejects.toThrow(
    /"no\.\.name" is no domain name and no address: write /,
  );
});

test('check counts its rules and names the lines that are none', async () => {
  const around = surroundings();
  expect(await check.run(['--config', folder.at('sluis.yaml')], around)).toBe(0);
  expect(around.printed).toContain('list nets, addresses: 2 rules (1 twice over, 1 left out)\n');
  expect(around.complained).toContain('nets.txt:4:1: left out: 0.0.0.0/0: shorter than /8');
});
