// Exceptions that lift a ban and leave a managed group's default as it is: told where that is so, and only there.

import { afterEach, describe, expect, test } from 'vitest';
import { check } from '../../src/commands/check.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** An exception as YAML; what is left out is of one managed device from the ban, in force. */
function exceptionOf(plan: { id?: string; clients?: string; policy?: string; from?: number; sealed?: boolean } = {}) {
  const { id = 'x-1', clients = '10.50.0.1', policy = 'ban', from = -7, sealed = false } = plan;
  const people = 'owner: a@example.be, approver: b@example.be, reason: Case, ticket: R-1';
  const dates = `starts: ${day(from)}, expires: ${day(from + 100)}`;
  return `  - { id: ${id}, policy: ${policy}, clients: [${clients}], ground: inspection, ${people}, ${dates}, sealed: ${sealed} }\n`;
}

const BLOCKS = 'default: { mode: block, policy: managed-only }, allow: [approved]';

interface Plan {
  exceptions?: string;
  /** What the managed group has beside its clients. */
  managed?: string;
  groups?: string;
  approved?: string;
  /** The file of exceptions, where there is one. */
  file?: string;
  /** The option `devices`. */
  naming?: string;
}

/** What `sluis check` notes of exceptions, each with its line and column. */
async function notes(plan: Plan = {}): Promise<string[]> {
  const {
    exceptions = exceptionOf(),
    managed = BLOCKS,
    groups = '',
    approved = 'ok.example',
    file,
    naming = '',
  } = plan;
  const yaml = `presets: []
listen: { dns: ["127.0.0.1:53", "127.0.0.2:53"] }${naming && `\n${naming}`}
upstreams: ["192.0.2.53"]
${file ? 'exceptions_file: exceptions.yaml' : `exceptions:\n${exceptions}`}
lists:
  - { id: banned, file: banned.txt, format: domains }
  - { id: approved, file: approved.txt, format: domains }
policies:
  - { id: ban, title: Ban, authority: B, lists: [banned] }
  - { id: managed-only, title: Approved apps only, authority: B }
groups:
  - { id: managed, match: { subnets: [10.50.0.0/16] }, modes: { ban: block }, ${managed} }
  - { id: service, match: { subnets: [10.10.0.0/16] }, modes: { ban: block }, allow: [approved] }
  - { id: kiosk, match: { subnets: [10.60.0.0/16] }, default: { mode: observe, policy: managed-only } }
${groups}`;
  const registry =
    'id,address,mac,purchase,subscription,use,work_apps\nlaptop,,,state,none,none,no\nother,,,none,none,none,no\n';
  const files = {
    'devices.csv': registry,
    'banned.txt': 'app.banned.example\n*.below.example\n',
    'approved.txt': `${approved}\n`,
  };
  const folder = folderOf({ ...files, 'sluis.yaml': yaml, 'exceptions.yaml': file ?? '' });
  undo.push(folder.remove);
  const around = surroundings();
  await check.run(['--config', folder.at('sluis.yaml'), '--json'], around);
  const { problems, sound } = JSON.parse(around.printed) as { sound: boolean; problems: Record<string, string>[] };
  expect([sound, problems.filter(({ severity }) => severity === 'error')]).toEqual([true, []]);
  return problems
    .filter(({ path, severity }) => path.startsWith('exceptions') && severity === 'note')
    .map(({ line, column, path, message, fix }) => `${line}:${column} ${path}: ${message}; ${fix}`);
}

const NOTE =
  'the exception does not lift the default of group "managed": managed-only still blocks app.banned.example, for one; ' +
  'add an exception from managed-only for the same clients too, or a list that has these names under "allow" of the group';

test('an exception from a ban is noted at its policy, with the default and a name', async () => {
  expect(await notes()).toEqual([`5:24 exceptions[0].policy: ${NOTE}`]);
});

test('also where it stands in a file of its own', async () => {
  const file = `exceptions:\n${exceptionOf({ id: 'x-0', clients: '10.10.0.1' })}${exceptionOf()}`;
  expect(await notes({ file })).toEqual([`3:24 exceptions[1].policy: ${NOTE}`]);
});

describe('whoever is meant', () => {
  test.each([
    ['one by its address', { clients: '10.50.3.4' }],
    ['a few', { clients: '10.50.3.0/28' }],
    ['one of several', { clients: '10.10.0.1, 10.50.3.4' }],
    ['one whose case is sealed', { sealed: true }],
    ['one whose case is to come', { from: 7 }],
  ])('is found: %s', async (_, plan) => {
    expect(await notes({ exceptions: exceptionOf(plan) })).toEqual([`5:24 exceptions[0].policy: ${NOTE}`]);
  });

  test.each([
    ['within the prefix of the exception', 'subnets: [10.10.7.32/27, 10.11.0.0/16]', '10.10.7.0/24'],
    ['by the socket that they ask', 'listeners: ["127.0.0.2:53"]', '10.10.0.1'],
  ])('is found in a managed group: %s', async (_, match, clients) => {
    const groups = `  - { id: there, match: { ${match} }, modes: { ban: block }, ${BLOCKS} }\n`;
    const [note, ...rest] = await notes({ groups, exceptions: exceptionOf({ clients }) });
    expect([note.includes('the default of group "there"'), rest]).toEqual([true, []]);
  });
});

describe('nothing is noted where', () => {
  test.each<[string, Plan]>([
    ['the client is in no managed group', { exceptions: exceptionOf({ clients: '10.10.0.1' }) }],
    ['the default observes', { managed: 'default: { mode: observe, policy: managed-only }, allow: [approved]' }],
    ['the group has no default', { managed: 'allow: [approved]' }],
    ['the exception is from the default', { exceptions: exceptionOf({ policy: 'managed-only' }) }],
    [
      'there is one from the default too',
      { exceptions: exceptionOf() + exceptionOf({ id: 'x-2', policy: 'managed-only' }) },
    ],
    ['the group allows all that is banned', { approved: 'ok.example\nbanned.example\nbelow.example' }],
    ['the exception has ended', { exceptions: exceptionOf({ from: -200 }) }],
  ])('%s', async (_, plan) => {
    expect(await notes(plan)).toEqual([]);
  });
});

describe('an exception for a device that a forwarder names', () => {
  const naming = 'devices: { file: devices.csv, id_from: [10.50.0.9] }';
  const exceptions = exceptionOf().replace('clients: [10.50.0.1]', 'devices: [laptop]');

  test('is noted where the default of its forwarder’s group blocks', async () => {
    expect(await notes({ exceptions, naming })).toEqual([`6:24 exceptions[0].policy: ${NOTE}`]);
  });

  test('is not where the device is in another group', async () => {
    const groups = '  - { id: own, match: { devices: { ids: [laptop] } }, modes: { ban: block } }\n';
    expect(await notes({ exceptions, naming, groups })).toEqual([]);
  });
});
