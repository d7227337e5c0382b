// Fetching a list: whatever its server does, what is kept is whole and as it must be, or it is what was there before.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Copies } from '../../src/lists/copies.ts';
import { type Fetching, fetchList } from '../../src/lists/fetch.ts';
import type { ListSettings } from '../../src/settings/settings.ts';
import { FAULTS, inTurn, MOST, STANDSTILLS, status, whole } from '../support/list-behaviours.ts';
import { ListServer } from '../support/list-server.ts';
import { reach } from './http-world.ts';
import { aList } from './list-settings.ts';
import { minisig, minisignKey } from './signing.ts';

const FIRST = 'first.example\nold.example\n';
const SECOND = 'first.example\nnew.example\n';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let folder: string;
let server: ListServer;
let copies: Copies;
let now: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-fetch-'));
  copies = new Copies(folder);
  server = await ListServer.start();
  now = 1000;
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const listed = (more: Partial<ListSettings> = {}) =>
  aList(server.url('/list'), { fetched: { refresh: 3600 }, maxSize: MOST, ...more });

const fetched = (list = listed(), more: Partial<Fetching> = {}) => {
  const fetching = { ...reach(), copies, userAgent: 'Sluis', clock: () => now, signal: new AbortController().signal };
  return fetchList(list, { ...fetching, ...more });
};

/** What is fetched of the list, as its text. */
async function there(list = listed()): Promise<string | undefined> {
  const copy = await copies.fetched(list.id, list.file);
  return copy && readFileSync(copies.path(list.id, copy.sha256), 'utf8');
}

/** Files of the folder but those that say what is there. */
const contents = () => readdirSync(folder).filter((name) => !name.endsWith('.json'));

test('a list is fetched, asked for anew only where it changed, and fetched again where it did', async () => {
  server.at('/list', whole(FIRST));
  expect(await fetched()).toBe('changed');
  now = 2000;
  expect(await fetched()).toBe('unchanged');
  expect(await copies.fetched('l', server.url('/list'))).toMatchObject({ at: 1000, checked: 2000 });
  server.at('/list', whole(SECOND));
  now = 3000;
  expect(await fetched()).toBe('changed');
  expect(await there()).toBe(SECOND);
  expect(await copies.fetched('l', server.url('/list'))).toMatchObject({ at: 3000, checked: 3000 });
  const conditions = server.seen.map(({ headers }) => [headers['if-none-match'], headers['if-modified-since']]);
  const modified = 'Sun, 01 Nov 2026 00:00:00 GMT';
  expect(conditions).toEqual([
    [undefined, undefined],
    [`"${sha256(FIRST).slice(0, 16)}"`, modified],
    [`"${sha256(FIRST).slice(0, 16)}"`, modified],
  ]);
});

test('a server that knows no ETag sends all of it again, and it is as it was', async () => {
  server.at('/list', ({ response }) => void response.end(FIRST));
  expect(await fetched()).toBe('changed');
  now = 2000;
  expect(await fetched()).toBe('unchanged');
  expect(await copies.fetched('l', server.url('/list'))).toMatchObject({ at: 1000, checked: 2000, etag: null });
});

test('two contents in turn are two changes', async () => {
  server.at('/list', inTurn(whole(FIRST), whole(SECOND)));
  for (const text of [FIRST, SECOND, FIRST, SECOND]) {
    expect(await fetched()).toBe('changed');
    expect(await there()).toBe(text);
  }
});

test('what is packed for the way is unpacked, and a packed file stays one', async () => {
  server.at('/list', whole(gzipSync(FIRST), { 'content-encoding': 'gzip' }));
  await fetched();
  expect(await there()).toBe(FIRST);
  server.at('/list', whole(gzipSync(SECOND), { 'content-type': 'application/gzip' }));
  await fetched();
  const copy = await copies.fetched('l', server.url('/list'));
  expect(readFileSync(copies.path('l', copy!.sha256))).toEqual(gzipSync(SECOND));
});

test('a copy that is damaged is fetched anew, whole', async () => {
  server.at('/list', whole(FIRST));
  await fetched();
  writeFileSync(copies.path('l', sha256(FIRST)), 'first.exa');
  expect(await fetched()).toBe('changed');
  expect(await there()).toBe(FIRST);
});

describe('304', () => {
  test('to whom nothing was fetched before is none', async () => {
    server.at('/list', status(304));
    await expect(fetched()).rejects.toThrow('was not asked whether it did');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('to who did not ask for it is none, and what was there stays', async () => {
    server.at('/list', ({ response }) => void response.end(FIRST));
    await fetched();
    server.at('/list', status(304));
    await expect(fetched()).rejects.toThrow('was not asked whether it did');
    expect(await there()).toBe(FIRST);
  });
});

describe('sha256', () => {
  const pinned = () => listed({ sha256: sha256(FIRST) });

  test('takes that content and no other', async () => {
    server.at('/list', whole(FIRST));
    expect(await fetched(pinned())).toBe('changed');
    server.at('/list', whole(SECOND));
    await expect(fetched(pinned())).rejects.toThrow(`its SHA-256 is ${sha256(SECOND)}`);
    expect(await there()).toBe(FIRST);
    expect(contents()).toHaveLength(1);
  });

  test('that was changed has all fetched anew', async () => {
    server.at('/list', whole(SECOND));
    await fetched();
    await expect(fetched(pinned())).rejects.toThrow('it is not what sha256 says');
    expect(server.seen[1].headers).not.toHaveProperty('if-none-match');
    // It was fetched, and may be in force.
    expect(await there()).toBe(SECOND);
  });
});

describe('signed_by', () => {
  const ours = minisignKey();
  const signedBy = (by: string) => listed({ signed: { by, at: server.url('/list.minisig') } });
  const signed = () => signedBy(ours.text);
  const serve = (text: string, signature = minisig(ours, Buffer.from(text))) => {
    server.at('/list', whole(text)).at('/list.minisig', whole(Buffer.from(signature, 'latin1')));
  };

  test('takes a list with its signature', async () => {
    serve(FIRST);
    expect(await fetched(signed())).toBe('changed');
    expect(await fetched(signed())).toBe('unchanged');
    serve(SECOND);
    expect(await fetched(signed())).toBe('changed');
    expect(await there(signed())).toBe(SECOND);
  });

  test.each([
    ['of what the list was', () => serve(SECOND, minisig(ours, Buffer.from(FIRST))), 'it is not what was signed'],
    [
      'of another key',
      () => serve(SECOND, minisig(minisignKey(Buffer.alloc(8)), Buffer.from(SECOND))),
      'it is signed by the key 0000000000000000',
    ],
    ['that is not there', () => server.at('/list', whole(SECOND)).at('/list.minisig', status(404)), '404 for http'],
    ['that is nothing', () => serve(SECOND, ''), 'its signature is empty'],
    ['that is a page', () => serve(SECOND, '<!DOCTYPE html>'), 'its signature is none of minisign'],
    ['that is a long page', () => serve(SECOND, '<p>\n'.repeat(30_000)), 'its signature is none of minisign'],
  ])('refuses one with a signature %s, and what was there stays', async (_, change, says) => {
    serve(FIRST);
    await fetched(signed());
    change();
    await expect(fetched(signed())).rejects.toThrow(says);
    expect(await there(signed())).toBe(FIRST);
    expect(contents()).toHaveLength(1);
  });

  test('that was changed has all fetched anew', async () => {
    serve(FIRST);
    await fetched(signed());
    const theirs = minisignKey(Buffer.alloc(8));
    await expect(fetched(signedBy(theirs.text))).rejects.toThrow('it is signed by the key');
    serve(FIRST, minisig(theirs, Buffer.from(FIRST)));
    expect(await fetched(signedBy(theirs.text))).toBe('changed');
  });
});

describe.each(Object.entries(FAULTS))('%s', (_, { behave, says }) => {
  test('leaves nothing where nothing was', async () => {
    server.at('/list', behave);
    await expect(fetched()).rejects.toMatchObject({ message: expect.stringMatching(says), fix: expect.any(String) });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves what was there', async () => {
    server.at('/list', whole(FIRST));
    await fetched();
    const before = await copies.fetched('l', server.url('/list'));
    now = 2000;
    server.at('/list', behave);
    for (let time = 0; time < 2; time++) await expect(fetched()).rejects.toThrow(says);
    expect(await there()).toBe(FIRST);
    expect(await copies.fetched('l', server.url('/list'))).toEqual(before);
    expect(contents()).toHaveLength(1);
    server.at('/list', whole(SECOND));
    expect(await fetched()).toBe('changed');
  });
});

describe.each(Object.entries(STANDSTILLS))('a server that %s', (_, behave) => {
  test('is given up when time is over, and leaves what was there', async () => {
    server.at('/list', whole(FIRST));
    await fetched();
    server.at('/list', behave);
    const limit = new AbortController();
    once(server, 'stuck').then(() => limit.abort());
    const says = /not fetched in time|not send all of it in time/;
    await expect(fetched(listed(), { signal: limit.signal })).rejects.toThrow(says);
    expect(await there()).toBe(FIRST);
    expect(contents()).toHaveLength(1);
  });
});

test('nobody is asked when time is over already', async () => {
  await expect(fetched(listed(), { signal: AbortSignal.abort() })).rejects.toThrow('was not fetched in time');
  expect(server.seen).toEqual([]);
});

test('what the disk says is no word on the server', async () => {
  server.at('/list', whole(FIRST));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(fetched(listed(), { copies: new Copies(file) })).rejects.toMatchObject({ code: 'EEXIST' });
});
