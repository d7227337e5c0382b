// Exceptions that leave their clients blocked by another policy: when it is told, and what makes it go away.

import { describe, expect, it } from 'vitest';
import { loadText, told } from './memory-files.ts';

const GROUPS = `groups:
  - { id: service, match: { subnets: [10.10.0.0/16] }, modes: { be-716: block, ec-2023: block, nl-2023: observe } }
  - { id: lab, match: { subnets: [10.20.0.0/16] }, modes: { be-716: block, ec-2023: off, nl-2023: off } }
`;
const HEAD = `presets: [be-716, ec-2023, nl-2023]\n${GROUPS}`;

function exception(id: string, policy: string, more: string): string {
  const dates = more.includes('starts') ? '' : 'starts: 2026-10-01, expires: 2027-03-31, ';
  return `  - { id: ${id}, policy: ${policy}, ${dates}${more}, ground: inspection, owner: A, approver: B, reason: R, ticket: T }\n`;
}

function notes(text: string): string[] {
  const { settings, problems } = loadText(text);
  expect(settings).toBeDefined();
  return problems.filter(({ path }) => path.startsWith('exceptions')).map(told);
}

const X = exception('x', 'be-716', 'clients: [10.10.4.17]');
const NOTE =
  '6:22 note: ec-2023 blocks tiktok for these clients too, in group "service": an exception from it is needed as well; add one from ec-2023 for the same clients and the same time';

describe('an exception from one of two bans on the same', () => {
  it('is noted, with what the other blocks and where', () => {
    expect(notes(`${HEAD}exceptions:\n${X}`)).toEqual([NOTE]);
  });

  it.each([
    ['the other has one for the same client', exception('y', 'ec-2023', 'clients: [10.10.4.17]')],
    ['the other has one for a prefix around it', exception('y', 'ec-2023', 'clients: [10.10.4.0/24]')],
  ])('is fine where %s', (_, y) => {
    expect(notes(`${HEAD}exceptions:\n${X}${y}`).filter((note) => note.startsWith('6:'))).toEqual([]);
  });

  it.each([
    ['another client', exception('y', 'ec-2023', 'clients: [10.10.4.18]')],
    ['another time', exception('y', 'ec-2023', 'starts: 2026-09-01, expires: 2026-10-01, clients: [10.10.4.17]')],
  ])('is noted where the one from the other is for %s', (_, y) => {
    expect(notes(`${HEAD}exceptions:\n${X}${y}`)).toContain(NOTE);
  });

  it('for a prefix is fine where exceptions from the other take it in together', () => {
    const wide = exception('x', 'be-716', 'clients: [10.10.4.0/24]');
    const low = exception('y', 'ec-2023', 'clients: [10.10.4.0/25]');
    const high = exception('z', 'ec-2023', 'clients: [10.10.4.128/25]');
    expect(notes(`${HEAD}exceptions:\n${wide}${low}`)).toHaveLength(1);
    expect(notes(`${HEAD}exceptions:\n${wide}${low}${high}`)).toEqual([]);
  });

  it('is fine where the other does not block its group', () => {
    expect(notes(`${HEAD}exceptions:\n${exception('x', 'be-716', 'clients: [10.20.4.17]')}`)).toEqual([]);
    expect(notes(`${HEAD}exceptions:\n${exception('x', 'nl-2023', 'clients: [10.10.4.17]')}`)).toHaveLength(2);
  });

  it.each([
    ['is to come', 'effective: 2027-03-31', 0],
    ['comes in time', 'effective: 2027-03-30', 1],
    ['has its grace', 'effective: 2026-01-01, grace: 2027-03-31', 0],
    ['lapses before', 'effective: 2026-01-01, expires: 2026-10-01, on_expiry: off', 0],
    ['is kept when it expires', 'effective: 2026-01-01, expires: 2026-10-01', 1],
  ])('goes by the dates of the other: one that %s', (_, dates, count) => {
    const house = `policies: [{ id: house, title: H, authority: B, apps: [tiktok, capcut], ${dates} }]\n`;
    const groups = 'groups: [{ id: g, match: { subnets: [10.0.0.0/8] }, modes: { be-716: block, house: block } }]\n';
    expect(notes(`${house}${groups}exceptions:\n${X}`)).toHaveLength(count);
  });

  it('goes by facets and lists too', () => {
    const modes = 'modes: { a: block, b: block, c: block }';
    const text = `presets: []
lists: [{ id: own, file: l.yaml, format: domains }]
policies:
  - { id: a, title: A, authority: B, apps: [tiktok], lists: [own], facets: [app] }
  - { id: b, title: B, authority: B, apps: [tiktok], facets: [pixel] }
  - { id: c, title: C, authority: B, lists: [own] }
groups: [{ id: g, match: { subnets: [10.0.0.0/8] }, ${modes} }]
exceptions:\n${exception('x', 'a', 'clients: [10.10.4.17]')}`;
    const { problems } = loadText(text, {}, { '/etc/sluis/l.yaml': 'a.example\n' });
    const said = problems.filter(({ severity }) => severity === 'note').map(({ message }) => message);
    expect(said).toEqual([
      'c blocks list own for these clients too, in group "g": an exception from it is needed as well',
    ]);
  });

  it('is history once it has ended', () => {
    const at = (day: string) =>
      loadText(`${HEAD}exceptions:\n${X}`, {}, {}, Date.parse(day) / 1000)
        .problems.filter(({ path }) => path.startsWith('exceptions'))
        .map(({ severity }) => severity);
    expect([at('2027-03-30'), at('2027-03-31')]).toEqual([['note'], []]);
  });

  it('that is sealed shows no line', () => {
    const { problems } = loadText(
      `${HEAD}exceptions:\n${exception('x', 'be-716', 'sealed: true, clients: [10.10.4.17]')}`,
    );
    const [note] = problems.filter(({ path }) => path.startsWith('exceptions'));
    expect([note.severity, note.text]).toEqual(['note', '']);
  });
});
