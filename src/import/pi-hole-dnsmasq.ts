// Pi-hole: lines of dnsmasq and of hosts files beside its lists: servers of zones, names that are blocked, own answers.

import { isSinkAddress } from '../lists/host-address.ts';
import { isTrouble } from '../settings/problems.ts';
import { leadsNowhere, leaveAnswer } from './own-answers.ts';
import { addNetwork, type Facts } from './pi-hole-facts.ts';
import type { Item, Plan } from './plan.ts';
import { addServers, serversOf, zoneOf } from './zones.ts';

/** Written by Pi-hole itself from its settings. */
const GENERATED = /(?:^|\/)(?:01-pihole|02-pihole-dhcp|03-pihole-wildcard|04-pihole-static-dhcp|06-rfc6761)\.conf$/;

export function readDnsmasq(plan: Plan, facts: Facts, name: string, text: string) {
  if (GENERATED.test(name))
    return plan.carry({ at: name, what: 'the file' }, 'nothing of its own: Pi-hole writes it from its settings');
  for (const [at, line] of text.split('\n').entries()) {
    const option = line.replace(/(?:^|\s)#.*$/, '').trim();
    if (option !== '') dnsmasqLine(plan, facts, { at: `${name}:${at + 1}`, what: option }, option);
  }
}

export function dnsmasqLine(plan: Plan, facts: Facts, item: Item, option: string): void {
  const [, key, value = ''] = /^([\w-]+)(?:=(.*))?$/.exec(option) ?? [];
  const [, zones, rest] = /^\/(.+)\/([^/]*)$/.exec(value) ?? [];
  const names = zones?.split('/') ?? [];
  if (key === 'server' && zones === undefined) addServers(plan, item, [value]);
  else if ((key === 'server' || key === 'local') && zones !== undefined && rest !== '' && rest !== '#')
    zoneLine(plan, item, names, rest);
  else if (key === 'rev-server') {
    const [cidr = '', target = ''] = value.split(',');
    addNetwork(plan, item, { cidr, target, domain: '' });
  } else if (key === 'address' && zones !== undefined && (rest === '' || rest === '#' || isSinkAddress(rest))) {
    for (const one of names) facts.blocks.push({ ...item, text: `.${one}` });
  } else if (/^(?:address|cname|host-record|addn-hosts|txt-record|srv-host|mx-host|ptr-record)$/.test(key ?? '')) {
    leaveAnswer(plan, item);
  } else if ((key === 'server' || key === 'local') && zones !== undefined) {
    const isUsual = rest === '#';
    const fix = isUsual
      ? 'name deeper zones under "forward", with your upstreams'
      : 'block the names by a list of your own';
    plan.leave(
      item,
      isUsual ? 'an exception from a zone with servers of its own' : 'names that nobody is asked for',
      fix,
    );
  } else
    plan.leave(item, 'an option of dnsmasq that Sluis does not have', 'look for what you need in config/schema.json');
}

function zoneLine(plan: Plan, item: Item, names: readonly string[], rest: string): void {
  const zones = names.flatMap((name) => {
    const zone = zoneOf(name.replace(/^\*?\./, ''));
    if (!isTrouble(zone)) return [zone];
    plan.leave(item, zone.message, zone.fix);
    return [];
  });
  const servers = serversOf(plan, item, [rest.replace(/@.*$/, '')]);
  if (zones.length > 0 && servers.length > 0) plan.addForward(item, zones, servers);
}

/** `address name name`: a block where the address leads nowhere. */
export function hostsLine(plan: Plan, facts: Facts, item: Item, line: string): void {
  const [address, ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
  if (names.length === 0) return;
  if (leadsNowhere(address)) {
    for (const name of names) facts.blocks.push({ ...item, text: name });
  } else leaveAnswer(plan, item);
}

export function readHosts(plan: Plan, facts: Facts, name: string, text: string): void {
  for (const [at, line] of text.split('\n').entries()) {
    if (!/^\s*(?:#|$)/.test(line)) hostsLine(plan, facts, { at: `${name}:${at + 1}`, what: line.trim() }, line);
  }
}
