/** The servers that are compared: how each is found, set up alike, and started. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildProgram, findProgram, versionOf } from '../programs.ts';

export type Workload = 'hits' | 'misses';

/** What one start of a server is given. All ports are on 127.0.0.1. */
export interface Place {
  /** Its own, empty; also its working directory. */
  readonly directory: string;
  readonly port: number;
  readonly adminPort: number;
  readonly stubPort: number;
  /** The blocked domains, one a line; each covers everything below it. */
  readonly blockedFile: string;
  /** Seconds after which a program of ours ends by itself. */
  readonly lifetimeSeconds: number;
}

export interface Program {
  readonly path: string;
  readonly version: string;
}

export interface Peer {
  readonly name: string;
  readonly workloads: readonly Workload[];
  /** False for one that echoes: it is asked no questions of sense. */
  readonly resolves: boolean;
  readonly variantOf: string | null;
  /** The program, or a sentence saying what is missing and what brings it. */
  find(): Promise<Program | string>;
  /** Writes the configuration and returns the command that starts the server in the foreground. */
  prepare(program: Program, place: Place): string[];
}

const root = join(import.meta.dirname, '..');

function packaged(program: string, flag: string): () => Promise<Program | string> {
  return async () => {
    const path = findProgram(program);
    if (path === null) return `${program} is missing: apt install ${program}`;
    return { path, version: await versionOf(path, flag) };
  };
}

const floor: Peer = {
  name: 'floor',
  workloads: ['hits'],
  resolves: false,
  variantOf: null,
  find: async () => {
    try {
      return { path: await buildProgram('floor'), version: 'bench/floor.c' };
    } catch (error) {
      return (error as Error).message;
    }
  },
  prepare: ({ path }, { port, lifetimeSeconds }) => [path, String(port), '1', String(lifetimeSeconds)],
};

export function sluisConfiguration(place: Place): string {
  return stringify({
    listen: { dns: [`127.0.0.1:${place.port}`] },
    admin: { listen: `127.0.0.1:${place.adminPort}` },
    upstreams: [`127.0.0.1:${place.stubPort}`],
    workers: { datagram: 1 },
    lists: [{ id: 'bench', file: place.blockedFile, format: 'domains' }],
    policies: [{ id: 'bench', title: { en: 'Bench' }, authority: 'Bench', lists: ['bench'] }],
    groups: [{ id: 'all', match: 'any', modes: { bench: 'block' } }],
  });
}

const sluis: Peer = {
  name: 'sluis',
  workloads: ['hits', 'misses'],
  resolves: true,
  variantOf: null,
  find: async () => {
    const path = join(root, 'bin', 'sluis');
    if (!existsSync(path)) return 'bin/sluis is missing from this checkout';
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { path, version };
  },
  prepare: ({ path }, place) => {
    const file = join(place.directory, 'sluis.yaml');
    writeFileSync(file, sluisConfiguration(place));
    return [path, 'serve', '--config', file];
  },
};

/** One thread, no validation, no log, no files of its own; caches that hold every name of a run. */
export function unboundConfiguration(place: Place, blocked: readonly string[]): string {
  const options = `
server:
  interface: 127.0.0.1@${place.port}
  access-control: 127.0.0.0/8 allow
  num-threads: 1
  module-config: "iterator"
  outgoing-range: 4096
  num-queries-per-thread: 2048
  so-rcvbuf: 4m
  so-sndbuf: 4m
  msg-cache-size: 256m
  rrset-cache-size: 512m
  do-not-query-localhost: no
  do-ip6: no
  do-daemonize: no
  use-syslog: no
  verbosity: 0
  username: ""
  chroot: ""
  pidfile: ""
  directory: "${place.directory}"
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${place.stubPort}
server:
`;
  return options + blocked.map((name) => `  local-zone: "${name}." always_nxdomain\n`).join('');
}

const unbound: Peer = {
  name: 'unbound',
  workloads: ['hits', 'misses'],
  resolves: true,
  variantOf: null,
  find: packaged('unbound', '-V'),
  prepare: ({ path }, place) => {
    const file = join(place.directory, 'unbound.conf');
    writeFileSync(file, unboundConfiguration(place, readFileSync(place.blockedFile, 'utf8').trim().split('\n')));
    return [path, '-d', '-c', file];
  },
};

/**
 * A packet cache for every name of a run; the rule comes before it, as policy does in Sluis. Batched receiving is not
 * its default: it saves a tenth, and a comparison is worth what its strongest opponent is. With one upstream socket it
 * loses a few queries of each run to that socket's small buffer.
 */
export function dnsdistConfiguration(place: Place): string {
  return `
setSecurityPollSuffix("")
setLocal("127.0.0.1:${place.port}")
setACL({"127.0.0.0/8"})
setUDPMultipleMessagesVectorSize(64)
setUDPSocketBufferSizes(4194304, 4194304)
newServer({address="127.0.0.1:${place.stubPort}", sockets=4}):setUp()
getPool(""):setCache(newPacketCache(2000000))
local blocked = newSuffixMatchNode()
for name in io.lines(${JSON.stringify(place.blockedFile)}) do blocked:add(newDNSName(name)) end
addAction(SuffixMatchNodeRule(blocked), RCodeAction(DNSRCode.NXDOMAIN))
`;
}

const dnsdist: Peer = {
  name: 'dnsdist',
  workloads: ['hits', 'misses'],
  resolves: true,
  variantOf: null,
  find: packaged('dnsdist', '--version'),
  prepare: ({ path }, place) => {
    const file = join(place.directory, 'dnsdist.conf');
    writeFileSync(file, dnsdistConfiguration(place));
    return [path, '--supervised', '--disable-syslog', '-C', file];
  },
};

/** In the order they are reported. A new peer is one more object here. */
export const PEERS: readonly Peer[] = [floor, sluis, unbound, dnsdist];
