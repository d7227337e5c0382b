// Pi-hole: its groups become policies, and clients that have the same groups become one group of ours.

import { sayOfAllows, sayOfLists } from './differences.ts';
import { type Line, settle } from './lines.ts';
import { blocksForAll } from './own-answers.ts';
import type { Facts } from './pi-hole-facts.ts';
import type { Row, Tables } from './pi-hole-tables.ts';
import type { Item, Plan, PlannedGroup } from './plan.ts';
import { lineOfRegex } from './regex-name.ts';
import { CLIENT_TROUBLE, clientKind, LOCAL_CLIENTS } from './servers.ts';

/** Pi-hole fetches lists once a week. */
const REFRESH = '7d';
const DEFAULT_GROUP = 0;

const KINDS = ['allowed name', 'blocked name', 'allowed expression', 'blocked expression'] as const;

interface OwnGroup {
  id: number;
  name: string;
  item: Item;
  policy: string | undefined;
  block: string[];
  allow: string[];
  blockLines: Line[];
  allowLines: Line[];
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const numberOf = (value: unknown) => (value === null || value === undefined ? Number.NaN : Number(value));
const isEnabled = ({ values }: Row) =>
  values.enabled === undefined || ![0, false, '0'].includes(values.enabled as number);

/** The groups of each row of another table. */
function groupsBy(rows: readonly Row[], key: string): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const { values } of rows) {
    const ids = found.get(numberOf(values[key]));
    if (ids) ids.push(numberOf(values.group_id));
    else found.set(numberOf(values[key]), [numberOf(values.group_id)]);
  }
  return found;
}

export async function piHoleGroups(plan: Plan, facts: Facts, tables: Tables): Promise<void> {
  const groups = ownGroups(plan, tables);
  const allowing = lists(plan, tables, groups);
  domains(plan, tables, groups);
  if (allowing && [...groups.values()].some(({ blockLines }) => blockLines.length > 0)) {
    const reason = 'a list that allows goes before blocked names of your own, which went before it in Pi-hole';
    const fix =
      'put names that no list may allow under "must_block" of the groups: a policy that lets them out is refused';
    plan.differ(allowing, reason, fix);
  }
  for (const group of groups.values()) await policyOf(plan, group);
  const always = await blocksForAll(plan, 'dnsmasq', facts.blocks);
  clients(plan, facts, tables, groups, always);
}

function ownGroups(plan: Plan, tables: Tables): Map<number, OwnGroup> {
  const groups = new Map<number, OwnGroup>();
  const rows = [...tables.group];
  if (!rows.some(({ values }) => numberOf(values.id) === DEFAULT_GROUP)) {
    rows.unshift({ at: 'group 0', values: { id: DEFAULT_GROUP, name: 'Default', enabled: 1 } });
  }
  for (const row of rows) {
    const id = numberOf(row.values.id);
    const name = textOf(row.values.name) || `group ${id}`;
    const item = { at: row.at, what: `group "${name}"` };
    if (isEnabled(row)) {
      groups.set(id, { id, name, item, policy: undefined, block: [], allow: [], blockLines: [], allowLines: [] });
    } else
      plan.leave(
        item,
        'the group is switched off there, with what only it has',
        'write a policy for it, if it is wanted again',
      );
  }
  return groups;
}

/** The groups that have something; why it is not carried over where none has. */
function holders(
  plan: Plan,
  item: Item,
  row: Row,
  ids: readonly number[] | undefined,
  groups: Map<number, OwnGroup>,
): OwnGroup[] {
  if (!isEnabled(row)) {
    plan.leave(item, 'it is switched off there', 'to use it, add it to a list or policy');
    return [];
  }
  const found = (ids ?? []).flatMap((id) => groups.get(id) ?? []);
  if (found.length === 0)
    plan.leave(item, 'no group that is on has it', 'to use it, add it to a policy or to "allow" of a group');
  return found;
}

/** The first list that allows is told back. */
function lists(plan: Plan, tables: Tables, groups: Map<number, OwnGroup>): Item | undefined {
  const byList = groupsBy(tables.adlist_by_group, 'adlist_id');
  let first: Item | undefined;
  let allowing: Item | undefined;
  for (const row of tables.adlist) {
    const address = textOf(row.values.address).trim();
    const item = { at: row.at, what: `list ${address}` };
    const owners = holders(plan, item, row, byList.get(numberOf(row.values.id)), groups);
    if (owners.length === 0) continue;
    const title = textOf(row.values.comment).split('\n')[0].trim() || nameOf(address);
    const path = /^file:\/\/(\/.*)$/.exec(address)?.[1];
    const id = path === undefined ? plan.addUrl(item, title, address, REFRESH) : plan.addFile(item, title, path);
    if (id === undefined) continue;
    first ??= item;
    // Since version 6 a list may allow.
    const isAllow = numberOf(row.values.type) === 1;
    if (isAllow) allowing ??= item;
    for (const owner of owners) (isAllow ? owner.allow : owner.block).push(id);
  }
  if (first) sayOfLists(plan, first);
  return allowing;
}

function nameOf(address: string): string {
  if (!URL.canParse(address)) return address;
  const { hostname, pathname } = new URL(address);
  return `${hostname} ${pathname.split('/').filter(Boolean).at(-1) ?? ''}`.trim();
}

function domains(plan: Plan, tables: Tables, groups: Map<number, OwnGroup>): void {
  const byDomain = groupsBy(tables.domainlist_by_group, 'domainlist_id');
  for (const row of tables.domainlist) {
    const type = numberOf(row.values.type);
    const domain = textOf(row.values.domain).trim();
    const item = { at: row.at, what: `${KINDS[type] ?? 'domain'} ${domain}` };
    const owners = holders(plan, item, row, byDomain.get(numberOf(row.values.id)), groups);
    const line = type === 2 || type === 3 ? lineOfRegex(domain) : domain;
    if (owners.length === 0) continue;
    if (/^(?:$|[#!])/.test(domain)) plan.leave(item, 'no name', 'nothing: it blocked nothing');
    else if (KINDS[type] === undefined)
      plan.leave(item, `no kind of domain that is known: ${type}`, 'write it into a list of your own');
    else if (line === undefined) {
      const fix = 'write the names that are meant, one a line, into a list of the policy';
      plan.leave(item, 'a regular expression that is more than a name', fix);
    } else {
      if (type === 2 && line.startsWith('.')) sayOfAllows(plan, item);
      for (const owner of owners) (type % 2 === 0 ? owner.allowLines : owner.blockLines).push({ ...item, text: line });
    }
  }
}

async function policyOf(plan: Plan, group: OwnGroup): Promise<void> {
  const { name, item } = group;
  const add = async (title: string, lines: readonly Line[], ids: string[]) => {
    const text = await settle(plan, 'domains', lines);
    const id = text === '' ? undefined : plan.addText(item, title, { format: 'domains', match: 'exact', text });
    if (id !== undefined) ids.push(id);
  };
  await add(`${name} blocked`, group.blockLines, group.block);
  await add(`${name} allowed`, group.allowLines, group.allow);
  group.policy = plan.addPolicy(item, `Group "${name}" taken over from Pi-hole`, name, { lists: group.block });
}

function clients(
  plan: Plan,
  facts: Facts,
  tables: Tables,
  groups: Map<number, OwnGroup>,
  always: readonly string[],
): void {
  const byClient = groupsBy(tables.client_by_group, 'client_id');
  const bypass = facts.isBlocking
    ? { canary: facts.canary, relay: facts.relay }
    : ({ canary: 'off', relay: 'off' } as const);
  const acts = (ids: readonly number[]): Pick<PlannedGroup, 'blocks' | 'allow' | 'bypass'> => {
    const own = ids.flatMap((id) => groups.get(id) ?? []);
    // What dnsmasq blocks does not ask whether Pi-hole does.
    const blocks = [...(facts.isBlocking ? own.flatMap(({ policy }) => policy ?? []) : []), ...always];
    return { blocks, allow: [...new Set(own.flatMap(({ allow }) => allow))], bypass };
  };
  const alike = new Map<string, { ids: number[]; clients: string[]; item: Item }>();
  for (const row of tables.client) {
    const client = textOf(row.values.ip).trim();
    const item = { at: row.at, what: `client ${client}` };
    const kind = clientKind(client);
    const ids = [...(byClient.get(numberOf(row.values.id)) ?? [])].sort((a, b) => a - b);
    if (kind !== 'address') plan.leave(item, CLIENT_TROUBLE[kind].message, CLIENT_TROUBLE[kind].fix);
    else {
      const found = alike.get(ids.join()) ?? { ids, clients: [], item };
      found.clients.push(client);
      alike.set(ids.join(), found);
    }
  }
  for (const { ids, clients: subnets, item: first } of alike.values()) {
    const names = ids.flatMap((id) => groups.get(id)?.name ?? []);
    const name = names.length > 0 ? `clients ${names.join(' ')}` : 'clients of no group';
    const about =
      names.length > 0
        ? `Clients of ${names.join(' and ')} in Pi-hole.`
        : 'Clients without a group in Pi-hole: nothing is blocked.';
    plan.addGroup(first, name, { about, subnets, ...acts(ids) });
  }
  const about = facts.isOpen
    ? 'Everybody else, as before. Name the subnets of your own network here: whoever answers all the world is used to attack others.'
    : 'All others of networks that are no part of the Internet. Pi-hole answered the networks of its interfaces: name yours.';
  const item = groups.get(DEFAULT_GROUP)?.item ?? { at: 'group 0', what: 'group "Default"' };
  if (!facts.isOpen) {
    const reason =
      'Pi-hole answered the networks of its interfaces; here private networks are answered, and others refused';
    plan.differ(item, reason, 'name your networks in the group everyone, those of IPv6 too');
  }
  const known = new Set([...alike.values()].flatMap((one) => one.clients));
  const subnets = facts.isOpen ? 'any' : LOCAL_CLIENTS.filter((one) => !known.has(one));
  plan.addGroup(item, 'everyone', { about, subnets, ...acts([DEFAULT_GROUP]) });
}
