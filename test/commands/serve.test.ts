// sluis serve as a process: what signals do from its first moment on, what it survives, and what reloads leave behind.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../src/observe/status.ts';
import { ANYWHERE, Serving } from '../support/serving.ts';
import { folderOf } from '../support/surroundings.ts';

const LISTED = `${ANYWHERE}lists: [{ id: own, file: own.txt, format: domains }]
policies: [{ id: house, title: House, authority: B, lists: [own] }]
groups: [{ id: all, match: { subnets: [127.0.0.0/8] }, modes: { be-716: block, house: block } }]
`;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function folder(files: Record<string, string>): (name: string) => string {
  const { at, remove } = folderOf(files);
  undo.push(remove);
  return at;
}

function serving(...given: ConstructorParameters<typeof Serving>): Serving {
  const started = new Serving(...given);
  undo.push(() => started.kill());
  return started;
}

const reloadedBy = (cause: string) => (line: Record<string, unknown>) => line.cause === cause;

describe.skipIf(process.platform === 'win32')('a signal', () => {
  it('that asks for a reload ends nothing, even before there is a configuration', async () => {
    const at = folder({});
    execFileSync('mkfifo', [at('sluis.yaml')]);
    const sluis = serving(at('sluis.yaml'));
    // Opened for writing as soon as Sluis has opened it for reading.
    const file = await open(at('sluis.yaml'), 'w');
    sluis.child.kill('SIGHUP');
    await file.writeFile('nonsense: true\n');
    await file.close();
    expect(await sluis.end()).toBe(2);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it well', async (signal) => {
    const at = folder({ 'sluis.yaml': ANYWHERE });
    const sluis = serving(at('sluis.yaml'));
    expect(await sluis.admin()).not.toBe('');
    expect(await sluis.stop(signal)).toBe(0);
    expect(sluis.log.at(-1)).toMatchObject({ signal, msg: 'stopping' });
  });
});

it('ends with npm, by which it was started', async () => {
  const at = folder({ 'sluis.yaml': ANYWHERE });
  const sluis = serving(at('sluis.yaml'), { npm: true });
  expect(await sluis.admin()).not.toBe('');
  expect(await sluis.stop()).toBe(0);
  expect(sluis.log.at(-1)).toMatchObject({ signal: 'SIGTERM', msg: 'stopping' });
});

it('puts another log level into force without a restart', async () => {
  const at = folder({ 'sluis.yaml': ANYWHERE });
  const sluis = serving(at('sluis.yaml'));
  const admin = await sluis.admin();
  writeFileSync(at('sluis.yaml'), `${ANYWHERE}log: { level: error }\n`);
  const quiet = await fetch(`${admin}/api/v1/reload`, { method: 'POST' });
  expect(await quiet.json()).toMatchObject({ result: 'ok', restart: [] });
  expect(await sluis.stop()).toBe(0);
  const told = sluis.log.filter(({ alert }) => alert === undefined);
  expect(told.map(({ msg }) => msg)).toEqual(['policy in force']);
});

it('tells what came of each list, and keeps the one in force where a newer is cut off', async () => {
  const text = LISTED.replace(', format: domains', '');
  const packed = gzipSync('||a.example^\n||b.example^$third-party\n/x/\n||a..b^\n');
  const at = folder({ 'sluis.yaml': text, 'own.txt': '' });
  writeFileSync(at('own.txt'), packed);
  const sluis = serving(at('sluis.yaml'));
  const admin = await sluis.admin();
  const left = [
    { kind: 'modifier', reason: 'for some requests of a browser only', count: 1, lines: [2] },
    { kind: 'regex', reason: 'a regular expression', count: 1, lines: [3] },
  ];
  const own = { id: 'own', file: at('own.txt'), format: 'adblock', rules: 1, duplicates: 0, rejected: 1, left };
  const { lastReload } = (await (await fetch(`${admin}/api/v1/status`)).json()) as StatusReport;
  expect(lastReload?.lists.find(({ id }) => id === 'own')).toMatchObject(own);
  writeFileSync(at('own.txt'), packed.subarray(0, -9));
  const cut = await fetch(`${admin}/api/v1/reload`, { method: 'POST' });
  expect(await cut.json()).toMatchObject({
    result: 'failed',
    generation: 1,
    problems: [{ file: at('own.txt'), message: 'list "own" cannot be read: it cannot be unpacked: it is cut off' }],
  });
  expect(await sluis.stop()).toBe(0);
  expect(sluis.log[0]).toMatchObject({ msg: 'policy in force', rejected: 1, left: { modifier: 1, regex: 1 } });
  expect(sluis.log.find(({ kind }) => kind === 'regex')).toMatchObject({
    list: 'own',
    place: `${at('own.txt')}:3:1`,
    count: 1,
    lines: [3],
    msg: 'not honoured: a regular expression',
  });
});

it('says at a start since when what it kept of lists is in force', async () => {
  const at = folder({ 'sluis.yaml': `${LISTED}updates: { folder: copies }\n`, 'own.txt': 'a.example\n' });
  const told = async () => {
    const sluis = serving(at('sluis.yaml'));
    expect(await sluis.admin()).not.toBe('');
    expect(await sluis.stop()).toBe(0);
    return sluis.log.filter(({ msg }) => `${msg}`.includes('as it was kept'));
  };
  expect(await told()).toEqual([]);
  expect(await told()).toMatchObject([
    { since: expect.stringMatching(/^\d{4}-.*Z$/), msg: 'list in force as it was kept, current' },
  ]);
});

describe.skipIf(process.platform !== 'linux')('on Linux', () => {
  it('serves on where nothing can be written to its standard error', async () => {
    const at = folder({ 'sluis.yaml': ANYWHERE });
    const full = openSync('/dev/full', 'w');
    undo.push(() => closeSync(full));
    const sluis = serving(at('sluis.yaml'), { stderr: full });
    expect(await sluis.logged(reloadedBy('start'))).toBe(true);
    sluis.child.kill('SIGHUP');
    expect(await sluis.logged(reloadedBy('SIGHUP'))).toBe(true);
    expect(await sluis.stop()).toBe(0);
  });

  it('names itself to "ps", with what it was started with', async () => {
    const at = folder({ 'sluis.yaml': ANYWHERE });
    const sluis = serving(at('sluis.yaml'));
    await sluis.admin();
    const command = readFileSync(`/proc/${sluis.child.pid}/cmdline`, 'latin1').replace(/\0+$/, '');
    expect(command).toBe(`sluis serve --config ${at('sluis.yaml')}`);
  });

  it('gives the memory of policies that were replaced back', { timeout: 120_000 }, async () => {
    // Long labels make a large policy of few names.
    const label = (text: string) => text.padEnd(63, 'x');
    const names = Array.from({ length: 30_000 }, (_, index) => `${label(`a${index}`)}.${label(`b${index}`)}.example\n`);
    const at = folder({ 'sluis.yaml': LISTED, 'own.txt': names.join('') });
    const sluis = serving(at('sluis.yaml'));
    const admin = await sluis.admin();
    const resident = async (reloads: number) => {
      for (let count = 0; count < reloads; count++) {
        expect((await fetch(`${admin}/api/v1/reload`, { method: 'POST' })).status).toBe(200);
      }
      const status = readFileSync(`/proc/${sluis.child.pid}/status`, 'latin1');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    };
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    const image = Number(/^sluis_policy_image_bytes ([0-9.e+]+)$/m.exec(metrics)?.[1]);
    expect(image).toBeGreaterThan(4e6);
    const before = await resident(5);
    expect((await resident(15)) - before).toBeLessThan(image * 7);
  });
});
