// Holds the direction of imports: down only, no cycles, nothing from outside in the pure folders, no barrels.

import { expect, it } from 'vitest';
import { entriesOf, filesBelow, importsOf, readSource, resolveImport } from '../support/imports.ts';

const DATA_PLANE = ['engine', 'policy', 'wire'];
const READ_AND_SHOWN = ['lists', 'settings', 'observe', 'workers', 'net', ...DATA_PLANE];

/**
 * What each folder may import besides itself. Settings stay above the data plane: each of its folders declares the small
 * options it needs, and control maps. Observe reads the counters that engine and net lay out.
 */
const BELOW: Record<string, string[]> = {
  wire: [],
  policy: ['wire'],
  engine: ['policy', 'wire'],
  net: DATA_PLANE,
  workers: ['net', ...DATA_PLANE],
  settings: ['policy', 'wire'],
  lists: ['settings', 'policy', 'wire'],
  observe: ['lists', 'settings', 'net', ...DATA_PLANE],
  control: READ_AND_SHOWN,
  assess: READ_AND_SHOWN,
  import: ['lists', 'settings', 'policy', 'wire'],
  web: ['control', ...READ_AND_SHOWN],
  commands: ['web', 'control', 'assess', 'import', ...READ_AND_SHOWN],
};
/** They take time and randomness as arguments, so that every one of their tests can. */
const PURE = ['wire', 'policy', 'engine'];
const SAYS_NOTHING = /^(utils?|common|helpers?|managers?|services?|misc)$/;

const files = filesBelow(['src'])
  .filter((path) => /\.(ts|tsx)$/.test(path))
  .map(readSource);
const folderOf = (path: string) => (path.split('/').length > 2 ? path.split('/')[1] : '');

it('finds every form an import can take', () => {
  const text = [
    "import './bare.ts';",
    "import { a } from './a.ts';",
    "import type {\n  B,\n  C,\n} from '../b.ts';",
    "import d, { type E } from 'package';",
    "export { F } from './f.ts';",
    "export * from './g.ts';",
    "const h = await import('./h.ts');",
    "const entry = new URL('./entry.ts', import.meta.url);",
    "// import { no } from 'comment';",
    "export const url = new URL('https://example.net');",
  ].join('\n');
  expect(importsOf(text).sort()).toEqual(
    ['./a.ts', './bare.ts', './f.ts', './g.ts', './h.ts', '../b.ts', 'package'].sort(),
  );
  expect(entriesOf(text)).toEqual(['./entry.ts']);
});

it('every import points down', () => {
  const upward = files.flatMap(({ path, imports, entries }) =>
    [...imports, ...entries].flatMap((specifier) => {
      const [folder, target] = [folderOf(path), resolveImport(path, specifier)];
      if (folder === '' || target === undefined) return [];
      const other = folderOf(target);
      return other === folder || BELOW[folder]?.includes(other) ? [] : [`${path} imports ${specifier}`];
    }),
  );
  expect(upward).toEqual([]);
});

it('every relative import names a file that is there', () => {
  const paths = new Set(files.map(({ path }) => path));
  const dangling = files.flatMap(({ path, imports, entries }) =>
    [...imports, ...entries].filter((specifier) => {
      const target = resolveImport(path, specifier);
      return target?.startsWith('src/') && !paths.has(target);
    }),
  );
  expect(dangling).toEqual([]);
});

it('wire, policy and engine import nothing from outside', () => {
  const outside = files.flatMap(({ path, imports }) =>
    PURE.includes(folderOf(path))
      ? imports.filter((it) => !it.startsWith('.')).map((it) => `${path} imports ${it}`)
      : [],
  );
  expect(outside).toEqual([]);
});

it('no file or folder bears a name that says nothing', () => {
  const empty = files.filter(({ path }) =>
    path
      .split('/')
      .slice(1)
      .some((part) => {
        const stem = part.replace(/\.[^.]+$/, '');
        return stem === 'index' || stem.split('-').some((word) => SAYS_NOTHING.test(word));
      }),
  );
  expect(empty.map(({ path }) => path)).toEqual([]);
});

it('every folder has its place in the order', () => {
  const folders = new Set(files.map(({ path }) => folderOf(path)));
  folders.delete('');
  expect(Object.keys(BELOW)).toEqual(expect.arrayContaining([...folders]));
  expect(files.length).toBeGreaterThan(20);
});

it('no file reaches itself by its imports', () => {
  const edges = new Map(
    files.map(({ path, imports }) => [path, imports.flatMap((specifier) => resolveImport(path, specifier) ?? [])]),
  );
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): string | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(' → ');
    if (done.has(path)) return undefined;
    for (const next of edges.get(path) ?? []) {
      const cycle = walk(next, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return undefined;
  };
  expect([...edges.keys()].flatMap((path) => walk(path, []) ?? [])).toEqual([]);
});
