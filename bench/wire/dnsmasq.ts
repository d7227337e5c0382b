/** dnsmasq: `local=` for every rule, a cache for every name that is asked twice, no files of the machine. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Peer, type Place, packaged } from './place.ts';

/** More than are asked again and again, times their types. */
const CACHED_NAMES = 50_000;

/**
 * It keeps other types than addresses only where told to (`cache-rr`). Once its cache is full of what has not expired,
 * each answer makes it look through all of it, which costs a millisecond: so it is never full.
 */
export function dnsmasqConfiguration(place: Place, rules: readonly string[]): string {
  const options = `
port=${place.port}
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
no-poll
no-daemon
user=root
pid-file=
cache-size=${CACHED_NAMES + place.freshNames}
cache-rr=HTTPS
dns-forward-max=10000
server=127.0.0.1#${place.stubPort}
`;
  return options + rules.map((name) => `local=/${name}/\n`).join('');
}

export const dnsmasq: Peer = {
  name: 'dnsmasq',
  ...packaged('dnsmasq-base', 'dnsmasq', '--version'),
  prepare: ({ path }, place) => {
    const file = join(place.directory, 'dnsmasq.conf');
    writeFileSync(file, dnsmasqConfiguration(place, readFileSync(place.rulesFile, 'utf8').trim().split('\n')));
    return [path, '--keep-in-foreground', `--conf-file=${file}`];
  },
};
