// Pi-hole 6: pihole.toml, of which what Pi-hole marks as changed is told where it is not carried over.

import { dnsmasqLine, hostsLine } from './pi-hole-dnsmasq.ts';
import { addNetwork, type Facts, setListening, setMode, setPort, setRate, setTtl } from './pi-hole-facts.ts';
import type { Item, Plan } from './plan.ts';
import { isPlainText, readToml, type TomlEntry } from './toml.ts';
import { isNothing } from './yaml-source.ts';
import { addServers } from './zones.ts';

const REFUSALS: readonly [paths: RegExp, reason: string, fix: string][] = [
  [
    /^(?:webserver|files|debug|misc)\b/,
    'the web interface, files and inner workings of Pi-hole',
    'set admin.listen; Sluis is configured by files',
  ],
  [/^dhcp\b/, 'a DHCP server', 'have another one hand out addresses'],
  [/^ntp\b/, 'a server of time', 'run one beside it'],
  [
    /^(?:resolver|database)\b/,
    'names of clients, and a record of all queries',
    'Sluis logs what policies blocked (log.hits), and counts in /metrics',
  ],
  [/^dns\.cache\b/, 'Sluis keeps answers in a cache of its own kind', 'see "cache"'],
  [
    /^dns\.(?:hosts|cnameRecords|hostRecord|reply|expandHosts|domain|piholePTR|localise)\b/,
    'answers of its own: Sluis has no records, it blocks or forwards',
    'serve the names from a server of your own, and name that under "forward"',
  ],
  [/^dns\.dnssec$/, 'Sluis does not validate; DO and CD are passed on', 'have an upstream validate'],
  [
    /^dns\.(?:domainNeeded|bogusPriv)$/,
    'names without a dot, and private reverse lookups, are answered as RFC 6303 says',
    'nothing, most likely',
  ],
  [/^dns\.interface$/, 'the interface of the server', 'name its addresses in listen.dns'],
  [/^dns\.blocking\.edns$/, 'blocked answers always carry an extended error', 'see "ede" and "text" of the policies'],
  [/^dns\.blockESNI$/, 'names beneath a blocked one are blocked where a rule says so', 'block _esni names by a list'],
  [/^dns\.specialDomains\.designatedResolver$/, 'Sluis answers that by itself', 'nothing'],
  [
    /^dns\.EDNS0ECS$/,
    'what a client says of its network is not believed',
    'name forwarders under devices (docs/groups.md)',
  ],
];

export function looksPiHole(entries: ReadonlyMap<string, TomlEntry>): boolean {
  return [...entries.keys()].some((key) => /^dns\.(?:upstreams|blocking\.|CNAMEdeepInspect|listeningMode)/.test(key));
}

export function applyToml(plan: Plan, facts: Facts, name: string, text: string): void {
  const entries = readToml(name, text);
  const isMarked = [...entries.values()].some((entry) => entry.isMarked);
  const toml = new Toml(name, entries);
  servers(plan, facts, toml);
  switches(plan, facts, toml);
  for (const [path, entry] of entries) {
    if (isNothing(entry.value) || (isMarked && !entry.isMarked)) continue;
    const [, reason, fix] = REFUSALS.find(([paths]) => paths.test(path)) ?? [];
    const item = { at: `${name}:${entry.line}`, what: path };
    plan.leave(item, reason ?? 'nothing of Sluis does this', fix ?? 'look for what you need in config/schema.json');
  }
}

/** Values by their path; what was taken is accounted for. */
class Toml {
  readonly #name: string;
  readonly #entries: Map<string, TomlEntry>;

  constructor(name: string, entries: Map<string, TomlEntry>) {
    this.#name = name;
    this.#entries = entries;
  }

  take(path: string): { value: TomlEntry['value']; item: Item } | undefined {
    const entry = this.#entries.get(path);
    this.#entries.delete(path);
    return entry && { value: entry.value, item: { at: `${this.#name}:${entry.line}`, what: path } };
  }

  texts(path: string): { value: string; item: Item }[] {
    const found = this.take(path);
    const values = Array.isArray(found?.value) ? found.value.filter(isPlainText) : [];
    return values.map((value) => ({ value, item: { at: found!.item.at, what: `${path} ${value}` } }));
  }
}

function servers(plan: Plan, facts: Facts, toml: Toml): void {
  for (const { value, item } of toml.texts('dns.upstreams')) addServers(plan, item, [value]);
  // true,192.168.0.0/24,192.168.0.1#53,lan
  for (const { value, item } of toml.texts('dns.revServers')) {
    const [active, cidr = '', target = '', domain = ''] = value.split(',').map((part) => part.trim());
    if (active === 'true') addNetwork(plan, item, { cidr, target, domain });
    else plan.leave(item, 'it is switched off there', 'to use it, name the zones under "forward"');
  }
  const active = toml.take('dns.revServer.active');
  const [cidr, target, domain] = ['cidr', 'target', 'domain'].map((part) =>
    String(toml.take(`dns.revServer.${part}`)?.value ?? ''),
  );
  if (active?.value === true) addNetwork(plan, active.item, { cidr, target, domain });
  for (const { value, item } of toml.texts('dns.hosts')) hostsLine(plan, facts, item, value);
  for (const { value, item } of toml.texts('dns.cnameRecords')) dnsmasqLine(plan, facts, item, `cname=${value}`);
  for (const { value, item } of toml.texts('misc.dnsmasq_lines')) dnsmasqLine(plan, facts, item, value.trim());
}

function switches(plan: Plan, facts: Facts, toml: Toml): void {
  const port = toml.take('dns.port');
  if (port) setPort(plan, facts, port.item, Number(port.value));
  const active = toml.take('dns.blocking.active');
  if (active) {
    facts.isBlocking = active.value !== false;
    plan.carry(active.item, facts.isBlocking ? 'policies block' : 'every policy is off in every group');
  }
  const mode = toml.take('dns.blocking.mode');
  if (mode) setMode(plan, mode.item, String(mode.value));
  const listening = toml.take('dns.listeningMode');
  if (listening) setListening(plan, facts, listening.item, String(listening.value));
  const ttl = toml.take('dns.blockTTL');
  if (ttl) setTtl(plan, ttl.item, Number(ttl.value));
  const count = toml.take('dns.rateLimit.count');
  const interval = toml.take('dns.rateLimit.interval');
  if (count && interval) setRate(plan, count.item, Number(count.value), Number(interval.value));
  for (const [key, way] of [
    ['mozillaCanary', 'canary'],
    ['iCloudPrivateRelay', 'relay'],
  ] as const) {
    const found = toml.take(`dns.specialDomains.${key}`);
    if (!found) continue;
    facts[way] = found.value === false ? 'off' : 'block';
    plan.carry(found.item, `bypass of the groups: ${way}: ${facts[way]}`);
  }
  facts.isReadingDnsmasq = toml.take('misc.etc_dnsmasq_d')?.value === true;
  const deep = toml.take('dns.CNAMEdeepInspect');
  if (deep?.value === false)
    plan.differ(deep.item, 'Sluis always looks at what an answer leads to', 'allow names that must stay');
}
