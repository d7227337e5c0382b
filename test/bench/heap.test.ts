// The heap meter sees the smallest object and nothing where there is none; it runs where the heap is pinned.

import { expect, it } from 'vitest';
import { runApart } from '../../bench/apart.ts';

interface Seen {
  object: number;
  nothing: number;
}

it('tells an object a call from none', { timeout: 60_000 }, async () => {
  const program = new URL('../support/heap-meter.ts', import.meta.url);
  const { object, nothing } = await runApart<Seen>(program, null, { cores: [0], timeoutSeconds: 50 });
  expect(object).toBeGreaterThanOrEqual(12);
  expect(nothing).toBe(0);
});
