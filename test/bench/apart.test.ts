/** What is measured in process runs under V8 as the resolver does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AS_SERVED } from '../../bench/apart.ts';

it('has the flags of bin/sluis for the path of a query', () => {
  const program = readFileSync(join(import.meta.dirname, '..', '..', 'bin', 'sluis'), 'utf8');
  expect(AS_SERVED.length).toBeGreaterThan(0);
  for (const flag of AS_SERVED) expect(program).toContain(`'${flag}'`);
});
