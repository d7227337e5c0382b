// What of the settings is audited, in the form in which people read it.

import { describe, expect, it } from 'vitest';
import { diffStates } from '../../src/control/audit-diff.ts';
import { auditState } from '../../src/control/audit-state.ts';
import { canonical } from '../../src/control/canonical.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { loadText } from '../settings/memory-files.ts';

const CONFIGURATION = `
lists:
  - { id: own, file: own.txt, format: domains }
  - { id: nets, file: nets.txt, format: addresses }
policies:
  - id: house
    title: House rules
    authority: Board
    effective: 2026-02-01
    lists: [own, nets]
    answer: { sinkhole: { ipv4: 192.0.2.53, ipv6: "2001:db8::53" } }
groups:
  - { id: service, match: { subnets: [10.20.0.0/16, "2001:db8:10::/48", 10.10.0.0/16] }, modes: { be-716: block, house: block } }
`;

function stateOf(text: string, hash = 'ab') {
  const { settings, problems } = loadText(text, {}, { '/etc/sluis/own.txt': '', '/etc/sluis/nets.txt': '' });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const counts = { sha256: null, rules: 3, duplicates: 0, rejected: 1, reasons: [], left: [] };
  const source = { id: 'own', kind: 'list' as const, file: '/etc/sluis/own.txt', format: 'domains', ...counts };
  const exceptions = [
    { id: 'x-1', sealed: false, policy: 'house', expires: 1_800_000_000 },
    { id: 'x-2', sealed: true, policy: 'house', expires: 1_800_000_000 },
  ];
  return auditState({ ...settings!, exceptions } as Settings, [source], { '/etc/sluis/own.txt': hash });
}

describe('the state', () => {
  const state = stateOf(CONFIGURATION);

  it('has dates as dates and addresses as addresses', () => {
    expect(state.policies.house).toMatchObject({
      title: { und: 'House rules' },
      effective: '2026-02-01T00:00:00.000Z',
      review: null,
      answer: { kind: 'sinkhole', ipv4: '192.0.2.53', ipv6: '2001:db8::53', ttl: 60 },
    });
    expect(state.groups.service).toMatchObject({
      prefixes: ['10.10.0.0/16', '10.20.0.0/16', '2001:db8:10::/48'],
      modes: { 'be-716': 'block', house: 'block' },
    });
  });

  it('has what of each list is in force', () => {
    expect(state.lists.own).toMatchObject({ format: 'domains', sha256: 'ab', rules: 3, rejected: 1 });
    expect(state.lists.nets).toMatchObject({ format: 'addresses', match: null, file: '/etc/sluis/nets.txt' });
    expect(state.apps.tiktok).toMatchObject({ sha256: null });
  });

  it('tells nothing of a sealed exception but that it counts', () => {
    expect(Object.keys(state.exceptions)).toEqual(['x-1']);
    expect(state.exceptions['x-1']).toEqual({ policy: 'house', expires: '2027-01-15T08:00:00.000Z' });
    expect(state.sealed).toBe(1);
    expect(canonical(state)).not.toContain('x-2');
  });

  it('is plain data: read back, it is the same', () => {
    expect(canonical(JSON.parse(canonical(state)))).toBe(canonical(state));
  });

  it('is no other for another order of what is a set', () => {
    const other = CONFIGURATION.replace(
      '10.20.0.0/16, "2001:db8:10::/48", 10.10.0.0/16',
      '10.10.0.0/16, 10.20.0.0/16, "2001:db8:10::/48"',
    );
    expect(diffStates(state, stateOf(other))).toBeUndefined();
  });

  it('is another for a list that changed', () => {
    expect(diffStates(state, stateOf(CONFIGURATION, 'cd'))).toEqual({
      lists: { changed: { own: { sha256: { before: 'ab', after: 'cd' } } } },
    });
  });
});
