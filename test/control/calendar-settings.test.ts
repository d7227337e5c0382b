// Settings are a calendar as they stand.

import { expect, it } from 'vitest';
import type { Calendar } from '../../src/control/calendar.ts';
import { loadText } from '../settings/memory-files.ts';

it('has every policy with its dates', () => {
  const { settings } = loadText('policies: [{ id: be-716, expires: 2027-01-01, on_expiry: observe }]\n');
  const calendar: Calendar = settings!;
  const [policy] = calendar.policies;
  expect(policy).toMatchObject({
    id: 'be-716',
    effective: Date.UTC(2023, 2, 10) / 1000,
    blocks: null,
    deadline: Date.UTC(2023, 2, 31) / 1000,
    review: Date.UTC(2023, 8, 10) / 1000,
    expires: Date.UTC(2027, 0, 1) / 1000,
    onExpiry: 'observe',
  });
});
