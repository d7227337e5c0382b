// Blocky: what its files become, in the words of old and new versions, and that names are blocked as before.

import { afterEach, describe, expect, it } from 'vitest';
import { type Imported, importOf } from '../support/imports-of.ts';

const NEW = `upstreams:
  strategy: strict
  timeout: 2s
  groups:
    default:
      - 192.0.2.53
      - tcp-tls:dns.example:853
    laptop*:
      - 192.0.2.54
bootstrapDns:
  - tcp+udp:192.0.2.10
  - upstream: https://dns.example/dns-query
    ips: [192.0.2.11]
customDNS:
  customTTL: 1h
  mapping:
    printer.lan: 192.168.178.3,2001:db8::3
conditional:
  mapping:
    corp.example: 10.0.0.2,10.0.0.3
    .: 10.0.0.1
blocking:
  denylists:
    ads:
      - https://lists.example/ads.txt
      - |
        # own
        ads.example
        *.wild.example
        /^banners?[_.-]/
        0.0.0.0 hosted.example
    kids:
      - kids.txt
    unused:
      - https://lists.example/unused.txt
  allowlists:
    ads:
      - |
        good.wild.example
  clientGroupsBlock:
    default: [ads]
    192.168.178.1/24: [kids]
    192.168.178.9: [ads]
    laptop*: [kids]
    phone: [ads]
  blockType: nxDomain
  blockTTL: 1m
  loading:
    refreshPeriod: 24h
    strategy: failOnError
clientLookup:
  upstream: 192.168.178.1
  clients:
    laptop-anna: [192.168.178.29, 10.9.9.9]
ports:
  dns: 127.0.0.1:1053,[::1]:1053
  http: 4000
queryLog: { type: csv, target: /logs }
redis: { address: 'redis:6379' }
rateLimit: { enable: true, rate: 50, burst: 100 }
http3: { enable: false }
`;

const OLD = `upstream:
  default: [192.0.2.53, 'https://dns.example/dns-query']
port: 1053
blocking:
  blackLists:
    ads:
      - |
        ads.example
        *.wild.example
    strict:
      - |
        strict.example
  whiteLists:
    ads:
      - |
        fine.wild.example
    only:
      - |
        only.example
  clientGroupsBlock:
    default: [ads]
    10.5.0.0/16: [only]
    10.6.0.0/16: [strict]
    10.6.6.0/24: [ads]
  blockType: 192.0.2.80, 2001:db8::80
`;

const done: Imported[] = [];
afterEach(() => {
  for (const one of done.splice(0)) one.remove();
});

async function read(text: string): Promise<Imported> {
  const found = await importOf('config.yml', text);
  done.push(found);
  return found;
}

describe('a new one', () => {
  it('loads, with sockets, servers, lists, policies and groups', async () => {
    const { errors, config, files } = await read(NEW);
    expect(errors).toEqual([]);
    expect(config).toMatchObject({
      listen: { dns: ['127.0.0.1:1053', '[::1]:1053'] },
      upstreams: ['192.0.2.53'],
      forward: [{ zones: ['corp.example'], upstreams: ['10.0.0.2', '10.0.0.3'] }],
      updates: { resolvers: ['192.0.2.10'] },
      limits: { queries_per_second: 50 },
    });
    expect(config.lists).toMatchObject([
      { id: 'ads-ads-txt', url: 'https://lists.example/ads.txt', refresh: '86400s' },
      { id: 'ads-own', format: 'domains', match: 'exact' },
      { id: 'kids-kids-txt' },
      { id: 'unused-unused-txt' },
      { id: 'ads-allowed-own' },
    ]);
    expect(files['lists/ads-own.txt']).toBe('ads.example\n.wild.example\nhosted.example\n');
    expect(config.policies.map(({ id, ttl }: { id: string; ttl: string }) => [id, ttl])).toEqual([
      ['ads', '60s'],
      ['kids', '60s'],
      ['unused', '60s'],
    ]);
  });

  it('adds up what all keys say of a client, as Blocky does', async () => {
    const { config } = await read(NEW);
    const groups = config.groups.map(({ match, modes }: { match: { subnets: string[] }; modes: object }) => [
      match.subnets ?? match,
      modes,
    ]);
    expect(groups).toEqual([
      [['192.168.178.0/24'], { ads: 'off', kids: 'block', unused: 'off' }],
      [['192.168.178.9'], { ads: 'block', kids: 'block', unused: 'off' }],
      [['192.168.178.29', '10.9.9.9'], { ads: 'off', kids: 'block', unused: 'off' }],
      ['any', { ads: 'block', kids: 'off', unused: 'off' }],
    ]);
  });

  it.each([
    ['2', 'upstreams.strategy'],
    ['7', 'upstreams.groups.default[1] tcp-tls:dns.example:853'],
    ['8', 'upstreams.groups.laptop*'],
    ['12', 'bootstrapDns[1].upstream https://dns.example/dns-query'],
    ['17', 'customDNS.mapping printer.lan 192.168.178.3, 2001:db8::3'],
    ['21', 'conditional.mapping .'],
    ['30', 'blocking.denylists.ads[1] /^banners?[_.-]/'],
    ['34', 'denylists unused'],
    ['45', 'clientGroupsBlock phone'],
    ['50', 'blocking.loading.strategy'],
    ['52', 'clientLookup.upstream'],
    ['57', 'ports.http'],
    ['58', 'queryLog'],
    ['59', 'redis'],
    ['60', 'rateLimit.burst'],
  ])('tells what is left on line %s: %s', async (line, what) => {
    const { left } = await read(NEW);
    expect(left.find((note) => note.what === what)?.at).toBe(`/config.yml:${line}`);
  });
});

it.each([
  // Whose keys say nothing has what default says.
  ['ads.example', '10.7.7.7', 'block'],
  ['ads.example', '10.8.8.8', 'block'],
  ['strict.example', '10.8.8.8', 'pass'],
  // What customDNS leads nowhere, for everybody.
  ['x.dead.example', '10.8.8.8', 'block'],
  ['printer.example', '10.8.8.8', 'pass'],
  // A group of lists that allows nothing is not one that allows nothing else.
  ['other.example', '10.9.9.9', 'pass'],
])('%s for %s: %s, where little is said', async (name, client, verdict) => {
  const { errors, verdict: verdictOf } = await read(`upstreams: { groups: { default: [192.0.2.53] } }
customDNS: { mapping: { dead.example: '0.0.0.0, ::', printer.example: 10.0.0.9 } }
blocking:
  denylists:
    ads:
      - |
        ads.example
    strict:
      - |
        strict.example
  allowlists:
    nothing: []
  clientGroupsBlock:
    default: [ads]
    10.7.7.7: []
    10.8.0.0/16: []
    10.9.9.9: [strict, nothing]
`);
  expect(errors).toEqual([]);
  expect(await verdictOf(name, client)).toBe(verdict);
});

describe('an old one', () => {
  it.each([
    ['ads.example', '10.1.0.1', 'block'],
    ['x.ads.example', '10.1.0.1', 'pass'],
    ['wild.example', '10.1.0.1', 'block'],
    ['x.wild.example', '10.1.0.1', 'block'],
    ['fine.wild.example', '10.1.0.1', 'allow'],
    ['strict.example', '10.1.0.1', 'pass'],
    ['only.example', '10.5.0.1', 'allow'],
    ['ads.example', '10.5.0.1', 'block'],
    ['other.example', '10.5.0.1', 'block'],
    ['strict.example', '10.6.0.1', 'block'],
    ['ads.example', '10.6.0.1', 'pass'],
    ['ads.example', '10.6.6.1', 'block'],
    ['strict.example', '10.6.6.1', 'block'],
  ])('%s for %s: %s', async (name, client, verdict) => {
    const found = await read(OLD);
    expect(found.errors).toEqual([]);
    expect(await found.verdict(name, client)).toBe(verdict);
  });

  it('leads blocked names where it did', async () => {
    const { config } = await read(OLD);
    expect(config.policies[0].answer).toEqual({ sinkhole: { ipv4: '192.0.2.80', ipv6: '2001:db8::80' } });
    expect(config.listen.dns).toEqual(['0.0.0.0:1053', '[::]:1053']);
  });
});
