// What the audit log keeps of files: what was taken of those that hold lists and apps, and what the others hold.

import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { evidenceOf } from '../../src/control/evidence.ts';
import { feedWorld, type ListWorld } from './list-world.ts';

let world: ListWorld;
beforeEach(() => {
  world = feedWorld();
});
afterEach(() => world.folder.remove());

const at = (name: string) => world.folder.at(name);
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

async function evidence() {
  const { report } = await world.reload();
  return (names: string[]) => evidenceOf(at('sluis.yaml'), names.map(at), report.sources).files;
}

test('a list has the hash of what was taken, though its file changed since', async () => {
  const files = await evidence();
  writeFileSync(at('other.txt'), 'later.example\n');
  writeFileSync(at('note.txt'), 'note');
  expect(files(['other.txt', 'note.txt', 'gone.txt'])).toEqual({
    [at('other.txt')]: hash('other.example\n'),
    [at('note.txt')]: hash('note'),
    [at('gone.txt')]: null,
  });
});

test('a list whose last good copy serves has the hash of its file', async () => {
  await world.reload();
  writeFileSync(at('feed.txt'), '<html>');
  const files = await evidence();
  expect(world.use('feed').state).toBe('stale');
  expect(files(['feed.txt'])).toEqual({ [at('feed.txt')]: hash('<html>') });
});

test('a folder, or a device, has none', async () => {
  symlinkSync('/dev/zero', at('endless'));
  mkdirSync(at('many'));
  writeFileSync(at('many/one.txt'), 'one.example\n');
  const text = `presets: []
lists: [{ id: many, file: many }]
policies: [{ id: house, title: House, authority: Us, lists: [many] }]
groups: [{ id: all, match: any, modes: { house: block } }]
`;
  writeFileSync(at('sluis.yaml'), text);
  const files = await evidence();
  expect(files(['many', 'many/one.txt', 'endless'])).toEqual({
    [at('many')]: null,
    [at('many/one.txt')]: hash('one.example\n'),
    [at('endless')]: null,
  });
});
