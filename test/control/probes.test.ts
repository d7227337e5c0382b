// Names of which the configuration says what must become of them: what they hold back, and what they refuse.

import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { feedConfig as config, feedWorld, type ListWorld, namesOf, told } from './list-world.ts';

let world: ListWorld;
beforeEach(() => {
  world = feedWorld();
});
afterEach(() => world.folder.remove());

const write = (name: string, text: string) => writeFileSync(world.folder.at(name), text);

const probes = (text: string) => write('sluis.yaml', config(`, ${text}`));

test('hold back what changed when a name is blocked that must not be', async () => {
  probes('must_allow: [www.shop.example]');
  await world.reload();
  write('feed.txt', `first.example\n${namesOf('feed', 400)}shop.example\n`);
  const { problems } = await world.reload();
  expect(told(problems)).toEqual([
    expect.stringContaining('must_allow of group all: www.shop.example would be blocked'),
  ]);
  expect(world.use('feed')).toMatchObject({ state: 'held', change: { added: 1, addedNames: ['shop.example'] } });
  expect(world.blocks('www.shop.example')).toBe(false);
  expect(world.blocks('first.example')).toBe(true);
});

test('hold back the list that fails them alone', async () => {
  probes('must_block: [other.example], must_allow: [www.shop.example]');
  await world.reload();
  write('feed.txt', `first.example\n${namesOf('feed', 400)}shop.example\n`);
  write('other.txt', 'other.example\nmore.example\n');
  await world.reload();
  expect(['feed', 'other'].map((id) => world.use(id).state)).toEqual(['held', 'current']);
  expect(world.blocks('more.example')).toBe(true);
  write('feed.txt', `first.example\n${namesOf('feed', 400)}new.example\n`);
  write('other.txt', 'instead.example\n');
  await world.reload();
  expect(['feed', 'other'].map((id) => world.use(id).state)).toEqual(['current', 'held']);
  expect(world.blocks('new.example')).toBe(true);
});

test('hold back what changed when a name is no longer blocked that must be', async () => {
  probes('must_block: [first.example]');
  await world.reload();
  write('feed.txt', namesOf('feed', 400));
  await world.reload();
  expect(world.use('feed').state).toBe('held');
  expect(world.blocks('first.example')).toBe(true);
});

test('are errors where nothing changed that could be held back', async () => {
  probes('must_block: [nobody.example], must_allow: [first.example]');
  const { problems, image } = await world.reload();
  expect(image).toBeUndefined();
  expect(told(problems)).toEqual([
    'error: must_block of group all: no policy there blocks nobody.example',
    'error: must_allow of group all: first.example would be blocked',
  ]);
  expect(problems.map(({ line, column, path }) => `${line}:${column} ${path}`)).toEqual([
    '6:71 groups[0].must_block[0]',
    '6:101 groups[0].must_allow[0]',
  ]);
});

test('stand above what was accepted', async () => {
  probes('must_block: [first.example]');
  await world.reload();
  write('feed.txt', namesOf('feed', 400));
  await world.reload();
  await world.keeper.accept('feed');
  expect(world.use('feed')).toMatchObject({ state: 'held', why: expect.stringContaining('must_block of group all') });
  expect(world.blocks('first.example')).toBe(true);
});

test('stand above on_missing_policy', async () => {
  rmSync(world.folder.at('feed.txt'));
  probes('must_block: [first.example], on_missing_policy: open');
  const { problems, image } = await world.reload();
  expect(image).toBeUndefined();
  expect(told(problems)).toEqual([
    'error: must_block of group all: no policy there blocks first.example',
    expect.stringContaining('warning: list "feed": there is no such file; on_missing_policy is open'),
  ]);
});

test('are about names, not about dates', async () => {
  const dated = (date: string) =>
    config(', must_block: [first.example], must_allow: [www.belgium.be]').replace(
      'authority: Us',
      `authority: Us, ${date}`,
    );
  for (const date of ['effective: 2090-01-01', 'expires: 2020-01-01, on_expiry: off, effective: 2019-01-01']) {
    write('sluis.yaml', dated(date));
    expect((await world.reload()).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  }
  write('sluis.yaml', dated('effective: 2090-01-01').replace('[www.belgium.be]', '[first.example]'));
  expect((await world.reload()).image).toBeUndefined();
});
