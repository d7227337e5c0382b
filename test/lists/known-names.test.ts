// Which packs and apps have a name: as their own entries say, suffix, exact and below told apart.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KnownNames } from '../../src/lists/known-names.ts';
import { loadApp } from '../../src/lists/library.ts';
import { NAME_MATCHES } from '../../src/policy/rule.ts';
import { disk } from '../../src/settings/files.ts';
import { shippedBaseline, shippedBlocklists } from '../../src/settings/shipped.ts';

const known = new KnownNames(shippedBlocklists);

const entries = [shippedBaseline, shippedBlocklists].flatMap((folder) =>
  disk
    .list(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => {
      const id = file.slice(0, -'.yaml'.length);
      const source = folder === shippedBaseline ? `baseline:${id}` : `app ${id}`;
      const { app } = loadApp(join(folder, file));
      return (app?.names ?? []).map(({ name, match }) => ({ name, match, source }));
    }),
);

test('every entry of every pack and app is found by its name, and by what is beneath it', () => {
  expect(new Set(entries.map(({ match }) => match)).size).toBeGreaterThan(1);
  for (const { name, match, source } of entries) {
    const [whole, beneath] = [known.of(name).includes(source), known.of(`x-9.y-9.${name}`).includes(source)];
    // Another entry of the same source may have either.
    if (match !== 'below') expect([name, whole]).toEqual([name, true]);
    if (match !== 'exact') expect([name, beneath]).toEqual([name, true]);
  }
});

test.each(NAME_MATCHES)('an entry that is %s has no more than it says', (match) => {
  const file = `id: one
title: One
operator: Somebody
jurisdiction: null
sources:
  - { key: s, name: S, licence: MIT, date: 2026-01-01 }
names:
  - { name: a.example, match: ${match}, facet: app, sources: [s] }
`;
  const one = new KnownNames('/apps', {
    list: (folder) => (folder === '/apps' ? ['one.yaml'] : []),
    read: () => file,
  });
  const has = ['a.example', 'x.a.example', 'y.x.a.example', 'xa.example', 'example', '.'].map((name) => one.of(name));
  const yes = ['app one'];
  const whole = match === 'below' ? [] : yes;
  const beneath = match === 'exact' ? [] : yes;
  expect(has).toEqual([whole, beneath, beneath, [], [], []]);
});

test('packs come before apps, each once', () => {
  expect(known.of('ctldl.windowsupdate.com')).toEqual(['baseline:certificates', 'baseline:os-updates']);
  expect(known.of('nobody.example')).toEqual([]);
});

test('a catalogue that cannot be read knows nothing, and packs are known all the same', () => {
  expect(new KnownNames('/nowhere').of('ctldl.windowsupdate.com')).toContain('baseline:os-updates');
});
