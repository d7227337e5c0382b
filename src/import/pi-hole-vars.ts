// Pi-hole 5: setupVars.conf and pihole-FTL.conf, lines of NAME=value.

import { addNetwork, type Facts, setListening, setMode, setRate, setTtl } from './pi-hole-facts.ts';
import type { Item, Plan } from './plan.ts';
import { addServers } from './zones.ts';

interface Variable {
  value: string;
  item: Item;
}

export type Variables = Map<string, Variable>;

export function readVariables(name: string, text: string): Variables {
  const found: Variables = new Map();
  for (const [at, line] of text.split('\n').entries()) {
    const [, key, value] = /^\s*([A-Za-z_][\w.-]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined) continue;
    const isSecret = /PASSWORD|PWHASH|TOKEN|EMAIL/i.test(key);
    const item = { at: `${name}:${at + 1}`, what: isSecret ? key : `${key}=${value}` };
    found.set(key.toUpperCase(), { value: value.replace(/^(["'])(.*)\1$/, '$2'), item });
  }
  return found;
}

const isOn = (value: string) => /^(?:true|yes|1|on)$/i.test(value);

/** Prefixes of names of variables that Sluis has nothing for, with the reason and what to do. */
const REFUSALS: readonly [names: RegExp, reason: string, fix: string][] = [
  [
    /^(?:WEB|ADMIN|API|TEMPERATURE|INSTALL|LIGHTTPD|QUERY_LOG|DASHBOARD|PRIVACY)/,
    'the web interface, and a log of all queries',
    'set admin.listen, and log.hits for what policies blocked',
  ],
  [/^DHCP/, 'a DHCP server', 'have another one hand out addresses'],
  [/^(?:PIHOLE_INTERFACE|IPV[46]_ADDRESS)$/, 'the interface of the server', 'name its addresses in listen.dns'],
  [/^DNSSEC$/, 'Sluis does not validate; DO and CD are passed on', 'have an upstream validate'],
  [
    /^(?:DNS_FQDN_REQUIRED|DNS_BOGUS_PRIV)$/,
    'names without a dot, and private reverse lookups, are answered as RFC 6303 says',
    'nothing, most likely',
  ],
  [/^CACHE_SIZE$/, 'Sluis keeps answers in a cache of its own kind', 'see "cache"'],
  [
    /^(?:MAXDBDAYS|DBINTERVAL|DBFILE|DBIMPORT|MAXLOGAGE|LOGFILE|PIDFILE|SOCKETFILE|PORTFILE|GRAVITYDB|MACVENDORDB|DEBUG|RESOLVE_IPV|NAMES_FROM|REFRESH_HOSTNAMES|PARSE_ARP|SHOW_|IGNORE_LOCALHOST|ANALYZE_ONLY|AAAA_QUERY_ANALYSIS|CHECK_|FTLPORT|SOCKET_LISTENING|NICE|DELAY_STARTUP)/,
    'logs and statistics of Pi-hole',
    'Sluis logs what policies blocked (log.hits), and counts in /metrics',
  ],
  [/^CNAME_?DEEP_?INSPECT$/, 'Sluis always looks at what an answer leads to', 'nothing'],
];

export function applyVariables(plan: Plan, facts: Facts, variables: Variables): void {
  const take = (key: string): Variable | undefined => {
    const found = variables.get(key);
    variables.delete(key);
    return found;
  };
  servers(plan, take, variables);
  switches(plan, facts, take);
  for (const [key, { value, item }] of variables) {
    if (value === '' || /^(?:false|no|0|off)$/i.test(value)) continue;
    const [, reason, fix] = REFUSALS.find(([names]) => names.test(key)) ?? [];
    plan.leave(item, reason ?? 'nothing of Sluis does this', fix ?? 'look for what you need in config/schema.json');
  }
}

type Take = (key: string) => Variable | undefined;

function servers(plan: Plan, take: Take, variables: Variables): void {
  const names = [...variables.keys()].filter((key) => /^PIHOLE_DNS_\d+$/.test(key));
  for (const key of names.sort((a, b) => Number(a.slice(11)) - Number(b.slice(11)))) {
    const { item, value } = take(key)!;
    if (value) addServers(plan, item, [value]);
  }
  const reverse = take('REV_SERVER');
  const [cidr, target, domain] = ['CIDR', 'TARGET', 'DOMAIN'].map((part) => take(`REV_SERVER_${part}`)?.value ?? '');
  if (reverse && isOn(reverse.value)) addNetwork(plan, reverse.item, { cidr, target, domain });
  const old = take('CONDITIONAL_FORWARDING');
  const [router, zone, back] = ['IP', 'DOMAIN', 'REVERSE'].map(
    (part) => take(`CONDITIONAL_FORWARDING_${part}`)?.value ?? '',
  );
  if (!old || !isOn(old.value)) return;
  addNetwork(plan, old.item, { cidr: '', target: router, domain: zone });
  if (back) addNetwork(plan, old.item, { cidr: '', target: router, domain: back });
}

function switches(plan: Plan, facts: Facts, take: Take): void {
  const blocking = take('BLOCKING_ENABLED');
  if (blocking) {
    facts.isBlocking = isOn(blocking.value);
    plan.carry(blocking.item, facts.isBlocking ? 'policies block' : 'every policy is off in every group');
  }
  const listening = take('DNSMASQ_LISTENING');
  if (listening) setListening(plan, facts, listening.item, listening.value);
  const mode = take('BLOCKINGMODE');
  if (mode) setMode(plan, mode.item, mode.value);
  const ttl = take('BLOCK_TTL');
  if (ttl) setTtl(plan, ttl.item, Number(ttl.value));
  const rate = take('RATE_LIMIT');
  const [count, interval] = (rate?.value ?? '').split('/').map(Number);
  if (rate) setRate(plan, rate.item, count, interval);
  for (const [key, way] of [
    ['MOZILLA_CANARY', 'canary'],
    ['BLOCK_ICLOUD_PR', 'relay'],
  ] as const) {
    const found = take(key);
    if (!found) continue;
    facts[way] = isOn(found.value) ? 'block' : 'off';
    plan.carry(found.item, `bypass of the groups: ${way}: ${facts[way]}`);
  }
}
