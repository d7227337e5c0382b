// AdGuard Home: what of it has no counterpart, by path, with the reason and what to do instead.

import type { Refusals } from './yaml-source.ts';

const CACHE = [
  'cache_enabled',
  'cache_size',
  'cache_ttl_min',
  'cache_ttl_max',
  'cache_optimistic',
  'cache_optimistic_answer_ttl',
  'cache_optimistic_max_age',
  'cache_time',
];
const CHOICE = [
  'upstream_mode',
  'all_servers',
  'fastest_addr',
  'fastest_timeout',
  'upstream_timeout',
  'max_goroutines',
];
const dns = (keys: readonly string[]) => keys.map((key) => `dns.${key}`);
const both = (keys: readonly string[]) => [...dns(keys), ...keys.map((key) => `filtering.${key}`)];
const client = (keys: readonly string[]) => keys.flatMap((key) => [`clients.persistent.${key}`, `clients.${key}`]);

const INTERFACE = [
  'users',
  'http',
  'bind_host',
  'bind_port',
  'beta_bind_port',
  'auth_attempts',
  'block_auth_min',
  'language',
  'theme',
  'web_session_ttl',
  'debug_pprof',
];
const SAFE = ['safe_search', 'safesearch_enabled', 'parental_enabled', 'safebrowsing_enabled'];

export const REFUSALS: Refusals = [
  [INTERFACE.map(String), 'the web interface and its accounts', 'set admin.listen; Sluis is configured by files'],
  [['http_proxy'], 'a proxy for fetching lists', 'set HTTPS_PROXY in the environment of Sluis'],
  [['os', 'rlimit_nofile'], 'rights of the process', 'set them in the unit of systemd, or in the container'],
  [
    ['log', 'log_file', 'log_compress', 'log_localtime', 'log_max_backups', 'log_max_size', 'log_max_age', 'verbose'],
    'the log of the program',
    'Sluis logs to standard output; see "log"',
  ],
  [
    [
      'querylog',
      'statistics',
      'dns.anonymize_client_ip',
      ...dns([
        'querylog_enabled',
        'querylog_file_enabled',
        'querylog_interval',
        'querylog_size_memory',
        'statistics_interval',
      ]),
    ],
    'a log of all queries, and statistics',
    'Sluis logs what policies blocked (log.hits), and counts in /metrics',
  ],
  [['tls'], 'queries over TLS, HTTPS or QUIC: not in this version of Sluis', 'put a server in front that takes them'],
  [['dhcp'], 'a DHCP server', 'have another one hand out addresses'],
  [['clients.runtime_sources', 'dns.resolve_clients'], 'names of clients', 'Sluis tells clients by their addresses'],
  [
    client(SAFE),
    'a client with safe search, parental control or safe browsing of its own',
    'use a list of what is to be blocked',
  ],
  [
    client(['upstreams', 'upstreams_cache_enabled', 'upstreams_cache_size']),
    'upstreams for one client',
    'Sluis has the same for all; run a second one for these clients',
  ],
  [client(['tags']), 'tags of a client', 'rules by tag ($ctag) are not honoured: use groups'],
  [
    both(SAFE),
    'safe search, parental control and safe browsing ask servers of AdGuard',
    'block by lists, or have the upstream do it',
  ],
  [
    both([
      'parental_block_host',
      'safebrowsing_block_host',
      'safebrowsing_cache_size',
      'safesearch_cache_size',
      'parental_cache_size',
      'safe_fs_patterns',
    ]),
    'belongs to functions that Sluis has not',
    'nothing',
  ],
  [both(CACHE), 'Sluis keeps answers in a cache of its own kind', 'see "cache": size, stale, max_ttl'],
  [dns(CHOICE), 'Sluis chooses among upstreams by itself', 'nothing'],
  [
    dns(['private_networks', 'use_private_ptr_resolvers']),
    "reverse lookups of private addresses, asked of the machine's own servers",
    'name the reverse zones under "forward"',
  ],
  [
    dns(['ratelimit_subnet_len_ipv4', 'ratelimit_subnet_len_ipv6', 'ratelimit_whitelist']),
    'the rate limit counts each client',
    'see "limits"',
  ],
  [dns(['trusted_proxies']), 'addresses of proxies for DNS over HTTPS', 'nothing, as Sluis takes none'],
  [dns(['refuse_any', 'serve_plain_dns', 'handle_ddr']), 'Sluis does so by itself', 'nothing'],
  [dns(['enable_dnssec']), 'Sluis does not validate; DO and CD are passed on', 'have an upstream validate'],
  [dns(['edns_client_subnet']), 'Sluis tells upstreams nothing of clients', 'nothing'],
  [dns(['aaaa_disabled']), 'Sluis drops no type of record', 'do without IPv6 in the network itself'],
  [
    dns(['bogus_nxdomain']),
    'answers that stand for NXDOMAIN',
    'write the addresses into a list of format addresses, to block names that lead there',
  ],
  [dns(['ipset', 'ipset_file']), 'sets of the firewall', 'nothing does this'],
  [
    dns(['hostsfile_enabled', 'local_domain_name', 'autohost_tld']),
    "names of the machine's own hosts file or DHCP",
    'name a server that knows them under "forward"',
  ],
  [dns(['use_dns64', 'dns64_prefixes']), 'DNS64', 'have an upstream do it'],
  [dns(['bootstrap_prefer_ipv6', 'serve_http3', 'use_http3_upstreams']), 'belongs to encrypted upstreams', 'nothing'],
  [dns(['pending_requests']), 'Sluis does so by itself', 'nothing'],
];
