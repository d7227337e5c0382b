// The stream worker with the defects of faulty-engine.ts, which is not reborn while the environment says so.

import process from 'node:process';
import './faulty-engine.ts';

if (process.env.SLUIS_TEST_STILLBORN) throw new Error('a defect at start, as the test asked for');
await import('../../src/workers/stream-worker.ts');
