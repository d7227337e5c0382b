// sluis lists, asked of an admin server: what is printed, what it ends with, and nothing that writes to a terminal.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { lists } from '../../src/commands/lists.ts';
import { type AdminServer, listenAdmin } from '../../src/web/server.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';
import { adminWorld } from '../web/admin-world.ts';

const world = adminWorld();
const { held, nextFetch, nextReload, report } = world;
let admin: AdminServer;
beforeAll(async () => {
  admin = await listenAdmin({ host: '127.0.0.1', port: 0, log: { error: () => {} } }, async () => world);
});
afterAll(() => admin.close());
beforeEach(() => {
  Object.assign(world, { held, nextFetch, nextReload, report, accepted: [], fetched: [] });
});

async function run(...args: string[]) {
  const around = surroundings();
  const code = await lists.run([...args, '--admin', `127.0.0.1:${admin.port}`], around);
  return { code, out: around.printed, err: around.complained };
}

const current = {
  ...held[0],
  use: { ...held[0].use!, state: 'current' as const, why: '', fix: '', waiting: null, change: null },
};

describe('status', () => {
  test('is a line for each list, and why one is not current', async () => {
    const { code, out } = await run();
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      'list  state  rules  in force since     last checked',
      'feed  held   400    2026-11-21T06:00Z  2026-11-22T05:00Z',
      '',
      'feed: held: 300 of its 400 rules would go: 75 %, more than guard.shrink (50 %): look at it',
      '',
      'last reload  2026-11-22T06:00:01.000Z, start: ok',
      'took         0.20 s; image 1024 octets, all of Sluis 2048',
      `policy       generation 1, sha256 ${'ab'.repeat(32)}`,
      'rules        400, of lists 2 added and 1 removed',
      'left out     3',
      '             3: no name',
      '',
    ]);
  });

  test('ends well where all are current', async () => {
    world.held = [current];
    expect(await run('status')).toMatchObject({ code: 0, err: '' });
    world.held = [];
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toContain('no list is in force but those that come with Sluis\n\nlast reload ');
  });

  test('tells that the last reload failed, though what is in force is current', async () => {
    const problem = {
      severity: 'error' as const,
      file: 'f',
      line: 1,
      column: 1,
      path: '',
      message: 'gone',
      fix: 'look',
    };
    const lastReload = {
      ...nextReload,
      result: 'failed' as const,
      reason: 'the policy has 1 error',
      problems: [problem],
    };
    world.held = [current];
    world.report = { ...report, lastReload };
    const { code, out, err } = await run();
    expect(code).toBe(1);
    expect(out).toContain('start: failed, and what was in force serves on: the policy has 1 error\n');
    expect(out).toContain('in force     generation 2\n');
    expect(err).toBe('f:1:1: error: gone\n      = fix: look\n');
    expect(await run('status', 'feed')).toMatchObject({ code: 1, err });
  });

  test('tells all of one, with the names', async () => {
    const { code, out } = await run('status', 'feed');
    expect(code).toBe(1);
    expect(out).toContain(`sha256          ${'12'.repeat(32)}\n`);
    expect(out).toContain(`fix             look at it\n`);
    expect(out).toContain(`waiting         ${'34'.repeat(32)}\n`);
    expect(out).toContain('1 added to 400 rules, 300 removed\n  + new.example\n  - old.example\n  - … and 299 more\n');
  });

  test('tells why a server is not reached', async () => {
    const fetch = {
      ...current.fetch!,
      failures: 3,
      reason: 'the server answers 500',
      fix: 'look at it',
      checked: null,
    };
    world.held = [{ ...current, fetch }];
    expect((await run()).out).toContain('never');
    expect((await run()).out).toContain('feed: not fetched: the server answers 500: look at it\n');
    expect((await run('status', 'feed')).out).toContain('3 in a row: the server answers 500: look at it\n');
  });

  test('of one that is missing has no date, and says once why', async () => {
    const why = 'the server answers 500';
    const use = { ...current.use!, state: 'missing' as const, why, sha256: null, since: null };
    world.held = [{ ...current, use, fetch: { ...current.fetch!, failures: 1, reason: why, fix: 'look at it' } }];
    const { code, out } = await run();
    expect(code).toBe(1);
    expect(out).toContain('missing  400    -               2026-11-22T05:00Z\n\n');
    expect(out.match(/answers 500/g)).toHaveLength(1);
    expect((await run('status', 'feed')).out).toContain('in force since  -\n');
  });

  test('as JSON is what the API has', async () => {
    const { lastReload } = report;
    expect(JSON.parse((await run('--json')).out)).toEqual({ lists: held, lastReload });
    expect(JSON.parse((await run('status', 'feed', '--json')).out)).toEqual({ lists: held, lastReload });
  });

  test('of no such list names one that is', async () => {
    const { code, err } = await run('status', 'fed');
    expect(code).toBe(1);
    expect(err).toContain('no list "fed" is in force: did you mean feed?');
  });

  test('writes nothing to a terminal but text', async () => {
    const change = { before: 1, added: 1, removed: 0, addedNames: ['\x1b[2Jevil\n.example'], removedNames: [] };
    world.held = [{ ...held[0], use: { ...held[0].use!, change, why: '\x1b]0;x\x07' } }];
    for (const args of [[], ['status', 'feed']]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not come out
      expect((await run(...args)).out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    }
  });
});

describe('accept', () => {
  test('tells what came into force', async () => {
    world.nextReload = { ...nextReload, lists: [{ ...current, use: { ...current.use, change: held[0].use!.change } }] };
    expect(await run('accept', 'feed')).toEqual({
      code: 0,
      out: 'list feed: in force, generation 2\n1 added to 400 rules, 300 removed\n  + new.example\n  - old.example\n  - … and 299 more\n',
      err: '',
    });
    expect(world.accepted).toEqual(['feed']);
  });

  test('is of one content, where that is said', async () => {
    world.nextReload = { ...nextReload, lists: [current] };
    expect(await run('accept', 'feed', '34343434')).toMatchObject({ code: 0, err: '' });
    expect(world.accepted).toEqual(['feed 34343434']);
  });

  test('tells that it is still held, and why', async () => {
    const problem = {
      severity: 'warning' as const,
      file: 'f',
      line: 1,
      column: 1,
      path: '',
      message: 'held',
      fix: 'look',
    };
    world.nextReload = { ...nextReload, lists: held, problems: [problem] };
    const { code, out, err } = await run('accept', 'feed');
    expect(code).toBe(1);
    expect(out).toContain('list feed: still held');
    expect(err).toContain('f:1:1: warning: held');
  });

  test('tells that nothing is held', async () => {
    expect(await run('accept', 'other')).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing is held: see the status'),
    });
  });

  test('needs a list', async () => {
    await expect(run('accept')).rejects.toThrow(UsageError);
    await expect(run('accept', 'a', 'b')).rejects.toThrow('give 8 hexadecimal digits of the SHA-256 or more');
    await expect(run('accept', 'a', '12345678', 'b')).rejects.toThrow(UsageError);
  });
});

describe('fetch', () => {
  test('tells what came of each', async () => {
    world.nextFetch = [
      { id: 'a', result: 'changed', reason: '', fix: '' },
      { id: 'b', result: 'unchanged', reason: '', fix: '' },
    ];
    expect(await run('fetch')).toEqual({ code: 0, out: 'list a: fetched anew\nlist b: as it was\n', err: '' });
    world.nextFetch = [{ id: 'a', result: 'failed', reason: 'no route', fix: 'look' }];
    expect(await run('fetch', 'a')).toMatchObject({ code: 1, out: 'list a: not fetched: no route (look)\n' });
    expect(world.fetched).toEqual([undefined, 'a']);
  });
});

test('another verb is refused', async () => {
  await expect(run('acept', 'feed')).rejects.toThrow('"acept" is none of status, accept, fetch, diff, overlap, test');
});

test('says that it asks the usual place where the configuration holds errors', async () => {
  const folder = folderOf({ 'sluis.yaml': 'upstreams: none\n' });
  const around = surroundings();
  try {
    await lists.run(['--config', folder.at('sluis.yaml')], around);
  } finally {
    folder.remove();
  }
  expect(around.complained).toContain(
    'note: the configuration holds errors ("sluis check" tells them), so 127.0.0.1:8053',
  );
});

test('says that nobody answers', async () => {
  const around = surroundings();
  expect(await lists.run(['--admin', '127.0.0.1:1'], around)).toBe(1);
  expect(around.complained).toContain('no Sluis answers at http://127.0.0.1:1/api/v1/lists');
});
