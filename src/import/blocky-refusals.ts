// Blocky: what of it has no counterpart, by path, with the reason and what to do instead.

import type { Refusals } from './yaml-source.ts';

export const BLOCKY_REFUSALS: Refusals = [
  [
    [
      'ports.tls',
      'ports.dohPath',
      'http3',
      'ports.https',
      'tlsPort',
      'httpsPort',
      'certFile',
      'keyFile',
      'minTlsServeVersion',
    ],
    'queries over TLS or HTTPS: not in this version of Sluis',
    'put a server in front that takes them',
  ],
  [['ports.http', 'httpPort', 'prometheus'], 'metrics and the API', 'they are at admin.listen, with /metrics there'],
  [['queryLog'], 'a log of all queries', 'Sluis logs what policies blocked: see log.hits'],
  [['log', 'logLevel', 'logFormat', 'logTimestamp', 'logPrivacy'], 'the log of the program', 'see "log"'],
  [['caching'], 'Sluis keeps answers in a cache of its own kind', 'see "cache": size, stale, max_ttl'],
  [['redis'], 'a cache that several servers share', 'each Sluis has its own'],
  [
    ['clientLookup.upstream', 'clientLookup.singleNameOrder'],
    'names of clients from reverse lookups',
    'Sluis tells clients by their addresses',
  ],
  [['clientLookup.clients'], 'names for clients, of which no rule makes use', 'nothing'],
  [['filtering.queryTypes', 'filtering'], 'Sluis drops no type of record', 'do without it in the network itself'],
  [['fqdnOnly'], 'names without a dot are asked like all others', 'have clients put a search domain behind them'],
  [['hostsFile'], 'a hosts file that is answered from', 'name a server that knows these names under "forward"'],
  [
    ['ede', 'specialUseDomains', 'dnssec', 'ecs'],
    'Sluis does this in a way of its own, or not at all',
    'see docs/answers.md',
  ],
  [['conditional.fallbackUpstream'], "a zone's servers are asked, and nobody else", 'nothing, most likely'],
  [['customDNS.customTTL', 'customDNS.filterUnmappedTypes'], 'belongs to answers of its own', 'nothing'],
  [
    [
      'upstreamTimeout',
      'upstreams.timeout',
      'upstreams.strategy',
      'upstreams.init',
      'upstreams.userAgent',
      'startVerifyUpstream',
      'connectIPVersion',
      'upstreams',
    ],
    'Sluis chooses among upstreams, and waits for them, by itself',
    'nothing',
  ],
  [
    [
      'blocking.loading',
      'blocking.downloadTimeout',
      'blocking.downloadAttempts',
      'blocking.downloadCooldown',
      'blocking.processingConcurrency',
    ],
    'how lists are fetched',
    'see "updates"; what happens when a list cannot be had is on_missing_policy of the groups',
  ],
  [
    [
      'blocking.startStrategy',
      'blocking.failStartOnListError',
      'blocking.maxErrorsPerFile',
      'blocking.maxErrorsPerSource',
    ],
    'what happens when a list cannot be had, or holds mistakes',
    'set on_missing_policy of the groups; a bad line is left out and told',
  ],
  [
    ['schedules', 'blocking.schedules', 'blocking.listSchedules'],
    'hours at which lists hold',
    'Sluis has no hours: set another mode when they matter',
  ],
  [
    ['rebindingProtection'],
    'answers with addresses of your own network are let through',
    'write these prefixes into a list of format addresses, and name that in a policy',
  ],
  [['rateLimit'], 'the rate limit counts each client', 'see "limits"'],
  [['dns64'], 'DNS64', 'have an upstream do it'],
];
