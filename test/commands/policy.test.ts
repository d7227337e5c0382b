// sluis policy: what holds before, at and after each date, for people in their language and for programs.

import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { policy } from '../../src/commands/policy.ts';
import { ANYWHERE } from '../support/serving.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const CONFIGURATION = `${ANYWHERE}lists: [{ id: own, file: own.txt, format: domains }]
policies:
  - { id: be-716, owner: netsec@example.be }
  - id: house
    title: { nl: Huisregels, fr: Règlement, de: Hausordnung }
    authority: Board
    source: https://board.example/rules
    scope: { nl: Alle toestellen, fr: Tous les appareils }
    effective: 2026-02-01T08:00:00+01:00
    expires: 2027-01-01
    on_expiry: observe
    lists: [own]
groups:
  - { id: service, match: { subnets: [10.10.0.0/16] }, modes: { be-716: block, house: block } }
  - { id: personal, match: { subnets: [10.20.0.0/16] }, modes: { be-716: observe, house: off } }
`;

const folder = folderOf({
  'sluis.yaml': CONFIGURATION,
  'own.txt': 'one.example\ntwo.example\n',
  'broken.yaml': 'groups: nobody\n',
});
afterAll(() => folder.remove());

async function print(at: string, env: Record<string, string> = {}, ...more: string[]): Promise<string> {
  const around = surroundings(env);
  expect(await policy.run(['--config', folder.at('sluis.yaml'), '--at', at, ...more], around)).toBe(0);
  return around.printed;
}

describe('what a person reads', () => {
  it('is each policy, with whom it comes from and what it does', async () => {
    const printed = await print('2026-06-01');
    for (const line of [
      /^What holds at 2026-06-01, 00:00 UTC$/m,
      /^be-716: Temporary ban on the use of TikTok$/m,
      /^ {2}state {8}in force since 2023-03-10$/m,
      /^ {2}authority {4}National Security Council of Belgium$/m,
      /^ {2}legal basis {2}Circular 716/m,
      /^ {2}source {7}Circular 716; told by the Prime Minister on 10 March 2023/m,
      /^ {2}meant for {4}service devices, whose purchase, /m,
      /^ {2}owner {8}netsec@example\.be$/m,
      /^ {2}covers {7}\d{2,} names: apps tiktok$/m,
      /^ {2}groups {7}service block, personal observe$/m,
      /^house: /m,
      /^ {2}owner {8}nobody is named$/m,
      /^ {2}covers {7}2 names: lists own$/m,
      /^ {2}be-716 was to be reviewed by 2023-09-10/m,
    ]) {
      expect(printed).toMatch(line);
    }
  });

  it.each([
    [
      '2026-02-01T06:59:59Z',
      /^ {2}state +not yet, until 2026-02-01T07:00:00Z$/m,
      /service off \(set to block\), personal off$/m,
    ],
    [
      '2026-02-01T07:00:00Z',
      /^ {2}state +in force since 2026-02-01T07:00:00Z, until 2027-01-01$/m,
      /service block, personal off$/m,
    ],
    [
      '2026-12-31T23:59:59Z',
      /^ {2}state +in force since 2026-02-01T07:00:00Z, until 2027-01-01$/m,
      /service block, personal off$/m,
    ],
    ['2027-01-01', /expired, observes since 2027-01-01$/m, /service observe \(set to block\), personal off$/m],
  ])('at %s is what the dates make of a policy', async (at, state, groups) => {
    const [, house] = (await print(at)).split('house: ');
    expect(house).toMatch(state);
    expect(house).toMatch(groups);
  });

  it('names jurisdictions, and who reported what was never published', async () => {
    const other = folderOf({ 'sluis.yaml': `${ANYWHERE}presets: [nl-2023]\n` });
    const around = surroundings();
    expect(await policy.run(['--config', other.at('sluis.yaml')], around)).toBe(0);
    other.remove();
    expect(around.printed).toMatch(/^ {2}covers {7}\d+ names: all that is managed in CN, RU, IR, KP; \d+ apps$/m);
    expect(around.printed).toMatch(/^ {2}reported {5}\S/m);
  });

  it('has all dates in order around the moment', async () => {
    const printed = await print('2026-06-01');
    const dates = printed.slice(printed.indexOf('Dates\n')).trimEnd().split('\n').slice(1);
    expect(dates.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['2023-03-10', 'past', 'be-716', 'is decided'],
      ['2023-03-10', 'past', 'be-716', 'takes effect'],
      ['2023-03-31', 'past', 'be-716', 'deadline'],
      ['2023-09-10', 'past', 'be-716', 'is to be reviewed'],
      ['2026-02-01T07:00:00Z', 'past', 'house', 'takes effect'],
      ['2026-06-01', '-----', 'this moment'],
      ['2027-01-01', 'coming', 'house', 'expires'],
    ]);
  });

  it.each([
    ['nl_BE.UTF-8', 'Tijdelijk verbod op het gebruik van TikTok', 'Huisregels'],
    ['fr_BE.UTF-8', "Interdiction temporaire d'utiliser TikTok", 'Règlement'],
    ['de_BE.UTF-8', 'Vorübergehendes Verbot der Nutzung von TikTok', 'Hausordnung'],
    ['pt_PT.UTF-8', 'Temporary ban on the use of TikTok', 'Huisregels'],
  ])('is in the language of %s where there is one', async (locale, ban, house) => {
    const printed = await print('2026-06-01', { LC_MESSAGES: locale, LANG: 'en_GB.UTF-8' });
    expect(printed).toContain(`be-716: ${ban}\n`);
    expect(printed).toContain(`house: ${house}\n`);
  });
});

it('a policy that is the default of a group covers what that group does not approve', async () => {
  const managed = `${CONFIGURATION}  - { id: managed, match: { subnets: [10.30.0.0/16] }, default: { mode: block, policy: only }, modes: { be-716: off, house: off } }\n`;
  const only = '  - { id: only, title: Approved apps only, authority: Board, effective: 2026-02-01 }\ngroups:';
  const other = folderOf({ 'sluis.yaml': managed.replace('groups:', only), 'own.txt': 'one.example\n' });
  const around = surroundings();
  await policy.run(['--config', other.at('sluis.yaml'), '--at', '2026-01-01'], around);
  other.remove();
  const printed = around.printed.slice(around.printed.indexOf('only: Approved apps only'));
  expect(printed).toMatch(/^ {2}covers {7}all that the groups whose default it is do not approve$/m);
  expect(printed).toMatch(/^ {2}default {6}managed off \(set to block\)$/m);
});

describe('what a program reads', () => {
  it('has the same, with every text and moment whole', async () => {
    const standing = JSON.parse(await print('2026-06-01', {}, '--json'));
    expect(Object.keys(standing)).toEqual(['at', 'policies', 'alerts', 'timeline']);
    expect(standing.at).toBe('2026-06-01T00:00:00.000Z');
    expect(standing.policies[1]).toMatchObject({
      id: 'house',
      title: { nl: 'Huisregels', fr: 'Règlement', de: 'Hausordnung' },
      source: 'https://board.example/rules',
      scope: { nl: 'Alle toestellen', fr: 'Tous les appareils' },
      state: 'in force',
      since: '2026-02-01T07:00:00.000Z',
      until: '2027-01-01T00:00:00.000Z',
      names: 2,
      groups: [
        { id: 'service', mode: 'block', inForce: 'block' },
        { id: 'personal', mode: 'off', inForce: 'off' },
      ],
      exceptions: [],
      sealed: 0,
    });
    expect(standing.alerts[1]).toMatchObject({ alert: 'review_passed', since: '2023-09-10T00:00:00.000Z' });
    expect(standing.timeline.at(-1)).toMatchObject({
      at: '2027-01-01T00:00:00.000Z',
      kind: 'expires',
      policy: 'house',
    });
  });

  it('counts the names of the facets that a policy covers', async () => {
    const { policies } = JSON.parse(await print('2026-06-01', {}, '--json'));
    const around = surroundings();
    const more = CONFIGURATION.replace('owner: netsec@example.be', 'owner: netsec@example.be, facets: [app]');
    const other = folderOf({ 'sluis.yaml': more, 'own.txt': 'one.example\n' });
    await policy.run(['--config', other.at('sluis.yaml'), '--json'], around);
    other.remove();
    const fewer = JSON.parse(around.printed).policies[0].names;
    expect(fewer).toBeGreaterThan(0);
    expect(fewer).toBeLessThan(policies[0].names);
  });
});

describe('what cannot be told', () => {
  it('is a wrong command line', async () => {
    for (const args of [['be-716'], ['--at', 'tomorrow'], ['--at', '1969-01-01']]) {
      const run = policy.run([...args, '--config', folder.at('sluis.yaml')], surroundings());
      await expect(run).rejects.toThrow(args[0] === 'be-716' ? /be-716/ : UsageError);
    }
  });

  it('is a configuration with an error', async () => {
    const around = surroundings();
    expect(await policy.run(['--config', folder.at('broken.yaml')], around)).toBe(2);
    expect(around.complained).toContain('broken.yaml:1:');
  });
});
