// Addresses: as text ("192.0.2.1:53", "[2001:db8::1]:53"), as octets, and as the sockaddr structures of the kernel.

import { isIPv4, isIPv6 } from 'node:net';
import type { Client } from '../engine/client.ts';
import { addressText } from '../wire/address-text.ts';

/** An address with a port. `address` holds 4 or 16 octets in network order. */
export interface Endpoint {
  family: 4 | 6;
  address: Uint8Array;
  port: number;
  /** Interface name or number of a link-local IPv6 address (RFC 4007 §11), else empty. */
  zone: string;
}

/** Linux numbers of the address families, the same on every architecture. */
const AF_INET = 2;
const AF_INET6 = 10;

/** Octets of a sockaddr_in and a sockaddr_in6. */
const SOCKADDR4 = 16;
const SOCKADDR6 = 28;

/**
 * Reads "address", "address:port" or "[v6]:port"; a bare IPv6 address is an address without port.
 * Undefined when it is none of these, or the port is not 0 to 65535.
 */
export function parseEndpoint(text: string, defaultPort: number): Endpoint | undefined {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  const plain = bracketed ?? (isIPv6(text) ? null : /^([^:]*)(?::(\d{1,5}))?$/.exec(text));
  const host = plain === null ? text : plain[1]!;
  if (bracketed !== null && !isIPv6(host)) return undefined;
  const port = plain?.[2] === undefined ? defaultPort : Number(plain[2]);
  const address = parseAddress(host);
  if (address === undefined || port > 65535) return undefined;
  const percent = host.indexOf('%');
  return {
    family: address.length === 4 ? 4 : 6,
    address,
    port,
    zone: percent < 0 ? '' : host.slice(percent + 1),
  };
}

/** The 4 or 16 octets of an address in text, its zone left aside; undefined when it is no address. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text)) return undefined;
  const bytes = new Uint8Array(16);
  const [head = '', tail] = text.split('%', 1)[0]!.split('::');
  const first = hextets(head);
  bytes.set(first, 0);
  if (tail !== undefined) {
    const last = hextets(tail);
    bytes.set(last, 16 - last.length);
  }
  return bytes;
}

function hextets(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (part.includes('.')) return part.split('.').map(Number);
    const value = Number.parseInt(part, 16);
    return [value >> 8, value & 0xff];
  });
}

/** Octets to text; IPv6 in its canonical form (RFC 5952 §4), IPv4-mapped with a dotted tail (§5). */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return addressText(4, bytes);
  const isMapped = bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((octet) => octet === 0);
  return isMapped ? `::ffff:${addressText(4, bytes.subarray(12))}` : addressText(6, bytes);
}

/** Whether every octet is 0: 0.0.0.0 or ::, which as a listen address means every local address. */
export function isWildcard(address: Uint8Array): boolean {
  return address.every((octet) => octet === 0);
}

/** Four octets in network order at `at`, as an unsigned word. */
export function readWord(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Writes a word as four octets in network order. */
export function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = (word >>> 16) & 0xff;
  bytes[at + 2] = (word >>> 8) & 0xff;
  bytes[at + 3] = word & 0xff;
}

/** Four octets in host order (little-endian on every machine the batched driver runs on). */
export function readHostWord(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 3]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 1]! << 8) | bytes[at]!) >>> 0;
}

export function writeHostWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word & 0xff;
  bytes[at + 1] = (word >>> 8) & 0xff;
  bytes[at + 2] = (word >>> 16) & 0xff;
  bytes[at + 3] = word >>> 24;
}

/** Fills address, port and scope of `client` from the sockaddr the kernel wrote at `at`. */
export function readSockaddr(bytes: Uint8Array, at: number, listener: number, client: Client): void {
  const port = (bytes[at + 2]! << 8) | bytes[at + 3]!;
  if (bytes[at] === AF_INET) {
    client.setAddress4(readWord(bytes, at + 4));
    client.setDatagram(port, 0, listener);
    return;
  }
  client.setAddress6(
    readWord(bytes, at + 8),
    readWord(bytes, at + 12),
    readWord(bytes, at + 16),
    readWord(bytes, at + 20),
  );
  client.setDatagram(port, readHostWord(bytes, at + 24), listener);
}

/** Writes where to reach `client` at `at`; returns the octets of the structure. */
export function writeSockaddr(bytes: Uint8Array, at: number, client: Client): number {
  const port = client.port;
  bytes[at + 1] = 0;
  bytes[at + 2] = port >>> 8;
  bytes[at + 3] = port & 0xff;
  if (client.family === 4) {
    bytes[at] = AF_INET;
    writeWord(bytes, at + 4, client.a);
    return SOCKADDR4;
  }
  bytes[at] = AF_INET6;
  writeWord(bytes, at + 4, 0);
  writeWord(bytes, at + 8, client.a);
  writeWord(bytes, at + 12, client.b);
  writeWord(bytes, at + 16, client.c);
  writeWord(bytes, at + 20, client.d);
  writeHostWord(bytes, at + 24, client.scope);
  return SOCKADDR6;
}

/** The whole sockaddr of an address and port, for bind and connect. `scope` is an interface number, or 0. */
export function sockaddrOf(address: Uint8Array, port: number, scope: number): Uint8Array {
  const bytes = new Uint8Array(address.length === 4 ? SOCKADDR4 : SOCKADDR6);
  bytes[0] = address.length === 4 ? AF_INET : AF_INET6;
  bytes[2] = port >>> 8;
  bytes[3] = port & 0xff;
  bytes.set(address, address.length === 4 ? 4 : 8);
  if (address.length === 16) writeHostWord(bytes, 24, scope);
  return bytes;
}
