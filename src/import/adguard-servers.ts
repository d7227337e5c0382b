// AdGuard Home: where it listens and whom it asks, zones with servers of their own, and private reverse lookups.

import { isTrouble } from '../settings/problems.ts';
import type { Item, Plan } from './plan.ts';
import { PRIVATE_NETWORKS, readServer, readSockets, reverseZones } from './servers.ts';
import type { YamlSource } from './yaml-source.ts';
import { addServers, serversOf, zoneOf } from './zones.ts';

export function adguardServers(plan: Plan, source: YamlSource) {
  sockets(plan, source);
  const before = plan.upstreams.length;
  for (const { value, item } of source.texts(['dns', 'upstream_dns'])) upstreamLine(plan, value, item);
  const file = source.text(['dns', 'upstream_dns_file']);
  if (file) {
    const fix = 'write its servers into "upstreams" and "forward"';
    plan.leave(source.item(['dns', 'upstream_dns_file']), `upstreams stand in another file, ${file}`, fix);
  }
  for (const { value, item } of source.texts(['dns', 'bootstrap_dns'])) {
    const server = readServer(value);
    if (isTrouble(server)) plan.leave({ ...item, what: `${item.what} ${value}` }, server.message, server.fix);
    else plan.addResolver(item, server.text);
  }
  for (const { value, item } of source.texts(['dns', 'fallback_dns'])) fallback(plan, value, item, before);
  privateReverse(plan, source);
  rateLimit(plan, source);
}

function sockets(plan: Plan, source: YamlSource) {
  const port = source.number(['dns', 'port']) ?? 53;
  const key = source.look(['dns', 'bind_hosts']) === undefined ? 'bind_host' : 'bind_hosts';
  for (const { value, item } of source.texts(['dns', key])) {
    const found = readSockets(value.includes(':') ? `[${value}]:${port}` : `${value}:${port}`);
    if (isTrouble(found)) plan.leave(item, found.message, found.fix);
    else plan.addSockets(item, found);
  }
  const everywhere = readSockets(String(port));
  if (plan.listen.length === 0 && !isTrouble(everywhere)) plan.addSockets(source.item(['dns']), everywhere);
}

/** `server`, or `[/zone/zone/]server server`; `#` in place of servers is the usual ones. */
function upstreamLine(plan: Plan, line: string, item: Item) {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return;
  const [, zones, rest] = /^\[\/(.*)\/\](.*)$/.exec(text) ?? [];
  const named = { ...item, what: `${item.what} ${text}` };
  if (zones === undefined) return addServers(plan, named, [text]);
  if (rest.trim() === '#') {
    const fix = 'a forward zone holds all beneath it: name deeper zones under "forward", with your upstreams';
    return plan.leave(named, 'an exception from a zone with servers of its own', fix);
  }
  const names = zones.split('/').flatMap((zone) => {
    const name = zoneOf(zone.replace(/^\*\./, ''));
    if (!isTrouble(name)) {
      if (!zone.startsWith('*.')) return [name];
      plan.differ(
        named,
        `${name} itself is asked of these servers too, not only what is beneath it`,
        'nothing, most likely',
      );
      return [name];
    }
    const reason = zone === '' ? 'names without a dot' : name.message;
    plan.leave(named, reason, zone === '' ? 'have clients put a search domain behind them' : name.fix);
    return [];
  });
  const servers = serversOf(plan, named, rest.split(/\s+/));
  if (names.length > 0 && servers.length > 0) plan.addForward(named, names, servers);
}

/** Asked when no upstream answers; where there is no upstream that Sluis can ask, they are better than none. */
function fallback(plan: Plan, line: string, item: Item, before: number) {
  const named = { ...item, what: `${item.what} ${line}` };
  const server = readServer(line);
  if (isTrouble(server)) return plan.leave(named, server.message, server.fix);
  if (plan.upstreams.length > before) {
    const fix = 'add it to "upstreams": Sluis turns to those that answer';
    return plan.leave(named, 'a server for when no other answers; Sluis has upstreams of one kind', fix);
  }
  plan.addUpstream(named, server.text);
  plan.differ(named, 'asked always: none of the upstreams is one that Sluis can ask', 'name upstreams of your choice');
}

function privateReverse(plan: Plan, source: YamlSource) {
  const path = ['dns', 'local_ptr_upstreams'];
  const isUsed = source.flag(['dns', 'use_private_ptr_resolvers'], true);
  const given = source.texts(path);
  if (given.length === 0) return;
  const item = source.item(path);
  if (!isUsed) return plan.leave(item, 'it is switched off there', 'to use it, name the reverse zones under "forward"');
  const servers = serversOf(
    plan,
    item,
    given.map(({ value }) => value),
  );
  const networks = source.texts(['dns', 'private_networks']).map(({ value }) => value);
  const zones = (networks.length > 0 ? networks : PRIVATE_NETWORKS).flatMap((network) => {
    const found = reverseZones(network);
    if (!isTrouble(found)) return found;
    plan.leave({ ...item, what: `private_networks ${network}` }, found.message, found.fix);
    return [];
  });
  if (servers.length > 0 && zones.length > 0) plan.addForward(item, zones, servers);
}

function rateLimit(plan: Plan, source: YamlSource): void {
  const path = ['dns', 'ratelimit'];
  const limit = source.number(path) ?? 0;
  if (limit <= 0) return;
  plan.queriesPerSecond = Math.min(Math.floor(limit), 1_000_000);
  plan.carry(source.item(path), `limits.queries_per_second: ${plan.queriesPerSecond}`);
  const reason =
    'counted for each client, not for its network, and who has too many is told to come over TCP, not dropped';
  plan.differ(source.item(path), reason, 'raise limits.queries_per_second, or set it to 0');
}
