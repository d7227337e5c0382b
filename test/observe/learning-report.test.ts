// What is told of what was learnt: by domain, under the rules in force, and never as whole when it is not.

import { expect, test } from 'vitest';
import { type LearningReport, learningReport } from '../../src/observe/learning-report.ts';
import { LearningTable } from '../../src/observe/learning-table.ts';
import { Image } from '../../src/policy/image.ts';
import { MODE } from '../../src/policy/rule.ts';
import { type PolicyPlan, policyImage } from '../support/policy-image.ts';

const AT = 1_800_000_000;
const GROUP = 'blocking';

interface Plan extends Partial<PolicyPlan> {
  unseen?: number;
  least?: number;
  most?: number;
  group?: string;
}

/** `asked`: a name for each query, with the client's number behind it where that is not 1. */
function reportOf(asked: string[], { unseen = 0, least = 1, most = 100, group, ...plan }: Plan = {}): LearningReport {
  const table = new LearningTable(most);
  table.follow([{ id: GROUP, learns: true }]);
  asked.forEach((one, second) => {
    const [name, client = '1'] = one.split(' ');
    table.note(GROUP, name, AT + second, Number(client), false);
  });
  const managed = { approved: ['ok.example'], mode: MODE.OBSERVE };
  const image = new Image(policyImage({ seed: 7, managed, ...plan }));
  const learnt = { table, unseen, file: null, problem: '' };
  return learningReport({ learnt, image, group, least, at: AT + 1000 });
}

/** `domain: name name` */
function domainsOf({ groups: [group] }: LearningReport): string[] {
  return group.domains.map(({ name, names }) => `${name}: ${names.map((one) => one.name).join(' ')}`);
}

test('names stand under the domain that somebody registered, those of most clients first', () => {
  const report = reportOf([
    ...[
      'www.a.co.uk',
      'a.co.uk',
      'a.co.uk',
      'host.github.io',
      'printer',
      'co.uk',
      'x.b.example',
      '_sip._tcp.b.example 2',
    ],
    ...['x.b.example 3', '.'],
  ]);
  expect(domainsOf(report)).toEqual([
    'b.example: x.b.example _sip._tcp.b.example',
    'a.co.uk: a.co.uk www.a.co.uk',
    '.: .',
    'co.uk: co.uk',
    'host.github.io: host.github.io',
    'printer: printer',
  ]);
  const [domain] = report.groups[0].domains;
  expect(domain).toMatchObject({ count: 3, blocked: 0, clients: 3, policy: null });
  expect(domain.first).toBe('2027-01-15T08:00:06.000Z');
  expect(domain.last).toBe('2027-01-15T08:00:08.000Z');
});

test('clients of several names of a domain are counted once', () => {
  const names = ['a', 'b', 'c'].flatMap((host) => [1, 2, 3, 4].map((client) => `${host}.b.example ${client}`));
  expect(reportOf(names).groups[0].domains[0].clients).toBe(4);
});

test('a dot that is no separator makes no domain', () => {
  const names = ['www\\.tiktok.com', 'a.x\\.tiktok.com', '\\000\\010.example.com'];
  expect(domainsOf(reportOf(names)).sort()).toEqual(names.map((name) => `${name}: ${name}`).sort());
});

test('what is allowed by now, special, or of a zone of one’s own is counted and left out', () => {
  const asked = ['ok.example', 'www.ok.example', 'a.corp.example', 'localhost', 'other.example'];
  const report = reportOf(asked, { forward: [['corp.example', 0]] });
  expect(domainsOf(report)).toEqual(['other.example: other.example']);
  expect(report.groups[0]).toMatchObject({ approved: 4, rare: 0, count: 5 });
});

test('what a policy bans in the group is told with the policy', () => {
  const report = reportOf(['www.tiktok.com', 'other.com'], { blocked: ['tiktok.com'] });
  const told = report.groups[0].domains.map(({ name, policy, names }) => [name, policy, names[0].policy]);
  expect(told).toEqual([
    ['other.com', null, null],
    ['tiktok.com', 'be-716', 'be-716'],
  ]);
});

test('a ban beneath the domain is told at the names, and one above all at the domain', () => {
  const beneath = reportOf(['www.tiktok.com', 'm.tiktok.com'], { blocked: ['www.tiktok.com'] }).groups[0].domains[0];
  expect([beneath.policy, beneath.names.map(({ policy }) => policy)]).toEqual([null, [null, 'be-716']]);
});

test('names with fewer queries than wanted are counted and left out', () => {
  const report = reportOf(['a.example', 'a.example', 'b.example'], { least: 2 });
  expect(domainsOf(report)).toEqual(['a.example: a.example']);
  expect(report.groups[0]).toMatchObject({ rare: 1, approved: 0 });
});

test.each<[string, Plan, string[], boolean]>([
  ['all was looked at and had room', {}, ['a.example'], true],
  ['hits were not looked at', { unseen: 1 }, ['a.example'], false],
  ['names had no room', { most: 1 }, ['a.example', 'b.example'], false],
])('complete where %s: %j', (_, plan, asked, isComplete) => {
  expect(reportOf(asked, plan).complete).toBe(isComplete);
});

test('groups without a default have no part in it; one that was asked nothing has', () => {
  expect(reportOf(['a.example'], { managed: undefined as never }).groups).toEqual([]);
  expect(reportOf(['a.example'], { group: 'observing', observing: ['10.20.0.0/16'] }).groups).toEqual([]);
  const [group] = reportOf([], { group: GROUP }).groups;
  expect(group).toMatchObject({ group: GROUP, mode: 'observe', policy: 'be-716', since: null, count: 0, domains: [] });
});

test('the mode is the one that dates make of it', () => {
  const modes = [AT + 2000, AT].map((effective) => reportOf([], { effective }).groups[0].mode);
  expect(modes).toEqual(['off', 'observe']);
});
