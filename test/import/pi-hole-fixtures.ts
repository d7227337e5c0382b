// A Pi-hole as an export of version 5 has it, and as version 6 does: the same lists, groups and clients in both.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Contents } from '../support/archives.ts';

type Row = Record<string, number | string | null>;

export const TABLES: Record<string, Row[]> = {
  group: [
    { id: 0, enabled: 1, name: 'Default', description: 'The default group' },
    { id: 1, enabled: 1, name: 'Guests', description: '' },
    { id: 2, enabled: 0, name: 'Old', description: '' },
  ],
  adlist: [
    { id: 1, address: 'https://lists.example/hosts', enabled: 1, comment: 'The usual list' },
    { id: 2, address: 'https://lists.example/guests.txt', enabled: 1, comment: null },
    { id: 3, address: 'https://lists.example/off.txt', enabled: 0, comment: '' },
    { id: 4, address: 'http://lists.example/plain.txt', enabled: 1, comment: '' },
  ],
  adlist_by_group: [
    { adlist_id: 1, group_id: 0 },
    { adlist_id: 1, group_id: 1 },
    { adlist_id: 2, group_id: 1 },
    { adlist_id: 3, group_id: 0 },
    { adlist_id: 4, group_id: 0 },
  ],
  domainlist: [
    { id: 1, type: 0, domain: 'good.example', enabled: 1, comment: '' },
    { id: 2, type: 1, domain: 'bad.example', enabled: 1, comment: '' },
    { id: 3, type: 3, domain: '(\\.|^)wild\\.example$', enabled: 1, comment: '' },
    { id: 4, type: 3, domain: '^ad[0-9]+\\.', enabled: 1, comment: '' },
    { id: 5, type: 1, domain: 'guests-only.example', enabled: 1, comment: '' },
    { id: 6, type: 1, domain: 'old.example', enabled: 1, comment: '' },
    { id: 7, type: 2, domain: '(^|\\.)fine\\.wild\\.example$', enabled: 1, comment: '' },
    { id: 8, type: 1, domain: 'off.example', enabled: 0, comment: '' },
  ],
  domainlist_by_group: [
    { domainlist_id: 1, group_id: 0 },
    { domainlist_id: 2, group_id: 0 },
    { domainlist_id: 3, group_id: 0 },
    { domainlist_id: 4, group_id: 0 },
    { domainlist_id: 5, group_id: 1 },
    { domainlist_id: 6, group_id: 2 },
    { domainlist_id: 7, group_id: 0 },
    { domainlist_id: 8, group_id: 0 },
  ],
  client: [
    { id: 1, ip: '192.168.7.0/24', comment: 'guests' },
    { id: 2, ip: '192.168.1.20', comment: 'both' },
    { id: 3, ip: 'AA:BB:CC:DD:EE:FF', comment: '' },
    { id: 4, ip: 'printer', comment: '' },
    { id: 5, ip: ':eth1', comment: '' },
    { id: 6, ip: '192.168.1.30', comment: 'nothing is blocked' },
  ],
  client_by_group: [
    { client_id: 1, group_id: 1 },
    { client_id: 2, group_id: 1 },
    { client_id: 2, group_id: 0 },
    { client_id: 3, group_id: 1 },
    { client_id: 4, group_id: 1 },
    { client_id: 5, group_id: 1 },
  ],
};

/** Without lists from servers, so that a policy can be built of them at once. */
export function localTables(): Record<string, Row[]> {
  return { ...TABLES, adlist: [], adlist_by_group: [] };
}

const VARIABLES = `PIHOLE_INTERFACE=eth0
PIHOLE_DNS_1=192.0.2.53
PIHOLE_DNS_2=127.0.0.1#5335
QUERY_LOGGING=true
WEBPASSWORD=0123456789abcdef
BLOCKING_ENABLED=true
DNSMASQ_LISTENING=local
DNSSEC=true
REV_SERVER=true
REV_SERVER_CIDR=192.168.1.0/24
REV_SERVER_TARGET=192.168.1.1
REV_SERVER_DOMAIN=lan.example
`;

export function versionFive(tables = TABLES): Contents {
  const json = (rows: Row[]) => JSON.stringify(rows);
  const domains = (type: number) => json(tables.domainlist.filter((row) => row.type === type));
  return {
    'adlist.json': json(tables.adlist),
    'whitelist.exact.json': domains(0),
    'blacklist.exact.json': domains(1),
    'whitelist.regex.json': domains(2),
    'blacklist.regex.json': domains(3),
    'group.json': json(tables.group),
    'client.json': json(tables.client),
    'domainlist_by_group.json': json(tables.domainlist_by_group),
    'adlist_by_group.json': json(tables.adlist_by_group),
    'client_by_group.json': json(tables.client_by_group),
    'domain_audit.json': '[]',
    'setupVars.conf': VARIABLES,
    'pihole-FTL.conf': 'PRIVACYLEVEL=0\nBLOCKINGMODE=NXDOMAIN\nRATE_LIMIT=1000/60\nMOZILLA_CANARY=false\n',
    'custom.list': '192.168.1.5 nas.lan.example\n0.0.0.0 dead.example\n',
    'dnsmasq.d/01-pihole.conf': 'server=192.0.2.53\n',
    'dnsmasq.d/05-own.conf':
      '# own\nserver=/corp.example/10.0.0.2\naddress=/sink.example/0.0.0.0\naddress=/web.example/10.0.0.9\ncname=a.example,b.example\n',
  };
}

export const TOML = `# This file is managed by pihole-FTL
[dns]
  # Array of upstream DNS servers
  upstreams = [
    "192.0.2.53",
    "127.0.0.1#5335"
  ] ### CHANGED, default = []
  CNAMEdeepInspect = true
  hosts = [ "192.168.1.5 nas.lan.example" ] ### CHANGED, default = []
  listeningMode = "ALL" ### CHANGED, default = "LOCAL"
  port = 5353 ### CHANGED, default = 53
  revServers = [ "true,192.168.1.0/24,192.168.1.1,lan.example" ] ### CHANGED, default = []
  dnssec = true ### CHANGED, default = false
  queryLogging = true

  [dns.blocking]
    active = true
    mode = "NODATA" ### CHANGED, default = "NULL"

  [dns.rateLimit]
    count = 0 ### CHANGED, default = 1000
    interval = 0 ### CHANGED, default = 60

[webserver.api]
  pwhash = "$BALLOON-SHA256$v=1$" ### CHANGED, default = ""
`;

/** The tables in a database, as octets. */
export function databaseOf(tables = TABLES): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-test-'));
  const path = join(folder, 'gravity.db');
  const database = new DatabaseSync(path);
  // In one go: else each row waits for the disk.
  database.exec('BEGIN');
  for (const [name, rows] of Object.entries(tables)) {
    const keys = Object.keys(rows[0] ?? { id: 0 });
    database.exec(`CREATE TABLE "${name}" (${keys.map((key) => `"${key}"`).join(', ')})`);
    const insert = database.prepare(`INSERT INTO "${name}" VALUES (${keys.map(() => '?').join(', ')})`);
    for (const row of rows) insert.run(...Object.values(row));
  }
  database.exec('COMMIT');
  database.close();
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

export function versionSix(tables = TABLES): Contents {
  return {
    'etc/pihole/pihole.toml': TOML,
    'etc/hosts': '127.0.0.1 localhost\n',
    'etc/pihole/gravity.db': databaseOf(tables),
    'etc/pihole/pihole-FTL.db': 'SQLite format 3\0',
  };
}
