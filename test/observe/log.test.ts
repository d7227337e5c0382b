// The operational log: levels, areas, secrets, rotation by signal, and the last line before a crash.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Log, type LogOptions, openLog } from '../../src/observe/log.ts';
import { Arrivals } from '../support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluis-log-'));
const opened: Log[] = [];
let count = 0;

afterEach(() => {
  for (const log of opened.splice(0)) log.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function open(options: Partial<LogOptions> = {}): { log: Log; path: string; records: () => Record<string, unknown>[] } {
  const path = join(folder, `${count++}.log`);
  const log = openLog({ level: 'info', target: path, ...options });
  opened.push(log);
  const records = () =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { log, path, records };
}

describe('a line', () => {
  it('is JSON with level, time, area and message', () => {
    const { log, records } = open();
    log.child('reload').warn({ list: 'tiktok', lines: 3 }, 'lines were skipped');
    const [record] = records();
    expect(record).toMatchObject({
      level: 'warn',
      area: 'reload',
      list: 'tiktok',
      lines: 3,
      msg: 'lines were skipped',
    });
    expect(new Date(record.time as string).toISOString()).toBe(record.time);
    expect(record.pid).toBe(process.pid);
  });

  it('is one, whatever it holds', () => {
    const { log, records } = open();
    log.root.info({ name: 'a\nb"\u2028\ud800' }, 'x\r\ny');
    expect(records()).toHaveLength(1);
  });

  it('holds an error with its stack', () => {
    const { log, records } = open();
    log.root.error({ err: new TypeError('broken') }, 'failed');
    expect(records()[0].err).toMatchObject({
      type: 'TypeError',
      message: 'broken',
      stack: expect.stringContaining('at '),
    });
  });

  it.each([
    { password: 'hunter2' },
    { token: 'hunter2' },
    { request: { authorization: 'hunter2' } },
    { request: { headers: { cookie: 'hunter2' } } },
  ])('never holds a secret: %j', (record) => {
    const { log, path } = open();
    log.child('web').info(record, 'asked');
    expect(readFileSync(path, 'utf8')).not.toContain('hunter2');
    expect(readFileSync(path, 'utf8')).toContain('[redacted]');
  });

  it('is readable where that is wanted', () => {
    const { log, path } = open({ readable: true });
    log.child('serve').info({ port: 1053 }, 'listening');
    expect(readFileSync(path, 'utf8')).toMatch(/^\d\d:\d\d:\d\d info {2}serve: listening {2}port=1053\n$/);
  });

  it('is JSON on a descriptor that is no terminal', () => {
    const path = join(folder, 'descriptor.log');
    const descriptor = openSync(path, 'w');
    open({ target: descriptor }).log.root.info('here');
    closeSync(descriptor);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ msg: 'here' });
  });
});

describe('levels', () => {
  it('hold back what is below', () => {
    const { log, records } = open({ level: 'warn' });
    log.root.info('no');
    log.child('a').info('no');
    log.root.warn('yes');
    expect(records().map(({ msg }) => msg)).toEqual(['yes']);
  });

  it('change for every area at once', () => {
    const { log, records } = open({ level: 'error' });
    const area = log.child('a');
    log.setLevel('debug');
    for (const logger of [area, log.child('a'), log.child('b'), log.root]) logger.debug('yes');
    expect(records()).toHaveLength(4);
  });

  it('silent writes nothing, not even what is fatal', () => {
    const { log, path } = open({ level: 'silent' });
    log.root.fatal('no');
    expect(readFileSync(path, 'utf8')).toBe('');
  });
});

describe('rotation', () => {
  it('is heard by SIGUSR2', async () => {
    const { log, path, records } = open();
    log.root.info('before');
    renameSync(path, `${path}.1`);
    const arrivals = new Arrivals();
    const watcher = watch(folder, () => arrivals.announce());
    process.kill(process.pid, 'SIGUSR2');
    expect(await arrivals.until(() => existsSync(path), 10_000)).toBe(true);
    watcher.close();
    log.root.info('after');
    expect(records().map(({ msg }) => msg)).toEqual(['after']);
  });

  it('that fails is said in the file before, and goes on there', () => {
    const inner = mkdtempSync(join(folder, 'gone-'));
    const path = join(inner, 'a.log');
    const { log } = open({ target: path });
    renameSync(inner, `${inner}.moved`);
    expect(log.reopen()).toBe(false);
    const last = readFileSync(join(`${inner}.moved`, 'a.log'), 'utf8');
    expect(JSON.parse(last)).toMatchObject({ level: 'error', area: 'log', err: { code: 'ENOENT' } });
  });

  it('leaves a descriptor as it is', () => {
    const path = join(folder, 'fixed.log');
    const descriptor = openSync(path, 'w');
    const { log } = open({ target: descriptor });
    expect(log.reopen()).toBe(true);
    log.root.info('here');
    closeSync(descriptor);
    expect(readFileSync(path, 'utf8')).toContain('here');
  });

  it('is no longer listened for when the log is closed', () => {
    const before = process.listenerCount('SIGUSR2');
    const log = openLog({ level: 'info', target: join(folder, 'closed.log') });
    expect(process.listenerCount('SIGUSR2')).toBe(before + 1);
    log.close();
    expect(process.listenerCount('SIGUSR2')).toBe(before);
  });
});

describe('the end of the process', () => {
  const program = (end: string) => `
    const { openLog } = await import(${JSON.stringify(new URL('../../src/observe/log.ts', import.meta.url).href)});
    const { root } = openLog({ level: 'info' });
    for (let n = 0; n < 500; n++) root.info({ n }, 'one of many');
    root.fatal('the last');
    ${end}`;

  it.each([
    ['killed', "process.kill(process.pid, 'SIGKILL');"],
    ['thrown out', "throw new Error('unforeseen');"],
    ['ended', 'process.exit(1);'],
  ])('takes no line with it: %s', (_, end) => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program(end)], { encoding: 'utf8' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(501);
    expect(JSON.parse(lines[500])).toMatchObject({ level: 'fatal', msg: 'the last' });
  });

  it.skipIf(process.platform !== 'linux')('comes, also when the disk is full (skipped outside Linux)', () => {
    const full = openSync('/dev/full', 'w');
    const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program('process.exit(3);')], {
      stdio: ['ignore', full, 'ignore'],
      timeout: 20_000,
    });
    closeSync(full);
    expect({ status, signal }).toEqual({ status: 3, signal: null });
  });
});
