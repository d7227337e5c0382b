/** Unbound: one thread, no validation, no log; caches that hold every name of a run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Peer, type Place, packaged } from './place.ts';

/** Its ten TCP connections, and one query at a time on each, would be the default's limit and not its code's. */
export function unboundConfiguration(place: Place, rules: readonly string[]): string {
  const options = `
server:
  interface: 127.0.0.1@${place.port}
  access-control: 127.0.0.0/8 allow
  num-threads: 1
  module-config: "iterator"
  outgoing-range: 4096
  num-queries-per-thread: 2048
  incoming-num-tcp: 1000
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
  return options + rules.map((name) => `  local-zone: "${name}." always_nxdomain\n`).join('');
}

export const unbound: Peer = {
  name: 'unbound',
  ...packaged('unbound', 'unbound', '-V'),
  prepare: ({ path }, place) => {
    const file = join(place.directory, 'unbound.conf');
    writeFileSync(file, unboundConfiguration(place, readFileSync(place.rulesFile, 'utf8').trim().split('\n')));
    return [path, '-d', '-c', file];
  },
};
