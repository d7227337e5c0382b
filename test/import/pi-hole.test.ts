// Pi-hole: exports of both versions and a database alone, what they become, and that names are blocked as before.

import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { importing } from '../../src/commands/import.ts';
import { tarOf, zipOf } from '../support/archives.ts';
import { type Imported, importOf } from '../support/imports-of.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';
import { databaseOf, localTables, TOML, versionFive, versionSix } from './pi-hole-fixtures.ts';

const done: Imported[] = [];
afterEach(() => {
  for (const one of done.splice(0)) one.remove();
});

async function read(name: string, bytes: string | Uint8Array, ...more: string[]): Promise<Imported> {
  const found = await importOf(name, bytes, ...more);
  done.push(found);
  return found;
}

const BOTH = [
  ['version 5', 'backup.tar.gz', () => tarOf(versionFive()), () => tarOf(versionFive(localTables()))],
  ['version 6', 'backup.zip', () => zipOf(versionSix()), () => zipOf(versionSix(localTables()))],
] as const;

describe.each(BOTH)('%s', (_, name, whole, local) => {
  it('loads, with its groups as policies and its clients as groups', async () => {
    const { errors, config, files } = await read(name, whole());
    expect(errors).toEqual([]);
    expect(config.upstreams).toEqual(['192.0.2.53', '127.0.0.1:5335']);
    expect(config.forward[0]).toEqual({ zones: ['1.168.192.in-addr.arpa', 'lan.example'], upstreams: ['192.168.1.1'] });
    expect(config.policies.slice(0, 2)).toMatchObject([
      { id: 'default', lists: ['the-usual-list', 'default-blocked'] },
      { id: 'guests', lists: ['the-usual-list', 'lists-example-guests-txt', 'guests-blocked'] },
    ]);
    expect(config.groups.map(({ id }: { id: string }) => id)).toEqual([
      'clients-guests',
      'clients-default-guests',
      'clients-of-no-group',
      'everyone',
    ]);
    expect(files['lists/default-blocked.txt']).toBe('bad.example\n.wild.example\n');
  });

  it('tells what is left, by table and row', async () => {
    const { left } = await read(name, whole());
    const told = left.map(({ what }) => what);
    for (const what of [
      'group "Old"',
      'list https://lists.example/off.txt',
      'list http://lists.example/plain.txt',
      'blocked name old.example',
      'blocked name off.example',
      'blocked expression ^ad[0-9]+\\.',
      'client AA:BB:CC:DD:EE:FF',
      'client printer',
      'client :eth1',
    ]) {
      expect(told).toContain(what);
    }
    expect(left.every(({ at, reason, fix }) => at.includes(name) && reason !== '' && fix !== '')).toBe(true);
    expect(JSON.stringify(left)).not.toContain('0123456789abcdef');
  });

  it.each([
    ['bad.example', '10.1.1.1', 'block'],
    ['x.bad.example', '10.1.1.1', 'pass'],
    ['x.wild.example', '10.1.1.1', 'block'],
    ['x.fine.wild.example', '10.1.1.1', 'allow'],
    ['guests-only.example', '10.1.1.1', 'pass'],
    ['old.example', '10.1.1.1', 'pass'],
    ['guests-only.example', '192.168.7.9', 'block'],
    ['bad.example', '192.168.7.9', 'pass'],
    ['bad.example', '192.168.1.20', 'block'],
    ['guests-only.example', '192.168.1.20', 'block'],
    ['bad.example', '192.168.1.30', 'pass'],
  ])('%s for %s: %s', async (asked, client, verdict) => {
    expect(await (await read(name, local())).verdict(asked, client)).toBe(verdict);
  });
});

it('takes settings, own records and dnsmasq of version 5', async () => {
  const found = await read('backup.tar.gz', tarOf(versionFive(localTables())));
  const { config, left, different } = found;
  expect(config).toMatchObject({
    listen: { dns: ['0.0.0.0:53', '[::]:53'] },
    limits: { queries_per_second: 17 },
    forward: [{}, { zones: ['corp.example'], upstreams: ['10.0.0.2'] }],
  });
  expect(config.policies[0].answer).toBeUndefined();
  expect(config.groups.at(-1)).toMatchObject({
    match: { subnets: expect.arrayContaining(['10.0.0.0/8']) },
    bypass: { canary: 'off' },
  });
  expect(left.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      'PIHOLE_INTERFACE=eth0',
      'WEBPASSWORD',
      'DNSSEC=true',
      '192.168.1.5 nas.lan.example',
      'address=/web.example/10.0.0.9',
      'cname=a.example,b.example',
    ]),
  );
  expect(different.map(({ what }) => what)).toContain('RATE_LIMIT=1000/60');
  expect(await found.verdict('x.sink.example', '192.168.1.30')).toBe('block');
  expect(await found.verdict('dead.example', '10.0.0.1')).toBe('block');
});

it('takes settings of version 6, and tells those that somebody changed', async () => {
  const { config, left } = await read('backup.zip', zipOf(versionSix(localTables())));
  expect(config).toMatchObject({
    listen: { dns: ['0.0.0.0:5353', '[::]:5353'] },
    policies: [{ answer: 'nodata' }, {}],
  });
  expect(config.groups.at(-1).match).toBe('any');
  const told = left.map(({ at, what }) => `${at} ${what}`);
  expect(told).toContain('/backup.zip:etc/pihole/pihole.toml:13 dns.dnssec');
  expect(told.some((one) => one.endsWith('dns.queryLogging'))).toBe(false);
});

it('takes a database by itself, and leaves it as it is', async () => {
  const { config, errors, left } = await read('gravity.db', databaseOf());
  expect(errors).toEqual([]);
  expect(config.policies).toHaveLength(2);
  expect(left.map(({ what }) => what)).toEqual(expect.arrayContaining(['the database', 'upstreams']));
});

it('makes nothing beside a database that is written to by a log', async () => {
  const { at, remove } = folderOf({});
  const database = new DatabaseSync(at('gravity.db'));
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE adlist (id, address, enabled)');
  database.exec("INSERT INTO adlist VALUES (1, 'https://lists.example/in-the-log', 0)");
  mkdirSync(at('copy'));
  for (const end of ['', '-wal']) copyFileSync(at(`gravity.db${end}`), at(`copy/gravity.db${end}`));
  database.close();
  const around = surroundings();
  expect(await importing.run([at('copy/gravity.db'), '--json'], around)).toBe(0);
  expect(around.printed).toContain('in-the-log');
  expect(readdirSync(at('copy'))).toEqual(['gravity.db', 'gravity.db-wal']);
  remove();
});

it('takes pihole.toml by itself', async () => {
  const { config, errors } = await read('pihole.toml', TOML);
  expect(errors).toEqual([]);
  expect(config.upstreams).toEqual(['192.0.2.53', '127.0.0.1:5335']);
});

it('blocks nothing where blocking is off', async () => {
  const files = { ...versionFive(localTables()), 'setupVars.conf': 'BLOCKING_ENABLED=false\n' };
  const found = await read('backup.tar.gz', tarOf(files));
  expect(await found.verdict('bad.example', '10.1.1.1')).toBe('pass');
});

const LONG = Array.from({ length: 200_001 }, () => ({ id: 1 }));

it('tells that a list that allows is stronger than it was', async () => {
  const tables = {
    ...localTables(),
    adlist: [{ id: 1, address: 'https://lists.example/allow.txt', enabled: 1, comment: '', type: 1 }],
    adlist_by_group: [{ adlist_id: 1, group_id: 0 }],
  };
  const { different } = await read('backup.zip', zipOf(versionSix(tables)));
  expect(different.find(({ fix }) => fix.includes('must_block'))?.what).toBe('list https://lists.example/allow.txt');
});

it.each([
  ['off', '', 0],
  ['on', '[misc]\n  etc_dnsmasq_d = true\n', 1],
])('reads files of dnsmasq where version 6 did: %s', async (_, more, zones) => {
  const files = {
    'etc/dnsmasq.d/9.conf': 'server=/corp.example/10.0.0.2\n',
    'etc/pihole/pihole.toml': `[dns]\n${more}`,
  };
  const { config, left } = await read('backup.zip', zipOf(files));
  expect(config.forward ?? []).toHaveLength(zones);
  expect(left.some(({ at }) => at.endsWith('9.conf'))).toBe(zones === 0);
});

it('tells no password, and takes what is no name for nothing', async () => {
  const rows = ['# a note', '', '! another'].map((domain, id) => ({ id, domain, type: 1 }));
  const files = {
    'adlist.json': JSON.stringify([{ id: 1, address: 'https://me:secret@lists.example/a' }]),
    'adlist_by_group.json': JSON.stringify([{ adlist_id: 1, group_id: 0 }]),
    'blacklist.exact.json': JSON.stringify(rows),
    'domainlist_by_group.json': JSON.stringify(rows.map(({ id }) => ({ domainlist_id: id, group_id: 0 }))),
  };
  const { config, left } = await read('b.tar.gz', tarOf(files));
  expect(JSON.stringify(left)).not.toContain('secret');
  expect(left.filter(({ reason }) => reason === 'no name')).toHaveLength(3);
  expect(config.lists).toBeUndefined();
});

it.each([
  ['a database of something else', 'gravity.db', databaseOf({ other: [{ id: 1 }] }), 'it is no gravity.db'],
  ['a database that is cut off', 'gravity.db', databaseOf().subarray(0, 5000), 'the database cannot be read'],
  ['a head and nothing else', 'gravity.db', Buffer.from('SQLite format 3\0rubbish'), 'the database cannot be read'],
  ['JSON that is none', 'b.tar.gz', tarOf({ 'adlist.json': '[{' }), 'no JSON'],
  ['JSON of another kind', 'b.tar.gz', tarOf({ 'adlist.json': '{}' }), 'no list of rows'],
  ['rows that are none', 'b.tar.gz', tarOf({ 'adlist.json': '[1]' }), 'no row'],
  ['an archive of something else', 'b.tar.gz', tarOf({ constructor: 'a' }), 'nothing in it is of Pi-hole'],
  ['a table without end', 'gravity.db', databaseOf({ adlist: LONG }), 'longer than any that Pi-hole makes'],
  ['bad TOML', 'pihole.toml', '[dns]\n  port = = 5\n', 'pihole.toml:2:10'],
])('refuses %s', async (_, name, bytes, message) => {
  const { code, complained } = await read(name, bytes);
  expect(code).toBe(2);
  expect(complained).toContain(message);
  expect(complained).toContain('fix:');
});

it('takes rows with values of any type for what they can be', async () => {
  const files = {
    'adlist.json': JSON.stringify([
      { id: '1', address: 'https://lists.example/a', enabled: '1' },
      { id: null, address: {} },
    ]),
    'adlist_by_group.json': JSON.stringify([
      { adlist_id: '1', group_id: '0' },
      { adlist_id: [], group_id: {} },
    ]),
    'group.json': JSON.stringify([{ id: '0', name: '\u001b[31m\u2028"]}', enabled: true }]),
    'client.json': JSON.stringify([
      { id: 1, ip: '::/0' },
      { id: 2, ip: 7 },
    ]),
    'blacklist.exact.json': JSON.stringify([{ id: 1, domain: 'a.example\nb.example', type: 9 }]),
  };
  const { code, errors } = await read('b.tar.gz', tarOf(files));
  expect([code, errors]).toEqual([0, []]);
});
