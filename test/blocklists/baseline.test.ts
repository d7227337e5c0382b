// Holds the packs for managed devices to what they are: names that keep a device sound, and none of a banned app.
import { describe, expect, test } from 'vitest';
import { readApp } from '../../src/lists/catalogue.ts';
import { loadText, told } from '../settings/memory-files.ts';
import {
  App,
  baseline,
  baselineFiles,
  catalogue,
  isCanonical,
  isShared,
  longestMatch,
  parsePlain,
} from './catalogue.ts';

test('there are five of them', () => {
  const packs = ['captive-portals', 'certificates', 'mdm', 'os-updates', 'time'];
  expect([...baselineFiles.keys()]).toEqual(packs.map((pack) => `${pack}.yaml`));
  expect(baseline.map(({ id }) => id)).toEqual(packs);
});

describe.each([...baselineFiles])('%s', (file, text) => {
  const { value, complaints } = parsePlain(text);
  const pack = App.parse(value);
  const wide = pack.names.filter(({ match }) => match !== 'exact');

  test('is read whole, and opens with what it is', () => {
    expect(complaints).toEqual([]);
    expect(file).toBe(`${pack.id}.yaml`);
    expect(text).toMatch(/^# [A-Z].*\.\n/);
    expect(readApp(file, text)).toMatchObject({ problems: [], app: { id: pack.id } });
  });

  test('holds canonical names, none twice and none beneath another', () => {
    expect(pack.names.filter(({ name }) => !isCanonical(name))).toEqual([]);
    const names = pack.names.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    const beneath = names.filter((name) => wide.some((rule) => name.endsWith(`.${rule.name}`)));
    expect(beneath).toEqual([]);
  });

  test('has no suffix that reaches the names of strangers', () => {
    expect(wide.filter(({ name }) => isShared(name))).toEqual([]);
  });

  test('says where each name comes from', () => {
    const keys = pack.sources.map(({ key }) => key);
    expect([...new Set(pack.names.flatMap(({ sources }) => sources))].sort()).toEqual([...keys].sort());
  });

  test('lets no name of the catalogue through, and lies beneath none', () => {
    for (const app of catalogue) {
      expect(
        pack.names.filter(({ name }) => longestMatch(app, name)),
        app.id,
      ).toEqual([]);
      expect(
        app.names.filter(({ name }) => longestMatch(pack, name)),
        app.id,
      ).toEqual([]);
    }
  });
});

const GROUP = (allow: string) =>
  `groups: [{ id: g, match: any, modes: { be-716: block }, allow: [${allow}] }]
lists: [{ id: own, file: own.txt, format: domains }]
`;

describe('a group', () => {
  const files = { '/etc/sluis/own.txt': '' };

  test('allows packs and lists alike, each pack once from its file', () => {
    const {
      settings,
      problems,
      files: read,
    } = loadText(GROUP('own, baseline:time, baseline:mdm, baseline:time'), {}, files);
    expect(problems.map(told)).toEqual([]);
    expect(settings?.groups[0].allow).toEqual(['own', 'baseline:time', 'baseline:mdm']);
    expect(settings?.lists.slice(0, 3).map(({ id, format }) => [id, format])).toEqual([
      ['own', 'domains'],
      ['baseline:time', 'sluis'],
      ['baseline:mdm', 'sluis'],
    ]);
    expect(settings?.lists[1].file).toMatch(/config\/baseline\/time\.yaml$/);
    expect(read).toEqual(expect.arrayContaining(settings!.lists.map(({ file }) => file)));
  });

  test.each([
    ['baseline:tyme', 'unknown list "baseline:tyme"; did you mean baseline:time?'],
    ['baseline:', '"baseline:" cannot be the id of a list; name a list by its id, or a pack'],
    ['os-updates', 'unknown list "os-updates"; known here: baseline:captive-portals, '],
  ])('that allows %s is told', (allow, message) => {
    const { problems } = loadText(GROUP(`"${allow}"`), {}, files);
    expect(problems.map(({ message: what, fix }) => `${what}; ${fix}`).join('\n')).toContain(message);
  });
});
