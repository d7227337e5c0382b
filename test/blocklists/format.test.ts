// Holds every catalogue file to its format, so that a slip of the pen cannot reach a resolver.
import { describe, expect, test } from 'vitest';
import { App, blocklistFiles, catalogue, isCanonical, isShared, parsePlain } from './catalogue.ts';

/** Licences under which a fact may stand in a file of ours. Copyleft and non-commercial lists are evidence only. */
const licences = ['MIT', 'Unlicense, MIT in its header', 'facts only'];

describe.each([...blocklistFiles])('%s', (file, text) => {
  const { value, complaints } = parsePlain(text);
  test('is plain YAML of the right shape, opening with what it is', () => {
    expect(complaints).toEqual([]);
    expect(App.safeParse(value).error?.issues ?? []).toEqual([]);
    expect(text).toMatch(/^# [A-Z].*\.\n/);
    expect(text).not.toMatch(/[^\x20-\x7e\n]| \n/);
  });

  const parsed = App.safeParse(value);
  if (!parsed.success) return;
  const app = parsed.data;

  test('is named after its id', () => expect(file).toBe(`${app.id}.yaml`));

  test('holds canonical names, each once', () => {
    expect(app.names.filter((rule) => !isCanonical(rule.name))).toEqual([]);
    const names = app.names.map((rule) => rule.name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('has no suffix on a parent it would share with strangers', () => {
    const wide = app.names.filter((rule) => rule.match !== 'exact');
    expect(wide.filter((rule) => isShared(rule.name))).toEqual([]);
  });

  test('declares the sources it uses, uses those it declares, and may use them', () => {
    const keys = app.sources.map((source) => source.key);
    const used = new Set(app.names.flatMap((rule) => rule.sources));
    if (!app.unreachable) expect([...used].sort()).toEqual([...keys].sort());
    expect(app.sources.filter((source) => !licences.includes(source.licence))).toEqual([]);
  });

  test('has names, or says why no rule on names reaches it', () => {
    expect(app.names.length > 0).toBe(app.unreachable === undefined);
  });

  test('is contested only against a jurisdiction that somebody names, or against being listed at all', () => {
    if (app.contested) expect(text).toMatch(/^jurisdiction:(\n {2}code| null # )/m);
  });

  test('names as successors only other apps of the catalogue', () => {
    const others = catalogue.map((other) => other.id).filter((id) => id !== app.id);
    expect((app.successors ?? []).filter((id) => !others.includes(id))).toEqual([]);
  });

  test('names in `also` only other apps of the catalogue', () => {
    const others = catalogue.map((other) => other.id).filter((id) => id !== app.id);
    expect(app.names.flatMap((rule) => rule.also ?? []).filter((id) => !others.includes(id))).toEqual([]);
  });
});

describe('the catalogue as a whole', () => {
  test('has one home for each name: who else uses it stands in `also`', () => {
    const homes = new Map<string, string[]>();
    for (const app of catalogue) {
      for (const { name } of app.names) homes.set(name, [...(homes.get(name) ?? []), app.id]);
    }
    expect([...homes].filter(([, ids]) => ids.length > 1)).toEqual([]);
  });

  test('holds TikTok and ByteDance as separate choices', () => {
    expect(catalogue.map((app) => app.id)).toEqual(expect.arrayContaining(['tiktok', 'bytedance', 'capcut', 'pangle']));
  });

  test('is held by checks that do refuse', () => {
    for (const bad of ['TikTok.com', 'tiktok.com.', 'tiktok', '-a.com', 'a..com', `${'a'.repeat(64)}.com`, 'tïk.com']) {
      expect(isCanonical(bad), bad).toBe(false);
    }
    expect(parsePlain('a: &x 1\nb: *x').complaints).not.toEqual([]);
    expect(parsePlain('a: &x [1]').complaints).not.toEqual([]);
    expect(parsePlain('a: 1\na: 2').complaints).not.toEqual([]);
    expect(App.safeParse({ id: 'x' }).success).toBe(false);
  });
});
