// Blocky: its YAML file, with the words of old and new versions, into a plan.

import { isTrouble, type Path } from '../settings/problems.ts';
import { blockyClients } from './blocky-clients.ts';
import { blockyLists } from './blocky-lists.ts';
import { BLOCKY_REFUSALS } from './blocky-refusals.ts';
import { goDuration } from './go-duration.ts';
import type { Line } from './lines.ts';
import { blocksForAll, leadsNowhere, leaveAnswer } from './own-answers.ts';
import { type Item, Plan } from './plan.ts';
import { readServer, readSockets } from './servers.ts';
import type { YamlSource } from './yaml-source.ts';
import { addServers, serversOf, zoneOf } from './zones.ts';

const OF_BLOCKY = ['blocking', 'upstreams', 'upstream', 'conditional', 'customDNS', 'bootstrapDns', 'clientLookup'];

export function looksBlocky(root: Record<string, unknown>): boolean {
  return OF_BLOCKY.some((key) => key in root);
}

export async function readBlocky(source: YamlSource): Promise<Plan> {
  const plan = new Plan('Blocky');
  sockets(plan, source);
  upstreams(plan, source);
  bootstrap(plan, source);
  conditional(plan, source);
  const blocks = customNames(plan, source);
  answers(plan, source);
  rateLimit(plan, source);
  const always = await blocksForAll(plan, 'customDNS', blocks);
  blockyClients(plan, source, await blockyLists(plan, source), always);
  source.sweep(plan, BLOCKY_REFUSALS);
  return plan;
}

function sockets(plan: Plan, source: YamlSource): void {
  const path = source.look(['ports', 'dns']) === undefined ? ['port'] : ['ports', 'dns'];
  for (const { value, item } of source.texts(path)) {
    for (const one of value.split(',').filter((part) => part.trim() !== '')) {
      const found = readSockets(one);
      if (isTrouble(found)) plan.leave({ ...item, what: `${item.what} ${one}` }, found.message, found.fix);
      else plan.addSockets(item, found);
    }
  }
  if (plan.listen.length === 0) plan.addSockets(source.item(['ports']), ['0.0.0.0:53', '[::]:53']);
}

/** `upstreams.groups.default`, and before that `upstream.default` and `upstream.externalResolvers`. */
function upstreams(plan: Plan, source: YamlSource): void {
  for (const path of [['upstreams', 'groups'], ['upstream']]) {
    for (const group of source.entries(path)) {
      const texts = source.texts(group.path);
      if (group.key === 'default' || group.key === 'externalResolvers') {
        for (const { value, item } of texts) addServers(plan, { ...item, what: `${item.what} ${value}` }, [value]);
      } else {
        const fix = 'Sluis has the same upstreams for all; run a second one for these clients';
        plan.leave(source.item(group.path), 'upstreams for some clients', fix);
      }
    }
  }
}

/** A text, several, or servers with their addresses beside them. */
function bootstrap(plan: Plan, source: YamlSource): void {
  const path = ['bootstrapDns'];
  const entries = source.entries(path);
  const take = (item: Item, text: string) => {
    const server = readServer(text);
    const named = { ...item, what: `${item.what} ${text}` };
    if (isTrouble(server)) plan.leave(named, server.message, server.fix);
    else plan.addResolver(named, server.text);
  };
  if (entries.length === 0) for (const { value, item } of source.texts(path)) take(item, value);
  for (const entry of entries) {
    const isText = typeof entry.value === 'string';
    const where = isText ? entry.path : [...entry.path, 'upstream'];
    source.take(entry.path);
    for (const { value, item } of source.texts(where)) take(item, value);
  }
}

function conditional(plan: Plan, source: YamlSource): void {
  for (const { key, path } of source.entries(['conditional', 'mapping'])) {
    const item = source.item(path, `conditional.mapping ${key}`);
    const servers = serversOf(
      plan,
      item,
      source.texts(path).flatMap(({ value }) => value.split(',')),
    );
    if (key === '.') {
      plan.leave(item, 'servers for names without a dot', 'have clients put a search domain behind them');
      continue;
    }
    const zone = zoneOf(key);
    if (isTrouble(zone)) plan.leave(item, zone.message, zone.fix);
    else if (servers.length > 0) plan.addForward(item, [zone], servers);
  }
}

/** Names with addresses of their own, and all beneath them: those that are blocks; the others are told. */
function customNames(plan: Plan, source: YamlSource): Line[] {
  const lines: Line[] = [];
  for (const { key, path } of source.entries(['customDNS', 'mapping'])) {
    const addresses = source.texts(path).flatMap(({ value }) => value.split(',').map((part) => part.trim()));
    const item = source.item(path, `customDNS.mapping ${key} ${addresses.join(', ')}`);
    if (addresses.length > 0 && addresses.every(leadsNowhere)) lines.push({ ...item, text: `.${key}` });
    else leaveAnswer(plan, item);
  }
  const zone = ['customDNS', 'zone'];
  if (source.take(zone) !== undefined) leaveAnswer(plan, source.item(zone));
  for (const section of ['customDNS', 'conditional']) {
    for (const { key, path } of source.entries([section, 'rewrite'])) {
      const item = source.item(path, `${section}.rewrite ${key} to ${source.text(path)}`);
      plan.leave(
        item,
        'one domain asked for in place of another',
        'name the servers of the domain itself under "forward"',
      );
    }
  }
  return lines;
}

function rateLimit(plan: Plan, source: YamlSource) {
  if (!source.flag(['rateLimit', 'enable'], false)) return;
  const path = ['rateLimit', 'rate'];
  const rate = source.number(path) ?? 0;
  if (rate <= 0) return;
  plan.queriesPerSecond = Math.min(1_000_000, Math.ceil(rate));
  plan.carry(source.item(path), `limits.queries_per_second: ${plan.queriesPerSecond}`);
  plan.differ(source.item(path), 'who has too many is told to come over TCP, not dropped', 'nothing, most likely');
}

function answers(plan: Plan, source: YamlSource): void {
  const path: Path = ['blocking', 'blockType'];
  const type = source.text(path) || 'zeroIp';
  const item = source.item(path, `blockType ${type}`);
  if (/^nxdomain$/i.test(type)) plan.answer = 'nxdomain';
  else if (/^zeroip$/i.test(type)) plan.answer = 'null';
  else sinkhole(plan, item, type.split(','));
  plan.carry(item, `answer of the policies: ${typeof plan.answer === 'string' ? plan.answer : 'sinkhole'}`);
  const ttlPath = ['blocking', 'blockTTL'];
  const ttl = goDuration(source.text(ttlPath)) ?? 6 * 3600;
  plan.ttl = Math.min(Math.max(0, ttl), 86_400);
  plan.carry(source.item(ttlPath), `ttl of the policies: ${plan.ttl}s`);
}

function sinkhole(plan: Plan, item: Item, texts: readonly string[]): void {
  const answer: { ipv4?: string; ipv6?: string } = {};
  for (const text of texts) {
    const server = readServer(text);
    if (isTrouble(server)) plan.leave({ ...item, what: text }, 'no address', 'mend "answer" of the policies');
    else if (server.endpoint.family === 4) answer.ipv4 ??= server.endpoint.text;
    else answer.ipv6 ??= server.endpoint.text;
  }
  plan.answer = answer.ipv4 === undefined && answer.ipv6 === undefined ? 'null' : { sinkhole: answer };
}
