// A list that is a folder: one list to policies, copies and guard, whose rules stand in its files.

import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { explainDecision, isExplainProblem } from '../../src/control/explain.ts';
import { Image } from '../../src/policy/image.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { ListWorld, namesOf, told } from './list-world.ts';

const config = (group = '', list = '') => `
presets: []
upstreams: [192.0.2.53]
lists: [{ id: own, file: own${list} }]
updates: { folder: copies }
policies: [{ id: house, title: House, authority: Us, lists: [own] }]
groups: [{ id: all, match: any, modes: { house: block }${group} }]
`;

let world: ListWorld;
const at = (name: string) => join(world.folder.at('own'), name);
const put = (name: string, octets: string | Buffer) => writeFileSync(at(name), octets);

beforeEach(() => {
  world = new ListWorld({ 'sluis.yaml': config() });
  mkdirSync(world.folder.at('own'));
  put('a.txt', namesOf('a', 200));
  put('b.gz', gzipSync(`# packed\n${namesOf('b', 200)}`));
  put('c.hosts', '0.0.0.0 c-0.example\nnot a host line\n0.0.0.0 c-1.example\n0.0.0.0 c-2.example\n');
});
afterEach(() => {
  world.keeper.close();
  world.folder.remove();
});

/** Where the rule stands that blocks the name. */
function placeOf(name: string): string {
  const { settings, built } = world.inForce!;
  const source = { settings, image: new Image(built.image!), report: built.report };
  const explained = explainDecision({ ...source, name, client: '192.0.2.1', at: world.now / 1000 });
  if (isExplainProblem(explained)) throw new Error(explained.problem);
  return explained.groups[0].rules.map(({ file, line }) => `${file}:${line}`).join();
}

const report = () => world.inForce!.built.report;
const own = () => report().sources.find(({ id }) => id === 'own')!;

test('each file is read in its own format, and rules, rejections and the rest are told by file and line', async () => {
  put('d.txt', '||d.example^\n||e.example^$third-party\n');
  expect(told((await world.reload()).problems)).toEqual([]);
  expect(own()).toMatchObject({ file: world.folder.at('own'), rules: 404, rejected: 1, format: 'domains' });
  expect(report().sources.filter(({ id }) => id === 'own')).toHaveLength(1);
  expect(placeOf('a-3.example')).toBe(`${at('a.txt')}:4`);
  expect(placeOf('b-3.example')).toBe(`${at('b.gz')}:5`);
  expect(placeOf('c-2.example')).toBe(`${at('c.hosts')}:4`);
  expect(placeOf('d.example')).toBe(`${at('d.txt')}:1`);
  expect(report().rejections).toMatchObject([{ file: at('c.hosts'), line: 2 }]);
  expect(own().left).toMatchObject([{ kind: 'modifier', file: at('d.txt'), lines: [2] }]);
});

test('hidden files, folders in it and files that hold nothing are no part of it', async () => {
  put('.hidden', 'hidden.example\n');
  mkdirSync(at('more'));
  writeFileSync(join(at('more'), 'x.txt'), 'more.example\n');
  put('empty.txt', '');
  put('README', '# One list for each department.\n\n');
  expect(told((await world.reload()).problems)).toEqual([]);
  expect(own().rules).toBe(403);
  expect([world.blocks('hidden.example'), world.blocks('more.example')]).toEqual([false, false]);
});

test('an allow of one file holds for the whole list', async () => {
  put('d.txt', '@@||a-1.example^\n@@|c-1.example^\n||z.example^\n');
  await world.reload();
  expect([world.blocks('a-1.example'), world.blocks('c-1.example')]).toEqual([false, false]);
  expect([world.blocks('a-2.example'), world.blocks('z.example')]).toEqual([true, true]);
});

test('a group can allow it', async () => {
  writeFileSync(
    world.folder.at('sluis.yaml'),
    `${config(', allow: [good]').replace('lists: [{', 'lists: [{ id: good, file: good }, {')}`,
  );
  mkdirSync(world.folder.at('good'));
  writeFileSync(world.folder.at('good/1'), 'a-1.example\n');
  writeFileSync(world.folder.at('good/2'), 'b-1.example\n');
  await world.reload();
  const blocked = ['a-1.example', 'b-1.example', 'a-2.example'].filter((name) => world.blocks(name));
  expect(blocked).toEqual(['a-2.example']);
});

test('its files are watched, and so is it', () => {
  const { files } = loadSettings(world.folder.at('sluis.yaml'), {});
  expect(files).toEqual(expect.arrayContaining([world.folder.at('own'), at('a.txt'), at('b.gz'), at('c.hosts')]));
});

describe('one list to copies and guard', () => {
  beforeEach(() => world.reload());

  test('a file that comes and one that goes are changes of the list', async () => {
    put('d.txt', namesOf('d', 5));
    rmSync(at('c.hosts'));
    await world.reload();
    expect(world.use('own')).toMatchObject({ state: 'current', change: { before: 403, added: 5, removed: 3 } });
    expect([world.blocks('d-4.example'), world.blocks('c-2.example')]).toEqual([true, false]);
  });

  test('a jump is held until it is accepted', async () => {
    rmSync(at('a.txt'));
    put('b.gz', zstdCompressSync(Buffer.from('b-1.example\n')));
    await world.reload();
    expect(world.use('own')).toMatchObject({ state: 'held', change: { removed: 399 } });
    expect(world.blocks('a-199.example')).toBe(true);
    expect(placeOf('a-3.example')).toBe(`${at('a.txt')}:4`);
    await world.keeper.accept('own');
    expect(world.use('own').state).toBe('current');
    expect([world.blocks('a-199.example'), world.blocks('b-1.example')]).toEqual([false, true]);
  });

  test.each([
    ['is gone', () => renameSync(world.folder.at('own'), world.folder.at('away')), 'there is no such file'],
    [
      'holds no file',
      () => {
        for (const name of ['a.txt', 'b.gz', 'c.hosts']) rmSync(at(name));
      },
      'the folder holds no file, or empty ones',
    ],
    ['has a link to nothing', () => symlinkSync('/nowhere', at('z')), /^\/.*\/own\/z: there is no such file$/],
    ['holds a page in place of a file', () => put('b.gz', '<!DOCTYPE html>\n'), 'it is a web page'],
    ['holds a file that was cut off', () => put('b.gz', readFileSync(at('b.gz')).subarray(0, 100)), 'it is cut off'],
  ])('one that %s is taken from its last good copy, whole', async (_, spoil, why) => {
    spoil();
    await world.reload();
    expect(world.use('own')).toMatchObject({ state: 'stale', why: expect.stringMatching(why) });
    for (const name of ['a-199.example', 'b-199.example', 'c-2.example']) expect(world.blocks(name)).toBe(true);
    expect(placeOf('b-3.example')).toBe(`${at('b.gz')}:5`);
    expect(own().rules).toBe(403);
  });

  test('a file that takes its place is another content of it', async () => {
    rmSync(world.folder.at('own'), { recursive: true });
    writeFileSync(world.folder.at('own'), `${namesOf('a', 200)}${namesOf('b', 199)}`);
    await world.reload();
    expect(world.use('own')).toMatchObject({ state: 'current', change: { added: 0, removed: 4 } });
    expect(placeOf('b-3.example')).toBe(`${world.folder.at('own')}:204`);
  });
});

test('without a copy, an empty one is an error, and nothing where the group is open', async () => {
  for (const name of ['a.txt', 'b.gz', 'c.hosts']) rmSync(at(name));
  const { problems, image } = await world.reload();
  expect(image).toBeUndefined();
  expect(told(problems)).toEqual(['error: list "own" cannot be read: the folder holds no file, or empty ones']);
  writeFileSync(world.folder.at('sluis.yaml'), config(', on_missing_policy: open'));
  await world.reload();
  expect(world.use('own').state).toBe('missing');
});

test('max_size is for all of it', async () => {
  writeFileSync(world.folder.at('sluis.yaml'), config('', ', max_size: 5KiB'));
  const { problems } = await world.reload();
  expect(told(problems)).toEqual([expect.stringContaining('it holds more than max_size allows')]);
  expect(problems[0].file).toBe(at('b.gz'));
});

test('without a folder of copies it is read where it is', async () => {
  writeFileSync(world.folder.at('sluis.yaml'), config().replace('updates: { folder: copies }\n', ''));
  await world.reload();
  expect(own().rules).toBe(403);
  expect(placeOf('b-3.example')).toBe(`${at('b.gz')}:5`);
});

test('what vouches for one file says nothing of a folder', async () => {
  writeFileSync(world.folder.at('sluis.yaml'), config('', `, sha256: ${'0a'.repeat(32)}`));
  const { problems, image } = await world.reload();
  expect(image).toBeUndefined();
  expect(told(problems)).toEqual([
    expect.stringContaining('it is a folder, which sha256 and signed_by say nothing of'),
  ]);
});
