// AdGuard Home: its YAML file, of any version that has filters in it, into a plan.

import { pathText } from '../settings/problems.ts';
import { adguardClients } from './adguard-clients.ts';
import { settingPath } from './adguard-paths.ts';
import { REFUSALS } from './adguard-refusals.ts';
import { adguardRules } from './adguard-rules.ts';
import { adguardServers } from './adguard-servers.ts';
import { NEVER, sayNever, sayOfAllows, sayOfLists } from './differences.ts';
import type { Item } from './plan.ts';
import { Plan } from './plan.ts';
import { readServer } from './servers.ts';
import type { YamlSource } from './yaml-source.ts';

export function looksAdguard(root: Record<string, unknown>): boolean {
  return 'dns' in root && ('schema_version' in root || 'filters' in root || 'user_rules' in root);
}

export async function readAdguard(source: YamlSource): Promise<Plan> {
  const plan = new Plan('AdGuard Home');
  source.take(['schema_version']);
  adguardServers(plan, source);
  answers(plan, source);
  const block = filters(plan, source, 'filters');
  const allow = filters(plan, source, 'whitelist_filters');
  const rules = await adguardRules(plan, source);
  const item = source.item(['filters']);
  const filtering = plan.addPolicy(item, 'Filters taken over from AdGuard Home', 'filters', {
    lists: [...block, ...rules.block],
  });
  adguardClients(plan, source, { filtering, allow: [...allow, ...rules.allow] });
  if (block.length + allow.length > 0) sayOfLists(plan, item);
  if (allow.length + rules.allow.length > 0) sayOfAllows(plan, item);
  source.sweep(plan, REFUSALS);
  return plan;
}

/** Lists that are on; the ids of those that were taken. */
function filters(plan: Plan, source: YamlSource, key: 'filters' | 'whitelist_filters'): string[] {
  const refresh = refreshOf(plan, source);
  return source.entries([key]).flatMap(({ path }) => {
    const url = source.text([...path, 'url']);
    const name = source.text([...path, 'name']);
    source.take([...path, 'id']);
    const item = source.item([...path, 'url'], `${pathText(path)} ${name} ${url}`);
    if (!source.flag([...path, 'enabled'], true)) {
      plan.leave(item, 'it is switched off there', 'to use it, add it to "lists", and to a policy or to "allow"');
      return [];
    }
    const title = name || url;
    const file = url.startsWith('/') ? url : /^file:\/\/(\/.*)$/.exec(url)?.[1];
    const id = file !== undefined ? plan.addFile(item, title, file) : plan.addUrl(item, title, url, refresh);
    return id === undefined ? [] : [id];
  });
}

/** Hours between updates; 0 is never, and the longest that Sluis waits. */
function refreshOf(plan: Plan, source: YamlSource): string {
  const path = settingPath(source, 'filters_update_interval');
  const isFirst = !source.isSeen(path);
  const hours = source.number(path) ?? 24;
  if (hours > 0) return `${Math.min(hours, 720)}h`;
  if (isFirst) sayNever(plan, source.item(path));
  return NEVER;
}

function answers(plan: Plan, source: YamlSource): void {
  const modePath = settingPath(source, 'blocking_mode');
  const mode = source.text(modePath) || 'default';
  const item = source.item(modePath, `blocking_mode ${mode}`);
  const [ipv4, ipv6] = ['blocking_ipv4', 'blocking_ipv6'].map((key) => source.text(settingPath(source, key)));
  if (mode === 'custom_ip' && (ipv4 || ipv6)) sinkhole(plan, item, ipv4, ipv6);
  else if (mode === 'nxdomain' || mode === 'refused') plan.answer = 'nxdomain';
  else plan.answer = 'null';
  if (mode === 'refused') {
    const reason =
      'answered NXDOMAIN: after REFUSED many clients ask their second name server, and get the real address';
    plan.differ(item, reason, 'nothing, unless something of yours waits for REFUSED');
  } else plan.carry(item, `answer of the policies: ${typeof plan.answer === 'string' ? plan.answer : 'sinkhole'}`);
  const ttlPath = settingPath(source, 'blocked_response_ttl');
  const ttl = source.number(ttlPath);
  if (ttl === undefined || ttl < 0) return;
  plan.ttl = Math.min(ttl, 86_400);
  plan.carry(source.item(ttlPath), `ttl of the policies: ${plan.ttl}s`);
}

function sinkhole(plan: Plan, item: Item, ipv4: string, ipv6: string): void {
  const of = (text: string, family: 4 | 6) => {
    const server = readServer(text);
    if ('endpoint' in server && server.endpoint.family === family) return server.endpoint.text;
    if (text) plan.leave({ ...item, what: text }, `no IPv${family} address`, 'mend "answer" of the policies');
    return undefined;
  };
  const [four, six] = [of(ipv4, 4), of(ipv6, 6)];
  if (four === undefined && six === undefined) return;
  plan.answer = { sinkhole: { ...(four && { ipv4: four }), ...(six && { ipv6: six }) } };
}
