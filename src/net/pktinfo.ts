// The local address a datagram was sent to, read from and written to the kernel's control messages (ip(7), RFC 3542 §6).

import type { Client } from '../engine/client.ts';
import { readHostWord, readWord, writeHostWord, writeWord } from './sockaddr.ts';
import { LAYOUT, LINUX } from './syscalls.ts';

/** CMSG_LEN of an in_pktinfo (12 octets) and an in6_pktinfo (20), and CMSG_SPACE of the same. */
const PKTINFO4_LENGTH = 28;
const PKTINFO4_SPACE = 32;
const PKTINFO6_LENGTH = 36;
const PKTINFO6_SPACE = 40;

/** Reads IP_PKTINFO or IPV6_PKTINFO, the only control messages our sockets ask for; `used` octets were written. */
export function readLocal(bytes: Uint8Array, at: number, used: number, client: Client): void {
  if (used < PKTINFO4_LENGTH) return;
  const level = readHostWord(bytes, at + LAYOUT.CMSG_LEVEL);
  const type = readHostWord(bytes, at + LAYOUT.CMSG_TYPE);
  const data = at + LAYOUT.CMSG_DATA;
  if (level === LINUX.IPPROTO_IP && type === LINUX.IP_PKTINFO) {
    client.hasLocal = true;
    client.interface = readHostWord(bytes, data);
    client.l0 = readWord(bytes, data + 4);
    client.l1 = 0;
    client.l2 = 0;
    client.l3 = 0;
  } else if (level === LINUX.IPPROTO_IPV6 && type === LINUX.IPV6_PKTINFO) {
    client.hasLocal = true;
    client.interface = readHostWord(bytes, data + 16);
    client.l0 = readWord(bytes, data);
    client.l1 = readWord(bytes, data + 4);
    client.l2 = readWord(bytes, data + 8);
    client.l3 = readWord(bytes, data + 12);
  }
}

/**
 * Writes the control message that makes a reply leave from the address that was asked; returns its space. The
 * interface is left to the routing table, which may rightly differ from the one the question came in by, except for
 * link-local addresses (fe80::/10), which mean nothing without it.
 */
export function writeLocal(bytes: Uint8Array, at: number, client: Client): number {
  const isFour = client.family === 4;
  const data = at + LAYOUT.CMSG_DATA;
  writeHostWord(bytes, at, isFour ? PKTINFO4_LENGTH : PKTINFO6_LENGTH);
  writeHostWord(bytes, at + LAYOUT.CMSG_LEVEL, isFour ? LINUX.IPPROTO_IP : LINUX.IPPROTO_IPV6);
  writeHostWord(bytes, at + LAYOUT.CMSG_TYPE, isFour ? LINUX.IP_PKTINFO : LINUX.IPV6_PKTINFO);
  if (isFour) {
    writeHostWord(bytes, data, 0);
    writeWord(bytes, data + 4, client.l0);
    writeHostWord(bytes, data + 8, 0);
    return PKTINFO4_SPACE;
  }
  const isLinkLocal = client.l0 >>> 22 === 0x3fa;
  writeWord(bytes, data, client.l0);
  writeWord(bytes, data + 4, client.l1);
  writeWord(bytes, data + 8, client.l2);
  writeWord(bytes, data + 12, client.l3);
  writeHostWord(bytes, data + 16, isLinkLocal ? client.interface : 0);
  return PKTINFO6_SPACE;
}
