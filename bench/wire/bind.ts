/** BIND: one thread, forward only, the rules as a response policy zone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Peer, type Place, packaged } from './place.ts';
import { responsePolicyZone } from './response-policy-zone.ts';

/** `qname-wait-recurse no`: the name alone decides, so the upstream need not be waited for. */
export function bindConfiguration(place: Place): string {
  return `
options {
  directory "${place.directory}";
  pid-file none;
  session-keyfile none;
  listen-on port ${place.port} { 127.0.0.1; };
  listen-on-v6 { none; };
  allow-query { 127.0.0.0/8; };
  recursion yes;
  forward only;
  forwarders { 127.0.0.1 port ${place.stubPort}; };
  dnssec-validation no;
  empty-zones-enable no;
  minimal-responses yes;
  querylog no;
  prefetch 0;
  max-cache-size 1g;
  recursive-clients 100000;
  tcp-clients 2000;
  response-policy { zone "rpz.bench"; } qname-wait-recurse no;
};
zone "rpz.bench" { type primary; file "rpz.zone"; notify no; };
controls { };
logging { category default { null; }; };
`;
}

export const bind: Peer = {
  name: 'bind',
  ...packaged('bind9', 'named', '-v'),
  prepare: ({ path }, place) => {
    const rules = readFileSync(place.rulesFile, 'utf8').trim().split('\n');
    writeFileSync(join(place.directory, 'rpz.zone'), responsePolicyZone(rules));
    const file = join(place.directory, 'named.conf');
    writeFileSync(file, bindConfiguration(place));
    return [path, '-f', '-n', '1', '-c', file];
  },
};
