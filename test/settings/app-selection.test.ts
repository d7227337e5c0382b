// The heads of app files and what a policy selects by them: however a file is written, and whatever is wrong with it.

import { describe, expect, test } from 'vitest';
import { facetsIn, readAppHead } from '../../src/settings/app-head.ts';
import { Catalogue, selectApps } from '../../src/settings/app-selection.ts';
import { loadText, memoryFiles, told } from './memory-files.ts';

const HEAD = `id: demo
title: Demo
operator: Somebody
jurisdiction: { code: BE, source: "Decision 1", date: 2023-03 }
sources: [{ key: one, name: a list, licence: MIT, date: 2026-08-19 }]
`;
const NAMES = 'names:\n  - { name: demo.example, match: suffix, facet: web, sources: [one] }\n';

describe('a head is read', () => {
  const parts = { id: 'demo', jurisdiction: { code: 'BE' }, contested: null, successors: [], unreachable: null };
  test.each([
    ['before its names', HEAD + NAMES],
    ['whatever is wrong with the names', `${HEAD}names:\n  - [}\n`],
    ['with comments between names', `${HEAD}names:\n# why\n- { name: a.example }\n`],
    ['around its names', NAMES + HEAD],
    ['without names', HEAD],
    [
      'as JSON',
      JSON.stringify({
        ...parts,
        title: 'D',
        operator: 'S',
        jurisdiction: { code: 'BE', source: 's', date: '2023' },
        sources: [{ key: 'k', name: 'n', licence: 'l', date: '2023' }],
        names: [1],
      }),
    ],
  ])('%s', (_, text) => {
    const { head, problems } = readAppHead('demo.yaml', text);
    expect(problems).toEqual([]);
    expect(head).toMatchObject(parts);
    expect(head).not.toHaveProperty('names');
  });

  test('with what stands behind its names', () => {
    const { head } = readAppHead('demo.yaml', `${HEAD}${NAMES}contested: { by: him, reason: why }\n`);
    expect(head?.contested).toEqual({ by: 'him', reason: 'why' });
  });

  test.each([
    ['', '1:1 "id" is missing'],
    [`${HEAD}contestd: 1\n${NAMES}`, '6:1 unknown option "contestd"'],
    [HEAD.replace('BE', 'Belgium') + NAMES, '4:23 Invalid string: must match pattern /^[A-Z]{2}$/'],
    ['a: [', '1:5 Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ])('%j is none', (text, problem) => {
    const { head, problems } = readAppHead('demo.yaml', text);
    expect(head).toBeUndefined();
    expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`)[0]).toBe(problem);
  });
});

test.each([
  [`${NAMES}  - { name: a.example, match: exact, facet: 'pixel', sources: [one] }\n`, ['web', 'pixel']],
  ['names:\n  - name: a.example\n    facet: cdn\n  - name: b.example\n    facet: cdn\n', ['cdn']],
  ['{"names":[{"name":"a.example","facet":"shared"}]}', ['shared']],
  ['names: []\n', []],
])('%j has its facets', (text, facets) => expect(facetsIn(text)).toEqual(facets));

function app(id: string, options = ''): Record<string, string> {
  return { [`/b/${id}.yaml`]: `${HEAD.replace('id: demo', `id: ${id}`)}${options}${NAMES}` };
}

const OLD = 'unreachable: gone\nsuccessors:';
const files = memoryFiles({
  ...app('one'),
  ...app('two', 'contested: { by: him, reason: why }\n'),
  ...app('old', `${OLD} [older, new]\n`),
  ...app('older', `${OLD} [old]\n`),
  ...app('new'),
});

describe('a policy selects', () => {
  const told = (apps: string[], jurisdictions: string[] = [], contested = false) =>
    selectApps(new Catalogue('/b', files), { apps, jurisdictions, contested }).map(
      ({ id, continues, unreachable }) =>
        `${id}${continues ? ` for ${continues}` : ''}${unreachable ? ` (${unreachable})` : ''}`,
    );
  test.each<[string[], string[], boolean, string[]]>([
    [[], [], false, []],
    [['two', 'one', 'two'], [], false, ['two', 'one']],
    [[], ['BE'], false, ['new', 'one']],
    [[], ['BE', 'FR'], true, ['new', 'one', 'two']],
    [[], ['FR'], true, []],
    [['old'], ['BE'], false, ['old (gone)', 'older for old (gone)', 'new for old', 'one']],
    [['old'], [], false, ['old (gone)', 'older for old (gone)', 'new for old']],
  ])('%j and %j, contested %s', (apps, jurisdictions, contested, expected) => {
    expect(told(apps, jurisdictions, contested)).toEqual(expected);
  });

  test('nothing outside its folder, and reads each file once', () => {
    const catalogue = new Catalogue('/b', files);
    expect(selectApps(catalogue, { apps: ['../etc/passwd', 'one'], jurisdictions: [], contested: false })).toHaveLength(
      2,
    );
    catalogue.look('one');
    expect(catalogue.read).toEqual(['/b/one.yaml']);
    expect(catalogue.codes()).toEqual(['BE']);
    expect(catalogue.read).toHaveLength(5);
  });
});

describe('a policy by jurisdiction', () => {
  const text = (jurisdiction: string) =>
    `presets: []\nblocklists: /b\npolicies: [{ id: p, title: P, authority: A, ${jurisdiction} }]\n`;

  test('is refused while any app may be managed anywhere, for its file cannot be read', () => {
    const broken = { ...app('one'), '/b/bad.yaml': 'id: bad\n' };
    const { settings, problems } = loadText(text('jurisdictions: [BE]'), {}, broken);
    expect(settings).toBeUndefined();
    expect(problems.map(told)[0]).toMatch(/^bad\.yaml:1:1 error: "title" is missing/);
    expect(loadText(text('apps: [one]'), {}, broken).settings?.apps).toHaveLength(1);
  });

  test('is watched with every app of the folder, for each may come to be managed there', () => {
    const { files: read } = loadText(
      text('jurisdictions: [BE]'),
      {},
      { ...app('one'), ...app('two', 'successors: []\n') },
    );
    expect(read).toEqual(expect.arrayContaining(['/b/one.yaml', '/b/two.yaml']));
  });
});
