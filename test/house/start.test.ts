// Holds what a resolver keeps in memory while nobody asks it anything: main loads no more than it needs to start.

import { expect, it } from 'vitest';
import { readSource, resolveImport } from '../support/imports.ts';

/** Imports that run when the file is loaded; those of types leave nothing behind, and `import()` waits for its call. */
const AT_LOAD = /^(?:import|export)\s+(?!type\b)(?:[^;'"]*?from\s*)?['"]([^'"]+)['"]/gm;

/** Every package and `node:` module, with the file that imports it, of all that is loaded with the file at `entry`. */
function loadedWith(entry: string): Map<string, string> {
  const outside = new Map<string, string>();
  const seen = new Set<string>();
  const walk = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const [, specifier] of readSource(path).text.matchAll(AT_LOAD)) {
      const inside = resolveImport(path, specifier);
      if (inside === undefined) outside.set(specifier, path);
      else walk(inside);
    }
  };
  walk(entry);
  return outside;
}

const HEAVY = ['dns2', 'fastify', 'node:http', 'prom-client', 'tldts', 'yaml', 'zod'];

it.each([
  'src/main.ts',
  'src/commands/serve.ts',
  'src/commands/serving.ts',
  'src/workers/batched-worker.ts',
  'src/workers/portable-worker.ts',
  'src/workers/stream-worker.ts',
])('%s starts without what only a configuration or a request needs', (entry) => {
  const outside = loadedWith(entry);
  expect(HEAVY.flatMap((name) => (outside.has(name) ? [`${outside.get(name)} imports ${name}`] : []))).toEqual([]);
});

it('sees what is loaded', () => {
  expect([...loadedWith('src/commands/serving.ts').keys()]).toContain('pino');
  const build = loadedWith('src/settings/load.ts');
  expect([...build.keys()]).toEqual(expect.arrayContaining(['yaml', 'zod']));
  expect([...loadedWith('src/web/app.ts').keys()]).toContain('fastify');
});

// A module of Node that is imported is asked for every one of its exports, and node:http makes fetch and WebSocket then.
it('nothing imports node:http where its types will do', () => {
  expect(loadedWith('src/web/app.ts').get('node:http')).toBeUndefined();
});
