// What is in force of a list when its source is there, changed, broken, gone, or asks for too much at once.

import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { feedConfig as config, feedWorld, type ListWorld, namesOf, told } from './list-world.ts';

let world: ListWorld;
beforeEach(() => {
  world = feedWorld();
});
afterEach(() => world.folder.remove());

const write = (name: string, text: string | Buffer) => writeFileSync(world.folder.at(name), text);
const remove = (name: string) => rmSync(world.folder.at(name));

test('a first content is taken, whatever it is, and kept', async () => {
  const { problems, report } = await world.reload();
  expect(problems).toEqual([]);
  expect(world.use('feed')).toMatchObject({ state: 'current', since: null, why: '', fix: '', waiting: null });
  expect(world.use('feed').change).toMatchObject({ before: 0, added: 401, removed: 0, removedNames: [] });
  expect(world.use('feed').change!.addedNames).toHaveLength(100);
  expect(world.use('other').change).toMatchObject({ added: 1, addedNames: ['other.example'] });
  expect(await world.copies.good('feed', world.folder.at('feed.txt'))).toMatchObject({ rules: 401, at: world.now });
  expect(report.sources.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256!))).toBe(true);
});

test('the same content is in force since it came', async () => {
  await world.reload();
  const since = world.now;
  world.now += 1000;
  const { report } = await world.reload();
  expect(world.use('feed')).toMatchObject({ state: 'current', change: null, since });
  const again = await world.reload();
  expect(again.report.hash).toBe(report.hash);
});

test('a small change is taken and told by name', async () => {
  const { report } = await world.reload();
  write('feed.txt', `${namesOf('feed', 400)}second.example\n*.third.example\n`);
  const changed = await world.reload();
  expect(world.use('feed')).toMatchObject({
    state: 'current',
    change: {
      before: 401,
      added: 2,
      removed: 1,
      addedNames: ['second.example', '*.third.example'],
      removedNames: ['first.example'],
    },
  });
  expect(world.blocks('second.example')).toBe(true);
  expect(world.blocks('first.example')).toBe(false);
  expect(changed.report.hash).not.toBe(report.hash);
  expect(await world.copies.good('feed', world.folder.at('feed.txt'))).toMatchObject({ rules: 402 });
});

test.each([
  ['known by its keys', (_: string) => {}],
  ['whose keys are lost', (path: string) => rmSync(path.replace(/list$/, 'keys'))],
  ['whose keys are damaged', (path: string) => writeFileSync(path.replace(/list$/, 'keys'), 'sluiskey1\n')],
])('a second change is told against a copy %s', async (_, befall) => {
  await world.reload();
  write('feed.txt', `${namesOf('feed', 400)}second.example\n`);
  await world.reload();
  befall(world.copies.path('feed', world.use('feed').sha256!));
  write('feed.txt', `${namesOf('feed', 399)}third.example\n`);
  await world.reload();
  expect(world.use('feed').change).toEqual({
    before: 401,
    added: 1,
    removed: 2,
    addedNames: ['third.example'],
    removedNames: ['feed-399.example', 'second.example'],
  });
});

describe('a jump is held', () => {
  const jump = (text: string) => async () => {
    await world.reload();
    write('feed.txt', text);
    const { problems } = await world.reload();
    return told(problems);
  };

  test.each([
    ['most of it is gone', namesOf('feed', 100), '301 of its 401 rules would go: 75 %'],
    ['it holds other names', namesOf('else', 401), '401 of its 401 rules would go: 100 %'],
    [
      'it grew',
      `first.example\n${namesOf('feed', 400)}${namesOf('more', 900)}`,
      '900 rules would come to its 401: 224 %',
    ],
  ])('%s', async (_, text, why) => {
    const [problem] = await jump(text)();
    expect(problem).toContain(`warning: list "feed": an update is held: ${why}`);
    expect(world.use('feed')).toMatchObject({ state: 'held', why: expect.stringContaining(why) });
    expect(world.use('feed').waiting).toMatch(/^[0-9a-f]{64}$/);
    expect(world.use('feed').change!.before).toBe(401);
    expect(world.use('other').state).toBe('current');
    expect(world.blocks('first.example')).toBe(true);
    expect(world.blocks('feed-399.example')).toBe(true);
    expect(world.blocks('else-3.example')).toBe(false);
  });

  test('stays held over reloads, and goes when the source is as it was', async () => {
    await jump(namesOf('feed', 100))();
    await world.reload();
    expect(world.use('feed').state).toBe('held');
    write('feed.txt', `first.example\n${namesOf('feed', 400)}`);
    expect((await world.reload()).problems).toEqual([]);
    expect(world.use('feed')).toMatchObject({ state: 'current', waiting: null });
  });

  test('is taken once it is accepted, and only what was accepted', async () => {
    await jump(namesOf('feed', 100))();
    expect(await world.keeper.accept('other')).toBeUndefined();
    expect(await world.keeper.accept('nothing')).toBeUndefined();
    write('feed.txt', namesOf('else', 50));
    await world.keeper.accept('feed');
    expect(world.use('feed')).toMatchObject({ state: 'held', why: expect.stringContaining('would go') });
    expect(world.blocks('first.example')).toBe(true);
    await world.keeper.accept('feed');
    expect(world.causes.at(-1)).toBe('an update of list feed was accepted');
    expect(world.use('feed')).toMatchObject({ state: 'current', waiting: null });
    expect(world.blocks('first.example')).toBe(false);
    expect(world.blocks('else-49.example')).toBe(true);
    expect(await world.keeper.accept('feed')).toBeUndefined();
  });

  test('unless the guard is off', async () => {
    write('sluis.yaml', `${config()}guard: { shrink: "off" }\n`);
    expect(await jump('one.example\n')()).toEqual([]);
    expect(world.blocks('one.example')).toBe(true);
  });

  test('a first attempt leaves nothing of itself in the policy', async () => {
    await world.reload();
    const before = world.inForce!.built.report.rules;
    await jump(namesOf('else', 5000))();
    expect([world.rules('feed'), world.rules('other')]).toEqual([401, 1]);
    expect(world.inForce!.built.report.rules).toBe(before);
  });
});

describe('a source that cannot be taken', () => {
  const faults: [string, () => void, string][] = [
    ['is gone', () => remove('feed.txt'), 'there is no such file'],
    ['is empty', () => write('feed.txt', ''), 'list "feed" holds no rule that can be used'],
    ['is a web page', () => write('feed.txt', '<!DOCTYPE html><html></html>'), 'it is a web page (HTML or XML)'],
    ['is cut off where it is packed', () => write('feed.txt', Buffer.of(0x1f, 0x8b, 8, 0)), 'it cannot be unpacked'],
    ['holds too much', () => write('feed.txt', namesOf('feed', 90_000)), 'it holds more than max_size allows'],
  ];
  const small = ', max_size: 1MiB, format: domains';

  test.each(faults)('%s: the last good copy serves on', async (_, fault, why) => {
    write('sluis.yaml', config('', small));
    await world.reload();
    fault();
    const { problems } = await world.reload();
    expect(told(problems).filter((text) => text.includes('"feed"'))).toEqual([expect.stringContaining(why)]);
    expect(told(problems).every((text) => text.startsWith('warning'))).toBe(true);
    expect(world.use('feed')).toMatchObject({ state: 'stale', why: expect.stringContaining(why), waiting: null });
    expect(world.blocks('first.example')).toBe(true);
    expect(await world.keeper.accept('feed')).toBeUndefined();
  });

  test.each(faults)('%s, and nothing is kept: an error', async (_, fault) => {
    write('sluis.yaml', config('', small));
    fault();
    const { problems, image } = await world.reload();
    expect(image).toBeUndefined();
    expect(told(problems).some((text) => text.startsWith('error: ') && text.includes('"feed"'))).toBe(true);
  });

  test.each(faults)('%s, and the group refuses to start without it: an error', async (_, fault) => {
    write('sluis.yaml', config(', on_missing_policy: refuse-to-start', small));
    await world.reload();
    fault();
    const { problems, image } = await world.reload();
    expect(image).toBeUndefined();
    expect(told(problems).some((text) => text.startsWith('error: '))).toBe(true);
  });

  test.each(faults)('%s, nothing is kept and the group is open: all else is in force', async (_, fault, why) => {
    write('sluis.yaml', config(', on_missing_policy: open', small));
    fault();
    const { problems } = await world.reload();
    expect(told(problems).filter((text) => text.includes('is open'))).toEqual([expect.stringContaining(why)]);
    expect(world.use('feed')).toMatchObject({ state: 'missing', sha256: null });
    expect(world.blocks('other.example')).toBe(true);
    expect(world.blocks('first.example')).toBe(false);
    expect([world.rules('feed'), world.rules('other')]).toEqual([0, 1]);
  });

  test.each(faults)(
    '%s, nothing is kept, the group is open, and it is in force: an error, so that it stays so',
    async (_, fault) => {
      write('sluis.yaml', config(', on_missing_policy: open', small).replace('updates: { folder: copies }', ''));
      await world.reload();
      fault();
      expect((await world.reload()).image).toBeUndefined();
      expect(world.blocks('first.example')).toBe(true);
    },
  );

  test('of several groups the strictest counts', async () => {
    const strict =
      '{ id: strict, match: { subnets: [192.0.2.0/24] }, modes: { house: observe }, on_missing_policy: refuse-to-start }';
    write('sluis.yaml', config(', on_missing_policy: open').replace('groups: [', `groups: [${strict}, `));
    remove('feed.txt');
    expect((await world.reload()).image).toBeUndefined();
    // One for which the policy is off does not need it.
    write(
      'sluis.yaml',
      config(', on_missing_policy: open').replace('groups: [', `groups: [${strict.replace('observe', 'off')}, `),
    );
    expect((await world.reload()).image).toBeDefined();
  });

  test('a copy of another place is no copy of this one', async () => {
    await world.reload();
    write('sluis.yaml', config().replace('feed.txt', 'moved.txt'));
    expect((await world.reload()).image).toBeUndefined();
  });

  test('what was good and is told wrongly now is an error', async () => {
    await world.reload();
    write('sluis.yaml', config('', ', format: rpz'));
    const { problems, image } = await world.reload();
    expect(image).toBeUndefined();
    expect(told(problems).some((text) => text.startsWith('error: '))).toBe(true);
  });
});

describe('a list that must be what its hash says', () => {
  const pinned = (sha256: string) => write('sluis.yaml', config('', `, sha256: ${sha256}`));

  test('is taken when it is, and its last good copy when it is not', async () => {
    await world.reload();
    const { sha256 } = world.use('feed');
    pinned(sha256!);
    expect((await world.reload()).problems).toEqual([]);
    write('feed.txt', 'changed.example\n');
    const { problems } = await world.reload();
    expect(told(problems)).toEqual([expect.stringContaining('it is not what sha256 says')]);
    expect(world.use('feed')).toMatchObject({ state: 'stale', sha256 });
  });

  test('is never taken from a copy that is something else', async () => {
    await world.reload();
    pinned('0a'.repeat(32));
    expect((await world.reload()).image).toBeUndefined();
  });
});

test('protected names are left out and told', async () => {
  write('other.txt', 'other.example\nccb.belgium.be\nintern.example\n');
  write('sluis.yaml', `${config()}guard: { protect: [intern.example] }\n`);
  const { report } = await world.reload();
  expect(report.rejections.map(({ line, text }) => `${line} ${text}`)).toEqual([
    '2 ccb.belgium.be',
    '3 intern.example',
  ]);
  expect(world.blocks('ccb.belgium.be')).toBe(false);
  expect(world.blocks('other.example')).toBe(true);
});

test('a list that is only allowed may approve what is protected', async () => {
  write('allow.txt', 'ccb.belgium.be\n');
  const also = config(', allow: [also]').replace('lists: [{', 'lists: [{ id: also, file: allow.txt }, {');
  write('sluis.yaml', `${also}guard: { protect: [intern.example] }\n`);
  expect((await world.reload()).report.rejections).toEqual([]);
  expect(world.rules('also')).toBe(1);
});

test('what is protected is not told to have come', async () => {
  await world.reload();
  write('other.txt', 'other.example\nccb.belgium.be\nmore.example\n');
  await world.reload();
  expect(world.use('other').change).toMatchObject({ before: 1, added: 1, addedNames: ['more.example'] });
  expect(world.rules('other')).toBe(2);
});

test('what is no file is not waited for', async () => {
  await world.reload();
  remove('feed.txt');
  symlinkSync('/dev/null', world.folder.at('feed.txt'));
  await world.reload();
  expect(world.use('feed')).toMatchObject({ state: 'stale', why: 'it is a pipe, a socket or a device' });
});

test('a copy that cannot be kept is told, and the list is in force', async () => {
  write('copies', '');
  const { problems } = await world.reload();
  expect(told(problems)).toHaveLength(2);
  expect(told(problems)[0]).toContain('warning: no copy of list "feed" can be kept in ');
  expect(world.blocks('first.example')).toBe(true);
});
