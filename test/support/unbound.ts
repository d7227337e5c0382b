/** Starts a real Unbound that forwards everything to one upstream: a known-good server to prove the test machinery on. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, UdpClient } from './dns-client.ts';
import { TEST_ZONE } from './honest-zone.ts';
import { writeMessage } from './write-message.ts';

export interface Unbound {
  udp: Address;
  tcp: Address;
  stop(): Promise<void>;
}

const READY_ATTEMPTS = 50;
const READY_WAIT_MS = 100;
/** Debian keeps it where an ordinary user's PATH does not look. */
const PLACES = ['unbound', '/usr/sbin/unbound', '/usr/local/sbin/unbound'];

/** The command that starts Unbound, or null where it is not installed. */
export function findUnbound(): string | null {
  return PLACES.find((place) => spawnSync(place, ['-V']).status === 0) ?? null;
}

/** Resolves when it answers; stop() must follow. Throws with its output when it does not come up. */
export async function startUnbound(binary: string, upstream: Address): Promise<Unbound> {
  const folder = await mkdtemp(join(tmpdir(), 'unbound-'));
  const server = { address: '127.0.0.1', port: await freePort() };
  const config = join(folder, 'unbound.conf');
  await writeFile(config, configuration(folder, server, upstream));
  const child = spawn(binary, ['-d', '-d', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.on('data', (text) => {
    output += text;
  });
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  if (await answers(server, child)) return { udp: server, tcp: server, stop };
  await stop();
  throw new Error(`unbound did not come up: ${output}`);
}

/** Validation off: the upstream signs nothing. Everything else is as a careful admin would have it. */
function configuration(folder: string, server: Address, upstream: Address): string {
  return `server:
  interface: ${server.address}@${server.port}
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 0
  module-config: "iterator"
  do-not-query-localhost: no
  do-ip6: no
forward-zone:
  name: "."
  forward-addr: ${upstream.address}@${upstream.port}
remote-control:
  control-enable: no
`;
}

async function answers(server: Address, child: ChildProcess): Promise<boolean> {
  const client = await UdpClient.open(server);
  try {
    for (let attempt = 0; attempt < READY_ATTEMPTS && child.exitCode === null; attempt++) {
      const query = writeMessage({ id: attempt, flags: 0x0100, question: { name: `ready.${TEST_ZONE}`, type: 1 } });
      if ((await client.ask(query, READY_WAIT_MS)) !== null) return true;
    }
    return false;
  } finally {
    client.close();
  }
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

/** Such servers cannot bind port 0. The port is free now; the small chance that another takes it shows as "did not come up". */
export async function freePort(): Promise<number> {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
