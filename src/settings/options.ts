// The one table of options: what can be set, its type, default, unit and description. All else is derived from it.

import * as z from 'zod';
import { duration, line, listener, searchDomain, size, target, upstream, zone } from './option-kinds.ts';
import { devices, exception } from './options-clients.ts';
import { guard, list, updates } from './options-lists.ts';
import { group, policy } from './options-policy.ts';

const count = (least: number, most: number, about: { description: string; examples: number[] }) =>
  z.int().min(least).max(most).meta(about);

const upstreamList = z.array(upstream).min(1).max(16);

const listen = z.strictObject({
  dns: z
    .array(listener({ description: 'Address and port for UDP and TCP.', examples: ['0.0.0.0:53', '[::]:53'] }))
    .min(1)
    .max(64)
    .prefault(['127.0.0.1:1053'])
    .meta({ description: 'Where queries are taken, over UDP and TCP.', examples: [['0.0.0.0:53', '[::]:53']] }),
});

const admin = z.strictObject({
  listen: listener({
    description: 'Where metrics, health and the API are served.',
    examples: ['127.0.0.1:8053'],
  }).prefault('127.0.0.1:8053'),
});

const forwardZone = z
  .strictObject({
    zones: z
      .array(zone)
      .min(1)
      .max(10_000)
      .meta({ description: 'Names, with all beneath them.', examples: [['intern.example']] }),
    upstreams: upstreamList.meta({ description: 'Who is asked for them.', examples: [['10.0.0.53']] }),
  })
  .meta({ description: 'Names that other servers know.' });

const cache = z.strictObject({
  size: size(
    { least: 2 ** 20, most: 2 ** 32, leastText: '1MiB', mostText: '4GiB' },
    'Memory for answers, all workers together.',
  ).prefault('64MiB'),
  stale: duration(
    { least: 0, most: 604800, leastText: '0s', mostText: '7d' },
    'How long past its end an answer may still be given while no upstream answers (RFC 8767); 0s for never.',
  ).prefault('1d'),
  max_ttl: duration(
    { least: 1, most: 604800, leastText: '1s', mostText: '7d' },
    'Longest time an answer is kept.',
  ).prefault('1d'),
  max_negative_ttl: duration(
    { least: 1, most: 10800, leastText: '1s', mostText: '3h' },
    'Longest time a negative answer is kept (RFC 2308).',
  ).prefault('3h'),
});

const limits = z.strictObject({
  tcp_clients: count(1, 100_000, { description: 'TCP connections at a time.', examples: [1000] }).default(1000),
  tcp_per_client: count(1, 10_000, { description: 'TCP connections of one address.', examples: [100] }).default(100),
  tcp_pipelined: count(1, 10_000, {
    description: 'Queries of one connection that may be unanswered; more are not read until some are.',
    examples: [100],
  }).default(100),
  tcp_idle: duration(
    { least: 1, most: 3600, leastText: '1s', mostText: '1h' },
    'After how long without a query a connection is closed.',
  ).prefault('10s'),
  queries_per_second: count(0, 1_000_000, {
    description:
      'Queries a second of one client over UDP, or of one device that a forwarder names; beyond them it is told to come back over TCP. 0 for no limit.',
    examples: [200],
  }).default(0),
});

const hits = z.strictObject({
  to: target(['off', 'stdout'], {
    description:
      'Where a line goes for each query that a policy blocked, or would have: off, stdout, or a file. Standard output is given so many lines a second at most; a file takes max_rate.',
    examples: ['stdout', '/var/log/sluis/hits.json'],
  }).prefault('stdout'),
  clients: z
    .enum(['pseudonym', 'plain', 'none'])
    .default('pseudonym')
    .meta({
      description:
        'How a line names the client: by a keyed pseudonym (HMAC), the same for as long as the key; by its address; or not at all.',
      examples: ['pseudonym'],
    }),
  key_file: line(
    'The key of the pseudonyms: at least 16 octets that nobody else can read; written where it is missing. Without it, client.key in the state directory that systemd gives; without that, a key that ends with the process.',
    ['/var/lib/sluis/client.key'],
  ).optional(),
  max_size: size(
    { least: 2 ** 16, most: 2 ** 40, leastText: '64KiB', mostText: '1024GiB' },
    'Size at which the file is moved aside, to FILE.1, and begun anew.',
  ).prefault('64MiB'),
  keep: count(0, 1000, { description: 'Files kept aside; older ones are removed.', examples: [5] }).default(5),
  max_rate: count(0, 1_000_000, {
    description: 'Lines a second to a file; hits beyond are counted, and one line says how many. 0 for no limit.',
    examples: [10_000],
  }).default(10_000),
});

const log = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .meta({
      description: 'The least serious lines that are written.',
      examples: ['info'],
    }),
  hits: hits.prefault({}).meta({ description: 'The log of policy hits; what changes in it needs a restart.' }),
});

const audit = z.strictObject({
  file: line(
    'Where each start and reload is written down, with what it changed, each line tied to the one before. Without it, audit.jsonl in the state directory that systemd gives; without that, nowhere. Read at start alone.',
    ['/var/lib/sluis/audit.jsonl'],
  ).optional(),
});

const learning = z.strictObject({
  names: count(0, 200_000, {
    description:
      'Names kept at most, of all groups with a default together, some 0.5 KB each: of names that groups ask for and no list of theirs allows. 0 for none.',
    examples: [20_000],
  }).default(20_000),
  file: line(
    'Where they are kept over restarts. Without it, learning.json in the state directory that systemd gives; without that, in memory alone. Read at start alone, as is names.',
    ['/var/lib/sluis/learning.json'],
  ).optional(),
});

const workers = z.strictObject({
  datagram: z
    .union([z.literal('auto'), z.int().min(1).max(64)])
    .default('auto')
    .meta({ description: 'Threads for UDP; auto is one a core.', examples: ['auto', 2] }),
  driver: z
    .enum(['auto', 'batched', 'portable'])
    .default('auto')
    .meta({
      description: 'batched needs Linux; portable runs anywhere and costs more; auto takes batched where it can.',
      examples: ['auto'],
    }),
});

/** What an image holds, but for those by which ways round the resolver act. */
const FEW_POLICIES = 250;
const FEW_GROUPS = 4095;
const FEW_EXCEPTIONS = 4095;

/** Every option. Unknown keys are problems, and an empty file is a whole configuration. */
export const options = z.strictObject({
  listen: listen.prefault({}).meta({ description: 'Sockets for queries.' }),
  admin: admin.prefault({}).meta({ description: 'The socket for metrics, health and the API.' }),
  upstreams: z
    .union([z.literal('system'), upstreamList])
    .default('system')
    .meta({
      description:
        'Who is asked for what is not blocked or cached: "system" for those of /etc/resolv.conf, or addresses.',
      examples: ['system', ['9.9.9.9', '[2620:fe::fe]:53']],
    }),
  presets: z
    .array(line('A preset that comes with Sluis, or the path of a file of policies.', ['be-716']))
    .max(64)
    .default(['be-716'])
    .meta({
      description: 'Ready-made policies; what "policies" says under the same id comes over them.',
      examples: [['be-716']],
    }),
  forward: z.array(forwardZone).max(1000).default([]).meta({ description: 'Zones with upstreams of their own.' }),
  policies: z.array(policy).max(FEW_POLICIES).default([]).meta({ description: 'Decisions.' }),
  groups: z.array(group).max(FEW_GROUPS).default([]).meta({
    description: 'Clients, and what each policy does to them. Without any, this machine alone, all policies at block.',
  }),
  devices: devices.optional(),
  exceptions: z
    .array(exception)
    .max(FEW_EXCEPTIONS)
    .default([])
    .meta({ description: 'Ways through a policy, each approved and for a time.' }),
  exceptions_file: line(
    'A file with more of them under the key "exceptions", which "sluis exceptions" edits; from the folder of this file on.',
    ['exceptions.yaml'],
  ).optional(),
  lists: z.array(list).max(1000).default([]).meta({ description: 'Names for policies and groups.' }),
  updates: updates.prefault({}).meta({ description: 'How lists are kept up to date.' }),
  guard: guard.prefault({}).meta({ description: 'What no list, and no update of one, may do.' }),
  blocklists: line('The folder of the catalogue; without it, the one that comes with Sluis.', [
    '/etc/sluis/blocklists',
  ]).optional(),
  search_domains: z
    .array(searchDomain)
    .max(64)
    .default([])
    .meta({
      description:
        'Domains that clients try names in: a blocked name with one of them behind it is answered as blocked, and not asked upstream.',
      examples: [['corp.example']],
    }),
  structured_errors: z
    .boolean()
    .default(false)
    .meta({
      description:
        'Experimental: whether a client that asks for it is told of a block as an object with contact, reason and authority (draft-ietf-dnsop-structured-dns-error).',
      examples: [true],
    }),
  cache: cache.prefault({}).meta({ description: 'The packet cache.' }),
  limits: limits.prefault({}).meta({ description: 'What one client, or all, may take.' }),
  log: log.prefault({}).meta({ description: 'The operational log, and the log of policy hits.' }),
  audit: audit.prefault({}).meta({ description: 'The log of every change of policy.' }),
  learning: learning.prefault({}).meta({
    description: 'What groups with a default ask for and do not approve, for "sluis learning".',
  }),
  workers: workers.prefault({}).meta({ description: 'Threads.' }),
});

/** Options as resolved by the table, before names are looked up. */
export type Options = z.output<typeof options>;
