// Lists that are fetched: at the first start, on time, after failures, and never where nothing needs it.

import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, ListWorld, namesOf, told } from './list-world.ts';

const URL = 'https://lists.example/feed.txt';
const config = (more = '', group = '') => `
presets: []
upstreams: [192.0.2.53]
lists: [{ id: feed, url: "${URL}", refresh: 1d${more} }]
updates: { folder: copies }
policies: [{ id: house, title: House, authority: Us, lists: [feed] }]
groups: [{ id: all, match: any, modes: { house: block }${group} }]
`;

let world: ListWorld;
beforeEach(() => {
  world = new ListWorld({ 'sluis.yaml': config() });
  world.served.set(URL, { text: namesOf('feed', 200) });
});
afterEach(() => {
  world.keeper.close();
  world.folder.remove();
});

const only = () => world.keeper.lists[0];

test('a first start fetches what it has nothing of, and a second does not', async () => {
  await world.reload();
  expect(world.asked).toEqual([['feed']]);
  expect(world.blocks('feed-199.example')).toBe(true);
  expect(only()).toMatchObject({ use: { state: 'current' }, fetch: { checked: world.now, failures: 0 } });
  await world.reload();
  expect(world.asked).toEqual([['feed']]);
});

test('what cannot be fetched at a first start is an error, or nothing where the group is open', async () => {
  world.served.clear();
  const { problems, image } = await world.reload();
  expect(image).toBeUndefined();
  expect(told(problems)).toEqual(['error: list "feed" cannot be read: nobody listens there']);
  writeFileSync(world.folder.at('sluis.yaml'), config('', ', on_missing_policy: open'));
  await world.reload();
  expect(only()).toMatchObject({ use: { state: 'missing' }, fetch: { checked: 0, failures: 2 } });
  world.served.set(URL, { text: 'feed-1.example\n' });
  await world.pass(HOUR);
  expect(world.causes).toEqual(['fetched anew: feed']);
  expect(only()).toMatchObject({ use: { state: 'current' }, fetch: { failures: 0 } });
  expect(world.blocks('feed-1.example')).toBe(true);
});

test('a start without network has what was good, however old', async () => {
  await world.reload();
  world.served.clear();
  world.now += 400 * 24 * HOUR;
  const again = new ListWorld({ 'sluis.yaml': config().replace('folder: copies', `folder: ${world.copies.folder}`) });
  try {
    again.now = world.now;
    const { problems } = await again.reload();
    expect(told(problems)).toEqual([]);
    expect(again.asked).toEqual([]);
  } finally {
    again.folder.remove();
  }
});

test.each(['refuse-to-start', 'serve-last-good', 'open'])(
  'a copy that is damaged is asked for anew, and nothing else is waited for: %s',
  async (onMissing) => {
    writeFileSync(world.folder.at('sluis.yaml'), config('', `, on_missing_policy: ${onMissing}`));
    await world.reload();
    appendFileSync(world.copies.path('feed', only().use.sha256!), 'more.example\n');
    expect(told((await world.reload()).problems)).toEqual([]);
    expect(world.asked).toEqual([['feed'], ['feed']]);
    expect(only().use.state).toBe('current');
    expect(world.blocks('more.example')).toBe(false);
  },
);

test('a first content that no policy can be built with is asked for anew at the next start', async () => {
  world.served.set(URL, { text: '<html>' });
  expect((await world.reload()).image).toBeUndefined();
  world.served.set(URL, { text: 'feed-1.example\n' });
  await world.reload();
  expect(world.blocks('feed-1.example')).toBe(true);
});

test('no start waits for a server where there is a good copy, though what was fetched is lost', async () => {
  await world.reload();
  rmSync(world.folder.at('copies/feed.fetched.json'));
  await world.reload();
  expect(world.asked).toEqual([['feed']]);
  expect(only().use).toMatchObject({ state: 'stale', why: 'it has not been fetched yet' });
  expect(world.blocks('feed-1.example')).toBe(true);
  await world.keeper.refresh();
  expect(only().use.state).toBe('current');
  // Unless nothing else will do.
  rmSync(world.folder.at('copies/feed.fetched.json'));
  writeFileSync(world.folder.at('sluis.yaml'), config('', ', on_missing_policy: refuse-to-start'));
  await world.reload();
  expect(world.asked).toHaveLength(3);
  expect(only().use.state).toBe('current');
});

describe('on time', () => {
  test('it is asked for once a day, and what changed comes into force', async () => {
    await world.reload();
    for (let hour = 0; hour < 30; hour++) await world.pass(HOUR);
    expect(world.asked).toEqual([['feed'], ['feed']]);
    expect(world.causes).toEqual([]);
    world.served.set(URL, { text: `${namesOf('feed', 200)}new.example\n` });
    for (let hour = 0; hour < 30; hour++) await world.pass(HOUR);
    expect(world.causes).toEqual(['fetched anew: feed']);
    expect(world.blocks('new.example')).toBe(true);
    expect(world.keeper.counts).toEqual({ changed: 2, unchanged: 1, failed: 0 });
  });

  test('it is asked for at once where the clock was set back, and as ever after that', async () => {
    await world.reload();
    world.now -= 900 * HOUR;
    await world.pass(1);
    await world.pass(1);
    expect(world.asked).toEqual([['feed'], ['feed']]);
    expect(only().fetch).toMatchObject({ checked: world.now - 1 });
  });

  test('sleeps are short enough for a clock that is set', async () => {
    await world.reload();
    expect(world.waiting!.ms).toBeLessThanOrEqual(60_000);
  });

  test('a server that fails is asked more often, and what it had serves on', async () => {
    await world.reload();
    world.served.set(URL, { reason: 'the server answers 500' });
    for (let hour = 0; hour < 30; hour++) await world.pass(HOUR);
    const { fetch, use } = only();
    expect(fetch).toMatchObject({ reason: 'the server answers 500', checked: Date.UTC(2026, 10, 1) });
    expect(fetch!.failures).toBeGreaterThan(3);
    expect(use.state).toBe('current');
    expect(world.causes).toEqual([]);
    expect(world.blocks('feed-1.example')).toBe(true);
  });

  test('an update that is held is not asked for to be held again', async () => {
    await world.reload();
    world.served.set(URL, { text: 'feed-1.example\n' });
    expect(await world.keeper.refresh('feed')).toMatchObject([{ result: 'changed' }]);
    expect(only().use.state).toBe('held');
    expect(await world.keeper.refresh()).toMatchObject([{ result: 'unchanged' }]);
    expect(world.causes).toEqual(['fetched anew: feed']);
    await world.keeper.accept('feed');
    expect(only().use.state).toBe('current');
    expect(world.blocks('feed-2.example')).toBe(false);
  });
});

describe('while a server takes its time', () => {
  test('no reload waits for it, and it is not asked twice', async () => {
    await world.reload();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.slowness = promise;
    world.served.set(URL, { text: `${namesOf('feed', 200)}new.example\n` });
    world.now += 25 * HOUR;
    world.waiting!.act();
    await expect.poll(() => world.asked.length).toBe(2);
    await world.reload();
    expect(world.blocks('feed-1.example')).toBe(true);
    // Nothing else is to come.
    expect(world.waiting).toBeUndefined();
    resolve();
    await world.keeper.idle();
    expect(world.blocks('new.example')).toBe(true);
    expect(world.asked).toHaveLength(2);
    expect(world.waiting).toBeDefined();
  });

  test('a list that is new is fetched beside it', async () => {
    await world.reload();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.slowness = promise;
    const slow = world.keeper.refresh();
    await expect.poll(() => world.asked.length).toBe(2);
    world.slowness = undefined;
    const other = 'https://lists.example/other.txt';
    world.served.set(other, { text: 'other.example\n' });
    const two = config()
      .replace('lists: [{', `lists: [{ id: other, url: "${other}" }, {`)
      .replace('[feed]', '[feed, other]');
    writeFileSync(world.folder.at('sluis.yaml'), two);
    await world.reload();
    expect(world.asked).toEqual([['feed'], ['feed'], ['other']]);
    expect(world.blocks('other.example')).toBe(true);
    resolve();
    expect(await slow).toMatchObject([{ id: 'feed', result: 'unchanged' }]);
  });
});

test('nothing is fetched that has no url', async () => {
  await world.reload();
  expect(await world.keeper.refresh('nothing')).toEqual([]);
});

test('a machine that can start no process to fetch says so, and serves on', async () => {
  await world.reload();
  world.breakage = new Error('EMFILE');
  expect(await world.keeper.refresh()).toMatchObject([{ id: 'feed', result: 'failed', reason: 'EMFILE' }]);
  world.breakage = undefined;
  expect(await world.keeper.refresh()).toMatchObject([{ result: 'unchanged' }]);
});

test('another url is another list', async () => {
  await world.reload();
  const other = 'https://lists.example/other.txt';
  world.served.set(other, { text: 'other.example\n' });
  writeFileSync(world.folder.at('sluis.yaml'), config().replace(URL, other));
  await world.reload();
  expect(world.asked).toEqual([['feed'], ['feed']]);
  expect(world.blocks('other.example')).toBe(true);
  expect(only().fetch).toMatchObject({ checked: world.now });
});

test('another sha256 is another content, which is asked for at once', async () => {
  const pinned = (text: string) => {
    world.served.set(URL, { text });
    const sha256 = createHash('sha256').update(text).digest('hex');
    writeFileSync(world.folder.at('sluis.yaml'), config(`, sha256: "${sha256}"`));
  };
  pinned(namesOf('feed', 200));
  await world.reload();
  await world.reload();
  expect(world.asked).toEqual([['feed']]);
  pinned(`${namesOf('feed', 200)}new.example\n`);
  expect(told((await world.reload()).problems)).toEqual([]);
  expect(world.asked).toEqual([['feed'], ['feed']]);
  expect(only().use.state).toBe('current');
  expect(world.blocks('new.example')).toBe(true);
});

test('contents that count no more are removed', async () => {
  await world.reload();
  const { sha256 } = world.use('feed');
  world.served.set(URL, { text: `${namesOf('feed', 200)}new.example\n` });
  await world.keeper.refresh();
  expect(await world.copies.has('feed', sha256!)).toBe(false);
  expect(await world.copies.has('feed', world.use('feed').sha256!)).toBe(true);
});

test('what was kept of a list that left the configuration goes a month later', async () => {
  const before = config().replace('feed, url', 'former, url').replace('lists: [feed]', 'lists: [former]');
  writeFileSync(world.folder.at('sluis.yaml'), before);
  world.now = Date.now();
  await world.reload();
  const former = () => readdirSync(world.copies.folder).filter((name) => name.startsWith('former.'));
  writeFileSync(world.folder.at('sluis.yaml'), config());
  await world.reload();
  expect(former()).not.toEqual([]);
  world.now += 31 * 24 * HOUR;
  await world.reload();
  expect(former()).toEqual([]);
  expect(world.blocks('feed-1.example')).toBe(true);
});

test('copies that cannot be kept are told once, and that they are kept again', async () => {
  writeFileSync(world.folder.at('sluis.yaml'), config().replace(/url: "[^"]*", refresh: 1d/, 'file: feed.txt'));
  writeFileSync(world.folder.at('feed.txt'), 'feed-1.example\n');
  writeFileSync(world.copies.folder, '');
  await world.reload();
  await world.reload();
  expect(world.blocks('feed-1.example')).toBe(true);
  expect(world.problems).toEqual([expect.stringContaining('no copy of list "feed" can be kept in')]);
  expect(world.keeper.problem).not.toBe('');
  rmSync(world.copies.folder);
  await world.reload();
  expect(world.problems).toEqual([expect.any(String), '']);
});
