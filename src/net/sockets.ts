// Opens what outlives a datagram worker, and so belongs to main: client sockets and wake-up descriptors.

import { explainListenError, ListenError, listenEndpoint } from './listen-error.ts';
import { isWildcard, sockaddrOf } from './sockaddr.ts';
import { LINUX, type Syscalls, systemCalls } from './syscalls.ts';
import { zoneNumber } from './zones.ts';

/** Room for queries that arrive while a worker is busy or being replaced, and for replies on a slow link, in octets. */
const SOCKET_BUFFER = 4 * 1024 * 1024;

/** An open client socket. The descriptor is valid in every thread of this process. */
export interface Listener {
  fd: number;
  family: 4 | 6;
  address: string;
  /** The port bound: what the kernel chose where 0 was asked for. */
  port: number;
  /** Bound to every local address, so that replies must name the one they leave from. */
  wildcard: boolean;
}

/**
 * Opens one UDP socket for `count` datagram workers each, all bound to the same address and port; the kernel spreads
 * clients over them. A worker that dies leaves its socket open, and what waits in it to the worker that follows.
 * `address` is an IP address, with a zone (`%eth0`) where it is link-local; port 0 takes any free one.
 * Throws ListenError when the address cannot be had, also when another process shares it by SO_REUSEPORT: it would
 * get part of the queries.
 */
export function openListeners(options: { address: string; port: number; count: number }): Listener[] {
  const { address, port, count } = options;
  if (port !== 0) closeListener(openListener({ address, port, reusePort: false }));
  const listeners = [openListener({ address, port, reusePort: true })];
  try {
    while (listeners.length < count) {
      listeners.push(openListener({ address, port: listeners[0]!.port, reusePort: true }));
    }
  } catch (error) {
    for (const listener of listeners) closeListener(listener);
    throw error;
  }
  return listeners;
}

/** Opens one UDP client socket. With `reusePort`, others of this user may bind the same address. Throws ListenError. */
export function openListener(options: { address: string; port: number; reusePort: boolean }): Listener {
  const calls = systemCalls();
  const endpoint = listenEndpoint(options.address, options.port);
  const { family, address, zone } = endpoint;
  const wildcard = isWildcard(address);
  const scope = zone === '' ? 0 : zoneNumber(zone);
  if (zone !== '' && scope === 0) {
    throw new ListenError('ENODEV', options.address, options.port, `there is no interface ${zone}`);
  }
  const target = sockaddrOf(address, options.port, scope);
  const fd = calls.socket(target[0]!, LINUX.SOCK_DGRAM | LINUX.SOCK_NONBLOCK | LINUX.SOCK_CLOEXEC, 0);
  const isBound = fd >= 0 && prepare(calls, fd, family, wildcard, options.reusePort);
  if (!isBound || calls.bind(fd, target, target.length) !== 0) {
    const error = calls.errno();
    if (fd >= 0) calls.close(fd);
    throw explainListenError(error, endpoint, options.address);
  }
  return { fd, family, address: options.address, port: boundPort(calls, fd), wildcard };
}

function prepare(calls: Syscalls, fd: number, family: 4 | 6, wildcard: boolean, reusePort: boolean): boolean {
  const set = (level: number, option: number, value: number) =>
    calls.setsockopt(fd, level, option, new Uint8Array(Int32Array.of(value).buffer), 4) === 0;
  // Only root may go over net.core.rmem_max; everybody else gets as much as that allows.
  if (!set(LINUX.SOL_SOCKET, LINUX.SO_RCVBUFFORCE, SOCKET_BUFFER))
    set(LINUX.SOL_SOCKET, LINUX.SO_RCVBUF, SOCKET_BUFFER);
  if (!set(LINUX.SOL_SOCKET, LINUX.SO_SNDBUFFORCE, SOCKET_BUFFER))
    set(LINUX.SOL_SOCKET, LINUX.SO_SNDBUF, SOCKET_BUFFER);
  if (reusePort && !set(LINUX.SOL_SOCKET, LINUX.SO_REUSEPORT, 1)) return false;
  if (family === 4) {
    set(LINUX.IPPROTO_IP, LINUX.IP_MTU_DISCOVER, LINUX.PMTUDISC_OMIT);
    return !wildcard || set(LINUX.IPPROTO_IP, LINUX.IP_PKTINFO, 1);
  }
  set(LINUX.IPPROTO_IPV6, LINUX.IPV6_MTU_DISCOVER, LINUX.PMTUDISC_OMIT);
  // One socket, one family: an IPv4 client never shows up as ::ffff:…, and 0.0.0.0 and :: can both be listened on.
  if (!set(LINUX.IPPROTO_IPV6, LINUX.IPV6_V6ONLY, 1)) return false;
  return !wildcard || set(LINUX.IPPROTO_IPV6, LINUX.IPV6_RECVPKTINFO, 1);
}

function boundPort(calls: Syscalls, fd: number): number {
  const name = new Uint8Array(32);
  calls.getsockname(fd, name, Uint8Array.of(32, 0, 0, 0));
  return (name[2]! << 8) | name[3]!;
}

/** Closes a client socket. Only once no worker reads from it any more: the number is given out again. */
export function closeListener(listener: Listener): void {
  systemCalls().close(listener.fd);
}

/** An eventfd by which any thread wakes a worker that blocks in the kernel. Belongs to main, like a listener. */
export function openWake(): number {
  const fd = systemCalls().eventfd(0, LINUX.SOCK_CLOEXEC | LINUX.SOCK_NONBLOCK);
  if (fd < 0) throw new Error(`eventfd failed: error ${systemCalls().errno()}`);
  return fd;
}

const ONE = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);

/** Makes the driver that waits on `wakeFd` call its `poll`. Wakes before it gets there become one. */
export function wake(wakeFd: number): void {
  systemCalls().write(wakeFd, ONE, 8);
}

/** Closes the wake-up descriptor of a worker that has ended. */
export function closeWake(wakeFd: number): void {
  systemCalls().close(wakeFd);
}

/**
 * Closes what a worker that has ended left open: its upstream sockets and its epoll set, as it noted them in `owned`
 * (BatchedOptions). Returns how many. Only after the worker's `exit`.
 */
export function closeOrphans(owned: Int32Array): number {
  let closed = 0;
  for (let at = 0; at < owned.length; at++) {
    const fd = Atomics.exchange(owned, at, -1);
    if (fd >= 0 && systemCalls().close(fd) === 0) closed++;
  }
  return closed;
}
