// AdGuard Home: who is served, clients with settings of their own, and blocked services, as groups and policies.

import { isPlain } from '../settings/merge.ts';
import { type Path, pathText } from '../settings/problems.ts';
import { settingPath } from './adguard-paths.ts';
import { appsOf } from './blocked-apps.ts';
import type { Item, Plan, PlannedGroup } from './plan.ts';
import { CLIENT_TROUBLE, clientKind, holds } from './servers.ts';
import type { YamlSource } from './yaml-source.ts';

interface Common {
  /** The policy of all filters; undefined where there are none. */
  filtering: string | undefined;
  allow: string[];
}

type Global = Common & { isFiltering: boolean; isProtecting: boolean; services: Services };

interface Services {
  policy: string | undefined;
  /** Private Relay is no app: it is a way round the resolver, which groups answer for. */
  relay: 'block' | 'off';
}

export function adguardClients(plan: Plan, source: YamlSource, common: Common): void {
  const isProtecting = protects(plan, source);
  const filteringPath = settingPath(source, 'filtering_enabled');
  const isFiltering = source.flag(filteringPath, true);
  const servicesPath = settingPath(source, 'blocked_services');
  const services = servicesOf(plan, source, servicesPath, 'blocked-services');
  const global = { ...common, isFiltering, isProtecting, services };
  if (!isProtecting) {
    plan.carry(source.item(settingPath(source, 'protection_enabled')), 'every policy is off in every group');
  }
  if (!isFiltering) plan.carry(source.item(filteringPath), 'the policy of the filters is off');
  const path = isPlain(source.look(['clients'])) ? ['clients', 'persistent'] : ['clients'];
  for (const client of source.entries(path)) clientGroup(plan, source, client.path, global);
  everyone(plan, source, global);
}

/** A pause ends by itself there, so it is not taken over: else it would be one without end. */
function protects(plan: Plan, source: YamlSource): boolean {
  const pause = source.text(settingPath(source, 'protection_disabled_until'));
  const path = settingPath(source, 'protection_enabled');
  if (source.flag(path, true)) return true;
  if (pause === '') return false;
  plan.differ(source.item(path), `protection was paused until ${pause}; here it is on`, 'nothing, most likely');
  return true;
}

function actsOf(global: Global): Pick<PlannedGroup, 'blocks' | 'allow' | 'bypass'> {
  const { isFiltering, isProtecting, services, filtering, allow } = global;
  const wanted = isProtecting ? [isFiltering ? filtering : undefined, services.policy] : [];
  const bypass = {
    relay: isProtecting ? services.relay : 'off',
    ...(isProtecting ? {} : { canary: 'off' as const }),
  } as const;
  // An allow is a filter too: without filters, none lifts the block of a service.
  const blocks = wanted.filter((one) => one !== undefined);
  return { blocks, allow: isProtecting && isFiltering ? allow : [], bypass };
}

/** The services of all, or of one client: ids, or ids with the times at which they are let through. */
function servicesOf(plan: Plan, source: YamlSource, path: Path, name: string): Services {
  const isMap = isPlain(source.look(path));
  const ids = source.texts(isMap ? [...path, 'ids'] : path);
  const apps: string[] = [];
  let relay: 'block' | 'off' = 'off';
  for (const { value, item } of ids) {
    const named = { ...item, what: `${item.what} ${value}` };
    if (value === 'icloud_private_relay') {
      relay = 'block';
      plan.carry(named, 'bypass of the groups: relay: block');
    } else apps.push(...appsOf(plan, named, value));
  }
  if (isMap) schedule(plan, source, [...path, 'schedule'], ids.length > 0);
  const policy = plan.addPolicy(source.item(path), 'Services taken over from AdGuard Home', name, { apps });
  return { policy, relay };
}

function schedule(plan: Plan, source: YamlSource, path: Path, hasServices: boolean): void {
  const value = source.take(path);
  if (!isPlain(value) || !hasServices) return;
  const days = Object.keys(value).filter((key) => key !== 'time_zone');
  if (days.length === 0) return;
  const reason = `services are let through at set times there (${days.join(', ')}); here they are blocked always`;
  plan.leave(source.item(path), reason, 'write another mode for the policy when the hours matter; Sluis has no hours');
}

const UNLOGGED = ['uid', 'ignore_querylog', 'ignore_statistics'];
const OWN_SETTINGS = ['safe_search', 'parental_enabled', 'safebrowsing_enabled', 'safesearch_enabled'];

function clientGroup(plan: Plan, source: YamlSource, path: Path, global: Global) {
  const name = source.text([...path, 'name']);
  const item = source.item([...path, 'name'], `${pathText(path)} ${name}`);
  const subnets = clientIds(plan, source, path, item);
  if (subnets.length === 0) {
    source.take(path);
    const fix = 'give it a fixed address, and add a group for it';
    return plan.leave(item, 'no address of it is left, so it has no group, and its settings are not taken over', fix);
  }
  const usesGlobal = source.flag([...path, 'use_global_settings'], true);
  const usesServices = source.flag([...path, 'use_global_blocked_services'], true);
  const own = source.flag([...path, 'filtering_enabled'], true);
  const servicesPath = [...path, 'blocked_services'];
  if (usesServices) source.take(servicesPath);
  const services = usesServices ? global.services : servicesOf(plan, source, servicesPath, `blocked-services-${name}`);
  // What goes without saying: it is not logged, or has no settings of its own.
  for (const key of [...UNLOGGED, ...(usesGlobal ? OWN_SETTINGS : [])]) source.take([...path, key]);
  plan.addGroup(item, name || 'client', {
    about: `Client "${name}" of AdGuard Home.`,
    subnets,
    ...actsOf({ ...global, services, isFiltering: usesGlobal ? global.isFiltering : own }),
  });
}

function clientIds(plan: Plan, source: YamlSource, path: Path, client: Item): string[] {
  const allowed = source.texts(['dns', 'allowed_clients']).map(({ value }) => value);
  // Before schema version 6 a client had one address, and one MAC.
  const ids = ['ids', 'ip', 'mac'].flatMap((key) => source.texts([...path, key]));
  return ids.flatMap(({ value, item }) => {
    if (value === '') return [];
    const kind = clientKind(value);
    const named = { ...item, what: `${client.what} ${value}` };
    if (kind !== 'address') {
      plan.leave(named, CLIENT_TROUBLE[kind].message, CLIENT_TROUBLE[kind].fix);
      return [];
    }
    if (allowed.length === 0 || allowed.some((one) => holds(one, value))) return [value];
    plan.leave(named, 'it is none of allowed_clients, so it was refused there', 'nothing: it is in no group');
    return [];
  });
}

/** Clients of no group; where AdGuard Home serves some alone, these. */
function everyone(plan: Plan, source: YamlSource, global: Global): void {
  const path = ['dns', 'allowed_clients'];
  const allowed = source.texts(path).flatMap(({ value, item }) => {
    const kind = clientKind(value);
    if (kind === 'address') return [value];
    plan.leave({ ...item, what: `${item.what} ${value}` }, CLIENT_TROUBLE[kind].message, CLIENT_TROUBLE[kind].fix);
    return [];
  });
  for (const { value, item } of source.texts(['dns', 'disallowed_clients'])) {
    const fix = 'keep it out by a firewall, or write the subnets of your own network in place of "any"';
    const reason =
      "a client that is refused: Sluis refuses those that are in no group, and cannot take one out of another's network";
    plan.leave({ ...item, what: `${item.what} ${value}` }, reason, fix);
  }
  const isOpen = source.texts(path).length === 0;
  const item = source.item(isOpen ? ['dns'] : path);
  const about = isOpen
    ? 'Everybody, as before. Name the subnets of your own network here: whoever answers all the world is used to attack others.'
    : 'Those whom AdGuard Home served (allowed_clients); all others are refused.';
  plan.addGroup(item, isOpen ? 'everyone' : 'allowed', { about, subnets: isOpen ? 'any' : allowed, ...actsOf(global) });
}
