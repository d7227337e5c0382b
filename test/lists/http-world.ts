// How tests reach list servers on loopback: by names that only they know, and without proxies unless they say so.

import type { LookupFunction } from 'node:net';
import type { Reach } from '../../src/lists/http.ts';

/** Every name is this machine. */
export const toLoopback: LookupFunction = (_, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

export function reach(more: Partial<Reach> = {}): Reach {
  return { ca: undefined, lookup: toLoopback, env: {}, ...more };
}
