// sluis exceptions: what is shown of those in force, to come, past and sealed, and what becomes of the file.

import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { exceptions } from '../../src/commands/exceptions.ts';
import { ANYWHERE } from '../support/serving.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const CONFIGURATION = `${ANYWHERE}exceptions_file: exceptions.yaml
groups: [{ id: service, match: { subnets: [10.10.0.0/16] }, modes: { be-716: block } }]
`;

const common = 'ground: inspection, policy: be-716, owner: a@x.be, approver: b@x.be, reason: R, ticket: T-1';
const THREE = `# Ours.
exceptions:
  - { id: old, clients: [10.10.4.1], ${common}, starts: 2026-01-01, expires: 2026-06-01 }
  - { id: now, clients: [10.10.4.2, 10.10.5.0/24], ${common}, starts: 2026-06-01, expires: 2027-01-01 }
  - { id: next, clients: [10.10.4.3], ${common}, starts: 2027-01-01, expires: 2027-06-01 }
  - { id: hush, clients: [10.10.4.4], ${common}, starts: 2026-06-01, expires: 2026-12-01, sealed: true }
`;
const AT = ['--at', '2026-11-22T12:00:00Z'];

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function folder(file?: string, configuration = CONFIGURATION): (name: string) => string {
  const { at, remove } = folderOf({
    'sluis.yaml': configuration,
    ...(file !== undefined && { 'exceptions.yaml': file }),
  });
  undo.push(remove);
  return at;
}

async function run(at: (name: string) => string, ...args: string[]) {
  const around = surroundings();
  const code = await exceptions.run([...args, '--config', at('sluis.yaml')], around);
  return { code, printed: around.printed, complained: around.complained };
}

const NEW = {
  id: 'x-1',
  ground: 'investigation',
  policy: 'be-716',
  client: '10.10.4.17',
  owner: 'a@example.be',
  approver: 'b@example.be',
  reason: 'Case support',
  ticket: 'REQ-1201',
  starts: '2026-10-01',
  expires: '2027-03-31',
};

const flags = (fields: Partial<typeof NEW>) => Object.entries(fields).flatMap(([name, value]) => [`--${name}`, value]);

const ADDED = `  - id: x-1
    ground: investigation
    policy: be-716
    clients: [10.10.4.17]
    owner: a@example.be
    approver: b@example.be
    reason: Case support
    ticket: REQ-1201
    starts: 2026-10-01
    expires: 2027-03-31
`;

describe('list', () => {
  it('shows those in force, then those to come, then those past, and counts sealed ones', async () => {
    const { code, printed } = await run(folder(THREE), 'list', ...AT);
    expect(code).toBe(0);
    const lines = printed.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines.map((line) => line.slice(0, 2).join(' '))).toEqual([
      'id state',
      'now in force',
      'next to come',
      'old past',
      '1 sealed exception is not shown',
      '',
    ]);
    expect(lines[1]).toEqual([
      ...['now', 'in force', 'be-716', 'inspection', '10.10.4.2 10.10.5.0/24', 'a@x.be', 'b@x.be', 'T-1', '2027-01-01'],
      '40',
    ]);
    expect(lines[2].slice(-2)).toEqual(['2027-01-01 to 2027-06-01', '-']);
  });

  it('shows sealed ones to whoever asks for them', async () => {
    const { printed } = await run(folder(THREE), 'list', '--sealed', '--json', ...AT);
    const { exceptions: shown, sealedNotShown } = JSON.parse(printed);
    expect(shown.map(({ id }: { id: string }) => id)).toEqual(['hush', 'now', 'next', 'old']);
    expect(sealedNotShown).toBe(0);
    expect(shown[0]).toMatchObject({ state: 'in force', daysLeft: 9, sealed: true, expires: '2026-12-01' });
  });

  it('names no sealed one as JSON either', async () => {
    const { printed } = await run(folder(THREE), 'list', '--json', ...AT);
    expect(printed).not.toContain('hush');
    expect(JSON.parse(printed)).toMatchObject({ at: '2026-11-22T12:00:00Z', sealedNotShown: 1 });
  });

  it.each([
    ['2026-05-31T23:59:59Z', 'old'],
    ['2026-06-01', 'now'],
    ['2026-12-31T23:59:59Z', 'now'],
    ['2027-01-01', 'next'],
  ])('at %s has %s in force: to the second', async (moment, id) => {
    const { printed } = await run(folder(THREE), 'list', '--json', '--at', moment);
    const shown: { id: string; state: string }[] = JSON.parse(printed).exceptions;
    expect(shown.filter(({ state }) => state === 'in force').map((one) => one.id)).toEqual([id]);
  });

  it('says so where there are none', async () => {
    expect(await run(folder(''), 'list')).toEqual({ code: 0, printed: 'no exceptions\n', complained: '' });
  });

  it('says what is wrong with a configuration', async () => {
    const { code, complained } = await run(folder('exceptions: 1\n'), 'list');
    expect(code).toBe(2);
    expect(complained).toContain('exceptions.yaml:1:13: error: ');
  });
});

describe('add', () => {
  it('appends one object, and says so', async () => {
    const at = folder(THREE);
    const { code, printed } = await run(at, 'add', ...flags(NEW));
    expect(code).toBe(0);
    expect(readFileSync(at('exceptions.yaml'), 'utf8')).toBe(`${THREE}${ADDED}`);
    const lines = ADDED.trimEnd()
      .split('\n')
      .map((line) => `+${line}\n`);
    expect(printed).toBe(`added x-1, in ${at('exceptions.yaml')}\n${lines.join('')}`);
  });

  it('writes the first into a file of its own', async () => {
    const at = folder();
    const { code } = await run(at, 'add', ...flags(NEW));
    expect(code).toBe(0);
    expect(readFileSync(at('exceptions.yaml'), 'utf8')).toBe(`exceptions:\n${ADDED}`);
    expect((await run(at, 'list', ...AT)).printed).toContain('x-1');
  });

  it('takes several clients, and a seal', async () => {
    const at = folder('');
    await run(at, 'add', ...flags(NEW), '--client', '10.10.5.0/24', '--sealed');
    const text = readFileSync(at('exceptions.yaml'), 'utf8');
    expect(text).toContain('clients: [10.10.4.17, 10.10.5.0/24]\n');
    expect(text).toContain('    sealed: true\n');
  });

  it('says by which other policy its clients stay blocked', async () => {
    const both = CONFIGURATION.replace('be-716: block', 'be-716: block, ec-2023: block');
    const at = folder('', `presets: [be-716, ec-2023]\n${both}`);
    // It has to be in force, or to come.
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const dates = { starts: day(0), expires: day(30) };
    const first = await run(at, 'add', ...flags({ ...NEW, ...dates }));
    expect([first.code, first.complained]).toEqual([
      0,
      expect.stringContaining(
        'exceptions.yaml:4:13: note: ec-2023 blocks tiktok for these clients too, in group "service"',
      ),
    ]);
    const second = await run(at, 'add', ...flags({ ...NEW, ...dates, id: 'x-2', policy: 'ec-2023' }));
    expect([second.code, second.complained]).toEqual([0, '']);
  });

  it('keeps a link and the mode of its file, and leaves nothing beside it', async () => {
    const at = folder();
    writeFileSync(at('elsewhere.yaml'), THREE, { mode: 0o600 });
    symlinkSync(at('elsewhere.yaml'), at('exceptions.yaml'));
    expect((await run(at, 'add', ...flags(NEW))).code).toBe(0);
    expect(readFileSync(at('elsewhere.yaml'), 'utf8')).toBe(`${THREE}${ADDED}`);
    expect(statSync(at('elsewhere.yaml')).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(at('a'))).sort()).toEqual(['elsewhere.yaml', 'exceptions.yaml', 'sluis.yaml']);
  });

  it.each([
    ['its owner approves it', { approver: 'A@example.be' }, 'the owner approves their own exception'],
    ['it lasts too long', { expires: '2027-10-03' }, 'the exception lasts 367 days'],
    ['it is for a whole group', { client: '10.10.0.0/16' }, 'is too wide'],
    ['its clients are in no group', { client: '10.20.0.1' }, 'is in no group'],
    ['its policy is unknown', { policy: 'be-761' }, 'unknown policy "be-761"'],
    ['its id is there', { id: 'now' }, 'exception "now" is there already'],
    ['its day does not exist', { starts: '2026-11-31' }, '"2026-11-31" does not exist'],
  ])('writes nothing where %s', async (_, change, message) => {
    const at = folder(THREE);
    const { code, complained } = await run(at, 'add', ...flags({ ...NEW, ...change }));
    expect(code).toBe(2);
    expect(complained).toContain('nothing was written');
    expect(complained).toContain(message);
    expect(readFileSync(at('exceptions.yaml'), 'utf8')).toBe(THREE);
  });

  it('needs a file to write to', async () => {
    const { code, complained } = await run(
      folder(undefined, CONFIGURATION.replace(/^exceptions_file.*\n/m, '')),
      'add',
      ...flags(NEW),
    );
    expect(code).toBe(2);
    expect(complained).toContain('add exceptions_file: exceptions.yaml');
  });

  it('needs every field', async () => {
    const { approver: _, client: __, ...rest } = NEW;
    await expect(run(folder(''), 'add', ...flags(rest))).rejects.toThrow('give --approver, --client or --device');
  });
});

describe('end', () => {
  it('changes one value, and says so', async () => {
    const at = folder(THREE);
    const { code, printed } = await run(at, 'end', 'now', ...AT);
    expect(code).toBe(0);
    const [before, after] = ['2027-01-01', '2026-11-22T12:00:00Z'].map((end) => `starts: 2026-06-01, expires: ${end}`);
    expect(readFileSync(at('exceptions.yaml'), 'utf8')).toBe(THREE.replace(before, after));
    expect(printed.split('\n').map((line) => line.slice(0, 12))).toEqual([
      'ended now: i',
      '-  - { id: n',
      '+  - { id: n',
      '',
    ]);
  });

  it.each([
    ['one that is past', 'old', '2026-11-22', 1, 'ends 2026-06-01 already'],
    ['one to come', 'next', '2026-11-22', 2, 'starts 2027-01-01'],
    ['one that is not there', 'nobody', '2026-11-22', 2, 'there is no exception "nobody"'],
    ['a later end', 'now', '2027-02-01', 1, 'ends 2027-01-01 already'],
  ])('refuses %s', async (_, id, moment, code, message) => {
    const at = folder(THREE);
    const result = await run(at, 'end', id, '--at', moment);
    expect(result).toMatchObject({ code, printed: '' });
    expect(result.complained).toContain(message);
    expect(readFileSync(at('exceptions.yaml'), 'utf8')).toBe(THREE);
  });

  it('refuses one that stands in the configuration itself', async () => {
    const inline = `exceptions:\n${THREE.split('\n')[3]}\n`;
    const { code, printed } = await run(folder('', `${CONFIGURATION}${inline}`), 'end', 'now', '--json', ...AT);
    expect(code).toBe(2);
    expect(JSON.parse(printed)).toMatchObject({
      written: false,
      refused: expect.stringContaining('sluis.yaml itself'),
    });
  });
});

it.each([
  [[], 'write list, add or end'],
  [['lost'], '"lost" is none of'],
  [['end'], 'give the id'],
])('a call as %j is none', async (args, message) => {
  await expect(async () => exceptions.run(args, surroundings())).rejects.toThrow(message);
});
