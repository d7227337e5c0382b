// Says why a listen address cannot be had, and what to do about it: who holds the port, what a low port needs.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { basename } from 'node:path';
import { getSystemErrorMap, getSystemErrorName } from 'node:util';
import { withPort } from '../wire/address-text.ts';
import { type Endpoint, isWildcard, parseEndpoint } from './sockaddr.ts';

/** Thrown when a listen address cannot be opened. `code` is the system's name for it, such as EADDRINUSE. */
export class ListenError extends Error {
  readonly code: string;
  readonly address: string;
  readonly port: number;

  constructor(code: string, address: string, port: number, reason: string) {
    super(`cannot listen on ${withPort(address, port)}: ${reason}`);
    this.name = 'ListenError';
    this.code = code;
    this.address = address;
    this.port = port;
  }
}

/** The endpoint for an address to listen on, with a zone (`%eth0`) where it is link-local. Throws ListenError. */
export function listenEndpoint(address: string, port: number): Endpoint {
  const endpoint = parseEndpoint(withPort(address, port), port);
  if (endpoint === undefined) throw new ListenError('EINVAL', address, port, 'not an IP address');
  return endpoint;
}

/** A process that holds a port. */
export interface Holder {
  pid: number;
  name: string;
}

type Transport = 'udp' | 'tcp';

/** The error for a failed bind of `endpoint`, written `address`; `errno` is positive. Reads /proc where it may. */
export function explainListenError(
  errno: number,
  endpoint: Endpoint,
  address: string,
  transport: Transport = 'udp',
): ListenError {
  const code = getSystemErrorName(-errno);
  const reason = explain(code, endpoint, transport) ?? getSystemErrorMap().get(-errno)?.[1] ?? `error ${errno}`;
  return new ListenError(code, address, endpoint.port, reason);
}

function explain(code: string, endpoint: Endpoint, transport: Transport): string | undefined {
  if (code === 'EADDRINUSE') return explainInUse(findHolders(transport, endpoint));
  if (code === 'EADDRNOTAVAIL') return `no interface has this address; there are ${localAddresses().join(', ')}`;
  if ((code === 'EACCES' || code === 'EPERM') && endpoint.port < 1024) {
    return (
      'ports below 1024 need a privilege: AmbientCapabilities=CAP_NET_BIND_SERVICE in the systemd unit, ' +
      `"setcap cap_net_bind_service=+ep ${process.execPath}", ` +
      `or "sysctl net.ipv4.ip_unprivileged_port_start=${endpoint.port}"`
    );
  }
  return undefined;
}

/** The words for an address in use, given who uses it (nobody where /proc tells nothing). */
export function explainInUse(holders: Holder[]): string {
  if (holders.length === 0) {
    // A connection that ended keeps its port for a minute and belongs to nobody (TIME-WAIT, RFC 9293 §3.3.2).
    return 'the address is in use, by a process that this user may not see or a connection that just ended; see "ss -antup" as root';
  }
  const isResolved = holders.some(({ name }) => name.startsWith('systemd-resolve'));
  const hint = isResolved
    ? '; set DNSStubListener=no under [Resolve] in /etc/systemd/resolved.conf and restart systemd-resolved'
    : '';
  return `the address is in use by ${namesOf(holders)}${hint || '; end that, or set listen.dns to another port'}`;
}

/** Processes as people tell them apart: `unbound (process 17) and …`. */
export function namesOf(holders: Holder[]): string {
  return holders.map(({ pid, name }) => `${name} (process ${pid})`).join(' and ');
}

function localAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.map(({ address }) => address);
}

/**
 * Processes with a socket that keeps `endpoint` from being bound, as far as /proc may be read: everything for root,
 * else this user's own. Empty on other systems.
 */
export function findHolders(transport: Transport, endpoint: Endpoint): Holder[] {
  const inodes = new Set(
    [`/proc/net/${transport}`, `/proc/net/${transport}6`].flatMap((file) => clashing(readText(file), endpoint)),
  );
  if (inodes.size === 0) return [];
  const holders: Holder[] = [];
  for (const entry of list('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    if (!list(`/proc/${entry}/fd`).some((fd) => inodes.has(socketOf(`/proc/${entry}/fd/${fd}`)))) continue;
    holders.push({ pid: Number(entry), name: nameOf(entry) });
  }
  return holders;
}

/** Inodes of the sockets in the text of a /proc/net table whose local address clashes with `endpoint`. */
export function clashing(table: string, endpoint: Endpoint): string[] {
  const inodes: string[] = [];
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [address, port] = (fields[1] ?? '').split(':');
    const inode = fields[9];
    if (address === undefined || inode === undefined || Number.parseInt(port ?? '', 16) !== endpoint.port) continue;
    const local = procAddress(address);
    const isSame = local.length === endpoint.address.length && local.every((o, at) => o === endpoint.address[at]);
    if (isSame || isWildcard(local) || isWildcard(endpoint.address)) inodes.push(inode);
  }
  return inodes;
}

/** The tables print each 32-bit word of an address in host order, which is little-endian wherever this runs. */
function procAddress(hex: string): Uint8Array {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
  return bytes;
}

/**
 * The kernel's name for the process, which is cut short: a process that names itself, as Sluis does, has the whole in
 * its command line. Node calls itself MainThread there, so its script says more.
 */
function nameOf(pid: string): string {
  const name = readText(`/proc/${pid}/comm`).trim() || 'unknown';
  const command = readText(`/proc/${pid}/cmdline`).split('\0');
  if (name !== 'MainThread') return command[0].startsWith(name) ? command[0] : name;
  return command
    .slice(0, 2)
    .map((part) => basename(part))
    .join(' ')
    .trim();
}

function socketOf(path: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? '';
  } catch {
    return ''; // Closed since it was listed.
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // Another user's process, or one that ended.
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
