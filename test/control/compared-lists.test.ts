// Lists as they are read to be compared: as a policy would have them, or as they are.

import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCompared } from '../../src/control/compared-lists.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { aList } from '../lists/list-settings.ts';
import { ListWorld, namesOf, told } from './list-world.ts';

const CONFIG = `
presets: []
lists: [{ id: feed, file: feed.txt }, { id: other, file: other.txt }]
updates: { folder: copies }
guard: { protect: [own.example] }
policies: [{ id: house, title: House, authority: Us, lists: [feed, other] }]
groups: [{ id: all, match: any, modes: { house: block } }]
`;

let world: ListWorld;
beforeEach(async () => {
  world = new ListWorld({ 'sluis.yaml': CONFIG, 'feed.txt': namesOf('feed', 400), 'other.txt': 'other.example\n' });
  await world.reload();
});
afterEach(() => world.folder.remove());

const write = (name: string, text: string) => writeFileSync(world.folder.at(name), text);

/** What is read of the lists of the configuration, then of files that it does not name. */
async function read(...files: string[]) {
  const { settings } = loadSettings(world.folder.at('sluis.yaml'), {});
  const own = settings!.lists.filter(({ shipped }) => !shipped);
  const others = files.map((name) => aList(world.folder.at(name), { id: name }));
  const { table, formats, problems } = await readCompared([...own, ...others], settings!, world.copies);
  const counts = [...own, ...others].map((_, at) => table?.count(at).rules);
  return { table, formats, told: told(problems), counts };
}

test('a list of the configuration is as it is in force', async () => {
  write('other.txt', '||new.example^\n||more.example^\n');
  expect(await read()).toMatchObject({ formats: ['domains', 'adblock'], told: [], counts: [400, 2] });
});

test('what is protected is left out of it, and not out of a file that no configuration names', async () => {
  write('other.txt', 'www.own.example\nother.example\n');
  const { table, counts } = await read('other.txt');
  expect(counts).toEqual([400, 1, 2]);
  expect(table!.count(1).leftOut).toBe(1);
});

test('its last good copy serves where it is gone, or where an update is held', async () => {
  rmSync(world.folder.at('other.txt'));
  write('feed.txt', namesOf('feed', 100));
  const found = await read('feed.txt');
  expect(found.counts).toEqual([400, 1, 100]);
  expect(found.told).toEqual([
    expect.stringContaining('warning: list "feed": an update is held'),
    expect.stringContaining('warning: list "other": there is no such file'),
  ]);
  const { table } = found;
  table!.settle();
  expect(table!.cover(0, [2])).toMatchObject({ covered: 100, missing: 300 });
});

describe('one that cannot be read', () => {
  test('of the configuration, without a copy', async () => {
    rmSync(world.folder.at('other.txt'));
    rmSync(world.folder.at('copies'), { recursive: true });
    const { table, told: said } = await read();
    expect(table).toBeUndefined();
    expect(said).toEqual([expect.stringContaining('error: list "other" cannot be read: there is no such file')]);
  });

  test.each([
    ['a file', '', 'error: list "other" cannot be read: there is no such file'],
    ['a URL', 'other.txt', 'warning: list "other" is not looked at: it has not been fetched yet'],
  ])('of the configuration, %s, where a policy would do without', async (_, named, message) => {
    const url = CONFIG.replace(named || 'nothing', 'x.txt').replace(
      'file: x.txt',
      'url: "https://lists.example/other.txt"',
    );
    write('sluis.yaml', url.replace('modes:', 'on_missing_policy: open, modes:'));
    rmSync(world.folder.at('other.txt'));
    rmSync(world.folder.at('copies'), { recursive: true });
    const { table, told: said } = await read();
    expect(table).toBeUndefined();
    expect(said).toEqual([message]);
  });

  test('of another place', async () => {
    write('page.html', '<!doctype html>\n');
    const { table, told: said } = await read('away.txt', 'page.html');
    expect(table).toBeUndefined();
    expect(said).toEqual([
      expect.stringContaining('error: list "away.txt" cannot be read: there is no such file'),
      expect.stringContaining('error: list "page.html" cannot be read: it is a web page'),
    ]);
  });
});
