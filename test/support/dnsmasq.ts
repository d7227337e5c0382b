/** Starts a real dnsmasq that forwards everything to one server, from an address of its own, as a branch office does. */

import { spawn, spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import type { Address } from './dns-client.ts';
import { ended, freePort } from './unbound.ts';
import { Arrivals } from './until.ts';

export interface Dnsmasq {
  address: Address;
  stop(): Promise<void>;
}

const READY_MS = 20_000;
/** Debian keeps it where an ordinary user's PATH does not look. */
const PLACES = ['dnsmasq', '/usr/sbin/dnsmasq', '/usr/local/sbin/dnsmasq'];

/** The command that starts dnsmasq, or null where it is not installed. */
export function findDnsmasq(): string | null {
  return PLACES.find((place) => spawnSync(place, ['--version']).status === 0) ?? null;
}

/** `from`: where its questions come from. Resolves when it serves; stop() must follow. Throws when it does not come up. */
export async function startDnsmasq(
  binary: string,
  server: Address,
  from: string,
  options: readonly string[],
): Promise<Dnsmasq> {
  const address = { address: '127.0.0.1', port: await freePort() };
  const fixed = ['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--pid-file='];
  const child = spawn(
    binary,
    [
      ...fixed,
      ...['--log-facility=-', `--user=${userInfo().username}`, '--bind-interfaces', '--cache-size=0'],
      ...[`--listen-address=${address.address}`, `--port=${address.port}`],
      `--server=${server.address}#${server.port}@${from}`,
      ...options,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const arrivals = new Arrivals();
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    arrivals.announce();
  });
  child.once('exit', () => arrivals.announce());
  // It says so after its sockets are bound.
  await arrivals.until(() => output.includes('using nameserver') || child.exitCode !== null, READY_MS);
  const stop = () => ended(child);
  if (output.includes('using nameserver')) return { address, stop };
  await stop();
  throw new Error(`dnsmasq did not come up: ${output}`);
}
