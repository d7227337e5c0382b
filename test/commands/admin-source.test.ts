// What the API tells of each policy, the default of managed devices included.

import { expect, it } from 'vitest';
import { policyReport } from '../../src/commands/admin-source.ts';
import { loadText } from '../settings/memory-files.ts';

it('tells for whom a policy is meant, and counts a group whose default it is by what the default does', () => {
  const { settings } = loadText(`
policies: [{ id: managed, title: Approved only, authority: Board }]
groups:
  - { id: a, match: { subnets: [10.0.0.0/16] }, modes: { be-716: block } }
  - { id: b, match: { subnets: [10.1.0.0/16] }, modes: { be-716: observe }, default: { mode: observe, policy: managed } }
  - id: c
    match: { subnets: [10.2.0.0/16] }
    modes: { be-716: block, managed: observe }
    default: { mode: block, policy: managed }
    allow: ["baseline:time"]
`);
  const reports = [0, 1].map((index) => policyReport(settings!, index));
  expect(reports.map(({ id, modes }) => ({ id, ...modes }))).toEqual([
    { id: 'be-716', block: 2, observe: 1, off: 0 },
    { id: 'managed', block: 1, observe: 1, off: 1 },
  ]);
  const [{ scope, source }, own] = reports;
  expect(scope.fr).toMatch(/^les appareils de service/);
  expect(source).toMatch(/^Circular 716/);
  expect(own).toMatchObject({ authority: { und: 'Board' }, scope: {}, source: '' });
});
