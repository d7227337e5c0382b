// A sealed exception: whatever is wrong with it is told with its place and without its line, as others may read it.

import { expect, test } from 'vitest';
import { loadText } from './memory-files.ts';

const configuration = (sealed: boolean) => `presets: [be-716]
groups: [{ id: service, match: { subnets: [10.10.0.0/16] }, modes: { be-716: block } }]
exceptions:
  - { id: secret-case, ground: investigation, policy: be-716, clients: [10.99.4.17], owner: A, approver: A, reason: Undercover, ticket: T, starts: 2026-10-01, expires: 2029-03-31, sealed: ${sealed} }
`;

test.each([true, false])('sealed: %s', (sealed) => {
  const { problems } = loadText(configuration(sealed));
  const own = problems.filter(({ path }) => path.startsWith('exceptions[0]'));
  expect(own.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['exceptions[0].approver', 'exceptions[0].clients[0]', 'exceptions[0].expires']),
  );
  expect(own.map(({ line }) => line)).toEqual(own.map(() => 4));
  expect(own.every(({ text }) => text === '')).toBe(sealed);
  expect(JSON.stringify(own).includes('Undercover')).toBe(!sealed);
});
