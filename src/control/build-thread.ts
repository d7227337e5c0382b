// Has a policy compiled in a thread of its own: main stays awake, and all memory but the image's goes back.

import { Worker } from 'node:worker_threads';
import type { BuildOptions, Built } from './policy-build.ts';

/** Builds the image aside; rejects only when the thread itself fails. */
export function buildAside(options: BuildOptions): Promise<Built> {
  return new Promise((resolve, reject) => {
    const entry = new URL('./build-entry.ts', import.meta.url);
    const thread = new Worker(entry, { name: 'policy build', workerData: options });
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error('the policy build ended without a result')));
  });
}
