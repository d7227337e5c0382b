// The batched worker with the defects of faulty-engine.ts.

import './faulty-engine.ts';

await import('../../src/workers/batched-worker.ts');
