// Blocky: which groups of lists hold for which clients, as policies and groups.

import { isPlain, wordOf } from '../settings/merge.ts';
import { isTrouble, type Path } from '../settings/problems.ts';
import type { BlockyLists } from './blocky-lists.ts';
import type { Item, Plan, PlannedGroup } from './plan.ts';
import { CLIENT_TROUBLE, clientPrefix, holds } from './servers.ts';
import type { YamlSource } from './yaml-source.ts';

/** A key of `clientGroupsBlock`, with the clients it means. */
interface Key {
  name: string;
  item: Item;
  clients: string[];
  /** Groups of lists. */
  lists: string[];
}

/** `always` are policies that hold for everybody. */
export function blockyClients(plan: Plan, source: YamlSource, lists: BlockyLists, always: readonly string[]): void {
  const path = ['blocking', 'clientGroupsBlock'];
  const names = clientNames(source);
  const keys = source.entries(path).map((entry): Key => {
    const item = source.item(entry.path, `clientGroupsBlock ${entry.key}`);
    const clients = entry.key === 'default' ? [] : clientsOf(plan, item, entry.key, names);
    return { name: entry.key, item, clients, lists: listsOf(plan, source, entry.path, item) };
  });
  const used = new Set(keys.flatMap((key) => key.lists));
  const policies = policiesOf(plan, source, lists, used);
  const acts = (key: Key | undefined, all: readonly string[]) => {
    const own = actsOf(plan, key?.item, lists, policies, all);
    return { ...own, blocks: [...own.blocks, ...always] };
  };
  const fallback = keys.find(({ name }) => name === 'default');
  const usual = fallback?.lists ?? [];
  const done = new Set<string>();
  for (const key of keys.filter((one) => one !== fallback)) {
    for (const [clients, all] of merged(key, keys, usual, done)) {
      const about = `Clients of ${key.name} in clientGroupsBlock.`;
      plan.addGroup(key.item, key.name, { about, subnets: clients, ...acts(key, all) });
    }
  }
  const item = fallback?.item ?? source.item(path);
  const about =
    'Everybody else, as before. Name the subnets of your own network here: whoever answers all the world is used to attack others.';
  plan.addGroup(item, 'everyone', { about, subnets: 'any', ...acts(fallback, usual) });
}

/**
 * Blocky adds up what all keys say that mean a client: so does the group of the narrowest. A client for which they say
 * nothing has the `usual` lists, those of `default`.
 */
function merged(
  key: Key,
  keys: readonly Key[],
  usual: readonly string[],
  done: Set<string>,
): [clients: string[], lists: string[]][] {
  const found = new Map<string, [clients: string[], lists: string[]]>();
  for (const client of key.clients) {
    if (done.has(client)) continue;
    done.add(client);
    const isMeant = (outer: string) => outer === client || (outer.includes('/') && holds(outer, client));
    const others = keys.filter((other) => other.clients.some(isMeant));
    const named = [...new Set(others.flatMap(({ lists }) => lists))];
    const all = named.length > 0 ? named : usual;
    const group = found.get(all.join('\n')) ?? [[], [...all]];
    group[0].push(client);
    found.set(all.join('\n'), group);
  }
  return [...found.values()];
}

/** Names that the configuration itself gives to addresses. */
function clientNames(source: YamlSource): Map<string, string[]> {
  return new Map(
    source
      .entries(['clientLookup', 'clients'])
      .map(({ key, path }) => [key.toLowerCase(), source.texts(path).map(({ value }) => value)]),
  );
}

/** An address, a network, or a name in which `*` stands for anything and `[0-9]` for a digit. */
function clientsOf(plan: Plan, item: Item, key: string, names: Map<string, string[]>): string[] {
  const prefix = clientPrefix(key);
  if (!isTrouble(prefix)) return [prefix];
  const digit = /\[(\d)-(\d)\]/g;
  const parts = key.toLowerCase().split(/(\*|\[\d-\d\])/);
  const shape = parts.map((part) => {
    if (part === '*') return '.*';
    return part.match(digit) ? part : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  const matching = new RegExp(`^${shape.join('')}$`);
  const found = [...names].filter(([name]) => matching.test(name)).flatMap(([, addresses]) => addresses);
  const clients = found.map(clientPrefix).filter((one) => !isTrouble(one));
  if (clients.length === 0) plan.leave(item, CLIENT_TROUBLE.name.message, CLIENT_TROUBLE.name.fix);
  else {
    const reason =
      'these are the addresses that clientLookup.clients gives; names from reverse lookups are not known here';
    plan.differ(item, reason, 'name the addresses of all such clients in the group');
  }
  return clients as string[];
}

/** The groups of lists of a key; newer versions may say when each holds. */
function listsOf(plan: Plan, source: YamlSource, path: Path, item: Item): string[] {
  const value = source.take(path);
  const entries = Array.isArray(value) ? value : [value];
  return entries.flatMap((one) => {
    if (typeof one === 'string') return one.split(',').map((part) => part.trim());
    if (!isPlain(one)) return [];
    const name = wordOf(one.list ?? one.group ?? one.name);
    plan.leave(
      { ...item, what: `${item.what} ${name}` },
      'a time at which the lists hold; here they hold always',
      'set another mode for the policy when the hours matter; Sluis has no hours',
    );
    return [name];
  });
}

function policiesOf(
  plan: Plan,
  source: YamlSource,
  lists: BlockyLists,
  used: ReadonlySet<string>,
): Map<string, string> {
  const policies = new Map<string, string>();
  for (const [group, ids] of lists.block) {
    const key = source.look(['blocking', 'denylists', group]) === undefined ? 'blackLists' : 'denylists';
    const item = source.item(['blocking', key, group], `${key} ${group}`);
    if (!used.has(group)) {
      plan.leave(item, 'no client has this group of lists', 'to use it, give its policy a mode in a group');
    }
    const policy = plan.addPolicy(item, `Lists "${group}" taken over from Blocky`, group, { lists: ids });
    if (policy !== undefined) policies.set(group, policy);
  }
  return policies;
}

function actsOf(
  plan: Plan,
  item: Item | undefined,
  lists: BlockyLists,
  policies: Map<string, string>,
  groups: readonly string[],
): Pick<PlannedGroup, 'blocks' | 'allow' | 'bypass' | 'fallback'> {
  const allow = [...new Set(groups.flatMap((group) => lists.allow.get(group) ?? []))];
  const blocks = groups.map((group) => policies.get(group)).filter((policy) => policy !== undefined);
  const unknown = groups.filter((group) => !lists.block.has(group) && !lists.allow.has(group));
  for (const group of unknown) {
    if (item) plan.leave({ ...item, what: `${item.what} ${group}` }, 'no lists have this name', 'mend the name');
  }
  const bypass = { relay: 'off' } as const;
  // Of a group that only allows, nothing else is let through.
  const isClosed = groups.some((group) => lists.allow.has(group) && !lists.block.has(group));
  if (!isClosed || item === undefined) return { blocks, allow, bypass };
  const name = 'allowed-only';
  const known = plan.policies.find(({ id }) => id === name)?.id;
  const fallback = known ?? plan.addFallback(item, 'Allowed names only, taken over from Blocky', name);
  return { blocks, allow, bypass, ...(fallback && { fallback }) };
}
