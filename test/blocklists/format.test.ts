// Holds every catalogue file to its format, so that a slip of the pen cannot reach a resolver.
import { getDomain, getPublicSuffix } from 'tldts';
import { describe, expect, test } from 'vitest';
import { App, blocklistFiles, catalogue, parsePlain } from './catalogue.ts';

/** Parents that serve thousands of firms: a suffix on one of them breaks the Internet for a whole building. */
const sharedParents = [
  ...['akamaized.net', 'akamai.net', 'akamaihd.net', 'akadns.net', 'edgesuite.net', 'edgekey.net', 'cloudfront.net'],
  ...['fastly.net', 'map.fastly.net', 'cdn.cloudflare.net', 'footprint.net', 'myqcloud.com', 'mncdn.com', 'srip.net'],
  ...['cdn20.com', 'qlivecdn.com', 'ecdnx.com', 'volcfcdndvs.com', 'wsdvs.com', 'kunlunsl.com', 'rocket-cdn.com'],
  ...['atomile.com', 'swiftserve.com', 'ovscdns.net', 'tlivepush.com', 'queniuaa.com', 'spbycdn.com', 'cdnvideo.ru'],
  ...['appsflyersdk.com', 'onelink.me', 'app.link', 'tm.com.my', 'measurement-prod.akadns.net'],
];

/** Licences under which a fact may stand in a file of ours. Copyleft and non-commercial lists are evidence only. */
const licences = ['MIT', 'Unlicense, MIT in its header', 'facts only'];

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Lower-case ASCII host name as it is written on the wire, without the trailing dot. */
function isCanonical(name: string): boolean {
  return name.length <= 253 && name.includes('.') && name.split('.').every((part) => label.test(part));
}

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
    const strangers = (name: string) =>
      sharedParents.includes(name) ||
      getDomain(name) === null ||
      getPublicSuffix(name, { allowPrivateDomains: true }) === name;
    expect(wide.filter((rule) => strangers(rule.name))).toEqual([]);
  });

  test('declares the sources it uses, uses those it declares, and may use them', () => {
    const keys = app.sources.map((source) => source.key);
    const used = new Set(app.names.flatMap((rule) => rule.sources));
    expect([...used].sort()).toEqual([...keys].sort());
    expect(app.sources.filter((source) => !licences.includes(source.licence))).toEqual([]);
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
