// AdGuard Home: what its files become, what does not, and that names are blocked as before.

import { afterEach, describe, expect, it } from 'vitest';
import { type Imported, importOf } from '../support/imports-of.ts';

const FULL = `http:
  address: 0.0.0.0:3000
users:
  - name: admin
    password: secret
dns:
  bind_hosts: [0.0.0.0, '2001:db8::53']
  port: 53
  ratelimit: 20
  upstream_dns:
    - https://dns.example/dns-query
    - 192.0.2.53
    - '[/corp.example/10.in-addr.arpa/]10.0.0.2 10.0.0.3:5353'
    - '[/deep.corp.example/]#'
    - '[//]10.0.0.1'
    - '# a comment'
  bootstrap_dns: [192.0.2.10]
  fallback_dns: [192.0.2.99]
  upstream_mode: load_balance
  disallowed_clients: [203.0.113.7]
  blocked_hosts: [version.bind, bad.example]
  local_ptr_upstreams: [10.0.0.1]
filters:
  - { enabled: true, url: 'https://lists.example/filter_1.txt', name: Filter, id: 1 }
  - { enabled: false, url: 'https://lists.example/off.txt', name: Off, id: 2 }
  - { enabled: true, url: 'http://lists.example/plain.txt', name: Plain, id: 3 }
whitelist_filters:
  - { enabled: true, url: 'https://lists.example/allow.txt', name: Allow, id: 4 }
user_rules: ['||ads.example.com^']
filtering:
  blocking_mode: custom_ip
  blocking_ipv4: 192.0.2.80
  blocked_services:
    schedule: { time_zone: Europe/Brussels, sat: { start: 0s, end: 12h } }
    ids: [tiktok, vk, 9gag]
  filters_update_interval: 12
  blocked_response_ttl: 10
  safe_search: { enabled: true, google: true }
clients:
  persistent:
    - name: Tablet
      ids: [192.168.1.50, 'aa:bb:cc:dd:ee:ff', tablet-1]
      tags: [user_child]
      use_global_settings: false
      filtering_enabled: false
      use_global_blocked_services: false
      blocked_services: { ids: [telegram] }
      upstreams: [192.0.2.1]
schema_version: 28
`;

/** Nothing of it has to be fetched, so that it can be asked what becomes of a name. */
const LOCAL = `dns:
  bind_host: 127.0.0.1
  port: 1053
  upstream_dns: [192.0.2.53]
  blocking_mode: nxdomain
  rewrites:
    - { domain: dead.example, answer: 0.0.0.0 }
    - { domain: nas.example, answer: 10.0.0.9 }
  blocked_services: [tiktok]
user_rules:
  - '||ads.example^'
  - '@@||good.ads.example^'
  - '! a comment'
  - '/(\\.|^)tracker\\.example$/'
  - '/^ad[0-9]+\\./'
  - '||one.example^$client=192.168.1.3'
  - '||two.example^$dnsrewrite=192.0.2.4'
  - 0.0.0.0 zero.example
  - 192.168.1.9 host.example
  - '||com^'
clients:
  - { name: Free, ids: [10.1.0.0/16], use_global_settings: false, filtering_enabled: false }
schema_version: 12
`;

const done: Imported[] = [];
afterEach(() => {
  for (const one of done.splice(0)) one.remove();
});

async function read(text: string): Promise<Imported> {
  const found = await importOf('AdGuardHome.yaml', text);
  done.push(found);
  return found;
}

describe('a whole configuration', () => {
  it('loads, with sockets, servers, lists, policies and groups', async () => {
    const { errors, config } = await read(FULL);
    expect(errors).toEqual([]);
    expect(config).toMatchObject({
      listen: { dns: ['0.0.0.0:53', '[2001:db8::53]:53'] },
      upstreams: ['192.0.2.53'],
      presets: [],
      updates: { folder: 'copies', resolvers: ['192.0.2.10'] },
      limits: { queries_per_second: 20 },
    });
    expect(config.forward[0]).toEqual({
      zones: ['corp.example', '10.in-addr.arpa'],
      upstreams: ['10.0.0.2', '10.0.0.3:5353'],
    });
    expect(config.forward[1].zones).toContain('168.192.in-addr.arpa');
    expect(config.lists).toEqual([
      { id: 'filter', title: 'Filter', url: 'https://lists.example/filter_1.txt', refresh: '12h', match: 'exact' },
      { id: 'allow', title: 'Allow', url: 'https://lists.example/allow.txt', refresh: '12h', match: 'exact' },
      { id: 'own-rules', title: 'Own rules', file: 'lists/own-rules.txt', format: 'adblock' },
    ]);
    expect(config.policies).toMatchObject([
      { id: 'filters', lists: ['filter', 'own-rules'], answer: { sinkhole: { ipv4: '192.0.2.80' } }, ttl: '10s' },
      { id: 'blocked-services', apps: ['tiktok', 'vkontakte'] },
      { id: 'blocked-services-tablet', apps: ['telegram'] },
    ]);
    expect(config.groups).toMatchObject([
      {
        id: 'tablet',
        match: { subnets: ['192.168.1.50'] },
        modes: { filters: 'off', 'blocked-services': 'off', 'blocked-services-tablet': 'block' },
      },
      { id: 'everyone', match: 'any', modes: { filters: 'block', 'blocked-services': 'block' }, allow: ['allow'] },
    ]);
    // Without filters there is no allow either: it would let services through.
    expect(config.groups[0].allow).toBeUndefined();
  });

  it.each([
    ['1', 'http'],
    ['3', 'users'],
    ['11', 'dns.upstream_dns[0] https://dns.example/dns-query'],
    ['14', 'dns.upstream_dns[3] [/deep.corp.example/]#'],
    ['15', 'dns.upstream_dns[4] [//]10.0.0.1'],
    ['18', 'dns.fallback_dns[0] 192.0.2.99'],
    ['19', 'dns.upstream_mode'],
    ['20', 'dns.disallowed_clients[0] 203.0.113.7'],
    ['22', 'dns.local_ptr_upstreams'],
    ['25', 'filters[1] Off https://lists.example/off.txt'],
    ['26', 'filters[2] Plain http://lists.example/plain.txt'],
    ['34', 'filtering.blocked_services.schedule'],
    ['35', 'filtering.blocked_services.ids[2] 9gag'],
    ['38', 'filtering.safe_search'],
    ['42', 'clients.persistent[0] Tablet aa:bb:cc:dd:ee:ff'],
    ['42', 'clients.persistent[0] Tablet tablet-1'],
    ['43', 'clients.persistent[0].tags'],
    ['48', 'clients.persistent[0].upstreams'],
  ])('tells what is left on line %s: %s', async (line, what) => {
    const { left } = await read(FULL);
    const found = left.find((note) => note.what === what);
    expect(found?.at).toBe(`/AdGuardHome.yaml:${line}`);
    expect(found?.reason).not.toBe('');
    expect(found?.fix).not.toBe('');
  });

  it('tells of nothing else', async () => {
    const { left } = await read(FULL);
    expect(left).toHaveLength(18);
  });

  it('tells of an option that it does not know', async () => {
    const { left, carried, different } = await read(FULL.replace('ratelimit: 20', 'ratelimit: 20\n  strange: 7'));
    expect(left.find(({ what }) => what === 'dns.strange')).toMatchObject({ reason: 'nothing of Sluis does this' });
    expect(carried.length).toBeGreaterThan(10);
    expect(different.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining([expect.stringContaining('first start'), expect.stringContaining('catalogue')]),
    );
  });
});

describe('an older one', () => {
  it.each([
    ['ads.example', '10.2.0.1', 'block'],
    ['x.ads.example', '10.2.0.1', 'block'],
    ['x.good.ads.example', '10.2.0.1', 'allow'],
    ['x.tracker.example', '10.2.0.1', 'block'],
    ['zero.example', '10.2.0.1', 'block'],
    ['x.zero.example', '10.2.0.1', 'pass'],
    ['dead.example', '10.2.0.1', 'block'],
    ['www.tiktok.com', '10.2.0.1', 'block'],
    ['ad7.other.example', '10.2.0.1', 'pass'],
    ['one.example', '192.168.1.3', 'pass'],
    ['nas.example', '10.2.0.1', 'pass'],
    ['ads.example', '10.1.0.1', 'pass'],
    ['www.tiktok.com', '10.1.0.1', 'block'],
  ])('%s for %s: %s', async (name, client, verdict) => {
    const found = await read(LOCAL);
    expect(found.errors).toEqual([]);
    expect(await found.verdict(name, client)).toBe(verdict);
  });

  it('tells rules that are none, by line', async () => {
    const { left } = await read(LOCAL);
    expect(left.map(({ at, what }) => `${at} ${what}`)).toEqual([
      '/AdGuardHome.yaml:19 user_rules[8] 192.168.1.9 host.example',
      '/AdGuardHome.yaml:8 dns.rewrites[1] nas.example to 10.0.0.9',
      '/AdGuardHome.yaml:15 user_rules[4] /^ad[0-9]+\\./',
      '/AdGuardHome.yaml:16 user_rules[5] ||one.example^$client=192.168.1.3',
      '/AdGuardHome.yaml:17 user_rules[6] ||two.example^$dnsrewrite=192.0.2.4',
      '/AdGuardHome.yaml:20 user_rules[9] ||com^',
    ]);
  });
});

describe('switches', () => {
  const base = "dns: { upstream_dns: [192.0.2.53] }\nuser_rules: ['||ads.example^']\nschema_version: 28\n";
  it.each([
    ['filtering: { protection_enabled: false }', 'pass'],
    ['filtering: { filtering_enabled: false }', 'pass'],
    ['filtering: { filtering_enabled: true }', 'block'],
  ])('%s: %s', async (text, verdict) => {
    expect(await (await read(`${base}${text}\n`)).verdict('ads.example', '10.0.0.1')).toBe(verdict);
  });

  it('takes a pause of the protection for what it is', async () => {
    const paused = "filtering: { protection_enabled: false, protection_disabled_until: '2026-12-01T10:00:00Z' }";
    const found = await read(`${base}${paused}\n`);
    expect(await found.verdict('ads.example', '10.0.0.1')).toBe('block');
    expect(found.different.map(({ reason }) => reason)).toContainEqual(expect.stringContaining('2026-12-01T10:00:00Z'));
  });

  it('blocks by no rewrite that is off', async () => {
    const rewrites = 'rewrites: [{ domain: dead.example, answer: 0.0.0.0 }]';
    const off = await read(`${base}filtering: { rewrites_enabled: false, ${rewrites} }\n`);
    expect(await off.verdict('dead.example', '10.0.0.1')).toBe('pass');
    expect(off.left.map(({ reason }) => reason)).toContain('it is switched off there');
    const on = await read(`${base}filtering: { rewrites_enabled: true, ${rewrites} }\n`);
    expect(await on.verdict('dead.example', '10.0.0.1')).toBe('block');
    expect(on.left).toEqual([]);
  });

  it('has no list of exceptions that were all taken back', async () => {
    const rules = "user_rules: ['||a.example^', '@@||b.example^', '@@||b.example^$badfilter']";
    const { config } = await read(`dns: { upstream_dns: [192.0.2.53] }\n${rules}\nschema_version: 28\n`);
    expect(config.lists.map(({ id }: { id: string }) => id)).toEqual(['own-rules']);
  });

  it('knows the one address of a client before schema version 6', async () => {
    const client = "{ name: a, ip: 10.0.0.9, mac: '', use_global_settings: false, filtering_enabled: false }";
    const found = await read(`${base}clients: [${client}]\n`);
    expect(await found.verdict('ads.example', '10.0.0.9')).toBe('pass');
    expect(found.left).toEqual([]);
  });

  it('refused is answered NXDOMAIN, and told', async () => {
    const { config, different } = await read(`${base}filtering: { blocking_mode: refused }\n`);
    expect(config.policies[0].answer).toBeUndefined();
    expect(different.some(({ reason }) => reason.includes('REFUSED'))).toBe(true);
  });

  it('serves those alone that were allowed', async () => {
    const text = base.replace(
      '{ upstream_dns: [192.0.2.53] }',
      '{ upstream_dns: [192.0.2.53], allowed_clients: [10.0.0.0/8] }',
    );
    const clients = 'clients: { persistent: [{ name: a, ids: [10.1.1.1, 192.0.2.9] }] }\n';
    const { config, left } = await read(text + clients);
    expect(config.groups.map(({ match }: { match: unknown }) => match)).toEqual([
      { subnets: ['10.1.1.1'] },
      { subnets: ['10.0.0.0/8'] },
    ]);
    expect(left.some(({ what }) => what.endsWith('192.0.2.9'))).toBe(true);
  });

  it('has no group, and no policy, for a client without an address', async () => {
    const client =
      "{ name: a, ids: ['aa:bb:cc:dd:ee:ff'], use_global_blocked_services: false, blocked_services: [tiktok] }";
    const { config, left } = await read(`${base}clients: { persistent: [${client}] }\n`);
    expect([config.groups.length, config.policies.length]).toEqual([1, 1]);
    expect(left.map(({ what }) => what)).toEqual([
      'clients.persistent[0] a aa:bb:cc:dd:ee:ff',
      'clients.persistent[0] a',
    ]);
  });

  it('asks a fallback where no upstream can be asked, and says so', async () => {
    const { config, different } = await read(
      'dns: { upstream_dns: ["tls://dns.example"], fallback_dns: [192.0.2.9] }\nschema_version: 28\n',
    );
    expect(config.upstreams).toEqual(['192.0.2.9']);
    expect(different).toHaveLength(1);
  });
});
