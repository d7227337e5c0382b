/** PowerDNS Recursor: one thread that takes its own queries, no validation, the rules as a response policy zone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Peer, type Place, packaged } from './place.ts';
import { responsePolicyZone } from './response-policy-zone.ts';

export function recursorConfiguration(place: Place): string {
  return `
local-address=127.0.0.1
local-port=${place.port}
allow-from=127.0.0.0/8
dont-query=
forward-zones-recurse=.=127.0.0.1:${place.stubPort}
threads=1
pdns-distributes-queries=no
reuseport=yes
dnssec=off
qname-minimization=no
aggressive-nsec-cache-size=0
quiet=yes
loglevel=3
disable-syslog=yes
daemon=no
write-pid=no
socket-dir=${place.directory}
security-poll-suffix=
max-cache-entries=4000000
max-packetcache-entries=2000000
max-mthreads=4096
max-tcp-clients=2000
max-concurrent-requests-per-tcp-connection=1000
lua-config-file=${join(place.directory, 'recursor.lua')}
`;
}

export const recursor: Peer = {
  name: 'recursor',
  ...packaged('pdns-recursor', 'pdns_recursor', '--version'),
  prepare: ({ path }, place) => {
    const rules = readFileSync(place.rulesFile, 'utf8').trim().split('\n');
    writeFileSync(join(place.directory, 'rpz.zone'), responsePolicyZone(rules));
    const zone = JSON.stringify(join(place.directory, 'rpz.zone'));
    writeFileSync(join(place.directory, 'recursor.lua'), `rpzFile(${zone}, {policyName="rpz.bench"})\n`);
    writeFileSync(join(place.directory, 'recursor.conf'), recursorConfiguration(place));
    return [path, `--config-dir=${place.directory}`];
  },
};
