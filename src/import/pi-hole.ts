// Pi-hole: what Teleporter exports (version 5 and 6), a database by itself, or pihole.toml alone, into a plan.

import type { Entry } from './archive.ts';
import { ImportError } from './import-error.ts';
import { readDnsmasq, readHosts } from './pi-hole-dnsmasq.ts';
import { defaultFacts, type Facts } from './pi-hole-facts.ts';
import { piHoleGroups } from './pi-hole-groups.ts';
import { addJson, noTables, type TableName, type Tables, tablesOfBytes, tablesOfFile } from './pi-hole-tables.ts';
import { applyToml } from './pi-hole-toml.ts';
import { applyVariables, readVariables } from './pi-hole-vars.ts';
import { Plan } from './plan.ts';

const TOOL = 'Pi-hole';

/** What Pi-hole says by itself where no settings come along. */
function begin(): { plan: Plan; facts: Facts } {
  const plan = new Plan(TOOL);
  plan.answer = 'null';
  plan.ttl = 2;
  return { plan, facts: defaultFacts() };
}

async function finish(plan: Plan, facts: Facts, tables: Tables): Promise<Plan> {
  plan.listen.push(`0.0.0.0:${facts.port}`, `[::]:${facts.port}`);
  await piHoleGroups(plan, facts, tables);
  return plan;
}

/** `head` is the beginning of the file. */
export async function readDatabase(name: string, path: string, head: Uint8Array): Promise<Plan> {
  const { plan, facts } = begin();
  const tables = await tablesOfFile(name, path, head);
  plan.leave(
    { at: name, what: 'the database' },
    'it has lists, groups and clients, and no settings',
    'fill in "listen" and "upstreams", or import what Teleporter exports',
  );
  return finish(plan, facts, tables);
}

export async function readSettings(name: string, text: string): Promise<Plan> {
  const { plan, facts } = begin();
  applyToml(plan, facts, name, text);
  plan.leave(
    { at: name, what: 'the file' },
    'it has settings, and no lists, groups and clients',
    'import what Teleporter exports',
  );
  return finish(plan, facts, noTables());
}

const JSON_TABLES = new Map<string, [table: TableName, type?: number]>([
  ['adlist.json', ['adlist']],
  ['group.json', ['group']],
  ['client.json', ['client']],
  ['whitelist.exact.json', ['domainlist', 0]],
  ['blacklist.exact.json', ['domainlist', 1]],
  ['whitelist.regex.json', ['domainlist', 2]],
  ['blacklist.regex.json', ['domainlist', 3]],
  ['adlist_by_group.json', ['adlist_by_group']],
  ['client_by_group.json', ['client_by_group']],
  ['domainlist_by_group.json', ['domainlist_by_group']],
]);

/** Files of an export that hold nothing that answers depend on. */
const WITHOUT = new Map<string, [reason: string, fix: string]>([
  ['domain_audit.json', ['a list of names that somebody has looked at', 'nothing']],
  ['pihole-FTL.db', ['a record of queries and devices', 'nothing: Sluis begins one of its own']],
  ['dhcp.leases', ['addresses that were handed out', 'have another DHCP server hand out addresses']],
  ['hosts', ['the hosts file of the machine', 'name a server that knows these names under "forward"']],
]);

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

export async function readTeleporter(name: string, entries: readonly Entry[]): Promise<Plan> {
  const { plan, facts } = begin();
  const tables = noTables();
  let isKnown = false;
  // Settings say whether other files count.
  const isToml = ({ name: path }: Entry) => path.endsWith('pihole.toml');
  for (const entry of [...entries.filter(isToml), ...entries.filter((one) => !isToml(one))]) {
    const at = `${name}:${entry.name}`;
    const base = entry.name.split('/').at(-1)!;
    const [table, type] = JSON_TABLES.get(base) ?? [];
    if (table !== undefined) {
      const from = tables[table].length;
      addJson(tables, table, at, entry.read());
      if (type !== undefined) for (const { values } of tables[table].slice(from)) values.type ??= type;
    } else if (base === 'gravity.db') Object.assign(tables, await tablesOfBytes(at, entry.read()));
    else if (!readOther(plan, facts, at, base, entry)) continue;
    isKnown = true;
  }
  if (!isKnown) throw new ImportError(name, 'nothing in it is of Pi-hole', 'name what Teleporter exports');
  return finish(plan, facts, tables);
}

/** Settings, and what stands beside them; whether it is something of Pi-hole. */
function readOther(plan: Plan, facts: Facts, at: string, base: string, entry: Entry): boolean {
  if (base === 'pihole.toml') applyToml(plan, facts, at, text(entry.read()));
  else if (base === 'setupVars.conf' || base === 'pihole-FTL.conf')
    applyVariables(plan, facts, readVariables(at, text(entry.read())));
  else if (base === 'custom.list') readHosts(plan, facts, at, text(entry.read()));
  else if (/(?:^|\/)dnsmasq\.d\//.test(entry.name)) {
    if (facts.isReadingDnsmasq) readDnsmasq(plan, facts, at, text(entry.read()));
    else plan.leave({ at, what: 'the file' }, 'Pi-hole did not read it: misc.etc_dnsmasq_d is off', 'nothing');
  } else {
    const [reason, fix] = WITHOUT.get(base) ?? [
      'a file that the import does not read',
      'look whether you need what is in it',
    ];
    plan.leave({ at, what: 'the file' }, reason, fix);
    return false;
  }
  return true;
}
