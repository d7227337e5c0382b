// Addresses as people write them: single ones, prefixes, and addresses with a port.

import { isIPv4, isIPv6 } from 'node:net';
import { addressText, withPort } from '../wire/address-text.ts';
import type { Trouble } from './problems.ts';

export interface Address {
  family: 4 | 6;
  /** Canonical text, without scope. */
  text: string;
  /** 4 or 16, network order. */
  octets: Uint8Array;
  /** The zone of a link-local address (`eth0`); empty otherwise. */
  scope: string;
}

export interface Endpoint extends Address {
  port: number;
}

export interface Prefix {
  family: 4 | 6;
  /** Network order, host bits zero. */
  octets: Uint8Array;
  length: number;
  /** Canonical text, `10.0.0.0/8`. */
  text: string;
}

function octets6(text: string): Uint8Array {
  const octets = new Uint8Array(16);
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  let plain = text;
  if (dotted) {
    const [a, b, c, d] = dotted.slice(1).map(Number);
    plain = `${text.slice(0, dotted.index)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [head, tail] = plain.split('::');
  const words = (part: string | undefined) => (part ? part.split(':').map((word) => Number.parseInt(word, 16)) : []);
  const before = words(head);
  const after = words(tail);
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  for (let at = 0; at < 8; at++) {
    octets[at * 2] = all[at] >> 8;
    octets[at * 2 + 1] = all[at] & 0xff;
  }
  return octets;
}

/** Undefined when `text` is no address. */
export function readAddress(text: string): Address | undefined {
  if (isIPv4(text)) {
    return { family: 4, text, octets: Uint8Array.from(text.split('.').map(Number)), scope: '' };
  }
  if (!isIPv6(text)) return undefined;
  const [plain, scope = ''] = text.split('%');
  const octets = octets6(plain);
  return { family: 6, text: addressText(6, octets), octets, scope };
}

/** `::ffff:0:0/96`: such a client is taken for the IPv4 client that it is. */
export function isMapped(octets: Uint8Array): boolean {
  return (
    octets.length === 16 && octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] + octets[11] === 510
  );
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: Address): boolean {
  return address.family === 4 ? address.octets[0] === 127 : address.text === '::1';
}

/** 127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918), 169.254.0.0/16; ::1, fc00::/7, fe80::/10. */
export function isInternal(address: Address): boolean {
  const [a, b] = address.octets;
  if (isLoopback(address)) return true;
  if (address.family === 6) return (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
  return a === 10 || (a === 172 && (b & 0xf0) === 16) || (a === 192 && b === 168) || (a === 169 && b === 254);
}

/** 0.0.0.0 and ::, which stand for every address of this machine. */
export function isWildcard(address: Address): boolean {
  return address.octets.every((octet) => octet === 0);
}

export function endpointText({ text, scope, port }: Endpoint): string {
  return withPort(scope ? `${text}%${scope}` : text, port);
}

const NOT_YET = /^(tls|https|quic|h3|sdns|tcp|udp):\/\//i;

function hostTrouble(text: string, host: string): Trouble {
  if (NOT_YET.test(text)) {
    const scheme = text.slice(0, text.indexOf(':'));
    return {
      message: `"${text}": ${scheme}:// is not in this version`,
      fix: 'write an address, with a port where it is not 53: 9.9.9.9 or 9.9.9.9:5353',
    };
  }
  if (host === 'localhost' || host === '*') {
    const meant = host === '*' ? '0.0.0.0 (and [::] for IPv6)' : '127.0.0.1 (and [::1] for IPv6)';
    return { message: `"${host}" is no address`, fix: `write ${meant}` };
  }
  if (/^[\d.]+$/.test(host))
    return { message: `"${host}" is no IPv4 address`, fix: 'write four numbers from 0 to 255' };
  if (host.includes(':'))
    return { message: `"${host}" is no IPv6 address`, fix: 'write an address such as 2620:fe::fe' };
  return { message: `"${host}" is no address`, fix: 'write an IPv4 or IPv6 address; names cannot be resolved here' };
}

/**
 * `192.0.2.1:53`, `[2001:db8::1]:53` or, where there is a default port, the address alone.
 * `least` is the lowest port allowed: 0 for a socket of our own, where it means any free port.
 */
export function readEndpoint(text: string, defaultPort: number | undefined, least = 1): Endpoint | Trouble {
  const whole = readAddress(text);
  if (whole && defaultPort !== undefined) return { ...whole, port: defaultPort };
  if (whole) {
    const meant = whole.family === 4 ? `${text}:53` : `[${text}]:53`;
    return { message: `"${text}" has no port`, fix: `write ${meant}` };
  }
  const found = /^\[(.*)\](?::(.*))?$|^([^:]*):([^:]*)$/.exec(text);
  if (!found || NOT_YET.test(text)) return hostTrouble(text, text);
  const [, bracketed, bracketedPort, plain, plainPort] = found;
  const host = bracketed ?? plain;
  const address = readAddress(host);
  if (!address || (bracketed !== undefined) !== (address.family === 6)) return hostTrouble(text, host);
  const port = bracketedPort ?? plainPort;
  if (port === undefined) {
    if (defaultPort !== undefined) return { ...address, port: defaultPort };
    return { message: `"${text}" has no port`, fix: `write ${text}:53` };
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) < least || Number(port) > 65535) {
    return { message: `"${port}" is no port`, fix: `write a number from ${least} to 65535` };
  }
  return { ...address, port: Number(port) };
}

/** The octets with everything after `length` bits zero. */
function masked(octets: Uint8Array, length: number): Uint8Array {
  return octets.map((octet, at) => {
    const bits = Math.min(8, Math.max(0, length - at * 8));
    return octet & (0xff00 >> bits) & 0xff;
  });
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address, which stands for itself alone. */
export function readPrefix(text: string): Prefix | Trouble {
  const [host, size, ...rest] = text.split('/');
  const address = readAddress(host);
  if (!address || rest.length > 0) {
    return { message: `"${text}" is no prefix`, fix: 'write an address and a length: 10.0.0.0/8 or 2001:db8::/32' };
  }
  if (address.scope) return { message: `"${text}" has a scope`, fix: 'write the prefix without the part after %' };
  const widest = address.family === 4 ? 32 : 128;
  if (size !== undefined && (!/^\d{1,3}$/.test(size) || Number(size) > widest)) {
    return { message: `"/${size}" is no prefix length`, fix: `write a number from 0 to ${widest}` };
  }
  const length = size === undefined ? widest : Number(size);
  if (isMapped(address.octets) && length >= 96) {
    const inner = addressText(4, address.octets.subarray(12));
    return { message: `"${text}" is an IPv4 prefix in IPv6 form`, fix: `write ${inner}/${length - 96}` };
  }
  const octets = masked(address.octets, length);
  const canonical = `${addressText(address.family, octets)}/${length}`;
  if (octets.some((octet, at) => octet !== address.octets[at])) {
    return { message: `"${text}" has host bits set`, fix: `write ${canonical}` };
  }
  return { family: address.family, octets, length, text: canonical };
}
