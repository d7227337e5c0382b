// Pi-hole: what its settings say, be they of version 5 or 6, in one form.

import { isTrouble } from '../settings/problems.ts';
import type { Line } from './lines.ts';
import type { Item, Plan } from './plan.ts';
import { reverseZones } from './servers.ts';
import { serversOf, zoneOf } from './zones.ts';

export interface Facts {
  port: number;
  /** Whether clients of other networks are answered too. */
  isOpen: boolean;
  isBlocking: boolean;
  /** Whether files of /etc/dnsmasq.d count; since version 6 they do not by themselves. */
  isReadingDnsmasq: boolean;
  canary: 'block' | 'off';
  relay: 'block' | 'off';
  /** Names that are blocked outside of the lists, for all clients. */
  blocks: Line[];
}

export function defaultFacts(): Facts {
  return {
    port: 53,
    isOpen: false,
    isBlocking: true,
    isReadingDnsmasq: true,
    canary: 'block',
    relay: 'block',
    blocks: [],
  };
}

/** How blocked queries are answered. */
export function setMode(plan: Plan, item: Item, mode: string) {
  const word = mode.toUpperCase();
  if (word === 'NXDOMAIN') plan.answer = 'nxdomain';
  else if (word === 'NODATA') plan.answer = 'nodata';
  else plan.answer = 'null';
  if (word === 'IP' || word === 'IP-NODATA-AAAA') {
    const fix = 'give the policies "answer: { sinkhole: { ipv4: … } }" with the address of a server that says why';
    return plan.leave(item, 'blocked names led to Pi-hole itself; Sluis serves no page', fix);
  }
  plan.carry(item, `answer of the policies: ${plan.answer}`);
}

export function setTtl(plan: Plan, item: Item, seconds: number) {
  if (!Number.isInteger(seconds) || seconds < 0)
    return plan.leave(item, 'no number of seconds', 'set "ttl" of the policies');
  plan.ttl = Math.min(seconds, 86_400);
  plan.carry(item, `ttl of the policies: ${plan.ttl}s`);
}

export function setPort(plan: Plan, facts: Facts, item: Item, port: number) {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    return plan.leave(item, 'no port', 'set the port in listen.dns');
  }
  facts.port = port;
  plan.carry(item, `listen.dns: port ${port}`);
}

/** Queries of one client within some seconds. */
export function setRate(plan: Plan, item: Item, count: number, interval: number): void {
  if (!(count > 0 && interval > 0)) return;
  plan.queriesPerSecond = Math.min(1_000_000, Math.max(1, Math.ceil(count / interval)));
  plan.carry(item, `limits.queries_per_second: ${plan.queriesPerSecond}`);
  const reason = `${count} in ${interval} s become ${plan.queriesPerSecond} a second; who has too many is told to come over TCP, not refused`;
  plan.differ(item, reason, 'raise limits.queries_per_second, or set it to 0');
}

/** A local network whose names, and names of its addresses, another server knows. */
export function addNetwork(
  plan: Plan,
  item: Item,
  { cidr, target, domain }: Record<'cidr' | 'target' | 'domain', string>,
): void {
  const zones: string[] = [];
  const take = (found: string[] | { message: string; fix: string }, what: string) => {
    if (Array.isArray(found)) zones.push(...found);
    else plan.leave({ ...item, what: `${item.what} ${what}` }, found.message, found.fix);
  };
  if (cidr) take(reverseZones(cidr), cidr);
  if (domain) {
    const zone = zoneOf(domain);
    take(isTrouble(zone) ? zone : [zone], domain);
  }
  const servers = serversOf(plan, item, [target]);
  if (zones.length > 0 && servers.length > 0) plan.addForward(item, zones, servers);
}

const LISTENING: Record<string, 'local' | 'all'> = { LOCAL: 'local', SINGLE: 'all', BIND: 'all', ALL: 'all' };

export function setListening(plan: Plan, facts: Facts, item: Item, mode: string) {
  const word = LISTENING[mode.toUpperCase()];
  if (word === undefined) return plan.leave(item, 'no way of listening that is known', 'fill in "listen" and "groups"');
  facts.isOpen = word === 'all';
  plan.carry(item, facts.isOpen ? 'the group everyone: any' : 'the group everyone: private networks');
  if (/^(?:SINGLE|BIND)$/i.test(mode)) {
    plan.differ(
      item,
      'Sluis listens on addresses, not on interfaces',
      'name the addresses of that interface in listen.dns',
    );
  }
}
