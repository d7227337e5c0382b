// The lines that a start tells: what each policy does, the default of managed devices included.

import { expect, it } from 'vitest';
import { policyLines } from '../../src/commands/banner.ts';
import { loadText } from '../settings/memory-files.ts';

const CONFIGURATION = `
policies:
  - { id: managed, title: Approved only, authority: Board }
  - { id: later, title: Later, authority: Board, apps: [temu] }
groups:
  - { id: a, match: { subnets: [10.0.0.0/16] }, modes: { be-716: block, later: off } }
  - { id: b, match: { subnets: [10.1.0.0/16] }, modes: { be-716: observe, later: off } }
  - id: c
    match: { subnets: [10.2.0.0/16] }
    modes: { be-716: block, later: off }
    default: { mode: block, policy: managed }
    allow: ["baseline:time"]
  - id: d
    match: { subnets: [10.3.0.0/16] }
    modes: { be-716: off, later: off }
    default: { mode: observe, policy: managed }
`;

it('say what each policy does to whom, by rule and by default', () => {
  const { settings } = loadText(CONFIGURATION);
  expect(policyLines(settings!)).toEqual([
    'be-716 blocks for a, c; observes for b',
    'managed blocks by default for c; observes by default for d',
    'later is off for every group',
    'ways round: canary, relay, ddr, doh',
  ]);
});
