// The Linux system calls behind the batched driver, called through koffi, and what only they know: layouts and numbers.

import { createRequire } from 'node:module';

/** Numbers of <sys/socket.h>, <netinet/in.h>, <netinet/udp.h>, <sys/epoll.h>: the same on x86-64 and arm64. */
export const LINUX = {
  AF_INET: 2,
  SOCK_DGRAM: 2,
  SOCK_NONBLOCK: 0x800,
  SOCK_CLOEXEC: 0x80000,
  SOL_SOCKET: 1,
  SO_ERROR: 4,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_REUSEPORT: 15,
  SO_SNDBUFFORCE: 32,
  SO_RCVBUFFORCE: 33,
  IPPROTO_IP: 0,
  IP_PKTINFO: 8,
  IP_MTU_DISCOVER: 10,
  IPPROTO_UDP: 17,
  UDP_SEGMENT: 103,
  IPPROTO_IPV6: 41,
  IPV6_MTU_DISCOVER: 23,
  IPV6_V6ONLY: 26,
  IPV6_RECVPKTINFO: 49,
  IPV6_PKTINFO: 50,
  /** Ignore learned path MTUs: a forged "too big" must not make our replies fragment (RFC 9715 §3.1). */
  PMTUDISC_OMIT: 5,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  MSG_NOSIGNAL: 0x4000,
  EPOLL_CTL_ADD: 1,
  EPOLLIN: 1,
  EPOLLERR: 8,
  EPOLLHUP: 16,
} as const;

/** Error numbers that are acted on, the same on x86-64 and arm64. */
export const ERRNO = {
  EINTR: 4,
  EIO: 5,
  EAGAIN: 11,
  EINVAL: 22,
  EMSGSIZE: 90,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
} as const;

/**
 * Where the fields of the kernel's structures stand, in octets: 64-bit, little-endian, glibc and musl alike.
 * `struct epoll_event` is packed on x86-64 and nowhere else.
 */
export const LAYOUT = {
  MMSGHDR: 64,
  NAME: 0,
  NAME_LENGTH: 8,
  IOV: 16,
  IOV_COUNT: 24,
  CONTROL: 32,
  CONTROL_LENGTH: 40,
  FLAGS: 48,
  RECEIVED: 56,
  IOVEC: 16,
  IOVEC_LENGTH: 8,
  CMSG_LEVEL: 8,
  CMSG_TYPE: 12,
  CMSG_DATA: 16,
  EPOLL_EVENT: process.arch === 'x64' ? 12 : 16,
  EPOLL_DATA: process.arch === 'x64' ? 4 : 8,
} as const;

/** Pointers are plain numbers: user-space addresses stay below 2^53. Each call returns what C does, -1 on error. */
export interface Syscalls {
  /** The error of the last call; ask before anything else runs. */
  errno(): number;
  /** Where `bytes` stands in memory. Its ArrayBuffer must stay referenced, and hold more than 64 octets. */
  address(bytes: Uint8Array): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array): number;
  recvmmsg(fd: number, headers: number, count: number, flags: number, timeout: number): number;
  sendmmsg(fd: number, headers: number, count: number, flags: number): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, fd: number, event: Uint8Array): number;
  epollWait(epoll: number, events: number, count: number, timeout: number): number;
  eventfd(initial: number, flags: number): number;
  read(fd: number, into: Uint8Array, length: number): number;
  write(fd: number, from: Uint8Array, length: number): number;
  close(fd: number): number;
}

let loaded: Syscalls | undefined;

/** The bindings, made at first use. Throws where `isBatchedAvailable` gives a reason. */
export function systemCalls(): Syscalls {
  loaded ??= bindings();
  return loaded;
}

function bindings(): Syscalls {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const libc = koffi.load(null);
  return {
    errno: koffi.errno as () => number,
    address: (bytes) => Number(koffi.address(bytes)),
    socket: libc.func('int socket(int, int, int)'),
    bind: libc.func('int bind(int, void *, unsigned int)'),
    connect: libc.func('int connect(int, void *, unsigned int)'),
    getsockname: libc.func('int getsockname(int, void *, void *)'),
    setsockopt: libc.func('int setsockopt(int, int, int, void *, unsigned int)'),
    getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
    recvmmsg: libc.func('int recvmmsg(int, uintptr_t, unsigned int, int, uintptr_t)'),
    sendmmsg: libc.func('int sendmmsg(int, uintptr_t, unsigned int, int)'),
    epollCreate: libc.func('int epoll_create1(int)'),
    epollControl: libc.func('int epoll_ctl(int, int, int, void *)'),
    epollWait: libc.func('int epoll_wait(int, uintptr_t, int, int)'),
    eventfd: libc.func('int eventfd(unsigned int, int)'),
    read: libc.func('int64_t read(int, void *, size_t)'),
    write: libc.func('int64_t write(int, void *, size_t)'),
    close: libc.func('int close(int)'),
  };
}

/** Why the batched driver cannot run here, in words for the log; undefined when it can. */
export function isBatchedAvailable(): string | undefined {
  if (process.platform !== 'linux') return `batched system calls need Linux, this is ${process.platform}`;
  if (process.arch !== 'x64' && process.arch !== 'arm64') {
    return `structure layouts are known for x64 and arm64, this is ${process.arch}`;
  }
  try {
    return probe(systemCalls());
  } catch (error) {
    return `koffi cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A container's seccomp profile or an emulated kernel may refuse a call that exists: try each one. */
function probe(calls: Syscalls): string | undefined {
  const fd = calls.socket(2, LINUX.SOCK_DGRAM | LINUX.SOCK_CLOEXEC, 0);
  const epoll = calls.epollCreate(LINUX.SOCK_CLOEXEC);
  const event = calls.eventfd(0, LINUX.SOCK_CLOEXEC | LINUX.SOCK_NONBLOCK);
  const headers = new Uint8Array(new ArrayBuffer(LAYOUT.MMSGHDR * 2));
  const tried: [string, boolean][] = [
    ['epoll_create1', epoll >= 0],
    ['eventfd', event >= 0],
    // An unbound IPv4 socket with nothing to read: EAGAIN is the one right answer.
    [
      'recvmmsg',
      calls.recvmmsg(fd, calls.address(headers), 1, LINUX.MSG_DONTWAIT, 0) === -1 && calls.errno() === ERRNO.EAGAIN,
    ],
    ['sendmmsg', calls.sendmmsg(fd, calls.address(headers), 0, LINUX.MSG_DONTWAIT) === 0],
  ];
  for (const open of [fd, epoll, event]) if (open >= 0) calls.close(open);
  const refused = tried.filter(([, worked]) => !worked).map(([name]) => name);
  return refused.length === 0 ? undefined : `the kernel or its sandbox refuses ${refused.join(', ')}`;
}
