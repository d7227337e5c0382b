// The portable worker with the defects of faulty-engine.ts.

import './faulty-engine.ts';

await import('../../src/workers/portable-worker.ts');
