/** The workloads of the wire suite: what is asked, of whom, and how. */

export const WORKLOAD_NAMES = ['hits', 'blocked', 'misses', 'mixed', 'million', 'tcp', 'clients', 'groups'] as const;
export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

export interface Workload {
  readonly name: WorkloadName;
  readonly says: string;
  /** Who takes part. */
  readonly peers: readonly string[];
  /** Whether the servers load a million rules, or six. */
  readonly million: boolean;
  /** The shares of questions for blocked names and for names nobody asked before, 0 to 1. The rest is in the cache. */
  readonly blockedShare: number;
  readonly freshShare: number;
  readonly transport: 'udp' | 'tcp';
  /** How many addresses ask. From one, as few sockets as `--clients` says; from more, each with ports of its own. */
  readonly addresses: number;
  /** Queries a second where latency is measured: what the slowest that takes part can do with room to spare. */
  readonly rate: number;
}

const C_SERVERS = ['unbound', 'dnsdist', 'dnsdist-batched'];
const FULL_FIELD = ['sluis', ...C_SERVERS, 'dnsmasq', 'recursor', 'bind', 'kresd'];
const HITS = {
  million: false,
  blockedShare: 0.15,
  freshShare: 0,
  transport: 'udp',
  addresses: 1,
  rate: 20_000,
} as const;
const MANY_CLIENTS = 1024;
/** From one of their addresses to the next: far enough that they are of many networks. */
export const CLIENT_STRIDE = 251;

/** Where they ask from: 127.1.0.1 and on. */
export const MANY_ADDRESSES: readonly string[] = Array.from({ length: MANY_CLIENTS }, (_, index) => {
  const address = 0x7f010001 + index * CLIENT_STRIDE;
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
});

export const WORKLOADS: readonly Workload[] = [
  { ...HITS, name: 'hits', says: 'cache hits, 15 % blocked', peers: ['floor', ...FULL_FIELD] },
  {
    ...HITS,
    name: 'million',
    says: 'cache hits and near misses, 15 % blocked by a million rules',
    peers: ['floor', 'sluis', ...C_SERVERS, 'dnsmasq', 'bind'],
    million: true,
    rate: 10_000,
  },
  { ...HITS, name: 'blocked', says: 'all blocked', peers: ['floor', 'sluis', ...C_SERVERS], blockedShare: 1 },
  {
    ...HITS,
    name: 'misses',
    says: 'all misses, forwarded to the stub',
    peers: FULL_FIELD,
    blockedShare: 0,
    freshShare: 1,
    rate: 5000,
  },
  {
    ...HITS,
    name: 'mixed',
    says: '20 % misses, 80 % cached or blocked',
    peers: ['sluis', ...C_SERVERS],
    blockedShare: 0.12,
    freshShare: 0.2,
    rate: 10_000,
  },
  {
    ...HITS,
    name: 'tcp',
    says: 'cache hits, 15 % blocked, pipelined over TCP',
    peers: ['sluis', ...C_SERVERS, 'recursor', 'bind', 'kresd'],
    transport: 'tcp',
    rate: 10_000,
  },
  {
    ...HITS,
    name: 'clients',
    says: `cache hits, 15 % blocked, from ${MANY_CLIENTS} clients`,
    peers: ['floor', 'sluis', ...C_SERVERS],
    addresses: MANY_CLIENTS,
  },
  {
    ...HITS,
    name: 'groups',
    says: `cache hits, 15 % blocked, ${MANY_CLIENTS} clients: 24 groups with 20,000 prefixes, and one group`,
    peers: ['sluis-24-groups', 'sluis-one-group'],
    addresses: MANY_CLIENTS,
  },
];
