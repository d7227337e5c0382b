// The process that builds is started when a change is seen to come; it builds that, or is dismissed.

import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Keeper, type KeeperOptions } from '../../src/control/keeper.ts';

const OPTIONS: KeeperOptions = {
  file: 'config/sluis.yaml',
  builder: undefined,
  env: {},
  seed: 12345,
  adopt: () => {},
  onReload: () => {},
  onFiles: () => {},
  onFirstSettings: () => {},
  prepare: async () => ({ unfetched: {} }),
  keep: async () => {},
  isAudited: () => false,
  clock: () => 0,
  resident: () => 0,
};

/** The processes that this one started and that live. */
function children(): string[] {
  const threads = readdirSync('/proc/self/task');
  return threads.flatMap((thread) => {
    const pids = readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim();
    return pids === '' ? [] : pids.split(' ');
  });
}

const nobodyLives = () => vi.waitUntil(() => children().length === 0, { timeout: 30_000 });

describe.runIf(process.platform === 'linux')('a process that is started ahead', () => {
  beforeEach(async () => {
    await nobodyLives();
  });

  test('builds once', async () => {
    const keeper = new Keeper(OPTIONS);
    expect(await keeper.reload('start')).toMatchObject({ result: 'ok', generation: 1 });
    await nobodyLives();
    keeper.expectReload();
    keeper.expectReload();
    const ahead = children();
    expect(ahead).toHaveLength(1);
    const reload = keeper.reload('a change');
    expect(children()).toEqual(ahead);
    expect(await reload).toMatchObject({ result: 'ok', generation: 2 });
    await nobodyLives();
    expect(await keeper.reload('another')).toMatchObject({ result: 'ok', generation: 3 });
  });

  test('is not started while one builds', async () => {
    const keeper = new Keeper(OPTIONS);
    const reload = keeper.reload('start');
    keeper.expectReload();
    expect(children()).toHaveLength(1);
    expect(await reload).toMatchObject({ result: 'ok' });
  });

  test('is dismissed where nothing comes of it, and not missed where it died', async () => {
    const keeper = new Keeper(OPTIONS);
    keeper.expectReload();
    expect(children()).toHaveLength(1);
    await nobodyLives();
    keeper.expectReload();
    process.kill(Number(children()[0]), 'SIGKILL');
    await nobodyLives();
    expect(await keeper.reload('start')).toMatchObject({ result: 'ok', generation: 1 });
  });
});
